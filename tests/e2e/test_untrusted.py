"""Merge requests as an attacker would write them. Each is seen to do its harm where the stack is trusted, and to do none with
``--untrusted``."""

import re
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from tests.e2e.operator_lab import Operator, operator_at
from tests.e2e.stranger_lab import Listener, Seen, listening, watched

from virtwright.providers.namespace.sandbox.filters import compiled

pytestmark = [pytest.mark.root, pytest.mark.slow]

PASSWORD: Final = "correct-horse-battery"
TOKEN: Final = "RUNNER-TOKEN-0815"
NOTES: Final = "what is nobody's business"
CONTENT: Final = "FAKE-PRIVATE-KEY"
PW: Final = "${config.password}"
WEB: Final = """
  web:
    image: host
    command: [sleep, "600"]
    stop_signal: SIGKILL
    environment: {PW: "${config.password}", MODE: "open"}
"""
HEAD: Final = """\
stack: shop
hosts: {here: {uri: "HOST"}}
config:
  password: {type: string, secret: true}
"""
STACK: Final = f"{HEAD}containers:{WEB}"


@dataclass
class World:
    """A runner with a stack that is applied, a folder with things that are nobody's business, and services of its own."""

    operator: Operator
    outside: Path
    tcp: Listener
    unix: Listener
    config: str
    """The configuration of its environment."""

    @property
    def folder(self) -> Path:
        return self.operator.folder

    @property
    def marker(self) -> Path:
        return self.outside / "marker"

    def reset(self) -> None:
        """The checkout of the default branch."""
        shutil.rmtree(self.folder)
        self.folder.mkdir()
        (self.folder / ".git").mkdir()
        (self.folder / ".git" / "config").write_text(f"{NOTES}: {NOTES}: {NOTES}\n")
        (self.folder / "stack.shop.yaml").write_text(self.config)
        self.operator.write(STACK)
        self.marker.unlink(missing_ok=True)
        self.tcp.count = self.unix.count = 0


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    place = tmp_path_factory.mktemp("untrusted")
    outside = place / "outside"
    (outside / "folder").mkdir(parents=True)
    (outside / "key").write_text(CONTENT)
    (outside / "notes").write_text(NOTES)
    (outside / "folder" / "key").write_text(CONTENT)
    (outside / "__main__.py").write_text(f"raise Exception('{CONTENT}')")
    (outside / "archive.tar").write_text(CONTENT)
    (outside / "Dockerfile").write_text("FROM scratch\n")
    (outside / "stack.yaml").write_text("stack: shop\nhosts: {}\n")
    (outside / "config.yaml").write_text(f"config: {{note: {TOKEN}}}\n")
    (outside / "passphrase").write_text("a passphrase of the team")
    with ExitStack() as held:
        operator = held.enter_context(operator_at(place))
        operator.environment["HOME"] = str(outside)
        compiled(operator.home / "cache", (), bound=True)  # which runs the linker's programs, once
        operator.environment["XDG_CONFIG_HOME"] = str(place / "settings")
        tcp = held.enter_context(listening(socket.AF_INET, ("127.0.0.1", 0)))
        unix = held.enter_context(listening(socket.AF_UNIX, str(outside / "socket")))
        operator.write(STACK)
        operator.type("config", "set", "password", "--secret", stdin=f"{PASSWORD}\n")
        operator.type("apply", "--yes")
        made = World(operator, outside, tcp, unix, (operator.folder / "stack.shop.yaml").read_text())
        yield made
        made.reset()


@dataclass(frozen=True)
class Attack:
    """A merge request, and what it does where it is trusted."""

    name: str
    write: Callable[[World], object]
    harms: Callable[[World, Seen], bool]
    words: tuple[str, ...] = ("plan",)
    environment: tuple[tuple[str, str], ...] = ()
    harmless: bool = False
    """With ``--untrusted`` it is planned, and does nothing; else it is refused."""
    confined: bool = False
    """A program runs with ``--untrusted`` too, confined."""


def opened(world: World, seen: Seen) -> bool:
    return bool(seen.opened_below(world.outside))


def connected(world: World, seen: Seen) -> bool:
    return world.tcp.count + world.unix.count > 0


def looked_up(world: World, seen: Seen) -> bool:
    return any("evil" in name for name in seen.names)


def ran(world: World, seen: Seen) -> bool:
    return world.marker.exists()


def told(text: str) -> Callable[[World, Seen], bool]:
    return lambda world, seen: text in seen.said


def with_file(source: str) -> Callable[[World], object]:
    def write(world: World) -> None:
        named = source.replace("OUTSIDE", str(world.outside))
        world.operator.write(f"{STACK}    files: [{{path: /a, source: {named}}}]\n")

    return write


def with_link(name: str, target: str, source: str) -> Callable[[World], object]:
    def write(world: World) -> None:
        (world.folder / name).symlink_to(world.outside / target)
        with_file(source)(world)

    return write


def with_host(uri: str, more: str = "") -> Callable[[World], object]:
    def write(world: World) -> None:
        named = uri.replace("PORT", str(world.tcp.port)).replace("OUTSIDE", str(world.outside))
        hosts = f'hosts:\n  here: {{uri: "HOST"}}\n  there: {{uri: "{named}"{more}}}\n'
        text = STACK.replace('hosts: {here: {uri: "HOST"}}\n', hosts).replace(
            "    image: host", "    host: here\n    image: host"
        )
        image = 'containers:\n  spy: {host: there, image: "x", command: [x]}'
        world.operator.write(text.replace("containers:", image))

    return write


def linked_config(world: World) -> None:
    config = world.folder / "stack.shop.yaml"
    config.unlink()
    config.symlink_to(world.outside / "config.yaml")
    world.operator.write(
        STACK.replace("containers:", "  note: {type: string}\ncontainers:") + "outputs: {note: '${config.note}'}\n"
    )


def linked_stack(world: World) -> None:
    (world.folder / "stack.yaml").unlink()
    (world.folder / "stack.yaml").symlink_to(world.outside / "stack.yaml")


def git_as(name: str) -> Callable[[World], object]:
    def write(world: World) -> None:
        (world.folder / name).unlink()
        (world.folder / name).symlink_to(".git/config")

    return write


def other_yaml(world: World) -> None:
    """Each YAML file of the folder is looked at, where none has the usual name."""
    (world.folder / "stack.yaml").rename(world.folder / "shop.yaml")
    (world.folder / "stack.shop.yaml").rename(world.folder / "shop.shop.yaml")
    (world.folder / "b.yaml").symlink_to(world.outside / "config.yaml")


def token_of_the_runner(world: World) -> None:
    text = STACK.replace("containers:", "  token: {type: string}\ncontainers:")
    world.operator.write(text.replace('MODE: "open"', 'MODE: "${config.token}"'))


def another_stacks_container(world: World) -> None:
    """Made by another stack, with a variable that is not marked as secret."""
    spy = 'containers:\n  spy: {image: host, command: [sleep, "1"], import_id: other}'
    world.operator.write(STACK.replace("containers:", spy))


def archive(world: World) -> None:
    world.operator.write(f"{STACK}images: {{spy: {{source: {{archive: {world.outside}/archive.tar}}}}}}\n")


def seed(world: World) -> None:
    world.operator.write(f"{STACK}volumes: {{spy: {{size: 16MiB, source: {{content: {world.outside}/folder}}}}}}\n")


def other_root(world: World) -> None:
    with_host("namespace://OUTSIDE/runtime")(world)
    (world.outside / "runtime" / "containers").mkdir(parents=True, exist_ok=True)


def python(text: str, project: str = "name: shop\nruntime: python\n") -> Callable[[World], object]:
    def write(world: World) -> None:
        (world.folder / "stack.yaml").unlink()
        (world.folder / "Pulumi.yaml").write_text(project)
        placed = text.replace("MARKER", str(world.marker)).replace("OUTSIDE", str(world.outside))
        (world.folder / "__main__.py").write_text(placed.replace("PORT", str(world.tcp.port)))

    return write


DYNAMIC: Final = """\
from pulumi.dynamic import Resource, ResourceProvider, CheckResult
class Provider(ResourceProvider):
    def check(self, olds, news):
        open('MARKER', 'w')
        return CheckResult(news, [])
class Own(Resource):
    def __init__(self, name):
        super().__init__(Provider(), name, {})
Own('own')
"""
PROBES: Final = """\
import os, pathlib, socket
def connect():
    with socket.create_connection(('127.0.0.1', PORT)):
        pass
def found(probe):
    try:
        return probe() or 'done'
    except BaseException as error:
        return type(error).__name__
raise Exception([found(probe) for probe in (
    lambda: open('MARKER', 'w').close(), connect, lambda: open('OUTSIDE/key').read(), lambda: os.environ['TOKEN'],
    lambda: [each.name for each in pathlib.Path('OUTSIDE/..').resolve().rglob('state.db')],
)])
"""


NAMED: Final = """\
exec(compile("raise Exception('look there')", 'OUTSIDE/notes', 'exec'))
"""
GIT: Final = """\
import os
exec(compile("raise Exception('look there')", os.path.abspath('.git/config'), 'exec'))
"""


def probed(world: World, seen: Seen) -> bool:
    return (
        ran(world, seen) and connected(world, seen) and all(text in seen.said for text in (CONTENT, TOKEN, "state.db"))
    )


def own_interpreter(world: World) -> None:
    python("", "name: shop\nruntime: {name: python, options: {virtualenv: venv}}\n")(world)
    program = world.folder / "venv" / "bin" / "python"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\ntouch {world.marker}\n")
    program.chmod(0o755)


def own_poetry(world: World) -> None:
    python("", "name: shop\nruntime: {name: python, options: {toolchain: poetry}}\n")(world)


ATTACKS: Final = (
    Attack("a file by its whole path", with_file("OUTSIDE/key"), opened),
    Attack("a file above the folder", with_file("../outside/key"), opened),
    Attack("a file of the home", with_file("~/key"), opened),
    Attack("a file through a folder and back", with_file("./x/../../outside/key"), opened),
    Attack("a file by a link", with_link("own", "key", "own"), opened),
    Attack("a file below a link", with_link("own", "folder", "own/key"), opened),
    Attack("a file of the kernel's", with_file("/proc/self/environ"), lambda _, seen: "/proc" in str(seen.files)),
    Attack("a file, validated", with_file("OUTSIDE/key"), opened, ("validate",)),
    Attack("a file, drawn", with_file("OUTSIDE/key"), opened, ("graph",)),
    Attack("configuration by a link", linked_config, opened),
    Attack("the stack by a link", linked_stack, opened),
    Attack("another YAML file by a link", other_yaml, opened, harmless=True),
    Attack("an archive", archive, opened),
    Attack("the content of a volume", seed, lambda world, seen: seen.answer.code == 0),
    Attack("a service of the runner", with_host("docker+tcp://127.0.0.1:PORT"), connected),
    Attack("a service by SSH", with_host("docker+ssh://root@127.0.0.1:PORT"), connected),
    Attack("a service by libvirt", with_host("qemu+ssh://root@127.0.0.1:PORT/system"), connected),
    Attack("a socket of the runner", with_host("docker+unix://OUTSIDE/socket"), connected),
    Attack("a swarm", with_host("swarm+unix://OUTSIDE/socket"), connected),
    Attack("a name", with_host("docker+tcp://evil.localhost:1"), looked_up),
    Attack("a jump host", with_host("docker+ssh://root@web", ", ssh: {jump: 'root@evil.localhost:1'}"), looked_up),
    Attack("another runtime", other_root, opened),
    Attack("a token of the runner", token_of_the_runner, told(TOKEN), environment=(("VIRTWRIGHT_CONFIG_TOKEN", TOKEN),), harmless=True),
    Attack("a program", python(PROBES), probed, environment=(("TOKEN", TOKEN),), confined=True),
    Attack("a line of a file that an error names", python(NAMED), told(NOTES), confined=True),
    Attack("a line of Git's own that an error names", python(GIT), told(NOTES), confined=True),
    Attack("Git's own as the stack", git_as("stack.yaml"), told(NOTES)),
    Attack("Git's own as configuration", git_as("stack.shop.yaml"), told(NOTES), ("validate",)),
    Attack("a program, drawn", python("open('MARKER', 'w')"), ran, ("graph", "--run-program"), confined=True),
    Attack("a program beside the folder", python("", "name: shop\nruntime: python\nmain: ../outside\n"), told(CONTENT)),
    Attack("code of a program's own", python(DYNAMIC), ran, confined=True),
    Attack("code of a program's own, validated", python(DYNAMIC), ran, ("validate", "--run-program"), confined=True),
    Attack("an interpreter", own_interpreter, ran, harmless=True, confined=True),
    Attack("a tool of the project", own_poetry, lambda _, seen: "poetry" in seen.programs, harmless=True, confined=True),
)  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_a_hostile_merge_request_does_its_harm_only_where_it_is_trusted(world: World, attack: Attack) -> None:
    world.reset()
    attack.write(world)
    trusted = watched(world.operator, *attack.words, **dict(attack.environment))
    assert attack.harms(world, trusted), trusted.said
    world.marker.unlink(missing_ok=True)
    world.tcp.count = world.unix.count = 0
    seen = watched(world.operator, *attack.words, "--untrusted", **dict(attack.environment))
    assert seen.answer.code == (0 if attack.harmless else 1), seen.said
    assert not opened(world, seen), seen.opened_below(world.outside)
    assert not ran(world, seen)
    assert world.tcp.count + world.unix.count == 0
    assert (seen.connections, seen.names) == ([], [])
    assert seen.programs == ([sys.executable] if attack.confined else [])
    for secret in (PASSWORD, TOKEN, CONTENT, NOTES):
        assert secret not in seen.said
    own = (world.folder, world.operator.home, world.operator.runtime.path, world.operator.temporary)
    assert seen.strange_files(*own, world.operator.folder.parent / "settings", Path("/run/virtwright")) == set()
    assert str(world.operator.home / "key") not in seen.files


def test_a_plan_of_an_unchanged_stack_says_so_without_any_key(world: World) -> None:
    world.reset()
    (world.operator.home / "key").rename(world.operator.home / "key.away")
    try:
        seen = watched(world.operator, "plan", "--untrusted", "--exit-code", VIRTWRIGHT_PASSPHRASE="of another stack")
        assert (seen.answer.code, seen.said) == (0, "No changes: 1 unchanged.\n")
        passphrase = str(world.outside / "passphrase")
        seen = watched(world.operator, "plan", "--untrusted", "--exit-code", VIRTWRIGHT_PASSPHRASE_FILE=passphrase)
        assert (seen.answer.code, seen.files & {passphrase}) == (0, set())
    finally:
        (world.operator.home / "key.away").rename(world.operator.home / "key")


def test_another_ciphertext_and_another_use_of_one_are_changes(world: World) -> None:
    world.reset()
    world.operator.type("config", "set", "password", "--secret", stdin="another-one\n")
    changed = watched(world.operator, "plan", "--untrusted")
    assert "environment.PW" in changed.said and "1 to replace" in changed.said, changed.said
    world.reset()
    world.operator.edit('"${config.password}"', '"x${config.password}"')
    changed = watched(world.operator, "plan", "--untrusted")
    assert "environment.PW" in changed.said and PASSWORD not in changed.said, changed.said


def test_whoever_guesses_a_secret_is_not_told_so(world: World) -> None:
    """The host tells the value, and the state has it encrypted: a plan that said "no changes" would say that it is right."""
    said = []
    for guess in (PASSWORD, "wrong-horse-battery"):
        world.reset()
        world.operator.edit('"${config.password}"', f'"{guess}"')
        said.append(watched(world.operator, "plan", "--untrusted").said.replace(guess, "GUESS"))
    assert said[0] == said[1] and "environment.PW" in said[0]


def test_a_file_of_the_stack_is_compared_by_its_content_and_another_one_is_not(tmp_path: Path) -> None:
    """Each is a secret. What was read from outside of the folder, the author of a merge request may not know: no guess of it
    is answered."""
    with operator_at(tmp_path) as operator:
        files = "    files: [{path: /a, source: own}, {path: /b, source: ../shared}]\n"
        operator.write(f"{STACK.replace(PW, 'x')}{files}".replace("  password: {type: string, secret: true}", "  {}"))
        (operator.folder / "own").write_text("first")
        (tmp_path / "shared").write_text("a secret of others")
        operator.type("apply", "--yes")
        assert "leads, out of the stack's folder" in watched(operator, "plan", "--untrusted").said
        operator.edit("../shared", "guess")
        said = []
        for guess in ("a secret of others", "something else"):
            (operator.folder / "guess").write_text(guess)
            said.append(watched(operator, "plan", "--untrusted", "--no-color").answer)
        outs = [re.sub(r"\[secret, 1[48]B, #[0-9a-f]{8}\]", "GUESS", each.out) for each in said]
        assert outs[0] == outs[1] and "No changes are known: 1 not compared.\n" in outs[0]
        assert "files[1].content  (secret, not decrypted) → GUESS  from guess\n" in outs[0], outs[0]
        (operator.folder / "own").write_text("second")
        assert "files[0].content" in watched(operator, "plan", "--untrusted").answer.out


def test_other_changes_are_told_as_ever(world: World) -> None:
    world.reset()
    world.operator.edit('"open"', '"closed"')
    seen = watched(world.operator, "plan", "--untrusted")
    assert re.search(r"environment.MODE +open → closed\n", seen.said) and "drift" not in seen.said, seen.said


def test_a_plan_without_trust_is_no_plan_to_apply(world: World) -> None:
    world.reset()
    world.operator.edit('"open"', '"closed"')
    seen = watched(world.operator, "plan", "--untrusted", "--out", "plan.json")
    assert seen.answer.code == 0, seen.said
    assert "was made with --untrusted" in world.operator.type("apply", "plan.json", "--yes", code=1).err


FLOODS: Final = {
    "says": "import sys\nfor _ in range(100_000): print('x' * 100, file=sys.stderr)\nraise Exception('why it ended')\n",
    "asks": "import pulumi\nfor _ in range(200): pulumi.log.info('x' * 1_000_000)\nraise Exception('never')\n",
}


@pytest.mark.parametrize(("flood", "reason"), [("says", "why it ended"), ("asks", "asks for more than 16 MiB in all")])
def test_a_program_that_does_not_stop_to_talk_is_cut_off(world: World, flood: str, reason: str) -> None:
    world.reset()
    python(FLOODS[flood])(world)
    seen = watched(world.operator, "plan", "--untrusted")
    assert seen.answer.code == 1 and reason in seen.said, seen.said[-1000:]
    assert 1024 < len(seen.said) < 3 * 1024**2
    assert "lines are left out" in seen.said or flood == "asks"


def test_what_is_written_goes_where_it_seems_to_go(world: World) -> None:
    world.reset()
    (world.folder / "out").symlink_to(world.outside)
    (world.folder / "graph").symlink_to(world.outside / "key")
    away = str(world.folder / "out" / "key")
    for words in (("plan", "--out", "out/plan.json"), ("graph", "--out", "graph"), ("graph", "--out", "out/graph")):
        seen = watched(world.operator, *words, "--untrusted")
        assert seen.answer.code == 1 and "leads elsewhere by a link" in seen.said
    (world.folder / ".git" / "hooks").mkdir(parents=True)
    (world.folder / "hooks").symlink_to(".git/hooks")
    for path in (
        "hooks/post-checkout",
        away,
        f"{world.folder}/../{world.folder.name}/out/key",
        f"../{world.folder.name}/out/key",
    ):
        seen = watched(world.operator, "graph", "--out", path, "--untrusted")
        assert seen.answer.code == 1 and "leads elsewhere by a link" in seen.said, path
    assert (world.outside / "key").read_text() == CONTENT


def test_a_file_can_be_allowed_by_the_operator_alone(world: World) -> None:
    world.reset()
    with_file("OUTSIDE/key")(world)
    world.operator.type("operator", "add", "allow_path", str(world.outside / "key"))
    try:
        assert watched(world.operator, "validate", "--untrusted").answer.code == 0
        with_file("OUTSIDE/folder/key")(world)
        assert watched(world.operator, "validate", "--untrusted").answer.code == 1
    finally:
        world.operator.type("operator", "remove", "allow_path", str(world.outside / "key"))


def test_a_host_can_be_allowed_by_the_operator_alone(world: World) -> None:
    world.reset()
    with_host("docker+tcp://127.0.0.1:PORT")(world)
    uri = f"docker+tcp://127.0.0.1:{world.tcp.port}"
    world.operator.type("operator", "add", "allowed_hosts", uri)
    try:
        assert watched(world.operator, "plan", "--untrusted").connections
        with_host("docker+tcp://127.0.0.1:PORT", ", tls: {server_name: x}")(world)
        assert not watched(world.operator, "plan", "--untrusted").connections
    finally:
        world.operator.type("operator", "remove", "allowed_hosts", uri)


def test_settings_and_state_that_come_with_the_stack_are_refused(world: World) -> None:
    world.reset()
    (world.folder / "virtwright").mkdir()
    (world.folder / "virtwright" / "config.toml").write_text('allow_path = ["/"]\n')
    seen = watched(world.operator, "plan", "--untrusted", XDG_CONFIG_HOME=str(world.folder))
    assert seen.answer.code == 1 and "would be read from the checkout of the stack" in seen.said
    seen = watched(world.operator, "plan", "--untrusted", VIRTWRIGHT_STATE="state.db")
    assert seen.answer.code == 1 and "the state 'state.db' lies in the checkout of the stack" in seen.said


def test_whose_state_is_looked_at_is_not_for_the_stack_to_choose(world: World) -> None:
    world.reset()
    world.operator.write('stack: payroll\nhosts: {here: {uri: "HOST"}}\n', "payroll.yaml")
    (world.folder / "stack.yaml").rename(world.folder / "shop.yaml")
    world.operator.type("apply", "payroll.yaml", "--yes")
    try:
        (world.folder / "shop.yaml").write_text("stack: payroll\n")
        seen = watched(world.operator, "plan", "shop.yaml", "--untrusted")
        assert seen.answer.code == 1 and "the state holds other projects too" in seen.said
        assert watched(world.operator, "plan", "shop.yaml", "--untrusted", "--stack", "shop/shop").answer.code == 1
    finally:
        world.operator.type("destroy", "--stack", "payroll/payroll", "--yes")
        world.operator.type("state", "remove", "--stack", "payroll/payroll", "--yes")


PROGRAM: Final = """\
import pulumi
import virtwright as vw
config = pulumi.Config()
web = vw.Container("web", image="host", command=["sleep", "600"], stop_signal="SIGKILL",
    environment={"PW": config.require_secret("password"), "MODE": "open"},
    opts=pulumi.ResourceOptions(provider=vw.Host("here", uri="HOST")))
"""


def test_a_program_is_planned_confined(tmp_path: Path) -> None:
    with operator_at(tmp_path) as operator:
        operator.write("name: shop\nruntime: python\n", "Pulumi.yaml")
        operator.write(PROGRAM, "__main__.py")
        operator.type("config", "set", "password", "--secret", stdin=f"{PASSWORD}\n")
        operator.type("apply", "--yes")
        seen = watched(operator, "plan", "--untrusted", "--exit-code")
        assert seen.answer.code == 2, seen.said
        assert "No changes are known: 1 not compared.\n" in seen.answer.out
        assert "environment.PW  (secret, not decrypted) → (known after apply)\n" in seen.answer.out
        operator.edit('"open"', '"closed"', "__main__.py")
        seen = watched(operator, "plan", "--untrusted", "--exit-code")
        assert seen.answer.code == 2 and re.search(r"environment.MODE +open → closed\n", seen.said), seen.said
        assert seen.connections == [] and seen.programs == [sys.executable]
