"""Services of a Swarm: what is read of their tasks and updates, and how those of somebody else are told."""

from typing import Any, Final

import pytest

from virtwright.providers.base import CopyState
from virtwright.providers.diff import Change, Impact
from virtwright.providers.docker.containers.mapping import BILLION, mount, tmpfs
from virtwright.providers.docker.swarm.copies import copy_states
from virtwright.providers.docker.swarm.files import Held, reference
from virtwright.providers.docker.swarm.foreign.task import (
    container_values,
    docker_values,
    exact,
    named_image,
    restart_value,
)
from virtwright.providers.docker.swarm.foreign.telling import is_job, tell
from virtwright.providers.docker.swarm.keeping import left_over, settings, with_kept
from virtwright.providers.docker.swarm.reading import (
    has_ended,
    is_of,
    is_undone,
    needed,
    plain_image,
    read_inputs,
    read_outputs,
    runs,
    said,
    task_addresses,
    unfinished,
)
from virtwright.providers.docker.swarm.record import record_label, recorded
from virtwright.providers.docker.swarm.spec import published
from virtwright.schemas.attachments import File, NetworkAttachment, PublishedPort
from virtwright.schemas.container import ContainerResources
from virtwright.schemas.docker_container import DockerService, Tmpfs
from virtwright.schemas.service import Placement, Service, ServiceOutputs
from virtwright.schemas.storage import Mount

Part = dict[str, Any]
DIGEST: Final = f"sha256:{'0' * 64}"


@pytest.mark.parametrize(
    ("running", "declared", "told"),
    [
        ("nginx:1@sha256:feed", "nginx:1", "nginx:1"),
        ("nginx:latest@sha256:feed", "nginx", "nginx"),
        ("docker.io/library/nginx:1@sha256:feed", "nginx:1", "nginx:1"),
        ("nginx:2@sha256:feed", "nginx:1", "nginx:2"),
        (f"nginx@{DIGEST}", f"nginx@{DIGEST}", f"nginx@{DIGEST}"),
        (f"nginx:1@{DIGEST}", f"nginx:1@sha256:{'1' * 64}", "nginx:1"),
        ("nginx:1", "nginx:1", "nginx:1"),
        ("nginx:1", "", "nginx:1"),
        ("nginx:1@sha256:feed", None, "nginx:1"),
    ],
)
def test_the_image_as_it_was_declared(running: str, declared: str | None, told: str) -> None:
    assert plain_image(running, declared) == told


def task(state: str = "running", desired: str = "running", **more: Any) -> Part:
    return {"ID": "t", "DesiredState": desired, "Status": {"State": state}, **more}


def attached(address: str, **spec: Any) -> Part:
    return {"Network": {"Spec": spec}, "Addresses": [address]}


def test_which_task_runs_and_which_has_ended() -> None:
    assert runs(task())
    assert not runs(task("starting")) and not runs(task(desired="shutdown")) and not runs({})
    assert not runs({"DesiredState": "running"})
    for state in ("complete", "shutdown", "failed", "rejected", "remove", "orphaned"):
        assert has_ended(task(state))
    assert not has_ended(task("running")) and not has_ended(task("pending"))


def test_the_addresses_of_a_task() -> None:
    joined = [attached("10.0.0.2/24"), attached("10.1.0.2/24", Ingress=True), {"Network": {"Spec": None}}]
    assert list(task_addresses(task(NetworksAttachments=joined))) == ["10.0.0.2"]
    assert list(task_addresses(task())) == []


OUTPUTS: Final[list[tuple[Part, list[Part], Part]]] = [
    ({}, [], {}),
    ({}, [task(), task("failed"), task()], {"replicas": 2}),
    ({}, [task(NetworksAttachments=[attached("10.0.0.9/24")]), task(NetworksAttachments=[attached("10.0.0.2/24")]),
          task("failed", NetworksAttachments=[attached("10.0.0.3/24")])],
     {"replicas": 2, "addresses": ["10.0.0.2", "10.0.0.9"]}),
    ({"Endpoint": {"VirtualIPs": [{"NetworkID": "n", "Addr": "10.0.0.1/24"}, {"NetworkID": "ingress", "Addr": "10.9.0.1/24"},
                                  {"NetworkID": "n"}]}},
     [task(NetworksAttachments=[attached("10.0.0.9/24")])], {"replicas": 1, "addresses": ["10.0.0.1"]}),
    ({"Endpoint": None}, [], {}),
    ({"Spec": {"Name": "shop_web", "TaskTemplate": {"Networks": None}}}, [], {}),
]  # fmt: skip


@pytest.mark.parametrize(("more", "tasks", "outputs"), OUTPUTS)
def test_what_is_reported_of_a_service(more: Part, tasks: list[Part], outputs: Part) -> None:
    found = {"ID": "s", "Spec": {"Name": "shop_web", "TaskTemplate": {"Networks": [{"Target": "n"}]}}, **more}
    assert read_outputs(found, tasks) == ServiceOutputs(id="s", name="shop_web", **outputs)


def test_a_task_is_of_the_specification_that_it_was_made_from() -> None:
    spec = {"TaskTemplate": {"ContainerSpec": {"Image": "x"}, "Placement": {"Constraints": ["a"]}, "ForceUpdate": 0}}
    assert is_of({"Spec": {"ContainerSpec": {"Image": "x", "Isolation": "default"}, "Runtime": "container"}}, spec)
    assert not is_of({"Spec": {"ContainerSpec": {"Image": "y"}}}, spec)
    assert not is_of({"Spec": {"ContainerSpec": {"Image": "x"}, "ForceUpdate": 1}}, spec)


UPDATES: Final[list[tuple[str, bool]]] = [
    ("paused", True), ("rollback_paused", True), ("updating", True), ("rollback_started", True), ("completed", False),
    ("rollback_completed", False), ("", False),
]  # fmt: skip


@pytest.mark.parametrize(("state", "undone"), UPDATES)
def test_an_update_that_is_not_over(state: str, undone: bool) -> None:
    def spec(name: str) -> Part:
        return {"TaskTemplate": {"ContainerSpec": {"Configs": [{"ConfigName": name}]}}}

    found = {"UpdateStatus": {"State": state}, "Spec": spec("new"), "PreviousSpec": spec("old")}
    assert is_undone(found) is undone
    assert needed(found) == ({"new", "old"} if undone else {"new"})
    change = Change(("update_status",), state, "completed", Impact.LIVE)
    assert list(unfinished(found)) == ([change] if undone else [])
    left = "2 secrets or configs of another version are left"
    seen = state if undone else left
    assert list(unfinished(found, ["a", "b"])) == [Change(("update_status",), seen, "completed", Impact.LIVE)]


def test_a_service_that_was_never_updated_is_done() -> None:
    assert not is_undone({}) and not is_undone({"UpdateStatus": None})
    assert needed({"Spec": {}, "UpdateStatus": {"State": "paused"}}) == set()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": None, "b": "", "c": 0, "d": False, "e": {}, "f": [], "g": 1}, {"g": 1}),
        ({"a": {"b": {"c": None}}}, {}),
        ({"Runtime": "container", "Isolation": "default", "x": ("a",)}, {"x": ["a"]}),
        ([None, {"a": 0}], [None, {}]),
        ({1: 2}, {"1": 2}),
        ("x", "x"),
    ],
)
def test_what_a_specification_says(value: Any, expected: Any) -> None:
    assert said(value) == expected


def test_a_specification_without_its_parts() -> None:
    spec: Part = {"TaskTemplate": {"ContainerSpec": {"Image": "x"}}, "Mode": {"Global": {}}, "Labels": {"a": "b"}}
    assert read_inputs(spec, {}, "web", {}) == Service(image="x", mode="global", labels={"a": "b"})
    spec = {
        "TaskTemplate": {
            "ContainerSpec": {"Image": "x", "Env": ["A=b=c", "D"]},
            "Placement": {
                "Constraints": ["c"],
                "Preferences": [{"Spread": {"SpreadDescriptor": "s"}}],
                "MaxReplicas": 0,
            },
            "Resources": {"Limits": {"NanoCPUs": 0, "MemoryBytes": 0, "Pids": 0}},
            "Networks": [{"Target": "n1", "Aliases": ["web", "www"]}, {"Target": "n9"}],
        },
        "Mode": {"Replicated": {"Replicas": 0}},
    }
    read = read_inputs(spec, {"hostname": "h"}, "web", {"n1": "front"})
    assert (read.replicas, read.environment, read.hostname) == (0, {"A": "b=c", "D": ""}, "h")
    assert read.placement == Placement(constraints=["c"], spread=["s"])
    assert [(each.network, each.aliases) for each in read.networks] == [("front", ["www"]), ("n9", [])]
    assert read_inputs({**spec, "Mode": {"Replicated": {}}}, {}, "web", {}).replicas == 1


def test_limits_are_read_from_the_specification() -> None:
    limits = {"NanoCPUs": BILLION // 2, "MemoryBytes": 8 << 20, "Pids": 3}
    spec: Part = {
        "TaskTemplate": {"ContainerSpec": {"Image": "x"}, "Resources": {"Limits": limits}}, "Mode": {"Global": {}}
    }  # fmt: skip
    read = read_inputs(spec, {"resources": {"cpus": 2}}, "web", {})
    assert read.resources == ContainerResources(cpus=0.5, memory=8 << 20, pids=3)


def test_the_record_holds_names_and_no_values() -> None:
    inputs = Service.model_validate({
        "image": "x", "environment": {"A": "hunter2"}, "files": [{"path": "/a", "content": "hunter2"}],
        "labels": {"a": "b"}, "replicas": 3, "namespace": {}, "hostname": "h",
    })  # fmt: skip
    label = record_label(inputs, "web", ["b", "a"], {"K": 1})
    assert "hunter2" not in str(label)
    assert recorded(label) == {"image": "x", "hostname": "h", "alias": "web", "holds": ["a", "b"], "kept": {"K": 1}}
    assert recorded(record_label(Service(image="x"), "web", [], {})) == {"image": "x", "alias": "web", "holds": []}
    assert recorded({"virtwright.record": "{"}) == recorded({"virtwright.record": "[1]"}) == recorded(None) == {}
    assert recorded({"virtwright.record": '{"image": "x", "later": 1}'}) == {"image": "x"}


@pytest.mark.parametrize(
    ("sort", "owner", "uid", "gid"),
    [("Secret", None, "0", "0"), ("Config", "7", "7", "0"), ("Config", "7:8", "7", "8")],
)
def test_what_a_specification_says_of_a_file(sort: Any, owner: str | None, uid: str, gid: str) -> None:
    file = File(path="/a", content="x", mode="0640", owner=owner)
    assert reference(Held(sort, "i", "n", "s", "w"), file) == {
        f"{sort}ID": "i", f"{sort}Name": "n", "File": {"Name": "/a", "UID": uid, "GID": gid, "Mode": 0o640}
    }  # fmt: skip


def test_a_port_is_published_on_every_node_where_nothing_else_is_said() -> None:
    assert published(PublishedPort(port=80)) == {
        "Protocol": "tcp", "TargetPort": 80, "PublishedPort": 80, "PublishMode": "ingress"
    }  # fmt: skip


CONTAINERS: Final[list[tuple[Part, Part]]] = [
    ({}, {}),
    ({"Command": ["a"], "Args": ["b"], "Dir": "/w", "User": "u", "Hostname": ""},
     {"entrypoint": ["a"], "command": ["b"], "working_dir": "/w", "user": "u"}),
    ({"Env": ["A=b=c", "D"], "ReadOnly": True}, {"environment": {"A": "b=c", "D": ""}, "read_only": True}),
    ({"StopGracePeriod": 0, "StopSignal": "SIGINT"}, {"stop_timeout": 0.0, "stop_signal": "SIGINT"}),
    ({"StopGracePeriod": 2_500_000_000}, {"stop_timeout": 2.5}),
    ({"CapabilityAdd": ["CAP_KILL"], "CapabilityDrop": ["ALL"]},
     {"capabilities": ["CAP_KILL"], "drop_capabilities": ["ALL"]}),
    ({"Healthcheck": {"Test": ["NONE"]}}, {"healthcheck": {"disabled": True}}),
    ({"Mounts": [{"Type": "volume", "Source": "data", "Target": "/d"}, {"Type": "bind", "Source": "/s", "Target": "/b", "ReadOnly": True},
                 {"Type": "volume", "Target": "/anonymous"}, {"Type": "tmpfs", "Target": "/t"},
                 {"Type": "bind", "Source": "/s", "Target": "/p", "BindOptions": {"Propagation": "rshared"}},
                 {"Type": "bind", "Source": "no path", "Target": "/q"}]},
     {"volumes": [{"volume": "data", "mount": "/d", "read_only": False}, {"bind": "/s", "mount": "/b", "read_only": True}]}),
]  # fmt: skip


@pytest.mark.parametrize(("container", "values"), CONTAINERS)
def test_how_a_container_of_a_service_is_told(container: Part, values: Part) -> None:
    usual = {"image": "x:1", "environment": {}, "volumes": [], "stop_timeout": 10.0}
    assert container_values({"Image": "x:1@sha256:feed", **container}) == {**usual, **values}


TEMPLATES: Final[list[tuple[Part, Part]]] = [
    ({}, {}),
    ({"ContainerSpec": {"Groups": ["g"], "TTY": True, "OpenStdin": True, "Init": False, "Sysctls": {"a": "1"}}},
     {"groups": ["g"], "tty": True, "stdin_open": True, "init": False, "sysctls": {"a": "1"}}),
    ({"ContainerSpec": {"Hosts": ["10.0.0.1 db", "fd00::1 db6"]}}, {"extra_hosts": {"db": "10.0.0.1", "db6": "fd00::1"}}),
    ({"ContainerSpec": {"DNSConfig": {"Nameservers": ["1.1.1.1"], "Search": ["s"], "Options": ["o"]}}},
     {"dns": ["1.1.1.1"], "dns_search": ["s"], "dns_options": ["o"]}),
    ({"ContainerSpec": {"Ulimits": [{"Name": "n", "Soft": 1, "Hard": 2}]}}, {"ulimits": {"n": {"soft": 1, "hard": 2}}}),
    ({"ContainerSpec": {"Mounts": [{"Type": "tmpfs", "Target": "/t", "TmpfsOptions": {"SizeBytes": 4096, "Mode": 0o750}},
                                   {"Type": "tmpfs", "Target": "/u"}, {"Type": "tmpfs", "Target": "/v", "ReadOnly": True},
                                   {"Type": "volume", "Source": "a", "Target": "/w"}]}},
     {"tmpfs": [{"mount": "/t", "size": 4096, "mode": "0750"}, {"mount": "/u", "size": None, "mode": None}]}),
    ({"LogDriver": {"Name": "syslog", "Options": {"a": "b"}}}, {"log_driver": "syslog", "log_options": {"a": "b"}}),
    ({"Resources": {"Reservations": {"NanoCPUs": 250_000_000, "MemoryBytes": 7}}},
     {"cpu_reservation": 0.25, "memory_reservation": 7}),
    ({"RestartPolicy": {"Delay": 5 * BILLION, "MaxAttempts": 0, "Window": 0}}, {}),
    ({"RestartPolicy": {"Delay": 0, "MaxAttempts": 3, "Window": BILLION}},
     {"restart_delay": 0.0, "restart_attempts": 3, "restart_window": 1.0}),
]  # fmt: skip


@pytest.mark.parametrize(("template", "values"), TEMPLATES)
def test_how_the_block_of_a_service_is_told(template: Part, values: Part) -> None:
    usual: Part = {"tmpfs": [], "extra_hosts": {}, "ulimits": {}}
    assert docker_values({"ContainerSpec": {}, **template}) == {**usual, **values}


@pytest.mark.parametrize(
    ("policy", "restart"),
    [
        (None, "unless-stopped"), ({}, "unless-stopped"), ({"Condition": "any"}, "unless-stopped"),
        ({"Condition": "none"}, "no"), ({"Condition": "on-failure"}, "on-failure"), ({"Condition": "?"}, "unless-stopped"),
    ],
)  # fmt: skip
def test_when_a_task_is_started_again(policy: Part | None, restart: str) -> None:
    assert restart_value({"RestartPolicy": policy}) == restart


@pytest.mark.parametrize(
    ("image", "named"),
    [
        ("nginx:1@sha256:feed", "nginx:1"), ("nginx@sha256:feed", "nginx@sha256:feed"), ("nginx:1", "nginx:1"),
        ("host:5000/nginx@sha256:feed", "host:5000/nginx@sha256:feed"), ("host:5000/nginx:1@sha256:feed", "host:5000/nginx:1"),
    ],
)  # fmt: skip
def test_the_digest_of_a_tag_is_not_told(image: str, named: str) -> None:
    assert named_image(image) == named


def test_only_what_makes_the_same_again_is_told() -> None:
    values = {"volume": "a", "mount": "/b", "read_only": False}
    there = {"Type": "volume", "Source": "a", "Target": "/b"}
    assert exact(Mount, values, mount, there) == values
    assert exact(Mount, values, mount, {**there, "VolumeOptions": {"NoCopy": True}}) is None
    assert exact(Mount, {"mount": "/b"}, mount, there) is None
    assert exact(Tmpfs, {"mount": "/t"}, tmpfs, {"Type": "tmpfs", "Target": "/t"}) == {"mount": "/t"}


def service(template: Part | None = None, **spec: Any) -> Part:
    made = {"ContainerSpec": {"Image": "x:1@sha256:feed"}, **(template or {})}
    return {"ID": "s", "Spec": {"Name": "w", "TaskTemplate": made, "Mode": {"Replicated": {"Replicas": 1}}, **spec}}


TOLD: Final[list[tuple[Part, str, Any]]] = [
    (service({"ContainerSpec": {"Image": "x:1", "Hostname": "h"}}), "hostname", "h"),
    (service({"RestartPolicy": {"Delay": 2 * BILLION}}), "docker", DockerService(restart_delay=2)),
    (service({"RestartPolicy": {"Delay": 5 * BILLION}}), "docker", None),
    (service(), "replicas", 1),
    (service(Mode={"Replicated": {"Replicas": 5}}), "replicas", 5),
    (service(Mode={"Replicated": {}}), "replicas", 1),
    (service(Mode={"Global": {}}), "mode", "global"),
    (service(Mode={"Global": {}}), "replicas", 1),
    (service(), "mode", "replicated"),
    (service({"Placement": {"Constraints": ["c"], "MaxReplicas": 0}}), "placement", Placement(constraints=["c"])),
    (service({"Resources": {"Limits": {"NanoCPUs": BILLION, "MemoryBytes": 0, "Pids": 0}}}), "resources",
     ContainerResources(cpus=1)),
    (service({"Networks": [{"Target": "n1"}, {"Target": "n2", "DriverOpts": {"a": "b"}}, {"Target": "n3", "Aliases": ["a"]}]}),
     "networks", [NetworkAttachment(network="n1"), NetworkAttachment(network="n3", aliases=["a"])]),
    (service(Labels={"a": "b", "com.docker.stack.namespace": "n", "com.docker.compose.x": "y"}), "labels", {"a": "b"}),
    (service({"Placement": {"Preferences": [{"Spread": {"SpreadDescriptor": "s"}}, {"Other": 1}], "MaxReplicas": 3}}),
     "placement", Placement(spread=["s"], max_per_host=3)),
    (service(EndpointSpec={"Mode": "dnsrr"}), "docker", DockerService(endpoint_mode="dnsrr")),
    (service(EndpointSpec={"Mode": "vip"}), "docker", None),
    (service(EndpointSpec={"Ports": [{"TargetPort": 80, "PublishedPort": 8080}]}), "ports", []),
    (service(EndpointSpec={"Ports": [{"TargetPort": 80, "PublishedPort": 8080, "Protocol": "tcp", "PublishMode": "ingress"},
                                     {"TargetPort": 9, "Protocol": "sctp"}]}),
     "ports", [PublishedPort(port=80, host_port=8080, mode="ingress")]),
]  # fmt: skip


@pytest.mark.parametrize(("found", "field", "value"), TOLD)
def test_how_a_service_is_told(found: Part, field: str, value: Any) -> None:
    assert getattr(tell(found, {})[0], field) == value


POLICIES: Final[list[tuple[Part, Part]]] = [
    ({}, {"order": "stop-first", "parallelism": 1, "delay": 0.0, "monitor": 5.0, "failure_action": "pause",
          "max_failure_ratio": 0.0}),
    ({"Order": "start-first", "Parallelism": 3, "Delay": 2 * BILLION, "Monitor": 7 * BILLION, "FailureAction": "rollback",
      "MaxFailureRatio": 0.5},
     {"order": "start-first", "parallelism": 3, "delay": 2.0, "monitor": 7.0, "failure_action": "rollback",
      "max_failure_ratio": 0.5}),
    ({"FailureAction": "continue"}, {"order": "stop-first", "parallelism": 1, "delay": 0.0, "monitor": 5.0,
                                     "failure_action": "continue", "max_failure_ratio": 0.0}),
]  # fmt: skip


@pytest.mark.parametrize(("config", "policy"), POLICIES)
def test_the_swarms_own_defaults_of_a_policy(config: Part, policy: Part) -> None:
    told, _ = tell(service(UpdateConfig=config, RollbackConfig=config), {})
    assert told.update.model_dump() == policy
    back = {**policy, "failure_action": "pause"} if policy["failure_action"] == "rollback" else policy
    assert told.rollback is not None and told.rollback.model_dump() == back


KEPT: Final[list[tuple[Part, Part]]] = [
    (service(), {}),
    (service({"ContainerSpec": {"Image": "x", "Privileges": {"NoNewPrivileges": True}}}),
     {"TaskTemplate": {"ContainerSpec": {"Privileges": {"NoNewPrivileges": True}}}}),
    (service({"Placement": {"Platforms": [{"OS": "linux"}], "Constraints": ["a"]}}), {}),
    (service({"Placement": {"Platforms": [{"OS": "linux"}], "Later": 1}}), {"TaskTemplate": {"Placement": {"Later": 1}}}),
    (service({"Networks": [{"Target": "n1", "Aliases": ["a"]}, {"Target": "n2", "DriverOpts": {"a": "b"}}]}),
     {"TaskTemplate": {"Networks": [{"Target": "n2", "DriverOpts": {"a": "b"}}]}}),
    (service({"ForceUpdate": 3}), {}),
    (service(Labels={"com.docker.stack.namespace": "n"}), {}),
    (service({"ContainerSpec": {"Image": "x", "Mounts": [{"Type": "volume", "Target": "/a"}]}}),
     {"TaskTemplate": {"ContainerSpec": {"Mounts": [{"Type": "volume", "Target": "/a"}]}}}),
]  # fmt: skip


@pytest.mark.parametrize(("found", "kept"), KEPT)
def test_what_has_no_word_is_kept(found: Part, kept: Part) -> None:
    assert tell(found, {"n1": "front"})[1] == kept


def test_a_job_is_no_service() -> None:
    assert is_job(service(Mode={"ReplicatedJob": {}})) and is_job(service(Mode={"GlobalJob": {}}))
    assert not is_job(service()) and not is_job(service(Mode={"Global": {}}))


@pytest.mark.parametrize(
    ("there", "made", "left"),
    [
        (1, 1, None), (1, 2, 1), ("a", None, "a"), ({"a": 1}, None, {"a": 1}), ({"a": 1, "b": 2}, {"a": 1}, {"b": 2}),
        ({"a": {"b": 1}}, {"a": {"b": 1}}, None), ([1, 2], [2, 3], [1]), ([1], None, [1]), ([], None, None),
        ({"a": 1}, [1], {"a": 1}), ([1], {"a": 1}, [1]), ({}, None, None),
        (["a"], "abc", ["a"]),
    ],
)  # fmt: skip
def test_what_is_left_over(there: Any, made: Any, left: Any) -> None:
    assert left_over(there, made) == left


@pytest.mark.parametrize(
    ("made", "kept", "both"),
    [
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}), (None, {"b": 2}, {"b": 2}), ([1, 2], [2, 3], [1, 2, 3]), (None, [3], [3]),
        (1, 2, 2), ({"a": {"b": 1}}, {"a": {"c": 2}}, {"a": {"b": 1, "c": 2}}), ({"a": 1}, [2], [2]), ([1], {"a": 2}, {"a": 2}),
    ],
)  # fmt: skip
def test_what_was_kept_comes_back(made: Any, kept: Any, both: Any) -> None:
    assert with_kept(made, kept) == both


def test_what_is_kept_is_told_line_by_line() -> None:
    kept = {
        "A": {"B": 1}, "L": [1, {"SecretName": "s", "File": {"Name": "f"}}, {"ConfigName": "c"}, {"other": 1}], 5: "x"
    }  # fmt: skip
    assert list(settings(kept)) == ["A.B: 1", "L: 1", "L: s at f", "L: c at None", "L: {'other': 1}", "5: x"]


def copy(
    id: str, slot: int | None, desired: str, state: str, created: str = "1", node: str = "n1", **status: Any
) -> Part:
    place = {"Slot": slot} if slot else {}
    return {
        "ID": id, **place, "NodeID": node, "DesiredState": desired, "CreatedAt": created,
        "Status": {"State": state, **status}, "NetworksAttachments": [attached("10.0.0.2/24")],
    }  # fmt: skip


COPIES: Final[list[tuple[list[Part], list[tuple[Any, ...]]]]] = [
    ([], []),
    ([copy("a", 2, "running", "running"), copy("b", 1, "running", "running")],
     [(1, "b", "alpha", "running", "10.0.0.2"), (2, "a", "alpha", "running", "10.0.0.2")]),
    ([copy("a", 1, "ready", "ready")], [(1, "a", "alpha", "ready", "10.0.0.2")]),
    ([copy("a", 1, "running", "starting", "2"), copy("b", 1, "shutdown", "failed", "1", Err="why")],
     [(1, "a", "alpha", "starting", "10.0.0.2"), (1, "b", "alpha", "failed: why", "10.0.0.2")]),
    ([copy("a", 1, "running", "running", "1"), copy("b", 1, "running", "starting", "2")],
     [(1, "b", "alpha", "starting", "10.0.0.2")]),
    ([copy("b", 1, "shutdown", "failed")], []),
    ([copy("a", 1, "shutdown", "running")], []),
    ([copy("a", None, "running", "running", node="n2"), copy("b", None, "running", "running", node="n9"),
      copy("c", None, "running", "running")],
     [(1, "b", "", "running", "10.0.0.2"), (2, "c", "alpha", "running", "10.0.0.2"), (3, "a", "beta", "running", "10.0.0.2")]),
]  # fmt: skip


def test_copies_of_which_little_is_known_yet() -> None:
    slot = {"ID": "a", "Slot": 1, "DesiredState": "running", "Status": {"State": "new", "Err": None}}
    assert copy_states([slot], {}) == [CopyState(1, "a", "", "new")]
    assert copy_states([{**slot, "Slot": None}], {}) == []
    nodes = [{**slot, "Slot": None, "ID": node, "NodeID": node} for node in ("n1", "gone")]
    assert [each.id for each in copy_states(nodes, {"n1": "0-first"})] == ["gone", "n1"]


@pytest.mark.parametrize(("tasks", "rows"), COPIES)
def test_the_copies_that_an_operator_sees(tasks: list[Part], rows: list[tuple[Any, ...]]) -> None:
    states = copy_states(tasks, {"n1": "alpha", "n2": "beta"})
    assert [(each.number, each.id, each.host, each.state, each.address) for each in states] == rows
