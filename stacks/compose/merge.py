"""Merging Compose documents that are in their long form.

Source of the rules: https://github.com/compose-spec/compose-spec/blob/main/13-merge.md.
"""

from collections.abc import Callable
from typing import Final

from virtwright.stacks.compose.item import Item, Steps, matches, plain, shown, text_of
from virtwright.stacks.yaml.problems import Problems

_REPLACED: Final = (
    "services.*.command",
    "services.*.entrypoint",
    "services.*.healthcheck.test",
    "services.*.ulimits.*",
)
"""Not merged: the later value counts."""


def merge(base: Item, over: Item, problems: Problems, path: Steps = ()) -> Item:
    """``base`` with what ``over`` says changed and added."""
    if over.tag == "!override" or base.value is None:
        return without_tags(over)
    if over.value is None and over.tag is None:
        return base
    if any(matches(path, pattern) for pattern in _REPLACED):
        return without_tags(over)
    if isinstance(base.value, dict) and isinstance(over.value, dict):
        if matches(path, "services.*.logging") and _differ(base, over, "driver"):
            return without_tags(over)
        return _merge_maps(base, over, problems, path)
    if isinstance(base.value, list) and isinstance(over.value, list):
        return _merge_lists(base, over, problems, path)
    if isinstance(base.value, list | dict) or isinstance(over.value, list | dict):
        where = base.where()
        problems.add(
            f"this can't be merged with what stands in {where}: one is a list or map and the other is not",
            over.spot.at,
            shown(path),
        )
    return without_tags(over)


def _differ(base: Item, over: Item, key: str) -> bool:
    one, other = base.get(key), over.get(key)
    return one is not None and other is not None and one.value != other.value


def _merge_maps(base: Item, over: Item, problems: Problems, path: Steps) -> Item:
    entries = dict(base.map)
    for key, each in over.map.items():
        if each.tag == "!reset":
            entries.pop(key, None)
        elif key in entries:
            entries[key] = merge(entries[key], each, problems, (*path, key))
        else:
            entries[key] = without_tags(each)
    return over.with_value(entries)


def _merge_lists(base: Item, over: Item, problems: Problems, path: Steps) -> Item:
    added = without_tags(over).sequence
    if matches(path, "networks.*.ipam.config"):
        by_subnet = {text_of(each.get("subnet").value): each for each in base.sequence if each.get("subnet")}  # type: ignore
        merged = []
        for each in added:
            subnet = each.get("subnet")
            same = by_subnet.pop(text_of(subnet.value), None) if subnet else None  # type: ignore[arg-type]
            merged.append(merge(same, each, problems, (*path, "[0]")) if same else each)
        return over.with_value([*by_subnet.values(), *merged])
    return unique(over.with_value([*base.sequence, *added]), path)


def without_tags(item: Item) -> Item:
    """What is left where nothing is overridden: ``!reset`` removes its own key."""
    made = Item(item.value, item.spot, item.key_spot, None, item.variable, item.filled_in)
    if isinstance(item.value, dict):
        return made.with_value({key: without_tags(each) for key, each in item.value.items() if each.tag != "!reset"})
    if isinstance(item.value, list):
        return made.with_value([without_tags(each) for each in item.value if each.tag != "!reset"])
    return made


def unique(item: Item, path: Steps = ()) -> Item:
    """Each entry of a list once; a later one with the same key takes the place of the earlier one."""
    if isinstance(item.value, dict):
        return item.with_value({key: unique(each, (*path, key)) for key, each in item.value.items()})
    if not isinstance(item.value, list):
        return item
    entries = [unique(each, (*path, f"[{index}]")) for index, each in enumerate(item.value)]
    key_of = next((key for pattern, key in _KEYS.items() if matches(path, pattern)), None)
    if key_of is None:
        return item.with_value(entries)
    found: dict[str, Item] = {}
    for each in entries:
        found[key_of(each)] = each
    return item.with_value(list(found.values()))


def _whole(item: Item) -> str:
    return str(plain(item))


def _name(item: Item) -> str:
    return _whole(item).partition("=")[0]


def _field(*names: str) -> Callable[[Item], str]:
    def key(item: Item) -> str:
        given = next((each for name in names if (each := item.get(name))), None)
        return _whole(item) if given is None else str(given.value)

    return key


def _secret_target(item: Item) -> str:
    target, source = item.get("target"), item.get("source")
    return str(target.value) if target else f"/run/secrets/{source.value if source else ''}"


def _port(item: Item) -> str:
    return ":".join(
        str(each.value) if (each := item.get(name)) else "" for name in ("host_ip", "published", "target", "protocol")
    )


_KEYS: Final[dict[str, Callable[[Item], str]]] = {
    "services.*.build.tags": _name,
    "services.*.cap_add": _name,
    "services.*.cap_drop": _name,
    "services.*.configs": _field("target", "source"),
    "services.*.devices": _field("target"),
    "services.*.dns": _name,
    "services.*.dns_opt": _name,
    "services.*.dns_search": _name,
    "services.*.env_file": _field("path"),
    "services.*.expose": _whole,
    "services.*.extra_hosts": _whole,
    "services.*.links": _whole,
    "services.*.networks.*.aliases": _whole,
    "services.*.networks.*.link_local_ips": _whole,
    "services.*.ports": _port,
    "services.*.profiles": _whole,
    "services.*.secrets": _secret_target,
    "services.*.tmpfs": _name,
    "services.*.volumes": _field("target"),
}
"""What makes two entries of a list the same one."""
