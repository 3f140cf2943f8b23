"""Services on real engines: scaled, rolled out, rolled back, spread, healed."""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.docker_lab import BUSYBOX, DockerLab
from tests.programs import Item, ListProgram
from tests.states import keys_in
from tests.waiting import until

from virtwright.cli.command_line import run
from virtwright.engine.api import Engine
from virtwright.engine.events import Event, StepProgress, Warned
from virtwright.engine.plan import Plan, RunOptions
from virtwright.engine.state.store import StateStore
from virtwright.errors import HostError, UnsupportedError, VirtwrightError
from virtwright.providers.diff import Impact

pytestmark = pytest.mark.root
QUICK = {"monitor": "0.2s"}
SERVE = ["httpd", "-f", "-p", "80", "-h", "/etc"]
CHECK = {"tcp": 80, "interval": "0.2s", "retries": 2}
BACK = Item("Network", "back", {"cidr": "10.40.0.0/24"})
INPUTS: dict[str, Any] = {
    "image": BUSYBOX,
    "command": SERVE,
    "networks": ["{back}"],
    "replicas": 3,
    "healthcheck": CHECK,
    "update": QUICK,
    "stop_timeout": "0s",
}


def web(**changes: Any) -> tuple[Item, Item]:
    return BACK, Item("Service", "web", {**INPUTS, **changes}, uses=("back",))


@dataclass
class Stage:
    """An engine of ours on a Docker engine."""

    lab: DockerLab
    store: StateStore
    events: list[Event] = field(default_factory=list)

    def program(self, items: Sequence[Item], more: dict[str, str] | None = None) -> ListProgram:
        return ListProgram(*items, hosts={"one": self.lab.uri, **(more or {})})

    def apply(self, items: Sequence[Item], more: dict[str, str] | None = None) -> None:
        """Raises the first error."""
        failed: list[str] = []
        engine = Engine(self.store, [self.events.append, lambda event: _note(event, failed)])
        result = engine.apply(self.program(items, more), RunOptions())
        if not result.succeeded:
            raise HostError("; ".join(failed))

    def plan(self, items: Sequence[Item], more: dict[str, str] | None = None) -> Plan:
        return Engine(self.store).plan(self.program(items, more))

    def settled(self, items: Sequence[Item], more: dict[str, str] | None = None) -> None:
        assert [(step.urn.name, step.changes, step.reason) for step in self.plan(items, more).changes] == []

    def destroy(self) -> None:
        assert Engine(self.store).destroy(self.program([]).name).succeeded

    def copies(self, lab: DockerLab | None = None) -> dict[str, str]:
        """The ids of the copies, by number."""
        listed = (lab or self.lab).api.containers(all=True, filters={"label": "virtwright.service"})
        return {
            each["Labels"]["virtwright.copy"]: each["Id"] for each in sorted(listed, key=lambda each: each["Names"])
        }

    def variable(self, id: str, name: str) -> str | None:
        variables = dict(text.partition("=")[::2] for text in self.lab.api.inspect_container(id)["Config"]["Env"] or ())
        return variables.get(name)


def _note(event: Event, failed: list[str]) -> None:
    problem = getattr(event, "problem", None)
    if problem is not None:
        failed.append(problem.message)


@pytest.fixture
def stage(docker_lab: DockerLab, tmp_path: Path) -> Iterator[Stage]:
    with StateStore.open(None, keys_in(tmp_path)) as store:
        yield Stage(docker_lab, store)


def test_scaling_touches_no_other_copy(stage: Stage) -> None:
    stage.apply(web())
    first = stage.copies()
    assert sorted(first) == ["1", "2", "3"]
    stage.settled(web())
    (step,) = stage.plan(web(replicas=4)).changes
    assert (step.op, step.impact, [each.field for each in step.changes]) == ("update", Impact.LIVE, ["replicas"])
    stage.apply(web(replicas=4))
    assert {number: id for number, id in stage.copies().items() if number != "4"} == first
    stage.apply(web(replicas=2))
    assert stage.copies() == {number: first[number] for number in ("1", "2")}
    stage.settled(web(replicas=2))


def test_a_service_without_copies_is_still_there(stage: Stage) -> None:
    stage.apply(web(replicas=0))
    assert list(stage.copies()) == ["0"]
    stage.settled(web(replicas=0))
    stage.apply(web(replicas=1))
    assert list(stage.copies()) == ["1"]
    stage.apply(web(replicas=0))
    stage.settled(web(replicas=0))
    stage.destroy()
    assert stage.copies() == {} and stage.lab.api.networks(names=["shop_back"]) == []


def test_a_new_version_replaces_every_copy_and_never_has_fewer_running(stage: Stage) -> None:
    stage.apply(web())
    old, since = stage.copies(), stage.lab.api.info()["SystemTime"]
    new = web(environment={"VERSION": "2"})
    (step,) = stage.plan(new).changes
    assert (step.op, step.impact) == ("update", Impact.LIVE)
    stage.apply(new)
    after = stage.copies()
    assert sorted(after) == ["1", "2", "3"] and not {*after.values()} & {*old.values()}
    assert {stage.variable(id, "VERSION") for id in after.values()} == {"2"}
    assert _fewest_running(stage, since, 3) == 3
    told = [event.message for event in stage.events if isinstance(event, StepProgress)]
    assert "replacing copy 1 of 3" in told and "replaced 3 of 3 copies" in told
    stage.settled(new)


def _fewest_running(stage: Stage, since: str, running: int) -> int:
    """By the daemon's own events."""
    until = stage.lab.api.info()["SystemTime"]
    fewest = running
    for event in stage.lab.api.events(
        since=_seconds(since), until=_seconds(until), decode=True, filters={"type": "container"}
    ):
        running += {"start": 1, "die": -1}.get(event["Action"], 0)
        fewest = min(fewest, running)
    return fewest


def _seconds(time: str) -> str:
    from datetime import datetime

    return f"{datetime.fromisoformat(time[:26] + '+00:00').timestamp():.6f}"


def test_stop_first_and_parallelism(stage: Stage) -> None:
    policy = {**QUICK, "order": "stop-first", "parallelism": 2}
    stage.apply(web(update=policy))
    new = web(update=policy, environment={"VERSION": "2"})
    assert stage.plan(new).changes[0].impact is Impact.REBOOT
    since = stage.lab.api.info()["SystemTime"]
    stage.apply(new)
    assert _fewest_running(stage, since, 3) == 1
    stage.settled(new)


@pytest.mark.parametrize(
    "harm",
    [
        {"command": ["sh", "-c", "sleep 0.1; echo it is broken; exit 3"]},
        {"command": ["sleep", "1000"]},
        {"command": ["/no/such/program"]},
    ],
    ids=["it ends", "it is never healthy", "it can't start"],
)
def test_a_broken_version_is_rolled_back_by_itself(stage: Stage, harm: dict[str, Any]) -> None:
    stage.apply(web())
    old = stage.copies()
    with pytest.raises(HostError, match="the new version is not good, and the update was rolled back"):
        stage.apply(web(**harm))
    assert stage.copies() == old, "with start-first no old copy was let go of"
    stage.settled(web())


def test_what_was_replaced_already_is_brought_back(stage: Stage) -> None:
    """The second new copy is the one that breaks: it finds what the first one left."""
    inputs = {**INPUTS, "volumes": [{"volume": "{data}", "mount": "/data"}]}
    shared = (BACK, Item("Volume", "data"))
    items = (*shared, Item("Service", "web", inputs, uses=("back", "data")))
    stage.apply(items)
    before = stage.copies()
    breaking = ["sh", "-c", "test ! -e /data/there && touch /data/there && exec httpd -f -p 80"]
    worse = (*shared, Item("Service", "web", {**inputs, "command": breaking}, uses=("back", "data")))
    with pytest.raises(HostError, match="rolled back"):
        stage.apply(worse)
    after = stage.copies()
    assert sorted(after) == ["1", "2", "3"]
    assert sum(before[number] != after[number] for number in before) == 1, "only the replaced one was made again"
    stage.settled(items)


def test_pause_leaves_what_is_good_and_the_next_apply_goes_on(stage: Stage) -> None:
    policy = {**QUICK, "failure_action": "pause"}
    stage.apply(web(update=policy))
    with pytest.raises(HostError, match="the update was paused"):
        stage.apply(web(update=policy, command=["sleep", "1000"]))
    assert len(stage.copies()) == 3
    better = web(update=policy, command=["httpd", "-f", "-p", "80"])
    stage.apply(better)
    stage.settled(better)


def test_copies_that_others_harmed_are_healed(stage: Stage) -> None:
    stage.apply(web())
    copies = stage.copies()
    stage.lab.api.kill(copies["1"])
    stage.lab.api.stop(copies["1"], timeout=0)
    stage.lab.api.remove_container(copies["2"], force=True)
    (step,) = stage.plan(web()).changes
    fields = sorted(each.field for each in step.changes)
    assert (step.op, step.drifted) == ("update", True)
    assert "replicas" in fields and "copies.1.state" in fields
    stage.apply(web())
    after = stage.copies()
    assert after["3"] == copies["3"] and after["1"] == copies["1"] and after["2"] != copies["2"]
    stage.settled(web())


def test_copies_find_each_other_under_the_name_of_the_service(stage: Stage) -> None:
    asking = Item(
        "Container",
        "asks",
        {"image": BUSYBOX, "command": ["sleep", "1000"], "networks": ["{back}"], "stop_timeout": "0s"},
        uses=("back",),
    )
    stage.apply((*web(), asking))
    answer = stage.lab.execute("shop_asks", "nslookup", "web")
    addresses = {line.split()[-1] for line in answer.splitlines() if line.startswith("Address") and "10.40." in line}
    assert len(addresses) == 3


def test_what_only_a_swarm_can_do_is_refused_before_anything_is_touched(stage: Stage) -> None:
    for wrong in (
        {"placement": {"constraints": ["node.role == worker"]}},
        {"docker": {"endpoint_mode": "vip"}},
    ):
        with pytest.raises(UnsupportedError, match="a Docker host can't do this"):
            stage.apply(web(**wrong))
    with pytest.raises(VirtwrightError, match="can't start before the old one has let go"):
        stage.apply(web(ports=["8080:80"], replicas=1))
    assert stage.copies() == {}


def test_files_in_memory_of_a_copy_outlive_the_others(stage: Stage) -> None:
    secret = {"path": "/run/secret", "content": "s3cret", "in_memory": True}
    stage.apply(web(files=[secret], replicas=2))
    stage.apply(web(files=[secret], replicas=1))
    (left,) = stage.copies().values()
    stage.lab.api.restart(left, timeout=0)
    assert stage.lab.execute(left, "cat", "/run/secret") == "s3cret"


def test_an_unhealthy_version_is_not_waited_for(stage: Stage) -> None:
    """A container may become healthy after all, so that it is waited for; a copy is judged."""
    patient = {"wait_for": {"healthy": True, "timeout": "120s"}}
    stage.apply(web(replicas=1, **patient))
    began = time.monotonic()
    with pytest.raises(HostError, match=r"rolled back: the copy shop_web_1.* is not good: unhealthy"):
        stage.apply(web(replicas=1, command=["sleep", "1000"], **patient))
    assert time.monotonic() - began < 100


def test_a_port_is_published_by_the_one_copy_of_a_host(stage: Stage) -> None:
    policy = {**QUICK, "order": "stop-first"}
    one = web(ports=["127.0.0.1:8080:80"], replicas=1, update=policy)
    stage.apply(one)
    _answers(stage)
    new = web(ports=["127.0.0.1:8080:80"], replicas=1, update=policy, environment={"VERSION": "2"})
    stage.apply(new)
    stage.settled(new)
    _answers(stage)


def _answers(stage: Stage) -> None:
    """The only copy, at the published port: it serves the file that tells its own name."""
    (id,) = stage.copies().values()
    told = until(
        "it answers", lambda: stage.lab.run("sh", "-c", "busybox wget -qO- http://127.0.0.1:8080/hostname || true")
    )
    assert told.strip() == stage.lab.api.inspect_container(id)["Config"]["Hostname"]


@pytest.fixture(scope="module")
def second() -> Iterator[DockerLab]:
    with DockerLab() as lab:
        yield lab


def test_copies_are_spread_over_hosts(stage: Stage, second: DockerLab) -> None:
    second.sweep()
    two = {"two": second.uri}
    far = {"networks": [], "placement": {"hosts": ["one", "two"]}, "replicas": 4}
    items = (BACK, Item("Service", "web", {**INPUTS, **far}))
    stage.apply(items, two)
    here, there = stage.copies(), stage.copies(second)
    assert (len(here), len(there)) == (2, 2) and sorted({*here, *there}) == ["1", "2", "3", "4"]
    stage.settled(items, two)
    everywhere = (BACK, Item("Service", "web", {**INPUTS, **far, "mode": "global", "replicas": 1}))
    stage.apply(everywhere, two)
    assert (len(stage.copies()), len(stage.copies(second))) == (1, 1)
    stage.settled(everywhere, two)
    alone = (BACK, Item("Service", "web", {**INPUTS, "networks": [], "placement": {"hosts": ["one"]}, "replicas": 2}))
    stage.apply(alone, two)
    assert (len(stage.copies()), len(stage.copies(second))) == (2, 0)
    stage.settled(alone, two)
    stage.destroy()
    assert stage.copies() == {}
    nowhere = (Item("Service", "web", {**INPUTS, "networks": [], "placement": {"hosts": ["one", "three"]}}),)
    with pytest.raises(UnsupportedError, match="to run on three, which is no Docker host of the stack"):
        stage.plan(nowhere, two)


def test_an_operator_sees_and_reaches_each_copy(
    docker_lab: DockerLab,
    second: DockerLab,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    second.sweep()
    monkeypatch.setenv("VIRTWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    hosts = {"one": {"uri": docker_lab.uri}, "two": {"uri": second.uri}}
    web = {"image": BUSYBOX, "command": ["sh", "-c", "echo copy $HOSTNAME; exec sleep 1000"], "replicas": 3}
    spread = {"placement": {"hosts": ["one", "two"]}, "stop_timeout": "0s"}
    Path("stack.yaml").write_text(json.dumps({"stack": "shop", "hosts": hosts, "services": {"web": {**web, **spread}}}))

    def say(*words: str) -> tuple[int, str]:
        capfd.readouterr()
        code = run(words)
        told = capfd.readouterr()
        return code, told.out + told.err

    assert say("apply", "--yes")[0] == 0
    until("all have spoken", lambda: say("logs", "web")[1].count("| copy ") == 3)
    code, told = say("logs", "web")
    marks = sorted(line.partition(" | ")[0].rstrip() for line in told.splitlines())
    assert marks == ["services.web[1] on one", "services.web[2] on two", "services.web[3] on one"], told
    assert say("logs", "web[2]")[1].startswith("copy "), "one alone needs no mark"
    assert say("exec", "web", "--", "sh", "-c", "exit 5")[0] == 5
    (there,) = second.api.containers()
    hostname = second.api.inspect_container(there["Id"])["Config"]["Hostname"]
    assert say("exec", "web[2]", "--", "cat", "/etc/hostname") == (0, f"{hostname}\n")
    code, told = say("exec", "web[7]", "--", "true")
    assert (code, "has no copy 7" in told, "it has: 1, 2, 3" in told) == (1, True, True)
    code, told = say("status", "--json")
    rows = [(row["name"], row["host"], row["state"]) for row in json.loads(told)]
    assert code == 0 and rows[1:] == [(f"services.web[{n}]", "two" if n == 2 else "one", "running") for n in (1, 2, 3)]
    second.api.kill(there["Id"])
    until("it has ended", lambda: not second.api.inspect_container(there["Id"])["State"]["Running"])
    code, told = say("status")
    assert code == 1 and "copies.2.state is exited" in told
    assert say("exec", "web[2]", "--", "true")[0] == 1
    assert say("destroy", "--yes")[0] == 0


def test_a_container_that_joins_no_network_shows_no_drift(stage: Stage) -> None:
    """The daemon writes its default network into what was to have none in particular."""
    plain = (Item("Container", "plain", {"image": BUSYBOX, "command": ["sleep", "1000"], "stop_timeout": "0s"}),)
    stage.apply(plain)
    stage.settled(plain)


def test_a_renamed_copy_is_known_and_renamed_back_and_a_copied_one_is_not(stage: Stage) -> None:
    items = web(replicas=2)
    stage.apply(items)
    before, api = stage.copies(), stage.lab.api
    api.rename(before["2"], "renamed")
    (step,) = stage.plan(items).changes
    assert [(each.field, each.prior, each.goal) for each in step.changes] == [
        ("copies.2.name", "renamed", "shop_web_2")
    ]
    stage.apply(items)
    assert stage.copies() == before
    assert api.inspect_container(before["2"])["Name"] == "/shop_web_2"
    stage.settled(items)
    api.commit(before["1"], repository="copy", tag="1")
    copied = api.create_container("copy:1", name="copied")["Id"]
    api.remove_container(before["1"], force=True)
    stage.apply(items)
    assert api.inspect_container(copied)["Name"] == "/copied"
    assert len(stage.copies()) == 2 and len(api.containers(all=True)) == 3
    stage.destroy()
    assert [each["Id"] for each in api.containers(all=True)] == [copied]
    api.remove_container(copied)
    api.remove_image("copy:1")


def test_a_service_is_taken_over_with_all_its_copies(stage: Stage, tmp_path: Path) -> None:
    """What is made for it later bears the mark of the same state, so that the copies stay together."""
    items = web(replicas=2)
    stage.apply(items)
    before = stage.copies()
    with StateStore.open(str(tmp_path / "other.db"), keys_in(tmp_path)) as store:
        other = Stage(stage.lab, store)
        options = RunOptions(take_over=("back", "web"))
        result = Engine(store).apply(other.program(items), options)
        assert result.succeeded and stage.copies() == before
        other.settled(items)
        more = web(replicas=3)
        other.apply(more)
        assert {number: id for number, id in stage.copies().items() if number in before} == before
        other.settled(more)
        anew = web(replicas=3, command=[*SERVE, "-v"])
        other.apply(anew)
        other.settled(anew)
        assert not {*stage.copies().values()} & {*before.values()}
        other.destroy()
    assert stage.copies() == {} and stage.lab.api.networks(names=["shop_back"]) == []


@pytest.mark.parametrize("home", ["", "two"], ids=["its host", "a host of its copies"])
def test_another_name_of_a_host_moves_no_copy(stage: Stage, second: DockerLab, tmp_path: Path, home: str) -> None:
    """Nor does another way to its socket."""
    second.sweep()
    link = tmp_path / "docker.sock"
    link.symlink_to(stage.lab.uri.removeprefix("docker+unix://"))
    spread = {**INPUTS, "networks": [], "replicas": 2}
    former: dict[str, str] = {}
    for name, uri in (("box", stage.lab.uri), ("box2", stage.lab.uri), ("box3", f"docker+unix://{link}")):
        item = Item("Service", "web", {**spread, "placement": {"hosts": [name, "two"]}}, host=home or name)
        program = ListProgram(item, hosts={name: uri, "two": second.uri})
        engine = Engine(stage.store)
        changes = [(step.op, step.reason) for step in engine.plan(program).changes]
        assert changes == [("create", "") if not former else ("update", "")], name
        assert engine.apply(program).succeeded
        there = {**stage.copies(), **stage.copies(second)}
        assert sorted(there) == ["1", "2"] and there == (former or there), name
        assert Engine(stage.store).plan(program).changes == ()
        former = there
    stage.destroy()
    assert stage.copies() == stage.copies(second) == {}


def test_a_service_moves_to_another_engine(stage: Stage, second: DockerLab) -> None:
    second.sweep()
    item = Item("Service", "web", {**INPUTS, "networks": [], "replicas": 2})
    two = {"two": second.uri}
    stage.apply([item], two)
    there = Item("Service", "web", {**INPUTS, "networks": [], "replicas": 2}, host="two")
    assert [step.op for step in stage.plan([there], two).changes] == ["replace"]
    stage.apply([there], two)
    assert (len(stage.copies()), len(stage.copies(second))) == (0, 2)
    stage.settled([there], two)
    stage.destroy()


def test_what_bears_copied_labels_is_no_copy(stage: Stage) -> None:
    """Neither counted, shown as the service's, scaled down nor deleted with it; named in the plan and in the apply."""
    items = web(replicas=2)
    stage.apply(items)
    before, api = stage.copies(), stage.lab.api
    labels = api.inspect_container(before["1"])["Config"]["Labels"]
    told: list[dict[str, str]] = [
        {"virtwright.copy": "7"},
        {"virtwright.copy": "-9"},
        {"virtwright.copy": "x"},
        {"virtwright.service": "other"},
        {},
    ]
    evil = {
        api.create_container(
            BUSYBOX, ["sleep", "1000"], name=f"evil{n}", labels={**labels, "virtwright.name": f"evil{n}", **more}
        )["Id"]
        for n, more in enumerate(told)
    }
    for id in evil:
        api.start(id)
    stage.settled(items)
    warned: list[Event] = []
    Engine(stage.store, [warned.append]).plan(stage.program(items))
    names = {f"evil{n}" for n in range(5)}
    assert {each.problem.message.split()[0] for each in warned if isinstance(each, Warned)} == names
    stage.apply(web(replicas=1))
    stage.settled(web(replicas=1))
    stage.destroy()
    assert {each["Id"] for each in api.containers()} == evil
    for id in evil:
        api.remove_container(id, force=True)
