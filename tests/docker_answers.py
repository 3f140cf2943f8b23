"""What Docker answers, made from what it was asked for: with what the engine fills in, and in the words of its inspections."""

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, Final

from virtwright.providers.docker.client.answers import Answers
from virtwright.schemas.host import Host

ID: Final = "0123456789abcdef0123456789abcdef"
MIB: Final = 1024**2
_FILLED_IN: Final = {
    "Binds": None, "ContainerIDFile": "", "CgroupnsMode": "host", "Isolation": "", "OomScoreAdj": 0, "ShmSize": 64 * MIB,
    "Runtime": "runc", "IpcMode": "private", "PidMode": "", "UsernsMode": "", "Memory": 0, "NanoCpus": 0, "CpuShares": 0,
    "CpusetCpus": "", "MemorySwap": 0, "MemoryReservation": 0, "MemorySwappiness": None, "Dns": [], "DnsOptions": [],
    "DnsSearch": [], "ExtraHosts": None, "GroupAdd": None, "CapAdd": None, "CapDrop": None, "SecurityOpt": None,
    "Devices": [], "DeviceRequests": None, "Ulimits": [], "Sysctls": None, "CgroupParent": "", "VolumeDriver": "",
    "LogConfig": {"Type": "json-file", "Config": {}}, "MaskedPaths": ["/proc/kcore"], "ReadonlyPaths": ["/proc/bus"],
}  # fmt: skip
"""Of ``HostConfig``, by Docker 26 on control groups of version 1."""
INFO: Final = {"LoggingDriver": "json-file", "DefaultRuntime": "runc", "CgroupVersion": "1"}
"""Of ``GET /info``."""


def inspected(body: Mapping[str, Any], name: str = "shop_web", **more: Any) -> dict[str, Any]:
    """A running container that was made from the body of ``POST /containers/create``."""
    config = {key: value for key, value in body.items() if key not in ("HostConfig", "NetworkingConfig")}
    host = {**_FILLED_IN, **body["HostConfig"]}
    return {
        "Id": ID,
        "Name": f"/{name}",
        "Image": "sha256:feed",
        "Config": {
            "Domainname": "",
            "User": "",
            "WorkingDir": "",
            **config,
            "Hostname": config.get("Hostname") or ID[:12],
        },
        "HostConfig": {**host, "LogConfig": {**host["LogConfig"], "Type": host["LogConfig"]["Type"] or "json-file"}},
        "State": {"Status": "running", "Running": True, "ExitCode": 0},
        "Mounts": [_mounted(each) for each in host["Mounts"]],
        "NetworkSettings": {"Networks": _joined(body)},
        **more,
    }


def _joined(body: Mapping[str, Any]) -> dict[str, Any]:
    asked = body["NetworkingConfig"]["EndpointsConfig"]
    mode = body["HostConfig"]["NetworkMode"]
    plain = {"host": "host", "none": "none", "default": "bridge"}.get(mode)
    joined = asked or ({plain: {}} if plain else {})
    return {
        name: {
            "EndpointID": "e0",
            "IPAMConfig": None,
            "DriverOpts": None,
            "Links": None,
            "MacAddress": "02:42:0a:00:00:02",
            **each,
            "Aliases": [*each.get("Aliases", ()), ID[:12]] if name not in ("host", "none", "bridge") else None,
            "IPAddress": f"10.0.{index}.2",
        }
        for index, (name, each) in enumerate(joined.items())
    }


def _mounted(mount: Mapping[str, Any]) -> dict[str, Any]:
    asked = mount.get("Source", "")
    source = {"Name": asked, "Source": f"/var/lib/docker/volumes/{asked}/_data"} if mount["Type"] == "volume" else {}
    return {
        "Type": mount["Type"],
        "Source": asked,
        **source,
        "Destination": mount["Target"],
        "RW": not mount.get("ReadOnly", False),
    }


class FakeDocker:
    """A connection whose client is the test's own: it asks no engine."""

    def __init__(self, name: str = "a", **client: Callable[..., Any]) -> None:
        self.name = name
        self.host = Host(uri="docker:///")
        self.answers = Answers()
        self.address = object()
        """That of no other engine."""
        self.client = SimpleNamespace(**client)

    def call(self, what: str, work: Callable[[Any], Any], context: object = None, *, extra: float = 0.0) -> Any:
        return work(self.client)
