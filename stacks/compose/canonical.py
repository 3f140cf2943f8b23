"""Short forms written out: the one form of each key that the rest of this package knows."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from virtwright.stacks.compose import shellwords
from virtwright.stacks.compose.item import Item, Steps, matches, shown, text_of
from virtwright.stacks.compose.mounts import parse_mount
from virtwright.stacks.compose.ports import parse_ports
from virtwright.stacks.yaml.problems import Problems

Change = Callable[[Item], Item]
"""Raises ``ValueError``."""


class FormError(ValueError):
    """A value has a form that its key does not allow."""


def canonical(root: Item, problems: Problems) -> Item:
    """A document in its long form. What can't be read becomes null, and a problem."""
    return _canonical(root, (), problems)


def _canonical(item: Item, path: Steps, problems: Problems) -> Item:
    if item.tag == "!reset":
        return item
    for pattern, change in _CHANGES.items():
        if item.value is not None and matches(path, pattern):
            try:
                changed = change(item)
                item = changed if changed.tag or not item.tag else replace(changed, tag=item.tag)
            except ValueError as error:
                problems.add(str(error), item.spot.at, shown(path))
                return item.with_value(None)
    if isinstance(item.value, dict):
        return item.with_value({key: _canonical(each, (*path, key), problems) for key, each in item.value.items()})
    if isinstance(item.value, list):
        return item.with_value([_canonical(each, (*path, f"[{i}]"), problems) for i, each in enumerate(item.value)])
    return item


def _pairs(item: Item) -> Item:
    """``[A=1, B]`` as a map; a name alone has no value."""
    if isinstance(item.value, dict):
        return item
    entries: dict[str, Item] = {}
    for each in _texts(item):
        name, separator, value = text_of(each.value).partition("=")  # type: ignore[arg-type]
        entries[name] = Item(value if separator else None, each.spot, each.spot, each.tag, each.variable)
    return item.with_value(entries)


def _labels(item: Item) -> Item:
    pairs = _pairs(item)
    return pairs.with_value(
        {key: each.with_value("") if each.value is None and not each.tag else each for key, each in pairs.map.items()}
    )


def _texts(item: Item) -> list[Item]:
    if not isinstance(item.value, list) or any(isinstance(each.value, list | dict) for each in item.value):
        raise FormError("expected a list of texts or a map")
    return item.value


def _names(item: Item) -> Item:
    """``[a, b]`` as a map from names to nothing."""
    if isinstance(item.value, dict):
        return item
    return item.with_value({text_of(each.value): Item(None, each.spot, each.spot) for each in _texts(item)})  # type: ignore[arg-type]


def _dependencies(item: Item) -> Item:
    entries = {}
    for name, each in _names(item).map.items():
        if each.value is not None and not isinstance(each.value, dict):
            raise FormError("expected a list of services, or a map from services to conditions")
        entries[name] = each.with_value({**_default(each, condition="service_started", required=True), **each.map})
    return item.with_value(entries)


def _default(item: Item, **values: Any) -> dict[str, Item]:
    return {name: item.beside(value, filled_in=True) for name, value in values.items()}


def _listed(item: Item) -> Item:
    return item if isinstance(item.value, list) else Item([item.beside(item.value)], item.spot, item.key_spot, item.tag)


def _hosts(item: Item) -> Item:
    """A map or a list with ``:`` or ``=`` as a list with ``=``."""
    if isinstance(item.value, list):
        return item.with_value([each.with_value(_host(text_of(each.value))) for each in _texts(item)])  # type: ignore[arg-type]
    if not isinstance(item.value, dict):
        raise FormError("expected a list, as [db:10.0.0.5], or a map from names to addresses")
    return item.with_value(
        [
            one.with_value(f"{name}={_unbracketed(text_of(one.value))}")  # type: ignore[arg-type]
            for name, each in item.value.items()
            for one in (each.sequence if isinstance(each.value, list) else [each])
        ]
    )


def _host(text: str) -> str:
    separator = "=" if "=" in text else ":"
    name, found, address = text.partition(separator)
    if not found or not name or not address:
        raise FormError(f"{text!r} is no host: write NAME:ADDRESS")
    return f"{name}={_unbracketed(address)}"


def _unbracketed(address: str) -> str:
    return address[1:-1] if address.startswith("[") and address.endswith("]") else address


def _ports(item: Item) -> Item:
    if not isinstance(item.value, list):
        raise FormError("expected a list of ports")
    return item.with_value([port for each in item.value for port in _port(each)])


def _port(item: Item) -> list[Item]:
    if isinstance(item.value, dict):
        return [item.with_value({**item.value, **_missing(item, protocol="tcp", mode="ingress")})]
    if isinstance(item.value, bool | list | None):
        raise FormError("expected a port, as 8080:80")
    made = []
    for port in parse_ports(text_of(item.value)):
        written = {
            "target": port.target,
            "published": port.published,
            "host_ip": port.host_ip,
            "protocol": port.protocol,
        }
        entries = {key: item.beside(value) for key, value in written.items() if value is not None}
        made.append(item.beside({**entries, **_missing(item.beside(dict(entries)), mode="ingress")}))
    return made


def _missing(item: Item, **values: Any) -> dict[str, Item]:
    return {name: each for name, each in _default(item, **values).items() if name not in item.map}


def _mount(item: Item) -> Item:
    if not isinstance(item.value, str):
        return item
    return item.beside(_tree(item, parse_mount(item.value)))


def _tree(item: Item, values: Any) -> dict[str, Item]:
    return {key: item.beside(_tree(item, value) if isinstance(value, dict) else value) for key, value in values.items()}


def _env_file(item: Item) -> Item:
    files = _listed(item)
    return files.with_value(
        [
            each.with_value({**each.map, **_missing(each, required=True)})
            if isinstance(each.value, dict)
            else each.beside({"path": each.beside(each.value), **_default(each, required=True)})
            for each in files.sequence
        ]
    )


def _source(item: Item) -> Item:
    if isinstance(item.value, dict):
        return item
    return item.beside({"source": item.beside(item.value)})


def _device(item: Item) -> Item:
    if not isinstance(item.value, str):
        return item
    source, _, rest = item.value.partition(":")
    target, _, permissions = rest.partition(":")
    device = item.beside({"source": item.beside(source), "target": item.beside(target or source)})
    extra = {"permissions": item.beside(permissions)} if permissions else _default(item, permissions="rwm")
    return device.with_value({**device.map, **extra})


def _command(item: Item) -> Item:
    if not isinstance(item.value, str):
        return _arguments(item)
    try:
        words, rest = shellwords.split(item.value)
    except shellwords.SplitError as error:
        raise FormError(f"this command can't be split into words: {error}; write it as a list") from error
    made = [item.beside(word) for word in words]
    return item.with_value([*made, *([item.beside({"dropped": item.beside(rest)})] if rest else [])])


def _arguments(item: Item) -> Item:
    if isinstance(item.value, dict):
        raise FormError("expected a text or a list of texts")
    return item


def _test(item: Item) -> Item:
    if isinstance(item.value, str):
        return item.with_value([item.beside("CMD-SHELL", filled_in=True), item.beside(item.value)])
    return item


def _context(item: Item) -> Item:
    return item if isinstance(item.value, dict) else item.beside({"context": item.beside(item.value)})


def _service_name(item: Item) -> Item:
    return item if isinstance(item.value, dict) else item.beside({"service": item.beside(item.value)})


def _gpus(item: Item) -> Item:
    if isinstance(item.value, list):
        return item
    return item.with_value([item.beside({"count": item.beside(item.value)})])


def _external(item: Item) -> Item:
    """The old form ``external: {name: x}``."""
    external = item.map.get("external")
    if external is None or not isinstance(external.value, dict):
        return item
    name = external.get("name")
    return item.with_value(
        {
            "external": external.beside(True),
            **({"name": name} if name else {}),
            **{k: v for k, v in item.map.items() if k != "external"},
        }
    )


_CHANGES: Final[dict[str, Change]] = {
    "include": _listed,
    "services.*.annotations": _labels,
    "services.*.build": _context,
    "services.*.build.args": _pairs,
    "services.*.build.additional_contexts": _pairs,
    "services.*.build.extra_hosts": _hosts,
    "services.*.build.labels": _labels,
    "services.*.command": _command,
    "services.*.configs.*": _source,
    "services.*.depends_on": _dependencies,
    "services.*.deploy.labels": _labels,
    "services.*.devices.*": _device,
    "services.*.dns": _listed,
    "services.*.dns_opt": _listed,
    "services.*.dns_search": _listed,
    "services.*.entrypoint": _command,
    "services.*.env_file": _env_file,
    "services.*.environment": _pairs,
    "services.*.extends": _service_name,
    "services.*.extra_hosts": _hosts,
    "services.*.gpus": _gpus,
    "services.*.healthcheck.test": _test,
    "services.*.label_file": _listed,
    "services.*.labels": _labels,
    "services.*.networks": _names,
    "services.*.ports": _ports,
    "services.*.secrets.*": _source,
    "services.*.sysctls": _pairs,
    "services.*.tmpfs": _listed,
    "services.*.volumes.*": _mount,
    "networks.*": _external,
    "networks.*.labels": _labels,
    "volumes.*": _external,
    "volumes.*.labels": _labels,
    "secrets.*": _external,
    "secrets.*.labels": _labels,
    "configs.*": _external,
    "configs.*.labels": _labels,
}
"""What is done with the values at a path, in this order from the outside in."""
