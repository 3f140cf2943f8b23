"""How many copies, where, how they are updated, and what each may use."""

from typing import Any

from virtwright.stacks.compose.convert.draft import Draft, Entry
from virtwright.stacks.compose.convert.fields import Fields
from virtwright.stacks.compose.item import Item, text_of
from virtwright.stacks.yaml.written import Duration, Size

_OF_SERVICES = ("update_config", "rollback_config")
_SWARM = "only a Swarm has this"
_USE_SWARM = "convert for a Swarm:\n    virtwright convert --host swarm:///"


def section_of(service: Item, draft: Draft) -> str:
    """``services`` for what has copies or an update policy, and for everything in a Swarm; else ``containers``."""
    deploy = service.get("deploy")
    replicas = (deploy.get("replicas") if deploy else None) or service.get("scale")
    mode = deploy.get("mode") if deploy else None
    copies = replicas is not None and text_of(replicas.value) != "1"  # type: ignore[arg-type]
    everywhere = mode is not None and mode.value == "global"
    updated = deploy is not None and any(deploy.get(key) for key in _OF_SERVICES)
    return "services" if draft.swarm or copies or everywhere or updated else "containers"


def convert_deploy(fields: Fields, entry: Entry, draft: Draft) -> None:
    deploy = fields.below("deploy")
    scale, replicas = fields.integer("scale"), deploy.integer("replicas")
    mode = deploy.text("mode") or "replicated"
    if mode not in ("replicated", "global"):
        deploy.tell_self("lost", f"the mode {mode}: a job that runs to its end", 'use a container with restart: "no"')
    copies = replicas if replicas is not None else scale
    entry.put("mode", "global" if mode == "global" else None, deploy, "mode")
    entry.put("replicas", copies if mode == "replicated" and copies != 1 else None, deploy, "replicas")
    entry.put("update", _update(deploy.below("update_config"), copies), deploy, "update_config")
    rollback = _update(deploy.below("rollback_config"), copies)
    if rollback and rollback.get("failure_action") == "rollback":
        rollback.pop("failure_action")
    entry.put("rollback", rollback, deploy, "rollback_config")
    _placement(deploy, entry, draft)
    _limits(fields, deploy, entry, draft)


def _update(config: Fields, copies: int | None) -> dict[str, Any] | None:
    """Docker's defaults are not those of a stack, so that they are written out."""
    if not config.item.map:
        return None
    parallelism = config.integer("parallelism")
    times = {"delay": config.duration("delay"), "monitor": config.duration("monitor")}
    made = {
        "order": config.text("order") or "stop-first",
        "parallelism": (copies or 1) if parallelism == 0 else parallelism,
        **{name: None if value is None else Duration(value) for name, value in times.items()},
        "failure_action": config.text("failure_action") or "pause",
        "max_failure_ratio": config.number("max_failure_ratio"),
    }
    return {name: value for name, value in made.items() if value is not None}


def _placement(deploy: Fields, entry: Entry, draft: Draft) -> None:
    if not draft.swarm:
        deploy.tell("lost", "placement", f"where copies run: {_SWARM}", "host on each resource, or placement.hosts")
        deploy.tell("lost", "endpoint_mode", f"how the name resolves: {_SWARM}", _USE_SWARM)
        return
    placement = deploy.below("placement")
    spread = [text for each in placement.each("preferences") if (text := each.text("spread"))]
    entry.put("placement.constraints", placement.texts("constraints"), placement, "constraints")
    entry.put("placement.spread", spread, placement, "preferences")
    most = placement.integer("max_replicas_per_node")
    entry.put("placement.max_per_host", most or None, placement, "max_replicas_per_node")
    entry.put("docker.endpoint_mode", deploy.text("endpoint_mode"), deploy, "endpoint_mode")


def _limits(fields: Fields, deploy: Fields, entry: Entry, draft: Draft) -> None:
    limits, reserved = (deploy.below("resources").below(each) for each in ("limits", "reservations"))
    cpus, memory, pids = limits.number("cpus"), limits.size("memory"), limits.integer("pids")
    own, quota, period = fields.number("cpus"), fields.integer("cpu_quota"), fields.number("cpu_period")
    if own is None and quota is not None and quota > 0:
        own = round(quota / (period or 100_000), 3)
    size, most = fields.size("mem_limit"), fields.integer("pids_limit")
    _first(entry, "resources.cpus", (own or None, fields, "cpus"), (cpus or None, limits, "cpus"))
    _first(entry, "resources.memory", (_bytes(size), fields, "mem_limit"), (_bytes(memory), limits, "memory"))
    _first(entry, "resources.pids", (_limited(most), fields, "pids_limit"), (_limited(pids), limits, "pids"))
    reservation, own_reservation = reserved.size("memory"), fields.size("mem_reservation")
    kept = ((_bytes(own_reservation), fields, "mem_reservation"), (_bytes(reservation), reserved, "memory"))
    _first(entry, "docker.memory_reservation", *kept)
    swap = fields.size("memswap_limit")
    if swap == -1:
        fields.tell("lost", "memswap_limit", "swap without a limit", "leave it out")
    elif swap and "memory" not in entry.values.get("resources", {}):
        fields.tell(
            "lost", "memswap_limit", "memory and swap together, which holds beside a memory limit only", "set one"
        )
    else:
        entry.put("docker.memory_swap", Size(swap) if swap else None, fields, "memswap_limit")
    if draft.swarm:
        entry.put("docker.cpu_reservation", reserved.number("cpus"), reserved, "cpus")
    else:
        reserved.tell("lost", "cpus", f"CPUs kept free for it: {_SWARM}", _USE_SWARM)
    for each in reserved.each("devices"):
        gpus(each, entry)


def _first(entry: Entry, path: str, *given: tuple[Any, Fields, str]) -> None:
    """The same setting by its old key and by its new one, which counts. Compose refuses files that give both differently."""
    values = {value for value, _, _ in given if value is not None}
    for value, fields, key in given:
        entry.put(path, value, fields, key)
    if len(values) > 1:
        _, fields, key = given[0]
        fields.books.wrong(
            fields.item.map[key], fields.at(key), f"differs from {'.'.join(given[1][1].at(given[1][2])[2:])}"
        )


def _bytes(size: int | None) -> Size | None:
    return Size(size) if size is not None and size > 0 else None


def _limited(number: int | None) -> int | None:
    return number if number is not None and number > 0 else None


def gpus(each: Fields, entry: Entry) -> None:
    """A number of GPUs; other devices and settings are reported by what they are."""
    capabilities = each.get("capabilities")
    named = [one.value for one in capabilities.sequence] if capabilities else ["gpu"]
    if "gpu" not in named or each.get("device_ids") is not None:
        return
    each.take("capabilities")
    entry.put("docker.gpus", -1 if each.text("count") in (None, "all") else each.integer("count"), each)
    if each.get("driver") is not None and each.item.map["driver"].value == "nvidia":
        each.take("driver")
