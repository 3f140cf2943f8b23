"""Containers that somebody else made: how each of their settings is told, and which have no word."""

from typing import Any, Final

import pytest
from tests.docker_answers import ID, INFO, MIB, inspected

from virtwright.providers.docker.containers.foreign.process import (
    health_values,
    process_unsaid,
    process_values,
)
from virtwright.providers.docker.containers.foreign.settings import (
    Daemon,
    port_values,
    setting_unsaid,
    setting_values,
)
from virtwright.providers.docker.containers.foreign.storage import mount_values, storage_unsaid, tmpfs_values
from virtwright.providers.docker.containers.foreign.telling import fitting, tell
from virtwright.providers.docker.containers.mapping import create_body
from virtwright.schemas.container import Container

DAEMON: Final = Daemon("json-file", "runc", "1")
ANONYMOUS: Final = "0123456789abcdef" * 4
Part = dict[str, Any]


@pytest.mark.parametrize(
    ("info", "daemon"),
    [
        ({}, Daemon("json-file", "runc", "1")),
        ({"LoggingDriver": "local", "DefaultRuntime": "crun", "CgroupVersion": "2"}, Daemon("local", "crun", "2")),
        (INFO, DAEMON),
    ],
)
def test_what_an_engine_chooses_by_itself(info: Part, daemon: Daemon) -> None:
    assert Daemon.of(info) == daemon


PROCESS: Final[list[tuple[Part, Part, Part]]] = [
    ({}, {}, {}),
    ({"Cmd": ["a"]}, {}, {"command": ["a"]}),
    ({"Cmd": ["a"]}, {"Cmd": ["a"]}, {}),
    ({"Cmd": ["b"], "Entrypoint": ["e"]}, {"Cmd": ["a"], "Entrypoint": ["e"]}, {"command": ["b"]}),
    ({"Cmd": None, "Entrypoint": ["f"]}, {"Cmd": ["a"], "Entrypoint": ["e"]}, {"entrypoint": ["f"], "command": None}),
    ({"Cmd": ["a"], "Entrypoint": None}, {"Cmd": ["a"], "Entrypoint": ["e"]}, {"entrypoint": [""], "command": ["a"]}),
    ({"Cmd": None, "Entrypoint": ["e"]}, {"Cmd": ["a"], "Entrypoint": ["e"]}, {"entrypoint": ["e"], "command": None}),
    ({"Env": ["A=1", "B=x=y", "C"]}, {"Env": ["A=1", "B=2"]}, {"environment": {"B": "x=y", "C": ""}}),
    ({"WorkingDir": "/w", "User": "u"}, {"WorkingDir": "/i", "User": ""}, {"working_dir": "/w", "user": "u"}),
    ({"WorkingDir": "/w", "User": "u"}, {"WorkingDir": "/w", "User": "u"}, {}),
    ({"Hostname": "h"}, {}, {"hostname": "h"}),
    ({"Hostname": ID[:12]}, {}, {}),
    ({"StopSignal": "15"}, {}, {"stop_signal": "SIGTERM"}),
    ({"StopSignal": "999"}, {}, {"stop_signal": "999"}),
    ({"StopSignal": "quit"}, {}, {"stop_signal": "SIGQUIT"}),
    ({"StopSignal": "sigusr1"}, {}, {"stop_signal": "SIGUSR1"}),
    ({"StopSignal": "SIGINT"}, {"StopSignal": "SIGINT"}, {}),
    ({"StopTimeout": 0}, {}, {"stop_timeout": 0.0}),
    ({"StopTimeout": 30}, {}, {"stop_timeout": 30.0}),
    ({"Labels": {"a": "b", "c": "d"}}, {"Labels": {"a": "b", "c": "e"}}, {"labels": {"c": "d"}}),
    ({"Labels": {"com.docker.compose.project": "p", "virtwright.stack": "s"}}, {}, {}),
    ({"Cmd": [], "Entrypoint": None}, {}, {}),
    ({"Cmd": None, "Entrypoint": []}, {}, {}),
    ({}, {"Cmd": [], "Entrypoint": None}, {}),
    ({}, {"Cmd": None, "Entrypoint": []}, {}),
    ({"Cmd": None}, {"Cmd": ["a"]}, {"entrypoint": None, "command": None}),
    ({"Healthcheck": {"Test": ["CMD", "a"]}}, {"Healthcheck": {"Test": ["CMD", "a"]}}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("config", "image", "values"), PROCESS)
def test_what_runs_without_what_its_image_says(config: Part, image: Part, values: Part) -> None:
    plain: Part = {
        "environment": {}, "working_dir": None, "user": None, "hostname": None, "healthcheck": None, "stop_signal": None,
        "stop_timeout": 10.0, "labels": {},
    }  # fmt: skip
    assert process_values(config, image, ID) == {**plain, **values}


PROCESS_UNSAID: Final[list[tuple[Part, Part, list[str]]]] = [
    ({}, {}, []),
    ({"ExposedPorts": {"81/tcp": {}, "80/tcp": {}, "82/tcp": {}}}, {"ExposedPorts": {"81/tcp": {}}},
     ["ExposedPorts: 82/tcp, which is not published"]),
    ({"Labels": {"com.docker.compose.project": "p"}}, {},
     ["Labels: com.docker.compose.*, by which docker compose knows it"]),
    ({"Shell": ["/bin/ash"]}, {}, ["Shell: ['/bin/ash']"]),
    ({"Shell": ["/bin/ash"]}, {"Shell": ["/bin/ash"]}, []),
    ({"Shell": []}, {"Shell": None}, []),
    ({"Shell": None}, {"Shell": []}, []),
    ({"ExposedPorts": {"93/udp": {}, "91/tcp": {}, "92/tcp": {}, "94/tcp": {}}}, {},
     [f"ExposedPorts: {port}, which is not published" for port in ("91/tcp", "92/tcp", "93/udp", "94/tcp")]),
    ({"StopSignal": "TERM"}, {"StopSignal": "3"}, ["StopSignal: SIGTERM, where the image asks for SIGQUIT"]),
    ({"StopSignal": "TERM"}, {"StopSignal": "15"}, []),
    ({"StopSignal": "SIGTERM"}, {}, []),
    ({"StopSignal": "SIGINT"}, {"StopSignal": "SIGQUIT"}, []),
]  # fmt: skip


@pytest.mark.parametrize(("config", "image", "unsaid"), PROCESS_UNSAID)
def test_what_of_a_process_has_no_word(config: Part, image: Part, unsaid: list[str]) -> None:
    assert process_unsaid(config, image, {"80/tcp": []}) == unsaid


SECOND: Final = 1_000_000_000
USUAL_TIMES: Final = {"interval": 30, "timeout": 30, "retries": 3, "start_period": 0, "start_interval": None}


@pytest.mark.parametrize(
    ("check", "image", "values"),
    [
        (None, None, None),
        ({"Test": []}, None, None),
        ({"Test": ["NONE"]}, None, {"disabled": True}),
        ({"Test": ["CMD", "a"]}, {"Test": ["CMD", "a"]}, None),
        ({"Test": ["CMD", "a", "b"]}, {"Test": ["CMD", "a"]}, {"command": ["a", "b"], **USUAL_TIMES}),
        ({"Test": ["CMD-SHELL", "a b"]}, None, {"command": ["/bin/sh", "-c", "a b"], **USUAL_TIMES}),
        ({"Test": ["CMD", "a"], "Interval": 7 * SECOND, "Timeout": SECOND // 2, "Retries": 5, "StartPeriod": 9 * SECOND,
          "StartInterval": 2 * SECOND}, None,
         {"command": ["a"], "interval": 7, "timeout": 0.5, "retries": 5, "start_period": 9, "start_interval": 2}),
    ],
)  # fmt: skip
def test_how_a_health_check_is_told(check: Part | None, image: Part | None, values: Part | None) -> None:
    assert health_values(check, image) == values


SETTINGS: Final[list[tuple[Part, Part, Part]]] = [
    ({}, {}, {}),
    ({}, {"Privileged": True, "Init": False}, {"privileged": True, "init": False}),
    ({"Tty": True, "OpenStdin": True, "Domainname": "d"}, {}, {"tty": True, "stdin_open": True, "domain_name": "d"}),
    ({}, {"Runtime": "kata"}, {"runtime": "kata"}),
    ({}, {"Runtime": "runc"}, {}),
    ({}, {"NetworkMode": "host"}, {"network_mode": "host"}),
    ({}, {"NetworkMode": "none"}, {"network_mode": "none"}),
    ({}, {"NetworkMode": "container:x"}, {"network_mode": "container:x"}),
    ({}, {"NetworkMode": "shop"}, {}),
    ({}, {"PidMode": "host", "IpcMode": "shareable", "UsernsMode": "host"},
     {"pid_mode": "host", "ipc_mode": "shareable", "user_namespace_mode": "host"}),
    ({}, {"IpcMode": "private"}, {}),
    ({}, {"ExtraHosts": ["a:10.0.0.1", "b:fd00::1", "c=fd00::2", "d=[fd00::3]", "e:[fd00::4]"]},
     {"extra_hosts": {"a": "10.0.0.1", "b": "fd00::1", "c": "fd00::2", "d": "fd00::3", "e": "fd00::4"}}),
    ({}, {"Dns": ["1.1.1.1"], "DnsSearch": ["s"], "DnsOptions": ["o"], "GroupAdd": ["g"]},
     {"dns": ["1.1.1.1"], "dns_search": ["s"], "dns_options": ["o"], "groups": ["g"]}),
    ({}, {"Devices": [{"PathOnHost": "/a", "PathInContainer": "/a", "CgroupPermissions": "rwm"},
                      {"PathOnHost": "/a", "PathInContainer": "/b", "CgroupPermissions": "r"}]},
     {"devices": [{"host": "/a", "path": None, "permissions": "rwm"}, {"host": "/a", "path": "/b", "permissions": "r"}]}),
    ({}, {"DeviceRequests": [{"Capabilities": [["gpu"]], "Count": -1}]}, {"gpus": -1}),
    ({}, {"DeviceRequests": [{"Capabilities": [["gpu"]], "Count": 1, "Driver": "cdi"}]}, {}),
    ({}, {"DeviceRequests": [{"Capabilities": [["gpu"]], "Count": 1, "DeviceIDs": ["0"]}]}, {}),
    ({}, {"DeviceRequests": [{"Capabilities": [["tpu"]], "Count": 1}]}, {}),
    ({}, {"ShmSize": 64 * MIB}, {}),
    ({}, {"ShmSize": 0}, {}),
    ({}, {"LogConfig": None}, {}),
    ({}, {"ShmSize": 65 * MIB}, {"shm_size": 65 * MIB}),
    ({}, {"Sysctls": {"a": "1"}, "Ulimits": [{"Name": "n", "Soft": 1, "Hard": 2}]},
     {"sysctls": {"a": "1"}, "ulimits": {"n": {"soft": 1, "hard": 2}}}),
    ({}, {"SecurityOpt": ["label=disable", "x"]}, {"security_options": ["label=disable", "x"]}),
    ({}, {"SecurityOpt": ["label=disable", "x"], "PidMode": "host"}, {"security_options": ["x"], "pid_mode": "host"}),
    ({}, {"SecurityOpt": ["label=disable"], "IpcMode": "host"}, {"ipc_mode": "host"}),
    ({}, {"SecurityOpt": ["label=disable"], "Privileged": True}, {"privileged": True}),
    ({}, {"CgroupParent": "/c", "OomScoreAdj": 5}, {"cgroup_parent": "/c", "oom_score": 5}),
    ({}, {"LogConfig": {"Type": "json-file", "Config": {}}}, {}),
    ({}, {"LogConfig": {"Type": "syslog", "Config": None}}, {"log_driver": "syslog"}),
    ({}, {"LogConfig": {"Type": "json-file", "Config": {"a": "b"}}}, {"log_driver": "json-file", "log_options": {"a": "b"}}),
]  # fmt: skip


@pytest.mark.parametrize(("config", "host", "values"), SETTINGS)
def test_how_a_setting_is_told(config: Part, host: Part, values: Part) -> None:
    plain: Part = {
        "privileged": False, "init": None, "tty": False, "stdin_open": False, "runtime": None, "network_mode": None,
        "pid_mode": None, "ipc_mode": None, "user_namespace_mode": None, "extra_hosts": {}, "dns": [], "dns_search": [],
        "dns_options": [], "domain_name": None, "groups": [], "devices": [], "gpus": None, "shm_size": None, "sysctls": {},
        "ulimits": {}, "security_options": [], "cgroup_parent": None, "oom_score": None, "log_driver": None,
        "log_options": {},
    }  # fmt: skip
    usual = {"LogConfig": {"Type": "json-file"}, "Runtime": "runc", "IpcMode": "private"}
    assert setting_values(config, {**usual, **host}, DAEMON) == {**plain, **values}


PORTS: Final[Part] = {
    "443/tcp": [{"HostIp": "", "HostPort": "8443"}],
    "80/udp": [{"HostPort": "82"}],
    "80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}, {"HostIp": "::1", "HostPort": "8081"}],
    "53/udp": [{"HostPort": "53"}],
    "9/sctp": [{"HostPort": "9"}],
    "10/tcp": [{"HostPort": ""}, {"HostIp": ""}],
    "11/tcp": [{"HostPort": "0"}],
    "12/tcp": None,
    "x/tcp": [],
}


def test_how_ports_are_told() -> None:
    assert port_values({"PortBindings": PORTS}) == [
        {"port": 53, "protocol": "udp", "host_port": 53, "host_address": None},
        {"port": 80, "protocol": "tcp", "host_port": 8080, "host_address": "127.0.0.1"},
        {"port": 80, "protocol": "tcp", "host_port": 8081, "host_address": "::1"},
        {"port": 80, "protocol": "udp", "host_port": 82, "host_address": None},
        {"port": 443, "protocol": "tcp", "host_port": 8443, "host_address": None},
    ]
    assert port_values({"PortBindings": None}) == []
    assert list(setting_unsaid({"PortBindings": PORTS}, DAEMON)) == [
        "PortBindings: 9/sctp at 9", "PortBindings: 10/tcp at a free port", "PortBindings: 10/tcp at a free port",
        "PortBindings: 11/tcp at 0",
    ]  # fmt: skip


UNSAID: Final[list[tuple[Part, list[str]]]] = [
    ({}, []),
    ({"BlkioWeight": 300, "AutoRemove": True, "VolumesFrom": None, "CpuPercent": 0},
     ["AutoRemove: True", "BlkioWeight: 300"]),
    ({"Isolation": "default", "MemorySwappiness": -1}, []),
    ({"Isolation": "process", "MemorySwappiness": 10}, ["Isolation: process", "MemorySwappiness: 10"]),
    ({"CgroupnsMode": "host"}, []),
    ({"CgroupnsMode": "private"}, ["CgroupnsMode: private"]),
    ({"RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 3}}, ["RestartPolicy: at most 3 times"]),
    ({"MemorySwap": -1}, []),
    ({"MemorySwap": -1, "Memory": 9}, ["MemorySwap: without a limit"]),
    ({"MaskedPaths": [], "ReadonlyPaths": []}, ["MaskedPaths: none", "ReadonlyPaths: none"]),
    ({"MaskedPaths": [], "ReadonlyPaths": [], "Privileged": True}, []),
    ({"ExtraHosts": ["c:1.1.1.1", "b:1.1.1.1", "a:1.1.1.2", "d:1.1.1.1", "c:1.1.1.2", "b:1.1.1.2", "a:1.1.1.1"]},
     [f"ExtraHosts: {name} has several addresses" for name in "abc"]),
    ({"DeviceRequests": [{"Capabilities": [["gpu"]], "Count": 1}, {"Driver": "cdi"}]},
     ["DeviceRequests: {'Driver': 'cdi'}"]),
]  # fmt: skip


@pytest.mark.parametrize(("host", "unsaid"), UNSAID)
def test_which_settings_have_no_word(host: Part, unsaid: list[str]) -> None:
    assert list(setting_unsaid(host, DAEMON)) == unsaid


def test_what_is_usual_on_control_groups_of_version_2() -> None:
    second = Daemon("json-file", "runc", "2")
    assert list(setting_unsaid({"CgroupnsMode": "private"}, second)) == []
    assert list(setting_unsaid({"CgroupnsMode": "host"}, second)) == ["CgroupnsMode: host"]


TOLD: Final = [
    "Binds",
    "Mounts",
    "Tmpfs",
    "NetworkMode",
    "PortBindings",
    "RestartPolicy",
    "CapAdd",
    "CapDrop",
    "Dns",
    "DnsOptions",
    "DnsSearch",
    "ExtraHosts",
    "GroupAdd",
    "IpcMode",
    "OomScoreAdj",
    "PidMode",
    "Privileged",
    "ReadonlyRootfs",
    "SecurityOpt",
    "UsernsMode",
    "ShmSize",
    "Sysctls",
    "Runtime",
    "CpuShares",
    "Memory",
    "NanoCpus",
    "CgroupParent",
    "CpusetCpus",
    "Devices",
    "DeviceRequests",
    "MemoryReservation",
    "MemorySwap",
    "PidsLimit",
    "Ulimits",
    "Init",
    "LogConfig",
    "MaskedPaths",
    "ReadonlyPaths",
    "ContainerIDFile",
    "ConsoleSize",
    "KernelMemory",
    "KernelMemoryTCP",
]


@pytest.mark.parametrize("name", TOLD)
def test_a_setting_that_is_told_elsewhere_is_not_said_to_have_no_word(name: str) -> None:
    values: dict[str, Any] = {
        "PortBindings": {},
        "RestartPolicy": {"Name": "no"},
        "ExtraHosts": [],
        "DeviceRequests": [],
    }
    assert list(setting_unsaid({name: values.get(name, "x")}, DAEMON)) == []


MOUNTS: Final[list[Part]] = [
    {"Type": "volume", "Name": "data", "Source": "/v/data", "Destination": "/z", "RW": True},
    {"Type": "bind", "Source": "/srv", "Destination": "/a", "RW": False},
    {"Type": "bind", "Source": "/opt", "Destination": "/b"},
    {"Type": "volume", "Name": ANONYMOUS, "Destination": "/c"},
    {"Type": "tmpfs", "Destination": "/d"},
    {"Type": "npipe", "Destination": "/e"},
]


def test_how_mounts_are_told() -> None:
    assert mount_values({"Mounts": MOUNTS}) == [
        {"bind": "/srv", "mount": "/a", "read_only": True},
        {"bind": "/opt", "mount": "/b", "read_only": False},
        {"volume": "data", "mount": "/z", "read_only": False},
    ]
    assert mount_values({"Mounts": None}) == []
    assert list(storage_unsaid({"Mounts": MOUNTS, "HostConfig": {}})) == [
        "Mounts: an anonymous volume at /c; it goes when the container goes", "Mounts: npipe at /e"
    ]  # fmt: skip


def test_how_folders_in_memory_are_told() -> None:
    host = {
        "Tmpfs": {"/t": "", "/s": "rw,size=64m,mode=1770", "/z": "size=,mode="},
        "Mounts": [
            {"Type": "tmpfs", "Target": "/u", "TmpfsOptions": {"SizeBytes": 4096, "Mode": 0o750}},
            {"Type": "tmpfs", "Target": "/v", "TmpfsOptions": None},
            {"Type": "tmpfs", "Target": "/x", "TmpfsOptions": {"SizeBytes": 0, "Mode": 0}},
            {"Type": "volume", "Target": "/w"},
        ],
    }
    assert tmpfs_values(host) == [
        {"mount": "/s", "size": "64m", "mode": "1770"},
        {"mount": "/t", "size": None, "mode": None},
        {"mount": "/z", "size": None, "mode": None},
        {"mount": "/u", "size": 4096, "mode": "0750"},
        {"mount": "/v", "size": None, "mode": None},
        {"mount": "/x", "size": None, "mode": None},
    ]
    assert tmpfs_values({}) == []


STORAGE_UNSAID: Final[list[tuple[Part, list[str]]]] = [
    ({"Binds": ["/a:/b", "/a:/b:ro", "v:/b:rw,rprivate"]}, []),
    ({"Binds": ["/a:/b:ro,z"]}, ["Binds: z of /a:/b:ro,z"]),
    ({"Tmpfs": {"/t": "rw,noexec,nosuid,nodev,size=1m,mode=700"}}, []),
    ({"Tmpfs": {"/t": ""}}, []),
    ({"Tmpfs": {"/t": "uid=5"}}, ["Tmpfs: uid=5 of /t"]),
    ({"Mounts": [{"Type": "volume", "Target": "/b", "Fresh": None}]}, []),
    ({"Mounts": [{"Type": "bind", "Target": "/b", "BindOptions": {"Four": 4, "One": 1, "Three": 3, "Two": 2}}]},
     ["Mounts: Four at /b", "Mounts: One at /b", "Mounts: Three at /b", "Mounts: Two at /b"]),
    ({"Mounts": [{"Type": "bind", "Source": "/a", "Target": "/b", "ReadOnly": True, "Consistency": "cached",
                  "BindOptions": {"Propagation": "rprivate", "CreateMountpoint": True}}]}, []),
    ({"Mounts": [{"Type": "bind", "Target": "/b", "BindOptions": {"Propagation": "rshared", "NonRecursive": True}}]},
     ["Mounts: NonRecursive at /b", "Mounts: Propagation at /b"]),
    ({"Mounts": [{"Type": "volume", "Target": "/b", "Fresh": 1,
                  "VolumeOptions": {"NoCopy": True, "Labels": {"a": "b"}, "DriverConfig": {"Name": "x"}, "Subpath": ""}}]},
     ["Mounts: Fresh at /b", "Mounts: NoCopy at /b"]),
    ({"Mounts": [{"Type": "tmpfs", "Target": "/t", "TmpfsOptions": {"SizeBytes": 1, "Mode": 7, "Options": [["x"]]}}]},
     ["Mounts: Options at /t"]),
]  # fmt: skip


@pytest.mark.parametrize(("host", "unsaid"), STORAGE_UNSAID)
def test_which_mounts_have_no_word(host: Part, unsaid: list[str]) -> None:
    assert list(storage_unsaid({"HostConfig": host})) == unsaid


def whole(inputs: Part, config: Part | None = None, host: Part | None = None, **more: Any) -> Part:
    found = inspected(create_body(Container.model_validate({"image": "nginx", **inputs}), "", {}), **more)
    return {
        **found,
        "Config": {**found["Config"], **(config or {})},
        "HostConfig": {**found["HostConfig"], **(host or {})},
    }


@pytest.mark.parametrize(
    ("found", "names", "field", "value"),
    [
        (whole({"docker": {"network_mode": "container:a1"}}), {"a1": "db"}, "network_mode", "container:db"),
        (whole({"docker": {"network_mode": "container:a1"}}), {}, "network_mode", "container:a1"),
        (whole({"docker": {"pid_mode": "container:a1"}}), {"a1": "db"}, "pid_mode", "container:db"),
        (whole({"docker": {"ipc_mode": "container:a1"}}), {"a1": "db"}, "ipc_mode", "container:db"),
        (whole({"docker": {"pid_mode": "host"}}), {"host": "db"}, "pid_mode", "host"),
    ],
)
def test_another_container_is_told_by_its_name(found: Part, names: dict[str, str], field: str, value: str) -> None:
    told, unsaid = tell(found, {}, DAEMON, names)
    assert told.docker is not None
    assert (getattr(told.docker, field), unsaid) == (value, ())


@pytest.mark.parametrize(("mode", "hostname"), [("host", None), ("container:x", None), ("none", "h")])
def test_the_name_of_a_host_that_it_shares_is_not_told(mode: str, hostname: str | None) -> None:
    assert tell(whole({"docker": {"network_mode": mode}}, {"Hostname": "h"}), {}, DAEMON, {})[0].hostname == hostname


def test_capabilities_are_told_in_full() -> None:
    host = {"CapAdd": ["NET_ADMIN", "cap_kill", "all"], "CapDrop": ["ALL", "CAP_CHOWN"]}
    told, unsaid = tell(whole({}, host=host), {}, DAEMON, {})
    assert told.capabilities == ["CAP_NET_ADMIN", "CAP_KILL"]
    assert told.drop_capabilities == ["ALL", "CAP_CHOWN"]
    assert unsaid == ("capabilities.2: ALL",)


def test_the_network_that_it_was_made_in_comes_first() -> None:
    joined = {"a": {"EndpointID": "e"}, "b": {"EndpointID": "e", "DriverOpts": {"virtwright.mac": "02:00:00:00:00:02"}}}
    settings = {"Networks": joined}
    old = {"MacAddress": "02:00:00:00:00:01"}
    told, unsaid = tell(whole({}, old, {"NetworkMode": "b"}, NetworkSettings=settings), {}, DAEMON, {})
    assert [(each.network, each.mac) for each in told.networks] == [("b", "02:00:00:00:00:02"), ("a", None)]
    told, unsaid = tell(whole({}, old, {"NetworkMode": "a"}, NetworkSettings=settings), {}, DAEMON, {})
    assert [(each.network, each.mac) for each in told.networks] == [
        ("a", "02:00:00:00:00:01"), ("b", "02:00:00:00:00:02")
    ]  # fmt: skip
    assert unsaid == ()


NETWORKS: Final[list[tuple[Part | None, Part, list[str]]]] = [
    ({"bridge": {}, "a": {}}, {"NetworkMode": "a"}, ["Networks: Docker's own bridge, besides others"]),
    ({"bridge": {}}, {"NetworkMode": "bridge"}, []),
    ({"a": {"Aliases": ["x_y", "www", ID[:12]]}}, {"NetworkMode": "a"}, ["Networks: the alias x_y in a"]),
    ({"a": {"Links": ["db:db"]}}, {"NetworkMode": "a"}, ["Networks: Links ['db:db'] in a"]),
    ({"a": None}, {"NetworkMode": "a"}, []),
    (None, {"NetworkMode": "a"}, []),
]


@pytest.mark.parametrize(("networks", "host", "unsaid"), NETWORKS)
def test_which_memberships_have_no_word(networks: Part | None, host: Part, unsaid: list[str]) -> None:
    assert list(tell(whole({}, {}, host, NetworkSettings={"Networks": networks}), {}, DAEMON, {})[1]) == unsaid


def test_what_the_image_says_is_not_told() -> None:
    image = {"Env": ["A=1"], "Cmd": ["serve"], "ExposedPorts": {"81/tcp": {}}, "Shell": ["/bin/ash"]}
    config = {"Env": ["A=1", "B=2"], "Cmd": ["serve"], "ExposedPorts": {"80/tcp": {}, "81/tcp": {}, "82/tcp": {}}}
    host = {"PortBindings": {"80/tcp": [{"HostPort": "8080"}]}}
    told, unsaid = tell(whole({}, {**config, "Shell": ["/bin/ash"]}, host), image, DAEMON, {})
    assert (told.environment, told.command) == ({"B": "2"}, None)
    assert unsaid == ("ExposedPorts: 82/tcp, which is not published",)


def test_what_an_engine_leaves_out_is_nothing() -> None:
    host = {"PortBindings": None, "ReadonlyRootfs": None}
    told, unsaid = tell(whole({}, {}, host, NetworkSettings=None), {}, DAEMON, {})
    assert (told.ports, told.networks, told.read_only, unsaid) == ([], [], False, ())


def test_no_hardware_address_is_an_empty_one() -> None:
    found = whole(
        {}, {"MacAddress": ""}, {"NetworkMode": "a"}, NetworkSettings={"Networks": {"a": {"EndpointID": "e"}}}
    )
    assert tell(found, {}, DAEMON, {})[0].networks[0].mac is None


def test_settings_and_mounts_without_a_word_are_named() -> None:
    found = whole({}, host={"AutoRemove": True, "Tmpfs": {"/t": "uid=5"}})
    assert tell(found, {}, DAEMON, {})[1] == ("AutoRemove: True", "Tmpfs: uid=5 of /t")


def test_a_hardware_address_without_a_network_has_no_word() -> None:
    found = whole({}, {"MacAddress": "02:00:00:00:00:01"})
    assert tell(found, {}, DAEMON, {})[1] == ("MacAddress: 02:00:00:00:00:01",)


FITTING: Final[list[tuple[Part, Part, list[str]]]] = [
    ({"user": "a b"}, {}, ["user: a b"]),
    ({"docker": {"tty": True, "cgroup_parent": ""}}, {"docker": {"tty": True}}, ["docker.cgroup_parent: "]),
    ({"environment": {"A": "1", "B": "\0"}}, {"environment": {"A": "1"}}, ["environment.B: \0"]),
    ({"command": ["a", "\0"]}, {}, ["command: ['a', '\\x00']"]),
    ({"entrypoint": []}, {}, ["entrypoint: []"]),
    ({"entrypoint": ["a", "\0"]}, {}, ["entrypoint: ['a', '\\x00']"]),
    ({"healthcheck": {"command": ["a", 5]}}, {}, ["healthcheck: {'command': ['a', 5]}"]),
    ({"resources": {"cpus": -1, "pids": 5}}, {}, ["resources: {'cpus': -1, 'pids': 5}"]),
    ({"capabilities": ["CAP_KILL", "x"]}, {"capabilities": ["CAP_KILL"]}, ["capabilities.1: x"]),
    ({"docker": {"ulimits": {"a": {"soft": 2, "hard": 1}, "b": {"soft": 1, "hard": 1}}}},
     {"docker": {"ulimits": {"b": {"soft": 1, "hard": 1}}}}, ["docker.ulimits.a: {'soft': 2, 'hard': 1}"]),
    ({"docker": {"devices": [{"host": "x"}, {"host": "/x"}]}}, {"docker": {"devices": [{"host": "/x"}]}},
     ["docker.devices.0: {'host': 'x'}"]),
    ({"healthcheck": {"command": ["a"], "retries": -1}}, {}, ["healthcheck: {'command': ['a'], 'retries': -1}"]),
    ({"user": "a b", "hostname": "a b"}, {}, ["user: a b", "hostname: a b"]),
    ({"ports": [70000, 80]}, {"ports": [80]}, ["ports.0: 70000"]),
    ({"docker": {"tmpfs": [{"size": 4096}]}}, {"docker": {}}, ["docker.tmpfs.0: {'size': 4096}"]),
    ({"docker": {"extra_hosts": {"a": "x", "b": "10.0.0.1"}}}, {"docker": {"extra_hosts": {"b": "10.0.0.1"}}},
     ["docker.extra_hosts.a: x"]),
    ({"docker": {"sysctls": {"a": "\n", "b": "1"}}}, {"docker": {"sysctls": {"b": "1"}}}, ["docker.sysctls.a: \n"]),
    ({"docker": {"log_options": {"a": "\n", "b": "1"}}}, {"docker": {"log_options": {"b": "1"}}},
     ["docker.log_options.a: \n"]),
    ({"labels": {"a": "\n", "b": "1"}}, {"labels": {"b": "1"}}, ["labels.a: \n"]),
]  # fmt: skip


@pytest.mark.parametrize(("values", "kept", "refused"), FITTING)
def test_what_the_vocabulary_refuses_is_left_out_and_named(values: Part, kept: Part, refused: list[str]) -> None:
    expected = Container.model_validate({"image": "x", **kept})
    assert fitting(Container, {"image": "x", **values}) == (expected, refused)
