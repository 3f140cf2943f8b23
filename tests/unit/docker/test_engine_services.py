"""Services on plain Docker hosts: what is refused, what each change costs, where copies run and how they are replaced."""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, cast

import pytest
from tests.docker_answers import ID, FakeDocker, inspected
from tests.golden import Cases, as_json
from tests.impacts import impacts
from tests.refusals import refusals

from virtwright.errors import CancelledError, HostError, InputError
from virtwright.providers.base import Stamp, named_identity
from virtwright.providers.context import Context
from virtwright.providers.diff import Impact
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.client.errors import GoneError
from virtwright.providers.docker.containers.mapping import create_body
from virtwright.providers.docker.containers.record import record_label
from virtwright.providers.docker.labels import stamped_labels
from virtwright.providers.docker.names import other_name
from virtwright.providers.docker.services.check import check_service, copy_inputs, service_diff, service_lasting
from virtwright.providers.docker.services.copies import (
    Copy,
    _own,
    by_identity,
    copies_of_service,
    marks,
    wanted_everywhere,
)
from virtwright.providers.docker.services.crew import Crew, split
from virtwright.providers.docker.services.handler import _matched, _observed
from virtwright.providers.docker.services.placing import place, place_everywhere
from virtwright.providers.docker.services.rollout import Rollout
from virtwright.providers.docker.services.watching import _look
from virtwright.schemas.container import Container
from virtwright.schemas.docker_container import DockerContainer, DockerService
from virtwright.schemas.service import Service
from virtwright.schemas.values import UNKNOWN

FOLDER: Final = Path(__file__).parent / "golden"
CASES: Final = Cases(FOLDER / "services", made=(".impacts.json",))
REFUSALS: Final = Cases(FOLDER / "refusals")
DOCKER: Final = cast(DockerConnection, None)
"""Nothing here asks an engine."""
URN: Final = "urn:pulumi:shop::shop::virtwright:index:Service::web"


def service(**inputs: Any) -> Service:
    return Service.model_validate({"image": "nginx", **inputs})


def test_what_no_service_of_docker_can_be() -> None:
    REFUSALS.check("services", as_json(refusals(REFUSALS.read("services"), lambda row: check_service(service(**row)))))


def test_each_change_costs_what_the_golden_file_says() -> None:
    full = Service.model_validate(CASES.read("everything"))
    CASES.check("everything", as_json(impacts(full, service_diff)))
    assert CASES.strays() == []


UNKNOWNS: Final[list[dict[str, Any]]] = [
    {"ports": UNKNOWN, "update": UNKNOWN, "placement": UNKNOWN, "docker": UNKNOWN, "replicas": UNKNOWN},
    {"ports": service(ports=[80]).ports, "update": UNKNOWN, "replicas": UNKNOWN},
]


@pytest.mark.parametrize("values", UNKNOWNS)
def test_what_is_not_known_yet_is_not_refused(values: dict[str, Any]) -> None:
    inputs = service().model_copy(update=values)
    assert check_service(inputs) == inputs


def test_hosts_that_are_not_known_are_counted_as_one() -> None:
    inputs = service(ports=[80], replicas=2, update={"order": "stop-first"}).model_copy(update={"placement": UNKNOWN})
    with pytest.raises(InputError, match="2 copies on 1 hosts"):
        check_service(inputs)


def test_a_copy_is_made_from_what_a_container_knows() -> None:
    inputs = service(replicas=3, hostname="h", docker={"tty": True, "endpoint_mode": "vip"})
    copy = copy_inputs(inputs)
    assert type(copy) is Container and type(copy.docker) is DockerContainer
    assert copy == Container(image="nginx", hostname="h", docker=DockerContainer(tty=True))
    assert copy.model_fields_set == {"image", "hostname", "docker"}
    assert copy_inputs(service()).docker is None


def test_what_the_daemon_chooses_anyway_is_left_out_of_a_services_block() -> None:
    checked = check_service(service(docker={"cpu_shares": 1024, "tty": True}))
    assert checked.docker == DockerService(tty=True)
    assert check_service(service()).docker is None


COSTS: Final[list[tuple[dict[str, Any], dict[str, Any], Impact]]] = [
    ({}, {}, Impact.NONE),
    ({}, {"image": "apache"}, Impact.LIVE),
    ({}, {"image": "apache", "update": {"order": "stop-first"}}, Impact.REBOOT),
    ({}, {"resources": {"cpus": 1}, "update": {"order": "stop-first"}}, Impact.LIVE),
    ({}, {"replicas": 2}, Impact.LIVE),
    ({}, {"mode": "global"}, Impact.LIVE),
    ({}, {"rollback": {}}, Impact.LIVE),
]


@pytest.mark.parametrize(("prior", "goal", "impact"), COSTS)
def test_what_a_change_costs(prior: dict[str, Any], goal: dict[str, Any], impact: Impact) -> None:
    diff = service_diff(service(**prior), service(**goal))
    assert (diff.impact, diff.delete_before_create) == (impact, True)
    assert diff.unsettles == {"replicas", "addresses"}


def test_only_new_copies_change_what_lasts() -> None:
    assert service_lasting(service()) == service_lasting(service(replicas=3, update={"parallelism": 2}, restart="no"))
    assert service_lasting(service()) != service_lasting(service(image="apache"))
    placed = {"placement": {"hosts": ["a"]}}
    assert service_lasting(service(**placed))["everywhere"] == []
    assert service_lasting(service(mode="global", **placed))["everywhere"] == ["a"]


PLACED: Final[list[tuple[Sequence[int], dict[int, str], list[str], int | None, dict[int, str]]]] = [
    ([], {}, ["a"], None, {}),
    ([1, 2, 3], {}, ["a", "b"], None, {1: "a", 2: "b", 3: "a"}),
    ([1, 2], {1: "b"}, ["a", "b"], None, {1: "b", 2: "a"}),
    ([1, 2, 3], {3: "a", 2: "a"}, ["a", "b"], None, {2: "a", 3: "a", 1: "b"}),
    ([1, 2, 3], {1: "a", 2: "a", 3: "a"}, ["a", "b"], 2, {1: "a", 2: "a", 3: "b"}),
    ([1, 2], {1: "gone", 2: "b"}, ["a", "b"], None, {2: "b", 1: "a"}),
    ([1], {1: "a", 2: "b"}, ["a", "b"], None, {1: "a"}),
    ([1, 2], {}, ["a", "b"], 1, {1: "a", 2: "b"}),
    ([1, 2, 3], {}, ["c", "a", "b"], None, {1: "c", 2: "a", 3: "b"}),
    ([1, 8], {1: "a", 8: "a"}, ["a", "b"], 1, {1: "a", 8: "b"}),
    ([1, 8], {}, ["a", "b"], None, {1: "a", 8: "b"}),
    ([1, 2, 3, 4], {1: "a", 2: "a"}, ["a", "b"], None, {1: "a", 2: "a", 3: "b", 4: "b"}),
]


@pytest.mark.parametrize(("numbers", "there", "hosts", "most", "placed"), PLACED)
def test_where_copies_run(
    numbers: Sequence[int], there: dict[int, str], hosts: list[str], most: int | None, placed: dict[int, str]
) -> None:
    assert place(numbers, there, hosts, most) == placed


def test_copies_that_do_not_fit() -> None:
    with pytest.raises(InputError) as caught:
        place([1, 2, 3], {}, ["a", "b"], 1)
    assert caught.value.message == "3 copies don't fit on 2 hosts with at most 1 on each"
    assert caught.value.where.path == "placement.max_per_host"


@pytest.mark.parametrize(
    ("there", "hosts", "placed"),
    [
        ({}, ["a", "b"], {1: "a", 2: "b"}),
        ({2: "a"}, ["a", "b"], {2: "a", 1: "b"}),
        ({1: "gone", 2: "b"}, ["a", "b"], {2: "b", 1: "a"}),
        ({2: "a", 1: "a"}, ["a"], {1: "a"}),
        ({1: "b", 2: "c", 3: "a"}, ["a", "b", "c", "d"], {1: "b", 2: "c", 3: "a", 4: "d"}),
        ({1: "a"}, [], {}),
    ],
)
def test_one_copy_on_each_host(there: dict[int, str], hosts: list[str], placed: dict[int, str]) -> None:
    assert place_everywhere(there, hosts) == placed


def copy(number: int, version: str = "old", host: str = "a", **more: Any) -> Copy:
    labels = {"virtwright.copy": str(number), "virtwright.service": "shop_web", **more.pop("labels", {})}
    found = {
        "Id": f"{version}{number}", "Name": f"/shop_web_{number}", "Created": "1", "State": {"Status": "running"},
        "Config": {"Labels": labels}, **more,
    }  # fmt: skip
    return Copy(host, DOCKER, Stamp("shop/shop", URN, f"op-{version}", version), found)


def test_what_a_copy_says_of_itself() -> None:
    one = copy(3)
    assert (one.id, one.name, one.number, one.service, one.version, one.created, one.runs) == (
        "old3", "shop_web_3", 3, "shop_web", "old", "1", True
    )  # fmt: skip
    for text in ("x", "", "-9", "+1", "01", "1.5", "²", "١", "1" * 6000, " 1", "1\n"):
        assert copy(1, labels={"virtwright.copy": text}).number == -1, text
    assert not copy(0).runs
    assert not copy(1, State={"Status": "created"}).runs
    assert split([copy(1), copy(2, "new"), copy(3)], "old") == ([copy(1), copy(3)], [copy(2, "new")])


def test_the_marks_of_a_copy() -> None:
    everywhere = service(mode="global", placement={"hosts": ["a", "b"]})
    labels = marks("shop_web", "a", 2, service())
    assert (labels["virtwright.service"], labels["virtwright.home"], labels["virtwright.copy"]) == (
        "shop_web",
        "a",
        "2",
    )
    assert wanted_everywhere(copy(1, labels=labels)) is None
    assert wanted_everywhere(copy(1, labels=dict(marks("shop_web", "a", 1, everywhere)))) == 2


def called(
    name: str,
    number: int = 1,
    image: str = "nginx",
    made_from: str = "nginx",
    made_as: str = "",
    id: str = "",
    labels: Mapping[str, str] = MappingProxyType({}),
) -> Copy:
    """With the labels of a copy that was made as ``shop_web_NUMBER``, or ``made_as``."""
    stamp = Stamp("shop/shop", URN, "op", "old")
    stamped = {**stamped_labels(stamp, made_as or f"shop_web_{number}", {}), **record_label(Container(image=made_from))}
    made = copy(number, labels={**stamped, **labels})
    config = {"Labels": made.labels, "Image": image}
    return replace(made, found={**made.found, "Id": id or name, "Name": f"/{name}", "Config": config}, stamp=stamp)


OTHER: Final = other_name("shop_web_1", "op")
COPIED: Final[dict[str, tuple[list[Copy], list[str]]]] = {
    "the labels of one, on another with its own name": (
        [called("shop_web_1"), called("evil", made_as="evil")],
        ["shop_web_1"],
    ),
    "so, where the first is gone": ([called("evil", made_as="evil")], []),
    "a number that it was given without its name": ([called("evil", 7, made_as="evil")], []),
    "a number of another": ([called("shop_web_1", 7, made_as="shop_web_1")], []),
    "no number": ([called("shop_web_x", made_as="shop_web_x", labels={"virtwright.copy": "x"})], []),
    "one that runs in the place of another": ([called(OTHER, made_as=OTHER)], [OTHER]),
    "both names of one": ([called(OTHER, made_as=OTHER), called("shop_web_1")], ["shop_web_1"]),
    "another service's labels": (
        [called("shop_web_1"), called(OTHER, made_as=OTHER, labels={"virtwright.service": "other"})],
        ["shop_web_1"],
    ),
    "the older of two": (
        [called("shop_web_1", id="b"), called("shop_web_1", id="a")],
        ["a"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", COPIED)
def test_at_most_one_was_made_for_each_number(case: str) -> None:
    found, own = COPIED[case]
    for order in (found, found[::-1]):
        assert [each.id for each in _own(order)] == own


@pytest.mark.parametrize(
    ("found", "own"),
    [
        ([called("shop_web_1")], ["shop_web_1"]),
        ([called("renamed")], ["renamed"]),
        ([called("copied", image="copy:1")], []),
        ([called("shop_web_1"), called("copied")], ["shop_web_1"]),
        ([called("one"), called("two")], []),
        ([called("renamed"), called("shop_web_2", 2)], ["renamed", "shop_web_2"]),
    ],
)
def test_which_copies_were_renamed_and_which_copied(found: list[Copy], own: list[str]) -> None:
    assert [each.name for each in _own(found)] == own


def signed(number: int, identity: str = "", stack: str = "shop/shop") -> Copy:
    made = copy(number)
    return replace(made, stamp=replace(made.stamp, stack=stack, identity=identity))


NAMED: Final = named_identity("shop/shop")


@pytest.mark.parametrize(
    ("found", "groups"),
    [
        ([], []),
        ([signed(1), signed(2)], [[1, 2]]),
        ([signed(1, "a"), signed(2, "a")], [[1, 2]]),
        ([signed(1, "a"), signed(2, "b"), signed(3, "a")], [[1, 3], [2]]),
        ([signed(1), signed(2, "a")], [[2, 1]]),
        ([signed(1, NAMED), signed(2, "a"), signed(3)], [[2, 1, 3]]),
        ([signed(1), signed(2, "a"), signed(3, "b")], [[1], [2], [3]]),
    ],
)
def test_copies_of_two_states_are_two_services(found: list[Copy], groups: list[list[int]]) -> None:
    assert [[each.number for each in group] for group in by_identity(found)] == groups


def served(*copies: tuple[int, str]) -> DockerConnection:
    """An engine that has these copies, each with its number and the identity of the state that made it."""
    found = {}
    for number, identity in copies:
        stamp = Stamp("shop/shop", URN, f"op-{number}", "old", identity)
        labels = {**stamped_labels(stamp, f"shop_web_{number}", {}), **marks("shop_web", "a", number, service())}
        found[f"id{number}"] = {**copy(number).found, "Id": f"id{number}", "Created": str(number)}
        found[f"id{number}"]["Config"] = {"Labels": labels}
    listed = [{"Id": id, "Labels": each["Config"]["Labels"]} for id, each in found.items()]

    def containers(*, all: bool, filters: Any) -> list[dict[str, Any]]:
        assert filters == {"label": ["virtwright.service=shop_web"]}
        return listed

    return cast(DockerConnection, FakeDocker(containers=containers, inspect_container=found.__getitem__))


@pytest.mark.parametrize(
    ("identity", "numbers"), [("", [1, 2, 3, 4, 5]), ("a", [1, 3, 4]), ("b", [2, 3, 4, 5]), ("c", [3, 4])]
)
def test_a_state_has_no_copies_that_another_one_made(identity: str, numbers: list[int]) -> None:
    """A copy of before there were identities, or of Pulumi's engine, is anybody's."""
    peers = {"one": served((1, "a"), (2, "b"), (3, "")), "two": served((5, "b"), (4, NAMED))}
    assert [each.number for each in copies_of_service(peers, "shop_web", "one", identity)] == numbers


MATCHED: Final[list[tuple[list[Copy], dict[int, str], list[str], list[str]]]] = [
    ([], {1: "a"}, [], []),
    ([copy(1), copy(2)], {1: "a", 2: "a"}, ["old1", "old2"], []),
    ([copy(1), copy(2)], {1: "a"}, ["old1"], ["old2"]),
    ([copy(1), copy(1, "new")], {1: "a"}, ["new1"], ["old1"]),
    ([copy(1, host="b"), copy(2)], {1: "a", 2: "a"}, ["old2"], ["old1"]),
    ([copy(1, State={"Status": "created"}), copy(0)], {1: "a"}, [], []),
]


@pytest.mark.parametrize(("found", "wanted", "keep", "surplus"), MATCHED)
def test_which_copies_are_kept(found: list[Copy], wanted: dict[int, str], keep: list[str], surplus: list[str]) -> None:
    kept, rest = _matched(found, wanted, "new")
    assert ([each.id for each in kept], [each.id for each in rest]) == (keep, surplus)


def whole(number: int, version: str = "old", state: str = "running", **labels: str) -> Copy:
    """With all that is read of a container."""
    marked = {"virtwright.copy": str(number), "virtwright.service": "shop_web", **labels}
    body = create_body(
        Container(image="nginx", restart="no"), "web", {**marked, **record_label(Container(image="nginx"))}
    )
    more = {"Created": version, "State": {"Status": state, "Running": state == "running", "ExitCode": 0}}
    found = inspected(body, f"shop_web_{number}", Id=f"{version}{number}", **more)
    return Copy("a", DOCKER, Stamp("shop/shop", URN, f"op-{version}", version), found)


EVERYWHERE: Final = {"virtwright.everywhere": '["a", "b"]'}
OBSERVED: Final[list[tuple[list[Copy], str, int | None, int, list[tuple[str, ...]], bool]]] = [
    ([whole(1), whole(2)], "old", 2, 2, [], True),
    ([whole(1), whole(2, "new")], "new", 2, 2, [], True),
    ([whole(1), whole(2, state="exited")], "old", 2, 1, [], True),
    ([whole(1, state="paused")], "old", 1, 0, [("copies", "1", "state")], True),
    ([whole(0, state="created")], "old", 0, 0, [], True),
    ([whole(1, state="created")], "old", 0, 0, [], False),
    ([whole(1, **EVERYWHERE)], "old", None, 1, [("replicas",)], True),
    ([whole(1, **EVERYWHERE), whole(2, **EVERYWHERE)], "old", None, 2, [], True),
]


@pytest.mark.parametrize(("copies", "version", "replicas", "runs", "drift", "complete"), OBSERVED)
def test_what_the_copies_say_of_their_service(
    copies: list[Copy], version: str, replicas: int | None, runs: int, drift: list[tuple[str, ...]], complete: bool
) -> None:
    seen = _observed("shop_web", copies)
    assert (seen.id, seen.stamp.inputs_hash, seen.outputs.replicas, seen.complete) == (
        "shop_web",
        version,
        runs,
        complete,
    )
    assert ("replicas" in seen.inputs.model_fields_set) is (replicas is not None)
    assert replicas is None or seen.inputs.replicas == replicas
    assert [change.path for change in seen.drift] == drift
    assert all(change.impact is Impact.LIVE for change in seen.drift)
    told = {"image", "command"} if any(each.runs for each in copies) else set()
    assert seen.inputs.model_fields_set & {"image", "command", "mode", "placement"} == told


@dataclass
class FakeCrew:
    """Writes down what is done to which copy; those with a number in ``bad`` are not good."""

    context: Context
    bad: frozenset[str] = frozenset()
    done: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def _write(self, what: str) -> None:
        with self.lock:
            self.done.append(what)

    def at_once(self, items: Iterable[Any], work: Callable[[Any], None], most: int | None = None) -> list[HostError]:
        items = list(items)
        self._write(f"batch of {len(items)}")
        errors = []
        for each in items:
            try:
                work(each)
            except HostError as error:
                errors.append(error)
        return errors

    def prepare(self, host: str, urn: str, inputs: Service) -> None:
        self._write(f"prepare {host}")

    def remove(self, one: Copy) -> None:
        self._write(f"remove {one.id}")

    def make(self, stamp: Stamp, inputs: Service, number: int, host: str) -> Copy:
        self._write(f"make {stamp.inputs_hash}{number} of {inputs.image}")
        return copy(number, stamp.inputs_hash, host)

    def watch(self, one: Copy, inputs: Service) -> None:
        self._write(f"watch {one.id}")
        if one.id in self.bad:
            raise HostError(f"{one.id} is bad")
        if f"cancel {one.id}" in self.bad:
            raise CancelledError("interrupted")


Policy = dict[str, Any]
ROLLOUTS: Final[list[tuple[str, Policy, set[str], list[str], str | None]]] = [
    ("start first", {}, set(),
     ["batch of 1", "make new1 of y", "watch new1", "remove old1", "batch of 1", "make new2 of y", "watch new2", "remove old2"],
     None),
    ("stop first", {"order": "stop-first", "parallelism": 2}, set(),
     ["batch of 2", "prepare a", "remove old1", "make new1 of y", "watch new1",
      "prepare a", "remove old2", "make new2 of y", "watch new2"], None),
    ("roll back, start first", {}, {"new2"},
     ["batch of 1", "make new1 of y", "watch new1", "remove old1", "batch of 1", "make new2 of y", "watch new2", "remove new2",
      "make old1 of x", "watch old1", "remove new1"],
     "the new version is not good, and the update was rolled back: new2 is bad"),
    ("roll back, stop first", {"order": "stop-first"}, {"new2"},
     ["batch of 1", "prepare a", "remove old1", "make new1 of y", "watch new1",
      "batch of 1", "prepare a", "remove old2", "make new2 of y", "watch new2", "remove new2",
      "remove new1", "make old1 of x", "watch old1", "make old2 of x", "watch old2"],
     "the new version is not good, and the update was rolled back: new2 is bad"),
    ("pause", {"failure_action": "pause"}, {"new1"},
     ["batch of 1", "make new1 of y", "watch new1", "remove new1"],
     "the new version is not good, and the update was paused: new1 is bad"),
    ("continue", {"failure_action": "continue"}, {"new1"},
     ["batch of 1", "make new1 of y", "watch new1", "remove new1", "batch of 1", "make new2 of y", "watch new2", "remove old2"],
     None),
    ("as many may fail", {"max_failure_ratio": 0.5}, {"new1"},
     ["batch of 1", "make new1 of y", "watch new1", "remove new1", "batch of 1", "make new2 of y", "watch new2", "remove old2"],
     None),
    ("the old one is bad too", {}, {"new2", "old1"},
     ["batch of 1", "make new1 of y", "watch new1", "remove old1", "batch of 1", "make new2 of y", "watch new2", "remove new2",
      "make old1 of x", "watch old1"],
     "the new version is not good, and the old one did not come back: old1 is bad"),
    ("interrupted", {}, {"cancel new1"}, ["batch of 1", "make new1 of y", "watch new1"], "interrupted"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "policy", "bad", "done", "message"), ROLLOUTS, ids=[row[0] for row in ROLLOUTS])
def test_how_a_new_version_takes_the_place_of_the_old(
    name: str, policy: Policy, bad: set[str], done: list[str], message: str | None
) -> None:
    told: list[str] = []

    def report(message: str, fraction: float | None = None) -> None:
        told.append(message)

    crew = FakeCrew(Context(report), frozenset(bad))
    stamp = Stamp("shop/shop", URN, "op-new", "new")
    rollout = Rollout(cast(Crew, crew), stamp, service(image="x"), service(image="y", update=policy))
    if message is None:
        rollout.carry_out([copy(1), copy(2)], 2)
        assert told[-1] == f"replaced {2 - len(bad)} of 2 copies"
    else:
        with pytest.raises(HostError) as caught:
            rollout.carry_out([copy(1), copy(2)], 2)
        assert caught.value.message == message
        assert any(each.startswith("rolling back") for each in told) is ("watch old1" in done)
    assert crew.done == done


def test_the_policy_of_the_old_version_decides_the_way_back() -> None:
    crew = FakeCrew(Context(), frozenset({"new2"}))
    prior = service(image="x", rollback={"order": "stop-first"})
    rollout = Rollout(cast(Crew, crew), Stamp("shop/shop", URN, "op", "new"), prior, service(image="y"))
    with pytest.raises(HostError):
        rollout.carry_out([copy(1), copy(2)], 2)
    assert crew.done[-3:] == ["remove new1", "make old1 of x", "watch old1"]


def test_what_comes_back_bears_the_stamp_that_it_had() -> None:
    stamps: list[Stamp] = []

    class Recording(FakeCrew):
        def make(self, stamp: Stamp, inputs: Service, number: int, host: str) -> Copy:
            stamps.append(stamp)
            return super().make(stamp, inputs, number, host)

    new = Stamp("shop/shop", URN, "op-new", "new")
    rollout = Rollout(cast(Crew, Recording(Context(), frozenset({"new2"}))), new, service(), service())
    with pytest.raises(HostError):
        rollout.carry_out([copy(1), copy(2)], 2)
    assert stamps == [new, new, replace(new, operation="op-old", inputs_hash="old")]


@pytest.mark.parametrize(
    ("ratio", "total", "bad", "good"),
    [
        (0.2, 10, {"new1", "new2"}, True),  # of all copies that the service has, not of those that are replaced
        (0.1, 10, {"new1", "new2"}, False),
        (0.1, 10, {"new1"}, True),
        (0.2, 2, {"new1"}, False),
        (0.0, 10, set(), True),
    ],
)
def test_how_many_copies_may_fail(ratio: float, total: int, bad: set[str], good: bool) -> None:
    crew = FakeCrew(Context(), frozenset(bad))
    goal = service(image="y", update={"max_failure_ratio": ratio, "failure_action": "pause"})
    rollout = Rollout(cast(Crew, crew), Stamp("shop/shop", URN, "op", "new"), service(image="x"), goal)
    if good:
        rollout.carry_out([copy(1), copy(2)], total)
    else:
        with pytest.raises(HostError, match="the update was paused"):
            rollout.carry_out([copy(1), copy(2)], total)


@pytest.mark.parametrize(
    ("state", "restarts", "health", "seen"),
    [
        ("running", 0, None, None),
        ("running", 0, "healthy", "healthy"),
        ("running", 0, "starting", "starting"),
        ("running", 1, None, HostError("the copy web is not good: started again 1 times\nthe last line")),
        ("running", 2, "healthy", HostError("the copy web is not good: started again 2 times\nthe last line")),
        ("running", 0, "unhealthy", HostError("the copy web is not good: unhealthy\nno answer")),
        ("running", 3, "unhealthy", HostError("the copy web is not good: unhealthy\nno answer")),
        ("exited", 0, None, HostError("the copy web is not good: exited: status 0\nthe last line")),
        ("restarting", 0, None, HostError("the copy web is not good: restarting: status 0\nthe last line")),
        ("gone", 0, None, HostError("the copy web is gone")),
    ],
)
def test_whether_a_new_copy_is_good(
    state: str, restarts: int, health: str | None, seen: HostError | str | None
) -> None:
    told = {"Status": state, "Running": state == "running", "ExitCode": 0}
    if health is not None:
        told["Health"] = {"Status": health, "Log": [{"Output": "no answer\n"}]}
    body = create_body(Container(image="nginx"), "web", {})
    found = inspected(body, "web", State=told, RestartCount=restarts)

    def inspect(id: str) -> dict[str, Any]:
        if state == "gone":
            raise GoneError("there is none")
        return found

    docker = FakeDocker(inspect_container=inspect, logs=lambda id, tail: b"the last line\n")
    if not isinstance(seen, HostError):
        assert _look(cast(DockerConnection, docker), ID, "web", Context()) == seen
        return
    with pytest.raises(HostError) as caught:
        _look(cast(DockerConnection, docker), ID, "web", Context())
    assert caught.value.message == seen.message
