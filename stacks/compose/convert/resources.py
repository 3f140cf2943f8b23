"""The networks and volumes of a project."""

from virtwright.stacks.compose.convert.draft import Draft, Entry
from virtwright.stacks.compose.convert.fields import Fields
from virtwright.stacks.compose.convert.links import joined

_UNUSED = "no active service uses it, so that Compose would not make it: left out"
_BRIDGE = "com.docker.network.bridge.name"
_MASQUERADE = "com.docker.network.bridge.enable_ip_masquerade"
_MTU = "com.docker.network.driver.mtu"


def convert_networks(draft: Draft, services: dict[str, Fields]) -> None:
    used = {name for fields in services.values() for name in joined(fields)}
    declared = dict(draft.fields("networks"))
    for name, fields in declared.items():
        if name not in used:
            _leave_out(fields, _UNUSED)
        elif _is_external(fields):
            _external(fields, draft)
        else:
            _network(fields, draft.entry("networks", draft.name("networks", name)), draft)
    if "default" in used and "default" not in declared:
        draft.entry("networks", "default")


def convert_volumes(draft: Draft, services: dict[str, Fields]) -> None:
    used = {
        str(source.value)
        for fields in services.values()
        for each in fields.each("volumes")
        if (source := each.get("source")) is not None
    }
    for name, fields in draft.fields("volumes"):
        if name not in used:
            _leave_out(fields, _UNUSED)
        elif _is_external(fields):
            _external(fields, draft)
        else:
            _volume(fields, draft.entry("volumes", draft.name("volumes", name)))


def account_for_files(draft: Draft, services: dict[str, Fields]) -> None:
    """Configs and secrets that nobody uses."""
    for kind in ("configs", "secrets"):
        used = {
            str(source.value)
            for fields in services.values()
            for each in fields.each(kind)
            if (source := each.get("source")) is not None
        }
        for name, fields in draft.fields(kind):
            if name not in used:
                _leave_out(fields, "no active service uses it: left out")
            elif _is_external(fields):
                fields.tell_self("lost", "is kept by the Swarm already", "give its content here: file or content")


def _leave_out(fields: Fields, means: str) -> None:
    if fields.item.value is not None:
        fields.tell_self("note", means)


def _is_external(fields: Fields) -> bool:
    external = fields.get("external")
    return external is not None and external.value is not False


def _external(fields: Fields, draft: Draft) -> None:
    section, own = fields.path[0], fields.path[1]
    name = fields.get("name")
    if section == "networks" and (name.value if name else own) in ("host", "none", "bridge"):
        fields.books.ledger.use(fields.item)  # its members have it as their network_mode
        return
    fields.take("external")
    entry = draft.entry(section, draft.name(section, own))
    if name is None:
        entry.put("existing", own, fields)
    else:
        entry.put("existing", fields.text("name"), fields, "name")


def _network(fields: Fields, entry: Entry, draft: Draft) -> None:
    _named(fields)
    driver = fields.text("driver")
    usual = "overlay" if draft.swarm else "bridge"
    entry.put("docker.driver", driver if driver not in (usual, "default") else None, fields, "driver")
    entry.put("docker.attachable", fields.boolean("attachable") or None, fields, "attachable")
    options = fields.pairs("driver_opts")
    _mode(fields, entry, options)
    mtu = options.get(_MTU)
    if mtu is not None and mtu.isdigit():
        entry.put("mtu", int(options.pop(_MTU)), fields, "driver_opts")
    if _BRIDGE in options:
        entry.put("bridge", options.pop(_BRIDGE), fields, "driver_opts")
    if "encrypted" in options:
        entry.put("docker.encrypted", options.pop("encrypted") not in ("false", "0") or None, fields, "driver_opts")
    entry.put("docker.options", options, fields, "driver_opts")
    entry.put("labels", fields.pairs("labels"), fields, "labels")
    v4 = fields.get("enable_ipv4")
    if v4 is None or v4.value is not False:
        fields.take("enable_ipv4")
    _addresses(fields, entry)


def _mode(fields: Fields, entry: Entry, options: dict[str, str]) -> None:
    masquerade = options.pop(_MASQUERADE, None)
    if fields.boolean("internal"):
        entry.put("mode", "isolated", fields, "internal")
    elif masquerade is not None and masquerade.lower() in ("false", "0"):
        entry.put("mode", "routed", fields, "driver_opts")


def _addresses(fields: Fields, entry: Entry) -> None:
    ipam = fields.below("ipam")
    driver = ipam.get("driver")
    if driver is not None and driver.value == "default":
        ipam.take("driver")
    for each in ipam.each("config"):
        subnet = each.text("subnet")
        version = "6" if subnet is not None and ":" in subnet else ""
        if f"cidr{version}" in entry.values:
            each.tell_self("lost", "a second range of addresses", "use a second network")
            continue
        entry.put(f"cidr{version}", subnet, each, "subnet")
        entry.put(f"gateway{version}", each.text("gateway"), each, "gateway")
        each.tell(
            "lost", "ip_range", "the part of the network that addresses are given out from", "make cidr that part"
        )
    wants = fields.boolean("enable_ipv6")
    if wants and "cidr6" not in entry.values:
        fields.tell(
            "lost", "enable_ipv6", "IPv6 with addresses of the engine's choice", "give them: cidr6: fd00:40::/64"
        )


def _volume(fields: Fields, entry: Entry) -> None:
    _named(fields)
    driver = fields.text("driver")
    entry.put("docker.driver", driver if driver not in ("local", "default") else None, fields, "driver")
    entry.put("docker.options", fields.pairs("driver_opts"), fields, "driver_opts")
    entry.put("labels", fields.pairs("labels"), fields, "labels")


def _named(fields: Fields) -> None:
    fields.take("external")
    kind = fields.path[0].removesuffix("s")
    hint = "its data is not taken over: copy it" if kind == "volume" else "use the name in the stack"
    fields.tell("lost", "name", f"the {kind}'s name on the host, which virtwright chooses", hint)
