"""What of ``HostConfig`` the vocabulary has a word for, and what it has not. Pure.

https://docs.docker.com/reference/api/engine/version/v1.45/#tag/Container/operation/ContainerInspect
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from virtwright.lazy_dataclasses import dataclass

Part = Mapping[str, Any]
_SHM: Final = 64 * 1024**2
_TOLD: Final = frozenset((
    "Binds", "Mounts", "Tmpfs", "NetworkMode", "PortBindings", "RestartPolicy", "CapAdd", "CapDrop", "Dns", "DnsOptions",
    "DnsSearch", "ExtraHosts", "GroupAdd", "IpcMode", "OomScoreAdj", "PidMode", "Privileged", "ReadonlyRootfs",
    "SecurityOpt", "UsernsMode", "ShmSize", "Sysctls", "Runtime", "CpuShares", "Memory", "NanoCpus", "CgroupParent",
    "CpusetCpus", "Devices", "DeviceRequests", "MemoryReservation", "MemorySwap", "PidsLimit", "Ulimits", "Init",
    "LogConfig", "MaskedPaths", "ReadonlyPaths",
    "ContainerIDFile", "ConsoleSize", "KernelMemory", "KernelMemoryTCP",
))  # fmt: skip
"""Told by the inputs, looked at more closely below, or about whoever made the container."""
_USUAL: Final = {"Isolation": ("default",), "MemorySwappiness": (-1,)}
"""What is usual, where that is not empty."""
_LABEL_OFF: Final = "label=disable"
"""The engine adds it by itself to containers that share a namespace with the host."""


@dataclass(frozen=True, slots=True)
class Daemon:
    """What the engine chooses where nothing is said. From ``GET /info``."""

    log_driver: str
    runtime: str
    cgroup_version: str

    @classmethod
    def of(cls, info: Part) -> "Daemon":
        return cls(
            info.get("LoggingDriver") or "json-file",
            info.get("DefaultRuntime") or "runc",
            info.get("CgroupVersion") or "1",
        )


def setting_values(config: Part, host: Part, daemon: Daemon) -> dict[str, Any]:
    """The block ``docker``, but for the memory's file systems and the limits that change while it runs."""
    log = host.get("LogConfig") or {}
    options = log.get("Config") or {}
    mode = host.get("NetworkMode") or ""
    shm = host.get("ShmSize") or _SHM
    return {
        "privileged": bool(host.get("Privileged")),
        "init": host.get("Init"),
        "tty": bool(config.get("Tty")),
        "stdin_open": bool(config.get("OpenStdin")),
        "runtime": host.get("Runtime") if host.get("Runtime") != daemon.runtime else None,
        "network_mode": mode if mode in ("host", "none") or mode.startswith("container:") else None,
        "pid_mode": host.get("PidMode") or None,
        "ipc_mode": host.get("IpcMode") if host.get("IpcMode") != "private" else None,
        "user_namespace_mode": host.get("UsernsMode") or None,
        "extra_hosts": dict(_extra_host(each) for each in host.get("ExtraHosts") or ()),
        "dns": host.get("Dns") or [],
        "dns_search": host.get("DnsSearch") or [],
        "dns_options": host.get("DnsOptions") or [],
        "domain_name": config.get("Domainname") or None,
        "groups": host.get("GroupAdd") or [],
        "devices": [_device(each) for each in host.get("Devices") or ()],
        "gpus": next((each["Count"] for each in host.get("DeviceRequests") or () if _is_gpu(each)), None),
        "shm_size": shm if shm != _SHM else None,
        "sysctls": host.get("Sysctls") or {},
        "ulimits": {e["Name"]: {"soft": e["Soft"], "hard": e["Hard"]} for e in host.get("Ulimits") or ()},
        "security_options": _security(host),
        "cgroup_parent": host.get("CgroupParent") or None,
        "oom_score": host.get("OomScoreAdj") or None,
        "log_driver": log.get("Type") if options or log.get("Type") != daemon.log_driver else None,
        "log_options": options,
    }


def port_values(host: Part) -> list[dict[str, Any]]:
    found = []
    for key, bindings in (host.get("PortBindings") or {}).items():
        port, _, protocol = key.partition("/")
        for each in bindings or ():
            if _is_port(key, each):
                found.append(
                    {"port": int(port), "protocol": protocol, "host_port": int(each["HostPort"]),
                     "host_address": each.get("HostIp") or None}
                )  # fmt: skip
    return sorted(found, key=lambda each: (each["port"], each["protocol"]))


def setting_unsaid(host: Part, daemon: Daemon) -> Iterator[str]:
    """Settings without a word, with their values."""
    for name, value in sorted(host.items()):
        if name not in _TOLD and value and value not in _usual(name, daemon):
            yield f"{name}: {value}"
    for key, bindings in (host.get("PortBindings") or {}).items():
        for each in bindings or ():
            if not _is_port(key, each):
                yield f"PortBindings: {key} at {each.get('HostPort') or 'a free port'}"
    policy = host.get("RestartPolicy") or {}
    if policy.get("MaximumRetryCount"):
        yield f"RestartPolicy: at most {policy['MaximumRetryCount']} times"
    if host.get("MemorySwap") == -1 and host.get("Memory"):
        yield "MemorySwap: without a limit"
    for name in ("MaskedPaths", "ReadonlyPaths"):
        if host.get(name) == [] and not host.get("Privileged"):
            yield f"{name}: none"
    names = [text.partition(":")[0] for text in host.get("ExtraHosts") or ()]
    yield from (
        f"ExtraHosts: {name} has several addresses" for name in sorted({n for n in names if names.count(n) > 1})
    )
    yield from (f"DeviceRequests: {each}" for each in host.get("DeviceRequests") or () if not _is_gpu(each))


def _usual(name: str, daemon: Daemon) -> tuple[Any, ...]:
    if name == "CgroupnsMode":
        return ("host" if daemon.cgroup_version == "1" else "private",)
    return _USUAL.get(name, ())


def _extra_host(text: str) -> tuple[str, str]:
    name, _, address = text.partition("=" if "=" in text else ":")
    return name, address.removeprefix("[").removesuffix("]")


def _device(each: Part) -> dict[str, Any]:
    return {
        "host": each["PathOnHost"],
        "path": each["PathInContainer"] if each["PathInContainer"] != each["PathOnHost"] else None,
        "permissions": each["CgroupPermissions"],
    }


def _is_gpu(each: Part) -> bool:
    return each.get("Capabilities") == [["gpu"]] and not each.get("DeviceIDs") and not each.get("Driver")


def _security(host: Part) -> list[str]:
    shares = host.get("Privileged") or "host" in (host.get("PidMode"), host.get("IpcMode"))
    return [each for each in host.get("SecurityOpt") or () if not (shares and each == _LABEL_OFF)]


def _is_port(key: str, binding: Part) -> bool:
    return key.endswith(("/tcp", "/udp")) and str(binding.get("HostPort")).isdigit() and binding["HostPort"] != "0"
