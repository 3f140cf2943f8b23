"""The networks that a service joins, and the names it has there."""

from typing import Any

from virtwright.stacks.compose.convert.draft import Draft, Entry
from virtwright.stacks.compose.convert.fields import Fields
from virtwright.stacks.compose.item import text_of
from virtwright.stacks.yaml.written import Reference

_USUAL = ("bridge", "default")
"""What holds for a container without networks."""


def joined(fields: Fields) -> dict[str, Fields]:
    """The networks of a service by name, those with a higher priority first; without any it joins ``default``."""
    if fields.get("network_mode") is not None:
        return {}
    networks = dict(fields.below("networks").entries())
    if not networks:
        return {"default": Fields(fields.item.beside({}), fields.at("networks", "default"), fields.books)}
    return dict(sorted(networks.items(), key=lambda pair: -_priority(pair[1])))


def _priority(fields: Fields) -> int:
    item = fields.get("priority")
    return int(text_of(item.value)) if item and str(item.value).removeprefix("-").isdigit() else 0  # type: ignore[arg-type]


def convert_networks(fields: Fields, entry: Entry, draft: Draft) -> None:
    mode = fields.text("network_mode")
    if mode is not None and mode not in _USUAL:
        entry.put("docker.network_mode", of_another(fields, "network_mode", mode, draft), fields, "network_mode")
    if mode is not None and fields.get("networks") is not None:
        item = fields.item.map["networks"]
        fields.books.wrong(item, fields.at("networks"), "network_mode and networks can't be said together")
    if entry.section == "services":
        fields.tell(
            "lost", "mac_address", "the hardware address, which the copies of a service can't share", "leave it out"
        )
        mac = None
    else:
        mac = fields.text("mac_address")
    for name, each in joined(fields).items():
        each.take("priority")  # the order of the networks
        if (special := _engine_network(name, draft)) is not None:
            entry.put("docker.network_mode", special if special not in _USUAL else None, each)
        elif draft.find("networks", draft.name("networks", name)) is not None:
            entry.add("networks", _attachment(name, each, entry, draft, mac), each)
            if mac is not None and each.get("mac_address") is None:
                index = len(entry.values["networks"]) - 1
                origin = (fields.item.map["mac_address"], fields.at("mac_address"))
                entry.origins["networks", f"[{index}]", "mac"] = origin
                mac = None
        else:
            each.tell_self("lost", f"membership in {name}, an unknown network", "declare it below networks")
    if mac is not None:
        fields.tell("lost", "mac_address", "the hardware address, which belongs to a network", "give it to a network")
    if entry.section == "services":
        for attachment in entry.values.get("networks", ()):
            _without_fixed(attachment, fields)


def _engine_network(name: str, draft: Draft) -> str | None:
    """Docker's own networks ``host``, ``bridge`` and ``none``, which Compose names as external ones."""
    item = draft.project.section("networks").get(name)
    external, named = (item.get("external"), item.get("name")) if item else (None, None)
    real = named.value if named else name
    return str(real) if external and external.value and real in ("host", "none", "bridge") else None


def _attachment(name: str, each: Fields, entry: Entry, draft: Draft, mac: str | None) -> Any:
    network = draft.name("networks", name)
    aliases = [alias for alias in each.texts("aliases") if alias != entry.name]
    long = {
        "network": network,
        "address": each.text("ipv4_address"),
        "address6": each.text("ipv6_address"),
        "mac": each.text("mac_address") or mac,
        "aliases": list(dict.fromkeys(aliases)) or None,
    }
    long = {key: value for key, value in long.items() if value is not None}
    return network if len(long) == 1 else long


def _without_fixed(attachment: Any, fields: Fields) -> None:
    if isinstance(attachment, dict):
        for key, word in (("address", "ipv4_address"), ("address6", "ipv6_address"), ("mac", "mac_address")):
            if attachment.pop(key, None) is not None:
                for _, each in fields.below("networks").entries():
                    each.tell(
                        "lost", word, "a fixed address, which the copies of a service can't share", "use its name"
                    )


def of_another(fields: Fields, key: str, mode: str, draft: Draft) -> str:
    """``service:db`` as the container that it has become."""
    kind, _, name = mode.partition(":")
    if kind != "service":
        return mode
    if name not in draft.project.section("services"):
        fields.books.wrong(fields.item.map[key], fields.at(key), f"there is no service {name!r}")
    return Reference(f"container:${{containers.{draft.name('services', name)}.name}}")


def add_aliases(service: str, aliases: list[str], draft: Draft) -> bool:
    """Give a service more names on its networks; False where it has no network of the stack."""
    entry = draft.container(service)
    assert entry is not None
    networks: list[Any] = entry.values.get("networks", [])
    for index, each in enumerate(networks):
        long = {"network": each} if isinstance(each, str) else each
        known = [*long.get("aliases", ()), *aliases]
        networks[index] = {**long, "aliases": list(dict.fromkeys(known))}
    return networks != []
