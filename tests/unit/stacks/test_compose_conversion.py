"""From a Compose file to a stack: what becomes of each key."""

import functools
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from tests.compose_lab import FOLDER, NAMES, converted, from_text, project, sample, text
from tests.stack_files import RecordingEngine, run

from virtwright.errors import InputError
from virtwright.schemas.kinds import SECTIONS
from virtwright.stacks.base import StackName
from virtwright.stacks.compose.convert.whole import Converted
from virtwright.stacks.compose.item import Steps, leaves, matches
from virtwright.stacks.compose.keys import KEYS
from virtwright.stacks.config import Configuration, Declarations, settle
from virtwright.stacks.config_file import ConfigFile
from virtwright.stacks.yaml.document import read_program
from virtwright.stacks.yaml.program import YamlProgram

SWARM = "swarm:///"


def stack(made: Converted) -> Any:
    return YAML(typ="safe", pure=True).load(text(made))


def one(tmp_path: Path, keys: str, host: str = "docker:///", rest: str = "", **environment: str) -> Any:
    """The container that a service with these keys becomes."""
    made = from_text(tmp_path, f"services:\n  a: {{image: x, {keys}}}\n{rest}", host, **environment)
    sections = stack(made)
    return (sections.get("containers") or sections["services"])["a"]


def told(made: Converted, weight: str) -> dict[str | None, str]:
    return {each.where.path: each.means for each in made.findings if each.weight == weight}


def program(made: Converted, folder: Path) -> YamlProgram:
    def configure(name: StackName, declarations: Declarations) -> Configuration:
        given = [f"{key}={value}" for key, value in made.secrets.items()]
        return settle(name, declarations, given=given, environment={}, file=ConfigFile(folder / "x"), keys=None)

    return read_program(text(made), folder / "stack.yaml", None, configure)


@pytest.mark.parametrize("host", ["docker:///", SWARM])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_made_is_a_valid_stack(name: str, host: str) -> None:
    made = sample(name, host)
    assert program(made, FOLDER / name).name.project == made.name


@pytest.mark.parametrize("host", ["docker:///", SWARM])
@pytest.mark.parametrize("name", NAMES)
def test_every_finding_says_where(name: str, host: str) -> None:
    for finding in sample(name, host).findings:
        assert finding.where.file and finding.where.line and finding.where.column and finding.where.path, finding


NEWER = {
    "services.*": {"extends", "models", "pre_start", "provider", "pull_refresh_after", "use_api_socket"},
    "networks.*": {"enable_ipv4"},
    "volumes.*": set(),
    "configs.*": {"environment", "external", "labels", "name", "template_driver"},
    "secrets.*": {"content", "driver", "driver_opts", "external", "labels", "name", "template_driver"},
    "services.*.deploy": set(),
    "services.*.build": {"provenance", "sbom"},
    "services.*.healthcheck": set(),
    "services.*.deploy.update_config": set(),
    "services.*.deploy.placement": set(),
    "services.*.ports.*": set(),
}  # fmt: skip
"""What the files need not have: keys of versions to come, keys that are gone once a project is read (``extends``), and what
stands in Swarms only."""


@functools.cache
def written_paths() -> frozenset[Steps]:
    return frozenset(path for name in NAMES for path, _ in leaves(project(FOLDER / name).model))


@pytest.mark.parametrize("place", NEWER)
def test_the_files_together_have_every_key_of_the_specification(place: str) -> None:
    keys: Any = KEYS
    for step in place.split("."):
        keys = keys[step] if step in keys else keys["[]"]
    steps = len(place.split("."))
    written = {path[steps] for path in written_paths() if len(path) > steps and matches(path[:steps], place)}
    assert set(keys) - written - NEWER[place] == set()


class TestProcess:
    def test_commands_and_variables(self, tmp_path: Path) -> None:
        made = one(tmp_path, "command: echo 'a b', environment: [A=1, HOME], user: '7', working_dir: /w, hostname: h")
        assert made["command"] == ["echo", "a b"]
        assert made["environment"] == {"A": "1", "HOME": "/home/somebody"}
        assert (made["user"], made["working_dir"], made["hostname"]) == ("7", "/w", "h")

    def test_a_dollar_brace_stays_what_it_is(self, tmp_path: Path) -> None:
        made = from_text(tmp_path, 'services: {a: {image: x, command: [sh, -c, "echo $${HOME} $$$${X}"]}}')
        assert "echo $${HOME} $$${X}" in text(made)
        run(program(made, tmp_path), engine := RecordingEngine())
        assert engine.goals["a"].inputs["command"][2] == "echo ${HOME} $${X}"

    def test_what_a_shell_would_have_to_do_is_told(self, tmp_path: Path) -> None:
        made = from_text(tmp_path, "services: {a: {image: x, command: run && stop}}")
        assert stack(made)["containers"]["a"]["command"] == ["run"]
        assert "no shell runs" in told(made, "note")["services.a.command[1]"]

    def test_capabilities_signals_and_times(self, tmp_path: Path) -> None:
        made = one(tmp_path, "cap_add: [NET_ADMIN], cap_drop: [ALL], stop_signal: int, stop_grace_period: 1m30s")
        assert made["capabilities"] == ["CAP_NET_ADMIN"]
        assert made["drop_capabilities"] == ["ALL"]
        assert (made["stop_signal"], made["stop_timeout"]) == ("SIGINT", "1m30s")


class TestNetworks:
    def test_without_networks_the_default_one_is_joined(self, tmp_path: Path) -> None:
        made = stack(from_text(tmp_path, "services: {a: {image: x}}"))
        assert made["networks"] == {"default": {}}
        assert made["containers"]["a"]["networks"] == ["default"]

    def test_addresses_and_modes(self) -> None:
        made = stack(sample("networks"))
        assert made["networks"]["lan"] == {
            "cidr": "172.30.1.0/24", "gateway": "172.30.1.1", "cidr6": "fd00:30::/64"
        }  # fmt: skip
        router = made["containers"]["router"]["networks"]
        assert [each["network"] for each in router] == ["dmz", "lan"], "the higher priority first"
        assert router[1]["mac"] == "02:42:ac:1e:01:02"
        assert made["containers"]["host"]["docker"]["network_mode"] == "host"
        assert made["containers"]["side"]["docker"]["network_mode"] == "container:${containers.router.name}"

    def test_what_is_external_is_used_by_its_name_on_the_host(self, tmp_path: Path) -> None:
        made, lost = stack(sample("networks")), told(sample("networks"), "lost")
        assert made["networks"]["outside"] == {"existing": "corp"}
        assert "outside" in made["containers"]["peer"]["networks"]
        assert not any("outside" in str(place) for place in lost)
        rest = "volumes: {old: {external: true}, older: {external: {name: before}}}"
        stored = one(tmp_path, "volumes: ['old:/a', 'older:/b']", rest=rest)
        assert stored["volumes"] == ["old:/a", "older:/b"]

    def test_an_unused_network_is_left_out(self) -> None:
        assert "networks.unused" in told(sample("networks"), "note")


class TestStorage:
    def test_mounts(self, tmp_path: Path) -> None:
        rest = "volumes: {d: {driver_opts: {type: tmpfs}}}"
        made = one(tmp_path, "volumes: ['d:/d:ro', './x:/x', '/anon', '~/y:/y'], tmpfs: '/t:size=1m'", rest=rest)
        assert made["volumes"][:3] == ["d:/d:ro", f"{tmp_path}/x:/x", "a-anon:/anon"]
        assert made["docker"]["tmpfs"] == [{"mount": "/t", "size": "1MiB"}]

    def test_files_of_configs_and_secrets(self) -> None:
        made = stack(sample("wordpress"))["containers"]["wordpress"]
        assert made["files"] == [
            {"path": "/run/secrets/db_password", "source": "./db_password.txt", "mode": "0400", "owner": "33:33",
             "in_memory": True}
        ]  # fmt: skip

    def test_a_mount_of_another_service(self) -> None:
        made = stack(sample("everything"))["containers"]["other"]
        assert made["volumes"][0] == "v:/v:ro"


class TestDependencies:
    def test_conditions(self) -> None:
        made = stack(sample("queue"))["containers"]
        assert made["redis"]["wait_for"] == {"healthy": True}
        assert made["migrate"]["wait_for"] == {"completed": True}
        assert made["worker"]["depends_on"] == ["migrate", "containers.redis"], "there is a volume redis, too"

    def test_the_engine_s_defaults_are_written_out(self, tmp_path: Path) -> None:
        made = one(tmp_path, "healthcheck: {test: 'true', start_period: 5s}")
        assert made["restart"] == "no"
        assert made["healthcheck"] == {
            "command": "true", "interval": "30s", "timeout": "30s", "start_period": "5s", "start_interval": "5s"
        }  # fmt: skip

    def test_what_never_completes_is_started_again_on_failure_only(self, tmp_path: Path) -> None:
        compose = """
services:
  a: {image: x, depends_on: {b: {condition: service_completed_successfully}}}
  b: {image: x, restart: always}
"""
        made = from_text(tmp_path, compose)
        assert stack(made)["containers"]["b"]["restart"] == "on-failure"
        assert "services.a.depends_on.b.condition" in told(made, "changed")


class TestServices:
    def test_copies_make_a_service(self, tmp_path: Path) -> None:
        assert one(tmp_path, "scale: 3")["replicas"] == 3
        assert one(tmp_path, "deploy: {replicas: 1}").get("replicas") is None

    def test_a_swarm_knows_more(self) -> None:
        web = stack(sample("swarm", SWARM))["services"]["web"]
        assert web["placement"] == {
            "constraints": ["node.role == worker"], "spread": ["node.labels.zone"], "max_per_host": 2
        }  # fmt: skip
        assert web["update"]["order"] == "start-first"
        assert web["rollback"] == {
            "order": "stop-first", "parallelism": 4, "failure_action": "pause", "delay": "1s", "monitor": "2s",
            "max_failure_ratio": 0.5,
        }  # fmt: skip
        assert (web["docker"]["restart_delay"], web["docker"]["restart_window"]) == ("5s", "2m")
        lost = told(sample("swarm"), "lost")
        assert "services.web.deploy.placement" in lost

    def test_all_of_it_is_a_service_in_a_swarm(self) -> None:
        made = sample("web_and_db", SWARM)
        assert set(made.sections) & {"containers", "services"} == {"services"}


class TestImages:
    def test_builds(self) -> None:
        made = stack(sample("builds"))
        api = made["images"]["api"]
        assert api["source"]["build"] | {"args": None} == {
            "context": "./api", "dockerfile": "Dockerfile.prod", "target": "release", "args": None,
            "cache_from": ["builds/api:cache"],
        }  # fmt: skip
        assert api["source"]["build"]["args"]["PIP_TOKEN"] == "${config.pip_token}"
        assert api["tags"] == ["builds/api:1.2", "builds/api:latest"]
        assert made["containers"]["cron"]["image"] == "app", "it starts from what app builds"
        assert made["images"]["fresh"] == {"source": "builds/base", "pull": "always"}


class TestSecrets:
    def test_passwords_become_secret_configuration_one_for_each_value(self) -> None:
        made = sample("secrets_and_urls")
        shown = text(made)
        assert "s3cr3t" not in shown and "jwt-of-tests" not in shown
        assert made.secrets["jwt_secret"] == "jwt-of-tests"
        assert made.secrets["db_password"] == "s3cr3t pass"
        assert stack(made)["containers"]["db"]["environment"]["POSTGRES_PASSWORD"] == "${config.db_password}"
        assert stack(made)["containers"]["api"]["environment"]["LOG_LEVEL"] == "debug"
        assert "s3cr3t" not in repr(made)


def test_a_service_is_left_out_without_its_profile() -> None:
    made = converted(FOLDER / "profiles", "docker:///", "none")
    assert set(made.sections["containers"]) == {"web"}
    assert set(told(made, "note")) >= {"services.debug", "services.admin"}


WRONG = {
    "services: {a: {image: x, imag: y}}": ("1:26", "there is no key 'imag' here", "did you mean image?"),
    "services: {a: {image: '${X:?say it}'}}": ("1:23", "the required variable X has no value: say it", "X="),
    "services: {a: {image: '$'}}": ("1:23", "begins no variable", "$$"),
    "services: {a: {image: x, extends: b}, b: {extends: a}}": ("1:26", "a cycle of extends", None),
    "services: {a: {image: x, extends: {service: b, file: no.yaml}}}": ("1:54", "no.yaml", None),
    "include: [no.yaml]\nservices: {}": ("1:11", "to include", None),
    "include: [compose.yaml]": ("1:11", "a cycle of includes", None),
    "services: {a: {image: x, env_file: no.env}}": ("1:36", "there is no file", "required: false"),
    "services: {a: {image: x, depends_on: [b]}}": ("1:39", "there is no service 'b'", None),
    "services: {a: {image: x, ports: [a:b]}}": ("1:33", "expected a port", None),
    "services: {a: {image: x, mem_limit: much}}": ("1:37", "expected a size", None),
    f"services: {{a: {{image: x, cpu_shares: '{'9' * 400}'}}}}": ("1:38", "expected a whole number", None),
    "services: {a: {image: x, volumes: ['v:/v']}}": ("1:36", "there is no volume 'v'", "declare it"),
    "services: {a: {environment: [A=1]}}": ("1:15", "needs image or build", None),
    "services: {a: {image: x, privileged: maybe}}": ("1:38", "expected true or false", None),
    "services: {a: 5}": ("1:15", "expected a map of settings", None),
    "services: [a]": ("1:11", "expected a map", None),
    "a: &a [*a]": ("1:8", "stands inside the value it repeats", None),
    "services: {a: {image: x, secrets: [s]}}": ("1:36", "there is no secret 's'", None),
    "services: {a: {image: x, healthcheck: {test: [true]}}}": ("1:46", "this is no test", None),
    "services: {}": ("1:1", "there are no services", None),
    'services: {a: {image: x, command: "it\'s"}}': ("1:35", "a quote is not closed", None),
    "- a": ("1:1", "a Compose file is a map", None),
    "": ("1:1", "the file is empty", None),
}


@pytest.mark.parametrize("compose", WRONG)
def test_what_is_wrong_is_said_with_its_place(compose: str, tmp_path: Path) -> None:
    place, message, hint = WRONG[compose]
    with pytest.raises(InputError) as caught:
        from_text(tmp_path, compose)
    problem = caught.value.problems[0]
    assert f"{problem.where.line}:{problem.where.column}" == place
    assert message in problem.message
    assert hint is None or hint in (problem.hint or "")


@pytest.mark.parametrize("name", ["2024", "true", "1e3", "shop"])
def test_any_name_of_a_project_is_a_stack_s(name: str, tmp_path: Path) -> None:
    assert stack(from_text(tmp_path, f"name: '{name}'\nservices: {{a: {{image: x}}}}"))["stack"] == name


def test_a_size_beyond_all_bounds_is_told(tmp_path: Path) -> None:
    made = from_text(tmp_path, f"services: {{a: {{image: x, mem_limit: {'9' * 5000}}}}}")
    assert "a huge number" in told(made, "lost")["services.a.mem_limit"]


def test_sections_are_those_of_a_stack() -> None:
    for name in NAMES:
        assert set(sample(name).sections) <= set(SECTIONS)


def test_a_build_context_is_relative_to_the_file_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    base = "services: {b: {build: {context: ./src}}}"
    (tmp_path / "base/compose.yaml").write_text(base, encoding="utf-8")
    extended = "extends: {file: base/compose.yaml, service: b}, build: {target: last}"
    made = stack(from_text(tmp_path, f"services: {{a: {{{extended}}}}}"))
    assert made["images"]["a"]["source"]["build"] == {"context": "./base/src", "target": "last"}


def test_files_of_variables_and_of_labels_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.env").write_text("A=1\nWHO=${NAME}\n", encoding="utf-8")
    (tmp_path / "b.env").write_text("B=${A}2\n", encoding="utf-8")
    (tmp_path / "web.labels").write_text("tier=front\nwho=${NAME}\nown=no\n", encoding="utf-8")
    files = "env_file: [a.env, {path: b.env}, {path: gone.env, required: false}], label_file: web.labels, labels: {own: yes}"
    made = from_text(tmp_path, f"services: {{a: {{image: x, {files}}}}}", NAME="me")
    service = stack(made)["containers"]["a"]
    assert service["environment"] == {"A": "1", "WHO": "me", "B": "12"}
    assert service["labels"] == {"tier": "front", "who": "me", "own": "yes"}
    assert told(made, "note") == {"services.a.env_file[2].path": "an optional file that is not there"}
    assert told(made, "lost") == {}


@pytest.mark.parametrize(
    ("files", "path"),
    [
        ("env_file: [gone.env]", "services.a.env_file[0]"),
        ("env_file: [{required: true}]", "services.a.env_file[0]"),
        ("label_file: [gone.labels]", "services.a.label_file[0]"),
    ],
)
def test_a_file_of_variables_that_is_not_there_is_said_with_its_place(files: str, path: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        from_text(tmp_path, f"services: {{a: {{image: x, {files}}}}}")
    assert [each.where.path for each in caught.value.problems] == [path]
