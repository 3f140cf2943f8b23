"""What a container mounts. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from virtwright.providers.docker.volumes.mapping import is_anonymous

Part = Mapping[str, Any]
_PLAIN: Final = frozenset({"rw", "ro", "rprivate"})
"""Options of a bind that are what a mount of the stack is anyway, or say what it says."""
_MEMORY_PLAIN: Final = frozenset({"", "rw", "noexec", "nosuid", "nodev"})
_MOUNT_PLAIN: Final = frozenset({"Type", "Source", "Target", "ReadOnly", "Consistency"})
_OPTIONS_PLAIN: Final = {"CreateMountpoint", "SizeBytes", "Mode", "Labels", "DriverConfig"}
"""They are told, or say nothing any more once the container is there."""


def mount_values(found: Part) -> list[dict[str, Any]]:
    """Named volumes and folders of the host, in the order of where they appear."""
    return [_mount(each) for each in _mounts(found) if _is_told(each)]


def tmpfs_values(host: Part) -> list[dict[str, Any]]:
    plain = [_tmpfs(path, options) for path, options in sorted((host.get("Tmpfs") or {}).items())]
    return plain + [_tmpfs_mount(each) for each in host.get("Mounts") or () if each.get("Type") == "tmpfs"]


def storage_unsaid(found: Part) -> Iterator[str]:
    """Settings without a word."""
    host = found["HostConfig"]
    for each in _mounts(found):
        if each.get("Type") == "volume" and not _is_told(each):
            yield f"Mounts: an anonymous volume at {each['Destination']}; it goes when the container goes"
        elif each.get("Type") not in ("volume", "bind", "tmpfs"):
            yield f"Mounts: {each.get('Type')} at {each['Destination']}"
    for bind in host.get("Binds") or ():
        yield from _odd("Binds", bind, bind.rpartition(":")[2], _PLAIN)
    for path, options in (host.get("Tmpfs") or {}).items():
        yield from _odd("Tmpfs", path, options, _MEMORY_PLAIN)
    for mount in host.get("Mounts") or ():
        more = {
            key for key, value in mount.items() if value and key not in _MOUNT_PLAIN and not isinstance(value, dict)
        }
        for options in (value for value in mount.values() if isinstance(value, dict)):
            more |= {
                key for key, value in options.items() if value and value != "rprivate" and key not in _OPTIONS_PLAIN
            }
        yield from (f"Mounts: {key} at {mount['Target']}" for key in sorted(more))


def _mounts(found: Part) -> list[Part]:
    return sorted(found.get("Mounts") or (), key=lambda each: each["Destination"])


def _is_told(each: Part) -> bool:
    named = each.get("Type") == "volume" and not is_anonymous(each)
    return named or each.get("Type") == "bind"


def _mount(each: Part) -> dict[str, Any]:
    source = {"volume": each["Name"]} if each["Type"] == "volume" else {"bind": each["Source"]}
    return {**source, "mount": each["Destination"], "read_only": not each.get("RW", True)}


def _tmpfs(path: str, text: str) -> dict[str, Any]:
    options = dict(option.partition("=")[::2] for option in text.split(","))
    return {"mount": path, "size": options.get("size") or None, "mode": options.get("mode") or None}


def _tmpfs_mount(mount: Part) -> dict[str, Any]:
    options = mount.get("TmpfsOptions") or {}
    mode = options.get("Mode")
    return {"mount": mount["Target"], "size": options.get("SizeBytes") or None, "mode": f"{mode:04o}" if mode else None}


def _odd(setting: str, what: str, options: str, plain: frozenset[str]) -> Iterator[str]:
    for option in options.split(","):
        if option not in plain and not option.startswith(("size=", "mode=") if setting == "Tmpfs" else "/"):
            yield f"{setting}: {option} of {what}"
