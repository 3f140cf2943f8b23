"""From checked inputs back to what a person would write for them: without defaults, with shorthands and units."""

from typing import Any, Final

from virtwright.schemas.fields import find
from virtwright.schemas.model import Model
from virtwright.schemas.values import Path
from virtwright.stacks.yaml.written import Duration, Reference, Size

_SHELL: Final = ["/bin/sh", "-c"]


def written_values(inputs: Model) -> dict[str, Any]:
    """What stands in the stack for ``inputs``; what is a default anyway is left out."""
    values = inputs.model_dump(by_alias=True, exclude_defaults=True, warnings=False)
    values = {name: _with_units(type(inputs), (name,), value) for name, value in values.items()}
    shorter = {"ports": _port, "volumes": _mount, "networks": _network}
    for field, shorten in shorter.items():
        if field in values:
            values[field] = [shorten(each) for each in values[field]]
    if "command" in values:
        values["command"] = _command(values["command"])
    if "healthcheck" in values:
        check = values["healthcheck"]
        short = {"command": _command(check["command"])} if "command" in check else {}
        values["healthcheck"] = "none" if check.get("disabled") else {**check, **short}
    if isinstance(values.get("source"), dict) and [*values["source"]] == ["registry"]:
        values["source"] = values["source"]["registry"]
    return values


def _with_units(model: type[Model], path: Path, value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _with_units(model, (*path, name), each) for name, each in value.items()}
    if isinstance(value, list):
        return [_with_units(model, (*path, index), each) for index, each in enumerate(value)]
    unit = find(model, path).unit if isinstance(value, int | float) else None
    return Size(value) if unit == "size" else Duration(value) if unit == "duration" else value


def _command(words: list[str]) -> Any:
    return words[2] if len(words) == 3 and words[:2] == _SHELL else words


def _port(port: dict[str, Any]) -> Any:
    if port.get("mode"):
        return port
    address = port.get("host_address")
    before = f"[{address}]:" if address and ":" in address else f"{address}:" if address else ""
    protocol = f"/{port['protocol']}" if port.get("protocol", "tcp") != "tcp" else ""
    return f"{before}{port.get('host_port') or port['port']}:{port['port']}{protocol}"


def _mount(mount: dict[str, Any]) -> Any:
    source, target = mount.get("volume") or mount.get("bind"), mount["mount"]
    if isinstance(source, Reference) or any(":" in str(each) or "$" in str(each) for each in (source, target)):
        return mount
    return f"{source}:{target}{':ro' if mount.get('read_only') else ''}"


def _network(join: dict[str, Any]) -> Any:
    return join["network"] if [*join] == ["network"] else join
