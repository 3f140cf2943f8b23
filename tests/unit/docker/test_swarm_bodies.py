"""Services of a Swarm: the specification of each, and what is read back from it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from tests.golden import Cases, as_json
from tests.impacts import impacts
from tests.model_fields import unseen
from tests.refusals import refusals

from virtwright.providers.base import Stamp
from virtwright.providers.diff import Change, Impact
from virtwright.providers.docker.labels import stamped_labels
from virtwright.providers.docker.swarm.check import check_service, service_diff, service_warnings
from virtwright.providers.docker.swarm.files import Held, names, reference, references
from virtwright.providers.docker.swarm.foreign.telling import tell
from virtwright.providers.docker.swarm.reading import Listing, observed
from virtwright.providers.docker.swarm.record import record_label
from virtwright.providers.docker.swarm.spec import Surroundings, service_spec
from virtwright.schemas.attachments import File
from virtwright.schemas.docker_container import DockerService
from virtwright.schemas.model import to_properties
from virtwright.schemas.service import Service, UpdatePolicy
from virtwright.schemas.values import UNKNOWN, Secret

FOLDER: Final = Path(__file__).parent / "golden"
CASES: Final = Cases(FOLDER / "swarm", made=(".json", ".impacts.json"))
REFUSALS: Final = Cases(FOLDER / "refusals")
STAMP: Final = Stamp("shop/shop", "urn:pulumi:shop::shop::virtwright:index:Service::web", "op", "00")
NETWORKS: Final = {"n1": "front", "n2": "back"}
IDS: Final = {name: id for id, name in NETWORKS.items()}
NOT_IN_A_SPECIFICATION: Final = {
    "description", "wait_for.address", "wait_for.healthy", "wait_for.timeout",  # in the record's label; asked afterwards
    "labels",  # the service's: given with the stamp
    "files.content", "files.source",  # what the secrets and configs are made from
    "namespace.user_namespace", "namespace.disk_limit", "namespace.host_folders",  # nothing on a Swarm
    "networks.address", "networks.address6", "networks.mac",  # no service has them: the model refuses them
    "wait_for.guest_agent", "wait_for.cloud_init",  # likewise
    "wait_for.tcp", "wait_for.ssh", "wait_for.completed", "networks.model", "networks.boot_order", "ports.host_address",
    "placement.hosts", "docker.privileged", "docker.runtime", "docker.network_mode", "docker.pid_mode",
    "docker.ipc_mode", "docker.user_namespace_mode", "docker.domain_name", "docker.devices.host", "docker.devices.path",
    "docker.devices.permissions", "docker.gpus", "docker.shm_size", "docker.security_options", "docker.cgroup_parent",
    "docker.oom_score", "docker.cpu_shares", "docker.cpu_set", "docker.memory_swap",  # refused: golden/refusals/swarm.json
}  # fmt: skip


def given(name: str) -> Service:
    return Service.model_validate(CASES.read(name))


def held(inputs: Service) -> dict[str, list[dict[str, Any]]]:
    """References to the objects that hold the files."""
    found: dict[str, list[dict[str, Any]]] = {"Secret": [], "Config": []}
    for index, file in enumerate(inputs.files):
        sort: Any = "Secret" if file.in_memory else "Config"
        found[sort].append(reference(Held(sort, f"f{index}", f"shop_web-{index}", "shop/shop", "shop_web"), file))
    return found


def around(inputs: Service, labels: Mapping[str, str], alias: str = "web", **more: Any) -> Surroundings:
    files = held(inputs)
    image = inputs.image if "@" in inputs.image else f"{inputs.image}@sha256:feed"
    return Surroundings("shop_web", alias, labels, image, IDS, files["Secret"], files["Config"], **more)


def spec(inputs: Service) -> dict[str, Any]:
    return service_spec(inputs, around(inputs, {}))


def own_spec(inputs: Service, **more: Any) -> dict[str, Any]:
    """With the labels that a service of ours has."""
    files = held(inputs)
    holds = [each[f"{sort}Name"] for sort, listed in files.items() for each in listed]
    record = record_label(inputs, "web", holds, more.get("kept", {}))
    return service_spec(inputs, around(inputs, {**stamped_labels(STAMP, "shop_web", inputs.labels), **record}, **more))


def found(made: dict[str, Any], **more: Any) -> dict[str, Any]:
    """As a manager tells it, with what it fills in."""
    template = {**made["TaskTemplate"], "Runtime": "container"}
    template["ContainerSpec"] = {**template["ContainerSpec"], "Isolation": "default"}
    return {"ID": "s1", "Version": {"Index": 7}, "Spec": {**made, "TaskTemplate": template}, **more}


def read(made: dict[str, Any], **more: Any) -> Any:
    return observed(found(made, **more), STAMP, Listing([], {}, NETWORKS))


@pytest.mark.parametrize("name", CASES.names())
def test_a_service_becomes_the_golden_specification(name: str) -> None:
    CASES.check(name, as_json(own_spec(given(name))))


def test_each_change_costs_what_the_golden_file_says() -> None:
    CASES.check("everything", as_json(impacts(given("everything"), service_diff)), ".impacts.json")


def test_each_field_shows_in_a_specification() -> None:
    assert unseen(Service, map(given, CASES.names()), spec) == NOT_IN_A_SPECIFICATION


def test_no_golden_file_is_left_over() -> None:
    assert CASES.strays() == []


@pytest.mark.parametrize("name", CASES.names())
def test_what_is_read_back_is_what_was_asked_for(name: str) -> None:
    inputs = given(name)
    seen = read(own_spec(inputs))
    wanted = inputs.model_copy(update={"files": []})
    if inputs.networks:
        members = [
            {**to_properties(each), "aliases": [a for a in each.aliases if a != "web"]} for each in inputs.networks
        ]
        wanted = wanted.model_copy(
            update={"networks": Service.model_validate({"image": "x", "networks": members}).networks}
        )
    assert to_properties(seen.inputs) == to_properties(wanted)
    assert seen.inputs.model_fields_set == {*Service.model_fields} - {"files", "namespace"}
    assert (seen.drift, seen.id, seen.stamp) == ((), "s1", STAMP)


@pytest.mark.parametrize("name", CASES.names())
def test_a_service_of_somebody_else_is_told_as_it_would_be_written(name: str) -> None:
    inputs = given(name).model_copy(update={"files": []})
    made = service_spec(inputs, around(inputs, {**inputs.labels, "com.docker.stack.image": "x"}, alias=""))
    told, kept = tell(found(made), NETWORKS)
    check, docker = inputs.healthcheck, inputs.docker
    if check is not None and not check.disabled:  # how a port is looked at is a command by then
        test = made["TaskTemplate"]["ContainerSpec"]["Healthcheck"]["Test"]
        check = check.model_copy(update={"command": test[1:], "tcp": None, "http": None})
    if docker is not None:
        log = docker.log_driver or ("json-file" if docker.log_options else None)
        docker = docker.model_copy(update={"platform": None, "log_driver": log})
    policy = inputs.rollback or inputs.update
    rollback = {**to_properties(policy), "failure_action": told.rollback and told.rollback.failure_action}
    expected = {
        "healthcheck": check,
        "docker": docker,
        "description": "",
        "wait_for": None,
        "rollback": None,
        "restart": {"always": "unless-stopped"}.get(inputs.restart, inputs.restart),
        "ports": [each.model_copy(update={"mode": each.mode or "ingress"}) for each in inputs.ports],
    }
    assert to_properties(told.model_copy(update={"rollback": None})) == to_properties(
        inputs.model_copy(update=expected)
    )
    assert told.rollback is not None and to_properties(told.rollback) == rollback
    assert rollback["failure_action"] == (policy.failure_action if policy.failure_action != "rollback" else "pause")
    assert kept == {}
    assert told.model_fields_set == {*Service.model_fields} - {"description", "wait_for", "namespace"}


def test_a_network_that_the_manager_does_not_list_is_known_by_its_id() -> None:
    made = service_spec(Service.model_validate({"image": "x", "networks": ["n9"]}), around(Service(image="x"), {}))
    assert made["TaskTemplate"]["Networks"] == [{"Target": "n9", "Aliases": ["web"]}]
    seen = read(made)
    assert ([each.network for each in seen.inputs.networks], seen.drift) == (["n9"], ())


@pytest.mark.parametrize(
    ("docker", "log"),
    [
        ({}, None),
        ({"log_driver": "syslog"}, {"Name": "syslog", "Options": {}}),
        ({"log_options": {"max-size": "1m"}}, {"Name": "json-file", "Options": {"max-size": "1m"}}),
        ({"log_driver": "local", "log_options": {"max-file": "3"}}, {"Name": "local", "Options": {"max-file": "3"}}),
    ],
)
def test_where_the_log_goes(docker: dict[str, Any], log: dict[str, Any] | None) -> None:
    assert spec(Service.model_validate({"image": "x", "docker": docker}))["TaskTemplate"].get("LogDriver") == log


def test_what_no_service_of_a_swarm_can_be() -> None:
    def check(row: dict[str, Any]) -> object:
        return check_service(Service.model_validate({"image": "nginx", **row}))

    REFUSALS.check("swarm", as_json(refusals(REFUSALS.read("swarm"), check)))


@pytest.mark.parametrize(("size", "taken"), [(512_000, True), (512_001, False)])
def test_a_file_fits_into_a_secret_or_config(size: int, taken: bool) -> None:
    inputs = Service.model_validate(
        {"image": "x", "files": [{"path": "/a", "content": "ä" * (size // 2) + "a" * (size % 2)}]}
    )
    rows = refusals([{}], lambda row: check_service(inputs))
    assert (
        rows == [{"given": {}}] if taken else rows[0]["message"] == "a file of a swarm's service holds at most 500KiB"
    )
    assert taken or (rows[0]["where"], rows[0]["hint"]) == ("files[0]", "put it into an image or a volume")


UNKNOWNS: Final[list[dict[str, Any]]] = [
    dict.fromkeys(("image", "networks", "ports", "files", "placement", "docker", "wait_for", "resources"), UNKNOWN),
    {"update": UNKNOWN, "ports": Service.model_validate({"image": "x", "ports": [{"port": 1, "mode": "host"}]}).ports},
    {"docker": DockerService().model_copy(update={"extra_hosts": UNKNOWN, "endpoint_mode": UNKNOWN})},
    {"files": [File(path="/a", content="x").model_copy(update={"content": UNKNOWN})]},
    {"mode": "global", "placement": UNKNOWN},
]


@pytest.mark.parametrize("values", UNKNOWNS)
def test_what_is_not_known_yet_is_not_refused(values: dict[str, Any]) -> None:
    inputs = Service(image="x").model_copy(update=values)
    assert check_service(inputs) is inputs


SECRET: Final = {"path": "/a", "content": Secret("s")}
WARNINGS: Final[list[tuple[dict[str, Any], list[tuple[str, str | None]]]]] = [
    ({}, []),
    ({"files": [{"path": "/a", "content": "plain"}, SECRET]},
     [("files[1]", "make it a secret of the swarm:\n    in_memory: true")]),
    ({"files": [{**SECRET, "in_memory": True}]}, []),
    ({"files": UNKNOWN, "volumes": UNKNOWN, "placement": UNKNOWN}, []),
    ({"files": [UNKNOWN], "volumes": [UNKNOWN, {"bind": "/a", "mount": "/b"}]}, []),
    ({"volumes": [{"bind": "/a"}, {"volume": "data"}]},
     [("volumes[1]", "keep the copies where the data is:\n    placement: {constraints: [node.hostname == NODE]}")]),
    ({"volumes": [{"volume": "data"}], "placement": {"constraints": ["x"]}}, []),
    ({"volumes": [{"volume": "data"}], "placement": {"constraints": []}},
     [("volumes[0]", "keep the copies where the data is:\n    placement: {constraints: [node.hostname == NODE]}")]),
]  # fmt: skip
SAYS: Final = {
    "files": "this file holds a secret, and becomes a config of the swarm, which can be read there",
    "volumes": "each node that runs a copy has a volume of this name of its own",
}


@pytest.mark.parametrize(("inputs", "warned"), WARNINGS)
def test_what_is_unwise(inputs: dict[str, Any], warned: list[tuple[str, str | None]]) -> None:
    found = list(service_warnings(inputs))
    assert [(each.where.path, each.hint) for each in found] == warned
    assert [each.message for each in found] == [SAYS[path.partition("[")[0]] for path, _ in warned]


COSTS: Final[list[tuple[dict[str, Any], dict[str, Any], Impact]]] = [
    ({}, {"image": "y"}, Impact.LIVE),
    ({}, {"image": "y", "update": {"order": "stop-first"}}, Impact.REBOOT),
    ({"update": {"order": "stop-first"}}, {"image": "y"}, Impact.LIVE),
    ({}, {"update": {"order": "stop-first"}}, Impact.LIVE),
    ({}, {"update": {"order": "stop-first"}, "replicas": 2, "labels": {"a": "b"}, "ports": [80]}, Impact.LIVE),
    ({}, {"mode": "global"}, Impact.RECREATE),
    ({}, {"namespace": {}}, Impact.NONE),
    ({}, {"docker": {}}, Impact.NONE),
    ({}, {"docker": {"tty": True}, "update": {"order": "stop-first"}}, Impact.REBOOT),
]


@pytest.mark.parametrize(("prior", "goal", "impact"), COSTS)
def test_what_a_change_costs(prior: dict[str, Any], goal: dict[str, Any], impact: Impact) -> None:
    diff = service_diff(*(Service.model_validate({"image": "x", **each}) for each in (prior, goal)))
    assert diff.impact is impact
    assert diff.unsettles == {"replicas", "addresses"} and diff.delete_before_create
    assert bool(diff) is (impact is not Impact.NONE)


def test_a_policy_that_is_not_known_yet_starts_first() -> None:
    unknown = Service(image="y").model_copy(update={"update": UNKNOWN})
    assert service_diff(Service(image="x"), unknown).impact is Impact.LIVE
    order = Service(image="y", update=UpdatePolicy().model_copy(update={"order": UNKNOWN}))
    assert service_diff(Service(image="x"), order).impact is Impact.LIVE


DRIFTS: Final[list[tuple[tuple[str, ...], Any, Change]]] = [
    (("EndpointSpec", "Mode"), "dnsrr", Change(("swarm", "EndpointSpec", "Mode"), "dnsrr", "vip", Impact.LIVE)),
    (("TaskTemplate", "ContainerSpec", "Dir"), "/x",
     Change(("swarm", "TaskTemplate", "ContainerSpec", "Dir"), "/x", "/srv/web", Impact.REBOOT)),
    (("TaskTemplate", "RestartPolicy", "MaxAttempts"), 9,
     Change(("swarm", "TaskTemplate", "RestartPolicy", "MaxAttempts"), 9, 3, Impact.REBOOT)),
]  # fmt: skip


def changed(made: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    return {**made, path[0]: changed(made[path[0]], path[1:], value) if path[1:] else value}


@pytest.mark.parametrize(("path", "value", "change"), DRIFTS)
def test_what_somebody_changed_is_drift(path: tuple[str, ...], value: Any, change: Change) -> None:
    assert read(changed(own_spec(given("everything")), path, value)).drift == (change,)


def test_drift_of_a_service_that_starts_first_is_live() -> None:
    made = changed(own_spec(given("plain")), ("TaskTemplate", "ContainerSpec", "Dir"), "/x")
    assert read(made).drift == (
        Change(("swarm", "TaskTemplate", "ContainerSpec", "Dir"), "/x", None, Impact.LIVE),
    )  # fmt: skip


def test_files_that_somebody_took_away_are_drift() -> None:
    made = own_spec(given("everything"))
    config = {key: value for key, value in made["TaskTemplate"]["ContainerSpec"].items() if key != "Secrets"}
    drift = read(changed(made, ("TaskTemplate", "ContainerSpec"), config)).drift
    all_names = ["shop_web-0", "shop_web-1", "shop_web-2"]
    assert Change(("files",), ["shop_web-0", "shop_web-2"], all_names, Impact.LIVE) in drift


def test_missing_files_are_told_in_order() -> None:
    inputs = Service(image="x", files=[File(path=f"/{n}", content="x", in_memory=n > 0) for n in range(8)])
    made = own_spec(inputs)
    config = {key: value for key, value in made["TaskTemplate"]["ContainerSpec"].items() if key != "Configs"}
    (files,) = (
        each for each in read(changed(made, ("TaskTemplate", "ContainerSpec"), config)).drift if each.path == ("files",)
    )
    every = [f"shop_web-{n}" for n in range(8)]
    assert (files.prior, files.goal) == (every[1:], every)


def test_a_service_without_labels_is_read_all_the_same() -> None:
    assert read({**own_spec(given("plain")), "Labels": None}).inputs.image == given("plain").image


def test_what_was_forced_and_what_was_kept_is_no_drift() -> None:
    kept = {"TaskTemplate": {"ContainerSpec": {"Privileges": {"NoNewPrivileges": True}}}}
    made = own_spec(given("everything"), kept=kept, force=3)
    assert made["TaskTemplate"]["ForceUpdate"] == 3
    assert made["TaskTemplate"]["ContainerSpec"]["Privileges"] == {"NoNewPrivileges": True}
    assert read(made).drift == ()
    assert tell(found(made), NETWORKS)[1]["TaskTemplate"]["ContainerSpec"]["Privileges"] == {"NoNewPrivileges": True}


def test_what_was_kept_stands_behind_what_is_said() -> None:
    kept = {"TaskTemplate": {"ContainerSpec": {"Env": ["LATER=1", "MODE=production"]}}}
    made = own_spec(given("everything"), kept=kept)
    assert made["TaskTemplate"]["ContainerSpec"]["Env"] == ["MODE=production", "EQUALS=a=b", "LATER=1"]


def test_files_of_another_version_that_are_left_are_drift() -> None:
    made = found(own_spec(given("everything")))
    files = {"shop_web": ["shop_web-0", "shop_web-9"], "other": ["x"]}
    drift = observed(made, STAMP, Listing([], {}, NETWORKS, files)).drift
    seen = "1 secrets or configs of another version are left"
    assert drift == (Change(("update_status",), seen, "completed", Impact.LIVE),)


def test_references_to_files() -> None:
    made = spec(given("everything"))
    assert names(made) == {"shop_web-0", "shop_web-1", "shop_web-2"}
    assert [each["SecretID"] for each in references(made)["Secret"]] == ["f1"]
    assert [each["ConfigID"] for each in references(made)["Config"]] == ["f0", "f2"]
    assert references(None) == references({}) == {"Secret": [], "Config": []}
    assert names(None) == set()


def test_it_is_told_when_a_service_was_made() -> None:
    made = own_spec(Service(image="x"))
    assert read(made, CreatedAt="2026-12-01T08:00:00.123456789Z").made.startswith("2026-12-01T08:00:00")
    assert read(made).made == ""
