"""What an engine says of itself, for ``virtwright host check``."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from virtwright.providers.base import HostFact
from virtwright.providers.docker.client.connection import OLDEST_API, DockerConnection
from virtwright.providers.docker.operating.disk import free_space

_LEAST_FREE: Final = 1024**3
_GOOD_DRIVERS: Final = ("overlay2", "overlay", "fuse-overlayfs", "btrfs", "zfs", "overlayfs", "windowsfilter")
_HINTS: Final = {
    "swap limit": "limits of memory hold, those of swap do not; on a kernel of your own, boot with\n    swapaccount=1",
    "bridge-nf-call": "containers on one bridge are not filtered:\n    modprobe br_netfilter",
    "ip_forward": "containers can't be reached, nor reach out:\n    sysctl -w net.ipv4.ip_forward=1",
    "IPv4 forwarding": "containers can't be reached, nor reach out:\n    sysctl -w net.ipv4.ip_forward=1",
    "insecurely": "whoever reaches the port is root on the host; let the engine ask for certificates (tlsverify)",
    "cgroup": "limits of that sort are not held; enable the control group's controller on the host",
}
"""What to do about a warning, by a word of it."""


def engine_facts(docker: DockerConnection) -> list[HostFact]:
    """Raises ``HostError`` where the engine can't be reached."""
    version = docker.call("ask for its version", lambda client: client.version())
    info = docker.call("ask about itself", lambda client: client.info())
    spoken = docker.client._version
    return [
        HostFact("engine", f"{docker.engine} {version.get('Version', '?')} at {docker.address}"),
        HostFact("API", f"{spoken} (at most {version.get('ApiVersion')}, at least {OLDEST_API} is needed)"),
        HostFact("system", f"{info.get('OperatingSystem')}, {info.get('Architecture')}, {info.get('NCPU')} CPUs, "
                 f"{_gib(info.get('MemTotal') or 0)}"),
        _storage(info),
        HostFact("cgroups", f"v{info.get('CgroupVersion', '1')}, driver {info.get('CgroupDriver')}",
                 info.get("CgroupDriver") != "none", "limits are not held: a rootless engine needs cgroups v2"),
        _rootless(info),
        *_disk(docker, info),
        *(_warning(text) for text in info.get("Warnings") or ()),
    ]  # fmt: skip


def _storage(info: Mapping[str, Any]) -> HostFact:
    driver = str(info.get("Driver"))
    hint = "each container is a full copy of its image; let the engine use overlay2"
    return HostFact("storage driver", driver, driver in _GOOD_DRIVERS, hint)


def _rootless(info: Mapping[str, Any]) -> HostFact:
    rootless = any("rootless" in option for option in info.get("SecurityOptions") or ())
    return HostFact("rootless", "yes: ports below 1024 and some settings may be refused" if rootless else "no")


def _disk(docker: DockerConnection, info: Mapping[str, Any]) -> Iterator[HostFact]:
    folder = str(info.get("DockerRootDir") or "/")
    free = free_space(docker, folder)
    if free is not None:
        hint = f"make room below {folder}; to see what takes it:\n    docker system df"
        yield HostFact("free disk", f"{_gib(free)} below {folder}", free >= _LEAST_FREE, hint)


def _warning(text: str) -> HostFact:
    plain = text.removeprefix("WARNING: ").strip()
    hint = next((hint for word, hint in _HINTS.items() if word in plain), "see the documentation of the engine")
    return HostFact("warning", plain, False, hint)


def _gib(size: int) -> str:
    return f"{size / 1024**3:.1f}GiB"
