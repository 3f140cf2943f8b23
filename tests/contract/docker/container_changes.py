"""Changes of containers. The witness is the container itself, with its data on a volume."""

from typing import Any

from tests.contract.docker.asking import comes_back, container, has, inside, only_noted, says
from tests.contract.docker.items import ALONE, APP, BACK, SHOP, SIDE, STALL, WEB
from tests.contract.namespace.change import change
from tests.contract.namespace.items import altered
from tests.contract.subject import FieldChange
from tests.docker_lab import OTHER
from tests.programs import Item
from tests.waiting import until

from virtwright.providers.diff import Impact

LIVE, RECREATE = Impact.LIVE, Impact.RECREATE
MiB = 1024**2
CONF = {"path": "/etc/shop.conf", "content": "a=1\n"}
CHECK = {"command": ["touch", "/tmp/checked"], "interval": "1s"}
MOUNT = APP.inputs["volumes"][0]
TWO_NETWORKS = Item("Container", "web", {**WEB.inputs, "networks": [*WEB.inputs["networks"], "{side}"]},
                    ("back", "data", "side"))  # fmt: skip

ON_NETWORK = Item("Container", "app", {**APP.inputs, "docker": {}, "networks": ["{back}"]}, ("back", "data"))


def _app(*fields: str, impact: Impact = RECREATE, holds: Any, prior: dict[str, Any] | None = None, name: str = "",
         **inputs: Any) -> FieldChange:  # fmt: skip
    before = altered(APP, **prior) if prior else None
    return change(STALL, altered(before or APP, **inputs), impact, *fields, holds=holds, prior=before, name=name)


def _docker(field: str, value: Any, *, holds: Any, impact: Impact = RECREATE, path: str = "") -> FieldChange:
    return _app(
        path or f"docker.{field}", impact=impact, docker={**ALONE, field: value}, holds=holds, name=f"docker.{field}"
    )


def _web(*fields: str, impact: Impact = RECREATE, holds: Any, prior: dict[str, Any] | None = None, name: str = "",
         **inputs: Any) -> FieldChange:  # fmt: skip
    before = altered(WEB, **prior) if prior else None
    return change(SHOP, altered(before or WEB, **inputs), impact, *fields, holds=holds, prior=before, name=name)


def _checked(subject: Any) -> None:
    until("the new check runs", lambda: inside(subject.lab, "app", "ls /tmp/checked") == "/tmp/checked\n")


def _in_memory(subject: Any) -> None:
    found = container(subject.lab, "app")
    assert inside(subject.lab, "app", "cat /etc/shop.conf") == "a=1\n"
    assert "tmpfs" in inside(subject.lab, "app", "mount | grep shop.conf")
    assert "a=1" not in str(found)


def _published(subject: Any) -> None:
    subject.write_data("precious")
    until(
        "the new port answers",
        lambda: "precious" in subject.lab.run("sh", "-c", "busybox wget -qO- http://10.40.0.1:8081/precious || true"),
    )
    assert subject.lab.run("sh", "-c", "busybox wget -qO- http://10.40.0.1:8080/ 2>&1 || echo no").endswith("no\n")


def _found_by(name: str) -> Any:
    return says("web", f"nslookup {name} 127.0.0.11", "10.40.0.10")


CHANGES: tuple[FieldChange, ...] = (
    _app("command[1]", command=["sleep", "999"], holds=says("app", "cat /proc/1/cmdline", "999")),
    _app("command", "entrypoint", command=["1001"], entrypoint=["sleep"], name="entrypoint",
         holds=says("app", "cat /proc/1/cmdline", "1001")),
    _app("image", image=OTHER, holds=says("app", "cat /etc/release", "two")),
    _app("environment.MODE", environment={"MODE": "new"}, holds=says("app", "cat /proc/1/environ", "MODE=new")),
    _app("working_dir", working_dir="/tmp", holds=says("app", "readlink /proc/1/cwd || pwd", "/tmp")),
    _app("user", user="1234", holds=says("app", "id -u", "1234")),
    _app("hostname", hostname="front", holds=says("app", "hostname", "front")),
    _web("ports[0].host_port", prior={"ports": ["8080:80"]}, ports=["8081:80"], holds=_published),
    _web("networks[0].address", impact=LIVE, networks=[{"network": "{back}", "address": "10.40.0.77"}],
         holds=says("web", "ip addr", "10.40.0.77", without="10.40.0.10/")),
    _web("networks[0].aliases", impact=LIVE, networks=[{**WEB.inputs["networks"][0], "aliases": ["store"]}],
         holds=_found_by("store")),
    _web("networks[0].mac", networks=[{**WEB.inputs["networks"][0], "mac": "02:00:00:00:00:05"}],
         holds=says("web", "ip link", "02:00:00:00:00:05")),
    change((*SHOP, SIDE), TWO_NETWORKS, LIVE, "networks", name="networks-joined", holds=says("web", "ip addr", "10.50.0.")),
    change((*SHOP, SIDE), WEB, LIVE, "networks", prior=TWO_NETWORKS, name="networks-left",
           holds=says("web", "ip addr", without="10.50.0.")),
    _app("volumes[0].read_only", volumes=[{**MOUNT, "read_only": True}], holds=says("app", "mount | grep /data", "ro,")),
    _app("volumes", volumes=[MOUNT, {"bind": "/usr/share", "mount": "/share"}], name="volumes-bind",
         holds=says("app", "ls /share", "doc")),
    _app("files", files=[CONF], holds=says("app", "cat /etc/shop.conf", "a=1")),
    _app("files[0].content", prior={"files": [CONF]}, files=[{**CONF, "content": "a=2\n"}],
         holds=says("app", "cat /etc/shop.conf", "a=2")),
    _app("files", files=[{**CONF, "in_memory": True}], name="files-in-memory", holds=_in_memory),
    _app("resources.memory", impact=LIVE, resources={"memory": "48MiB"},
         holds=says("app", "cat /sys/fs/cgroup/memory/memory.limit_in_bytes || cat /sys/fs/cgroup/memory.max", str(48 * MiB))),
    _app("resources.memory", impact=LIVE, prior={"resources": {"memory": "48MiB"}}, resources={"memory": "200MiB"},
         name="resources.memory-more", holds=has("app", "HostConfig", "MemorySwap", value=400 * MiB)),
    _app("resources.pids", impact=LIVE, resources={"pids": 77}, holds=has("app", "HostConfig", "PidsLimit", value=77)),
    _app("resources.cpus", impact=LIVE, resources={"cpus": 0.5}, holds=has("app", "HostConfig", "NanoCpus", value=5 * 10**8)),
    _app("resources.cpus", prior={"resources": {"cpus": 0.5}}, resources={}, name="resources.cpus-lifted",
         holds=has("app", "HostConfig", "NanoCpus", value=0)),
    _app("resources.pids", impact=LIVE, prior={"resources": {"pids": 50}}, resources={}, name="resources.pids-lifted",
         holds=says("app", "cat /sys/fs/cgroup/pids/pids.max || cat /sys/fs/cgroup/pids.max", "max")),
    _app("restart", impact=LIVE, restart="no", name="restart-no",
         holds=has("app", "HostConfig", "RestartPolicy", "Name", value="no")),
    _app("restart", impact=LIVE, prior={"restart": "no"}, restart="always", name="restart-always", holds=comes_back("app")),
    _app("healthcheck", healthcheck=CHECK, holds=_checked),
    _app("stop_signal", stop_signal="SIGUSR1", holds=has("app", "Config", "StopSignal", value="SIGUSR1")),
    _app("stop_timeout", stop_timeout="3s", prior={"stop_timeout": "1s"},
         holds=has("app", "Config", "StopTimeout", value=3)),
    _app("capabilities", capabilities=["CAP_NET_ADMIN"], holds=has("app", "HostConfig", "CapAdd", value=["CAP_NET_ADMIN"])),
    _app("drop_capabilities", drop_capabilities=["ALL"],
         holds=says("app", "grep CapEff /proc/1/status", "0000000000000000")),
    _app("read_only", read_only=True, holds=says("app", "touch /x 2>&1", "Read-only")),
    _app("labels.a", labels={"a": "b"}, holds=has("app", "Config", "Labels", "a", value="b")),
    _app("description", impact=LIVE, description="the front", holds=only_noted),
    _app("wait_for", impact=LIVE, wait_for={"completed": False}, holds=only_noted),
    _docker("privileged", True, holds=says("app", "mount -t tmpfs none /tmp && echo allowed", "allowed")),
    _docker("network_mode", "host", holds=says("app", "ls /sys/class/net || ip link", "docker0")),
    change((BACK, *STALL), ON_NETWORK, RECREATE, "docker.network_mode", "networks", name="docker.network_mode-lifted",
           holds=says("app", "ip addr", "10.40.0.")),
    _docker("init", True, holds=says("app", "cat /proc/1/cmdline", "init")),
    _docker("tmpfs", [{"mount": "/fast", "size": "1MiB"}], holds=says("app", "mount | grep /fast", "size=1024k")),
    _docker("sysctls", {"net.core.somaxconn": "99"}, path="docker.sysctls.net.core.somaxconn",
            holds=says("app", "cat /proc/sys/net/core/somaxconn", "99")),
    _docker("ulimits", {"nofile": {"soft": 100, "hard": 200}}, path="docker.ulimits.nofile",
            holds=says("app", "ulimit -n", "100")),
    _docker("extra_hosts", {"store": "10.1.2.3"}, path="docker.extra_hosts.store",
            holds=says("app", "cat /etc/hosts", "10.1.2.3\tstore")),
    _docker("cpu_shares", 512, impact=LIVE, holds=has("app", "HostConfig", "CpuShares", value=512)),
    _docker("cpu_set", "0", impact=LIVE, holds=says("app", "grep Cpus_allowed_list /proc/1/status", "\t0\n")),
    _app("docker.memory_swap", impact=LIVE, prior={"resources": {"memory": "64MiB"}}, resources={"memory": "64MiB"},
         docker={**ALONE, "memory_swap": "96MiB"}, holds=has("app", "HostConfig", "MemorySwap", value=96 * MiB)),
    _docker("memory_reservation", "32MiB", impact=LIVE, holds=has("app", "HostConfig", "MemoryReservation", value=32 * MiB)),
)  # fmt: skip
