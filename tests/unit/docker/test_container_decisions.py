"""Containers: what is refused, what is read of one that runs, and how it is joined to networks."""

import tarfile
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import pytest
from tests.docker_answers import ID, inspected
from tests.golden import Cases, as_json
from tests.refusals import refusals

from virtwright.errors import HostError
from virtwright.providers.base import Stamp
from virtwright.providers.diff import Change, Impact
from virtwright.providers.docker.containers.check import canonical, check_container, engine_refusals
from virtwright.providers.docker.containers.endpoints import asked_endpoints, endpoint, in_order, read_endpoints
from virtwright.providers.docker.containers.files import archive, empty, only_file, owners_of
from virtwright.providers.docker.containers.impacts import STAYS, container_diff, lasting
from virtwright.providers.docker.containers.mapping import create_body, shares_network, update_body
from virtwright.providers.docker.containers.reading import (
    displacement,
    drift,
    finished,
    memberships,
    never_started,
    read_inputs,
    read_limits,
    read_outputs,
    stamp_on,
    state_of,
)
from virtwright.providers.docker.containers.record import record_label, recorded
from virtwright.providers.docker.labels import stamped_labels
from virtwright.providers.docker.refusal import refuse
from virtwright.schemas.attachments import File, NetworkAttachment
from virtwright.schemas.container import Container, ContainerOutputs, ContainerResources
from virtwright.schemas.docker_container import DockerContainer
from virtwright.schemas.readiness import WaitFor
from virtwright.schemas.values import UNKNOWN

REFUSALS: Final = Cases(Path(__file__).parent / "golden/refusals")
URN: Final = "urn:pulumi:shop::shop::virtwright:index:Container::web"


def web(**inputs: Any) -> Container:
    return Container.model_validate({"image": "nginx", **inputs})


def found(**more: Any) -> dict[str, Any]:
    return inspected(create_body(web(), "web", {}), **more)


def test_what_no_container_of_docker_can_be() -> None:
    REFUSALS.check(
        "containers", as_json(refusals(REFUSALS.read("containers"), lambda row: check_container(web(**row))))
    )


class FakeEngine:
    """Says of itself what a row says."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.engine: str = row.get("engine", "Docker")
        usual = {"NCPU": 2, "Runtimes": {"runc": {}, "kata": {}}, "Plugins": {"Log": ["syslog", "json-file"]}}
        self.told: dict[str, Any] = row.get("told", usual)
        self._version = tuple(row.get("speaks", (1, 44)))

    def speaks(self, version: tuple[int, int]) -> bool:
        return self._version >= version


def test_what_one_engine_can_not_do() -> None:
    def check(row: dict[str, Any]) -> None:
        inputs = web(**{key: value for key, value in row.items() if key not in ("engine", "told", "speaks")})
        refuse(engine_refusals(inputs, FakeEngine(row)), "the engine")

    REFUSALS.check("engines", as_json(refusals(REFUSALS.read("engines"), check)))


UNKNOWNS: Final[list[dict[str, Any]]] = [
    {"image": UNKNOWN, "networks": UNKNOWN, "ports": UNKNOWN, "files": UNKNOWN, "restart": UNKNOWN},
    {"resources": UNKNOWN, "docker": DockerContainer(memory_swap=1)},
    {"resources": UNKNOWN, "docker": UNKNOWN, "wait_for": UNKNOWN, "hostname": UNKNOWN},
    {"docker": DockerContainer(network_mode="host"), "networks": UNKNOWN, "ports": UNKNOWN, "hostname": UNKNOWN},
    {"restart": UNKNOWN, "wait_for": WaitFor(completed=True)},
    {"files": [File(path="/a", content="x").model_copy(update={"path": UNKNOWN, "in_memory": True})]},
    {
        "resources": ContainerResources().model_copy(update={"memory": UNKNOWN}),
        "docker": DockerContainer(memory_swap=1),
    },
]


@pytest.mark.parametrize("values", UNKNOWNS)
def test_what_is_not_known_yet_is_not_refused(values: dict[str, Any]) -> None:
    inputs = web().model_copy(update=values)
    assert check_container(inputs) == inputs
    assert [path for path, asked, _ in engine_refusals(inputs, FakeEngine({})) if asked] == []


CANONICAL: Final[list[tuple[dict[str, Any], dict[str, Any] | None]]] = [
    ({}, None),
    ({"docker": {"cpu_shares": 1024}}, {}),
    ({"docker": {"cpu_shares": 1023}}, {"cpu_shares": 1023}),
    ({"resources": {"memory": "64MiB"}, "docker": {"memory_swap": "128MiB"}}, {}),
    ({"resources": {"memory": "64MiB"}, "docker": {"memory_swap": "127MiB"}}, {"memory_swap": "127MiB"}),
    ({"docker": {"tty": True, "cpu_shares": 1024}}, {"tty": True}),
]


@pytest.mark.parametrize(("inputs", "docker"), CANONICAL)
def test_what_the_daemon_chooses_anyway_is_left_out(inputs: dict[str, Any], docker: dict[str, Any] | None) -> None:
    expected = None if docker is None else DockerContainer.model_validate(docker)
    assert canonical(web(**inputs)) == expected
    assert check_container(web(**inputs)).docker == expected


def test_a_block_that_is_not_known_stays_so() -> None:
    assert canonical(web().model_copy(update={"docker": UNKNOWN})) is UNKNOWN
    swap = DockerContainer(memory_swap=2)
    assert canonical(web().model_copy(update={"docker": swap, "resources": UNKNOWN})) == swap


@pytest.mark.parametrize(
    ("mode", "shares"), [(None, False), ("none", False), ("host", True), ("container:x", True), ("hosts", False)]
)
def test_whose_network_it_has(mode: str | None, shares: bool) -> None:
    assert shares_network(DockerContainer(network_mode=mode)) is shares
    assert ("Hostname" in create_body(web(docker={"network_mode": mode}), "web", {})) is not shares


UPDATES: Final[list[tuple[dict[str, Any], dict[str, Any]]]] = [
    ({}, {"PidsLimit": -1, "CpuShares": 1024}),
    ({"resources": {"memory": 100 << 20}}, {"PidsLimit": -1, "CpuShares": 1024, "Memory": 100 << 20, "MemorySwap": 200 << 20}),
    ({"resources": {"memory": 100 << 20, "pids": 7, "cpus": 1.5}, "docker": {"memory_swap": 150 << 20, "cpu_shares": 9}},
     {"PidsLimit": 7, "CpuShares": 9, "Memory": 100 << 20, "MemorySwap": 150 << 20, "NanoCpus": 1_500_000_000}),
    ({"docker": {"cpu_set": "0-1", "memory_reservation": 7}},
     {"PidsLimit": -1, "CpuShares": 1024, "CpusetCpus": "0-1", "MemoryReservation": 7}),
]  # fmt: skip


@pytest.mark.parametrize(("inputs", "limits"), UPDATES)
def test_an_update_says_all_limits_in_full(inputs: dict[str, Any], limits: dict[str, Any]) -> None:
    policy = {"RestartPolicy": {"Name": "unless-stopped", "MaximumRetryCount": 0}}
    assert update_body(web(**inputs)) == {**limits, **policy}


STATES: Final[list[tuple[dict[str, Any], str, bool, bool]]] = [
    ({"Status": "running"}, "running", False, False),
    ({"Status": "created"}, "created", False, True),
    ({"Status": "initialized"}, "initialized", False, True),
    ({"Status": "paused"}, "paused", False, False),
    ({"Status": "exited", "ExitCode": 0}, "exited: status 0", True, False),
    ({"Status": "exited", "ExitCode": 3}, "exited: status 3", False, False),
    ({"Status": "exited", "ExitCode": 137, "OOMKilled": True}, "exited: out of memory", False, False),
    ({"Status": "restarting", "ExitCode": 1}, "restarting: status 1", False, False),
    ({"Status": "dead", "ExitCode": 0}, "dead: status 0", False, False),
    ({}, "unknown", False, False),
]


@pytest.mark.parametrize(("state", "text", "is_finished", "is_new"), STATES)
def test_what_a_state_says(state: dict[str, Any], text: str, is_finished: bool, is_new: bool) -> None:
    ended = inspected(create_body(web(restart="no"), "web", {}), State=state)
    assert (state_of(ended), finished(ended), never_started(ended)) == (text, is_finished, is_new)


@pytest.mark.parametrize(
    ("restart", "over"), [("no", True), ("on-failure", True), ("always", False), ("unless-stopped", False)]
)
def test_what_ended_well_is_over_where_nothing_starts_it_again(restart: str, over: bool) -> None:
    body = create_body(web(restart=restart), "web", {})
    ended = inspected(body, State={"Status": "exited", "ExitCode": 0})
    assert finished(ended) is over
    wrong = (Change(("state",), "exited: status 0", "running", Impact.LIVE),)
    assert drift(ended) == (() if over else wrong)
    without_policy = inspected(
        {**body, "HostConfig": {**body["HostConfig"], "RestartPolicy": None}}, State=ended["State"]
    )
    assert finished(without_policy)


DRIFTS: Final[list[tuple[dict[str, Any], tuple[Change, ...]]]] = [
    ({}, ()),
    ({"State": {"Status": "paused"}}, (Change(("state",), "paused", "running", Impact.LIVE),)),
    ({"State": {"Status": "running", "Health": {"Status": "healthy"}}}, ()),
    ({"State": {"Status": "running", "Health": {"Status": "unhealthy"}}},
     (Change(("health",), "unhealthy", "healthy", Impact.REBOOT),)),
    ({"NetworkSettings": {"Networks": {}}}, (Change(("networks",), "none", "bridge", Impact.LIVE),)),
    ({"NetworkSettings": None}, (Change(("networks",), "none", "bridge", Impact.LIVE),)),
    ({"State": {"Status": "running", "Health": {"Status": "unhealthy"}}, "NetworkSettings": {}},
     (Change(("health",), "unhealthy", "healthy", Impact.REBOOT), Change(("networks",), "none", "bridge", Impact.LIVE))),
]  # fmt: skip


@pytest.mark.parametrize(("more", "changes"), DRIFTS)
def test_what_is_wrong_with_a_container_and_is_no_input(more: dict[str, Any], changes: tuple[Change, ...]) -> None:
    assert drift(found(**more)) == changes


def _of_mode(mode: str | None, networks: dict[str, Any] | None) -> dict[str, Any]:
    made = found(NetworkSettings={"Networks": networks})
    return {**made, "HostConfig": {**made["HostConfig"], "NetworkMode": mode}}


@pytest.mark.parametrize(
    ("mode", "networks", "joined"),
    [
        ("default", {"bridge": {}}, set()),
        ("bridge", {"bridge": {}}, set()),
        (None, {"bridge": {}, "a": {}}, {"a"}),
        ("a", {"a": {}, "bridge": {}}, {"a", "bridge"}),
        ("host", {"host": {}}, set()),
        ("none", {"none": {}}, set()),
        ("host", {"bridge": {}}, {"bridge"}),
        ("container:x", None, set()),
    ],
)
def test_the_networks_that_were_asked_for(mode: str | None, networks: dict[str, Any] | None, joined: set[str]) -> None:
    made = _of_mode(mode, networks)
    assert set(memberships(made)) == joined
    assert drift(made) == () or (mode in ("default", "bridge", None) and not networks)


def test_a_mode_that_joins_nothing_in_particular_needs_no_network() -> None:
    assert drift(_of_mode("a", {})) == drift(_of_mode("none", {})) == ()
    assert drift(_of_mode("bridge", {})) == drift(_of_mode(None, None)) != ()


OUTPUTS: Final[list[tuple[str, dict[str, Any], dict[str, Any]]]] = [
    ("default", {}, {}),
    ("a", {"NetworkSettings": {"Networks": {"b": {"IPAddress": "10.0.0.2"}, "a": {"IPAddress": "10.0.1.2"}}}},
     {"address": "10.0.1.2", "addresses": {"b": "10.0.0.2", "a": "10.0.1.2"}}),
    ("c", {"NetworkSettings": {"Networks": {"b": {"IPAddress": "10.0.0.2"}, "a": None, "d": {"IPAddress": ""}}}},
     {"address": "10.0.0.2", "addresses": {"b": "10.0.0.2"}}),
    ("default", {"State": {"Status": "running", "Health": {"Status": "starting"}}}, {"health": "starting"}),
    ("default", {"State": {"Status": "running", "Health": {"Status": "none"}}}, {}),
    ("default", {"State": {"Status": "exited", "ExitCode": 2}}, {"state": "exited: status 2"}),
    ("default", {"Image": ""}, {"image_digest": None}),
]  # fmt: skip


@pytest.mark.parametrize(("mode", "more", "outputs"), OUTPUTS)
def test_what_is_reported_of_a_container(mode: str, more: dict[str, Any], outputs: dict[str, Any]) -> None:
    made = found(**{"NetworkSettings": None, **more})
    made["HostConfig"]["NetworkMode"] = mode
    assert read_outputs(made) == ContainerOutputs(
        **{"id": ID, "name": "shop_web", "image_digest": "sha256:feed", "state": "running", **outputs}
    )


LIMITS: Final[list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]]] = [
    ({"PidsLimit": None, "NanoCpus": None, "Memory": None}, {}, {}),
    ({"PidsLimit": 0, "NanoCpus": 0, "Memory": 0, "MemorySwap": 0}, {}, {}),
    ({"PidsLimit": -1, "MemorySwap": -1}, {}, {}),
    ({"PidsLimit": 1, "NanoCpus": 500_000_000, "Memory": 7 << 20}, {"pids": 1, "cpus": 0.5, "memory": 7 << 20}, {}),
    ({"Memory": 7 << 20, "MemorySwap": 14 << 20}, {"memory": 7 << 20}, {}),
    ({"Memory": 7 << 20, "MemorySwap": -1}, {"memory": 7 << 20}, {}),
    ({"Memory": 7 << 20, "MemorySwap": 9 << 20}, {"memory": 7 << 20}, {"memory_swap": 9 << 20}),
    ({"MemorySwap": 9 << 20}, {}, {}),
    ({"CpuShares": 1024}, {}, {}),
    ({"CpuShares": 0, "CpusetCpus": "", "MemoryReservation": 0}, {}, {}),
    ({"CpuShares": 512, "CpusetCpus": "0", "MemoryReservation": 7}, {},
     {"cpu_shares": 512, "cpu_set": "0", "memory_reservation": 7}),
]  # fmt: skip


@pytest.mark.parametrize(("host", "resources", "docker"), LIMITS)
def test_how_limits_are_read(host: dict[str, Any], resources: dict[str, Any], docker: dict[str, Any]) -> None:
    made = found()
    read = read_limits({**made, "HostConfig": {**made["HostConfig"], **host}})
    assert (read.image, read.resources) == ("nginx", ContainerResources(**resources))
    assert read.docker == (DockerContainer(**docker) if docker else None)


def test_variables_and_labels_of_the_image_are_no_inputs() -> None:
    inputs = web(environment={"A": "1", "GONE": "x"}, labels={"own": "y"})
    made = inspected(create_body(inputs, "web", {**inputs.labels, **record_label(inputs), "image's": "z"}))
    made["Config"]["Env"] = ["PATH=/bin", "A=2"]
    read = read_inputs(made, URN)
    assert (read.environment, read.labels) == ({"A": "2"}, {"own": "y"})


@pytest.mark.parametrize("variables", [None, [], ["PATH=/bin"]])
def test_a_container_without_a_record_says_nothing_of_its_own(variables: list[str] | None) -> None:
    made = inspected(create_body(web(), "web", {"image's": "z"}))
    made["Config"]["Env"] = variables
    read = read_inputs(made, URN)
    assert (read.image, read.environment, read.labels, read.networks) == ("nginx", {}, {}, [])


def test_a_stamp_is_read_from_the_labels_whatever_the_container_is_called() -> None:
    stamp = Stamp("shop/shop", URN, "op", "00")
    labels = stamped_labels(stamp, "shop_web", {})
    own, other = (inspected(create_body(web(), "web", labels), name) for name in ("shop_web", "copy"))
    assert stamp_on(own) == stamp_on(other) == stamp
    assert displacement(own) == ()
    assert displacement(other) == (Change(("name",), "copy", "shop_web", Impact.LIVE),)
    assert displacement(inspected(create_body(web(), "web", {}))) == ()


LOGS: Final[list[tuple[dict[str, Any], dict[str, Any] | None]]] = [
    ({}, None),
    ({"log_driver": "local"}, {"Type": "local", "Config": {}}),
    ({"log_options": {"max-size": "1m"}}, {"Type": "", "Config": {"max-size": "1m"}}),
]


@pytest.mark.parametrize(("docker", "log"), LOGS)
def test_how_a_log_is_asked_for(docker: dict[str, Any], log: dict[str, Any] | None) -> None:
    assert create_body(web(docker=docker), "web", {})["HostConfig"].get("LogConfig") == log


def test_a_container_of_somebody_else_bears_no_stamp() -> None:
    assert stamp_on(found()) is None
    made = found()
    made["Config"]["Labels"] = None
    assert stamp_on(made) is None


def test_the_record_holds_names_and_no_values() -> None:
    inputs = web(
        environment={"PASSWORD": "hunter2"}, labels={"a": "b"}, files=[{"path": "/x", "content": "hunter2"}],
        networks=[{"network": "n", "mac": "02:00:00:00:00:01"}], hostname="h", wait_for={"tcp": 1}, description="d",
    )  # fmt: skip
    label = record_label(inputs)
    assert "hunter2" not in str(label)
    assert recorded(label) == {
        "image": "nginx", "hostname": "h", "variables": ["PASSWORD"], "marks": ["a"],
        "endpoints": {"n": {"mac": "02:00:00:00:00:01"}},
    }  # fmt: skip
    assert recorded({"virtwright.container": "{"}) == recorded({}) == {}
    assert recorded({"virtwright.container": "[1]"}) == {}
    assert recorded({"virtwright.container": '{"image": "x", "later": 1}'}) == {"image": "x"}


ENDPOINTS: Final[list[tuple[dict[str, Any], str, dict[str, Any]]]] = [
    ({}, "web", {"Aliases": ["web"]}),
    ({}, "", {"Aliases": []}),
    ({"aliases": ["www"]}, "web", {"Aliases": ["web", "www"]}),
    ({"address": "10.0.0.5"}, "web", {"Aliases": ["web"], "IPAMConfig": {"IPv4Address": "10.0.0.5"}}),
    ({"address6": "fd00::5"}, "web", {"Aliases": ["web"], "IPAMConfig": {"IPv6Address": "fd00::5"}}),
    ({"mac": "02:00:00:00:00:01"}, "web",
     {"Aliases": ["web"], "MacAddress": "02:00:00:00:00:01", "DriverOpts": {"virtwright.mac": "02:00:00:00:00:01"}}),
]  # fmt: skip


@pytest.mark.parametrize(("join", "own_name", "settings"), ENDPOINTS)
def test_a_membership_as_the_engine_takes_it(join: dict[str, Any], own_name: str, settings: dict[str, Any]) -> None:
    wanted = NetworkAttachment.model_validate({"network": "n", **join})
    assert endpoint(wanted, own_name) == settings
    told = {**settings, "EndpointID": "e", "IPAddress": "10.0.0.9", "MacAddress": "02:42:00:00:00:00"}
    assert read_endpoints({"n": told}, own_name, ID, {}) == [wanted]
    assert read_endpoints({"n": {**settings, "IPAddress": ""}}, own_name, ID, {}) == [wanted]


PODMANS: Final = {
    "Aliases": None, "IPAddress": "10.0.0.5", "GlobalIPv6Address": "fd00::5", "MacAddress": "02:00:00:00:00:01"
}  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({}, {}),
        ({"address": "10.0.0.5"}, {"address": "10.0.0.5"}),
        ({"address": "10.0.0.6"}, {}),
        ({"address6": "fd00::5", "mac": "02:00:00:00:00:01"}, {"address6": "fd00::5", "mac": "02:00:00:00:00:01"}),
    ],
)
def test_what_podman_tells_counts_where_it_was_asked_for(asked: dict[str, str], told: dict[str, str]) -> None:
    read = read_endpoints({"n": PODMANS}, "web", ID, {"n": asked, "other": {"address": "10.0.0.5"}})
    assert read == [NetworkAttachment(network="n", **told)]


def test_what_podman_tells_of_a_network_that_was_joined_later_was_not_asked_for() -> None:
    assert read_endpoints({"n": PODMANS}, "web", ID, {}) == [NetworkAttachment(network="n")]


def test_empty_addresses_were_not_asked_for() -> None:
    told = {"EndpointID": "e", "IPAMConfig": {"IPv4Address": "", "IPv6Address": ""}}
    assert read_endpoints({"n": told}, "web", ID, {}) == [NetworkAttachment(network="n")]


def test_aliases_that_the_engine_adds_or_that_are_no_names_are_not_read() -> None:
    given = ["web", ID[:12], "a", "a", "not_a_name!", "b"]
    assert read_endpoints({"n": {"Aliases": given}}, "web", ID, {})[0].aliases == ["a", "b"]
    assert read_endpoints({"n": None}, "web", ID, {}) == [NetworkAttachment(network="n")]


def test_what_podman_does_not_tell_is_recorded() -> None:
    joins = [
        NetworkAttachment(network="a", address="10.0.0.5", mac="02:00:00:00:00:01", aliases=["x"]),
        NetworkAttachment(network="b", address6="fd00::5"),
        NetworkAttachment(network="c"),
    ]
    assert asked_endpoints(joins) == {
        "a": {"address": "10.0.0.5", "mac": "02:00:00:00:00:01"}, "b": {"address6": "fd00::5"}
    }  # fmt: skip


def test_the_order_of_memberships_says_nothing() -> None:
    a, b, c = (NetworkAttachment(network=name) for name in "abc")
    changed = NetworkAttachment(network="a", aliases=["x"])
    assert in_order([c, b, a], [a, b]) == [a, b, c]
    assert in_order([b, changed], [a]) == [changed, b]


def test_owners_are_numbers_or_names_of_the_image() -> None:
    asked = []

    def read(path: str) -> str:
        asked.append(path)
        return "root:x:0:0\nweb:x:1000:1001:\nbad:x\nodd:x:many:\nshort:x:7\n"

    owners = owners_of(read)
    assert (owners("user", "7"), asked) == (7, [])
    assert (owners("user", "web"), owners("user", "root"), owners("group", "web")) == (1000, 0, 1000)
    assert owners("group", "short") == 7
    assert asked == ["/etc/passwd", "/etc/group"]
    for name in ("bad", "odd", "nobody"):
        with pytest.raises(HostError, match=f"the image knows no group '{name}'") as caught:
            owners("group", name)
        assert caught.value.hint == "give the owner as a number, or add the group to the image"


def test_an_archive_holds_folders_and_files_with_their_owners() -> None:
    files = [
        ("d/0", File(path="/a", content="a\u00e4", mode="0640", owner="web:staff")),
        ("d/1", File(path="/b", content="", owner="5")),
        ("d/2", File(path="/c", content="c")),
    ]
    numbers = {("user", "web"): 10, ("group", "staff"): 20, ("user", "5"): 5}
    data = archive(files, lambda kind, name: numbers[kind, name], [("d", 0o700)])
    with tarfile.open(fileobj=BytesIO(data)) as tar:
        told = [(each.name, each.isdir(), each.mode, each.uid, each.gid, each.size) for each in tar]
        content = tar.extractfile("d/0")
        assert content is not None and content.read() == "a\u00e4".encode()
    assert told == [
        ("d", True, 0o700, 0, 0, 0), ("d/0", False, 0o640, 10, 20, 3), ("d/1", False, 0o644, 5, 0, 0),
        ("d/2", False, 0o644, 0, 0, 1),
    ]  # fmt: skip
    assert only_file(data) == "a\u00e4"
    assert only_file(archive([], lambda kind, name: 0, [("d", 0o700)])) == ""
    assert only_file(data.replace("a\u00e4".encode(), b"a\xff\xfe")) == "a\ufffd\ufffd"


def test_an_empty_file_takes_a_folders_place() -> None:
    with tarfile.open(fileobj=BytesIO(empty("d"))) as tar:
        (info,) = tar
    assert (info.name, info.size, info.mode, info.uid, info.gid) == ("d", 0, 0o600, 0, 0)


LIFTS: Final[list[tuple[dict[str, Any], dict[str, Any], Impact]]] = [
    ({"resources": {"cpus": 1}}, {"resources": {"cpus": 2}}, Impact.LIVE),
    ({"resources": {"cpus": 1}}, {}, Impact.RECREATE),
    ({"resources": {"pids": 1}}, {}, Impact.LIVE),
    ({"docker": {"cpu_set": "0"}}, {"docker": {"cpu_set": "1"}}, Impact.LIVE),
    ({"docker": {"cpu_set": "0"}}, {}, Impact.RECREATE),
    ({"docker": {"memory_reservation": 7}}, {}, Impact.RECREATE),
    ({"docker": {"cpu_shares": 7}}, {}, Impact.LIVE),
    ({"docker": {}}, {}, Impact.NONE),
    ({"networks": ["a"]}, {"networks": ["a", "b"]}, Impact.LIVE),
    ({"networks": ["a", "b"]}, {"networks": ["b", "a"]}, Impact.NONE),
    ({"networks": ["a"]}, {"networks": [{"network": "a", "mac": "02:00:00:00:00:01"}]}, Impact.RECREATE),
    ({"networks": [{"network": "a", "mac": "02:00:00:00:00:01"}]}, {"networks": ["a"]}, Impact.LIVE),
    ({"networks": [{"network": "a", "mac": "02:00:00:00:00:01"}]},
     {"networks": [{"network": "a", "mac": "02:00:00:00:00:01"}, "b"]}, Impact.LIVE),
    ({"ports": ["80", "81"]}, {"ports": ["81", "80"]}, Impact.NONE),
    ({"ports": ["80", "81"]}, {"ports": ["80"]}, Impact.RECREATE),
    ({"ports": ["80", "81"]}, {"ports": ["80", "82"]}, Impact.RECREATE),
    ({"volumes": ["a:/a", "b:/b"]}, {"volumes": ["b:/b", "a:/a"]}, Impact.NONE),
    ({"capabilities": ["CAP_KILL", "CAP_CHOWN"]}, {"capabilities": ["CAP_CHOWN", "CAP_KILL"]}, Impact.NONE),
    ({"drop_capabilities": ["CAP_KILL", "CAP_CHOWN"]}, {"drop_capabilities": ["CAP_CHOWN", "CAP_KILL"]}, Impact.NONE),
    ({"image": "nginx"}, {"image": "docker.io/library/nginx:latest"}, Impact.NONE),
    ({"image": "nginx"}, {"image": "nginx:1"}, Impact.RECREATE),
    ({"command": ["a", "b"]}, {"command": ["b", "a"]}, Impact.RECREATE),
]  # fmt: skip


@pytest.mark.parametrize(("prior", "goal", "impact"), LIFTS)
def test_what_a_change_costs(prior: dict[str, Any], goal: dict[str, Any], impact: Impact) -> None:
    diff = container_diff(web(**prior), web(**goal))
    assert diff.impact is impact
    assert bool(diff) is (impact is not Impact.NONE)
    joins = any(change.path[0] == "networks" for change in diff.changes)
    assert diff.unsettles == ({"address", "addresses"} if joins else set())
    assert diff.delete_before_create


def test_a_change_that_is_not_known_yet_is_one() -> None:
    unknown = web(networks=["a"]).model_copy(update={"networks": UNKNOWN})
    assert container_diff(web(networks=["a"]), unknown).impact is Impact.LIVE
    member = web(networks=["a"])
    member.networks[0].__dict__["network"] = UNKNOWN
    assert container_diff(web(networks=["a"]), member).changes[0].path == ("networks", 0, "network")


def test_limits_that_can_not_be_lifted() -> None:
    assert {
        ("resources", "cpus"),
        ("resources", "memory"),
        ("docker", "cpu_set"),
        ("docker", "memory_reservation"),
    } == STAYS


def test_what_lasts_holds_nothing_that_an_update_changes() -> None:
    found = lasting(web(docker={"cpu_shares": 7, "tty": True}, restart="no"))
    changed = {"resources", "restart", "networks", "description", "wait_for", "namespace"}
    assert set(found) == {*Container.model_fields} - changed
    assert set(found["docker"]) == {*DockerContainer.model_fields} - {
        "cpu_shares", "cpu_set", "memory_reservation", "memory_swap"
    }  # fmt: skip
    assert found["image"] == "nginx:latest" and found["docker"]["tty"] is True
