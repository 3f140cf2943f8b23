"""What runs in a service's tasks, in the terms of the inputs. Pure."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from virtwright.providers.docker.containers.foreign.process import health_values
from virtwright.providers.docker.containers.mapping import BILLION, mount, tmpfs
from virtwright.providers.docker.swarm.reading import said
from virtwright.schemas.docker_container import Tmpfs
from virtwright.schemas.model import Model
from virtwright.schemas.storage import Mount

Part = Mapping[str, Any]
M = TypeVar("M", bound=Model)
_RESTARTS: Final[Mapping[str | None, str]] = {"none": "no", "on-failure": "on-failure"}
_USUAL_DELAY: Final = 5 * BILLION
_USUAL_GRACE: Final = 10 * BILLION


def container_values(container: Part) -> dict[str, Any]:
    """Of ``ContainerSpec``: fields of the service but those of its block ``docker``."""
    values = {
        "image": named_image(container["Image"]),
        "entrypoint": container.get("Command"),
        "command": container.get("Args"),
        "hostname": container.get("Hostname"),
        "environment": dict(text.partition("=")[::2] for text in container.get("Env") or ()),
        "working_dir": container.get("Dir"),
        "user": container.get("User"),
        "read_only": container.get("ReadOnly"),
        "volumes": [each for each in map(_mount, container.get("Mounts") or ()) if each],
        "stop_signal": container.get("StopSignal"),
        "stop_timeout": (_USUAL_GRACE if (grace := container.get("StopGracePeriod")) is None else grace) / BILLION,
        "healthcheck": health_values(container.get("Healthcheck"), None),
        "capabilities": container.get("CapabilityAdd"),
        "drop_capabilities": container.get("CapabilityDrop"),
    }
    return {name: value for name, value in values.items() if value not in (None, "")}


def docker_values(template: Part) -> dict[str, Any]:
    """Of ``TaskTemplate``: the block ``docker``."""
    container, restart, log = (
        template["ContainerSpec"],
        template.get("RestartPolicy") or {},
        template.get("LogDriver") or {},
    )
    resolver, reserved = container.get("DNSConfig") or {}, (template.get("Resources") or {}).get("Reservations") or {}
    values = {
        "groups": container.get("Groups"),
        "tty": container.get("TTY"),
        "stdin_open": container.get("OpenStdin"),
        "tmpfs": [each for each in map(_tmpfs, container.get("Mounts") or ()) if each],
        "extra_hosts": dict(_host(each) for each in container.get("Hosts") or ()),
        "dns": resolver.get("Nameservers"),
        "dns_search": resolver.get("Search"),
        "dns_options": resolver.get("Options"),
        "init": container.get("Init"),
        "sysctls": container.get("Sysctls"),
        "ulimits": {
            each["Name"]: {"soft": each["Soft"], "hard": each["Hard"]} for each in container.get("Ulimits") or ()
        },
        "log_driver": log.get("Name"),
        "log_options": log.get("Options"),
        "cpu_reservation": reserved["NanoCPUs"] / BILLION if reserved.get("NanoCPUs") else None,
        "memory_reservation": reserved.get("MemoryBytes"),
        "restart_delay": restart["Delay"] / BILLION if restart.get("Delay") not in (None, _USUAL_DELAY) else None,
        "restart_attempts": restart.get("MaxAttempts") or None,
        "restart_window": restart["Window"] / BILLION if restart.get("Window") else None,
    }
    return {name: value for name, value in values.items() if value is not None}


def restart_value(template: Part) -> str:
    return _RESTARTS.get((template.get("RestartPolicy") or {}).get("Condition"), "unless-stopped")


def named_image(image: str) -> str:
    """Without the digest that a client found for its tag."""
    plain = image.partition("@")[0]
    return plain if ":" in plain.rpartition("/")[2] else image


def exact(model: type[M], values: Any, back: Callable[[M], Any], there: Any) -> Any:
    """``values``, where they make just what is ``there``; else None, and it has no word."""
    try:
        made = back(model.model_validate(values))
    except ValidationError:
        return None
    return values if said(made) == said(there) else None


def _mount(each: Part) -> dict[str, Any] | None:
    if not each.get("Source"):
        return None
    values = {each.get("Type"): each["Source"], "mount": each["Target"], "read_only": bool(each.get("ReadOnly"))}
    found: dict[str, Any] | None = exact(Mount, values, mount, each)
    return found


def _tmpfs(each: Part) -> dict[str, Any] | None:
    options = each.get("TmpfsOptions") or {}
    mode = f"{options['Mode']:04o}" if options.get("Mode") else None
    values = {"mount": each["Target"], "size": options.get("SizeBytes"), "mode": mode}
    found: dict[str, Any] | None = exact(Tmpfs, values, tmpfs, each)
    return found


def _host(text: str) -> tuple[str, str]:
    address, _, name = text.partition(" ")
    return name, address
