"""Settings that Docker hosts know, one by one."""

from virtwright.stacks.compose.convert.deploy import gpus
from virtwright.stacks.compose.convert.draft import Draft, Entry
from virtwright.stacks.compose.convert.fields import Fields
from virtwright.stacks.compose.convert.links import of_another
from virtwright.stacks.compose.item import text_of
from virtwright.stacks.yaml.written import Size

_FLAGS = {"privileged": "privileged", "tty": "tty", "stdin_open": "stdin_open"}
_TEXTS = {
    "runtime": "runtime",
    "userns_mode": "user_namespace_mode",
    "domainname": "domain_name",
    "cgroup_parent": "cgroup_parent",
    "cpuset": "cpu_set",
}
_LISTS = {
    "dns": "dns",
    "dns_search": "dns_search",
    "dns_opt": "dns_options",
    "group_add": "groups",
    "security_opt": "security_options",
}
_NUMBERS = {"cpu_shares": "cpu_shares", "oom_score_adj": "oom_score"}


def convert_engine(fields: Fields, entry: Entry, draft: Draft) -> None:
    for key, name in _FLAGS.items():
        entry.put(f"docker.{name}", fields.boolean(key) or None, fields, key)
    entry.put("docker.init", fields.boolean("init"), fields, "init")
    for key, name in _TEXTS.items():
        entry.put(f"docker.{name}", fields.text(key), fields, key)
    for key, name in _LISTS.items():
        entry.put(f"docker.{name}", fields.texts(key), fields, key)
    for key, name in _NUMBERS.items():
        entry.put(f"docker.{name}", fields.integer(key), fields, key)
    for key in ("pid", "ipc"):
        mode = fields.text(key)
        if mode:
            entry.put(f"docker.{key}_mode", of_another(fields, key, mode, draft), fields, key)
    shm = fields.size("shm_size")
    entry.put("docker.shm_size", Size(shm) if shm else None, fields, "shm_size")
    entry.put("docker.sysctls", fields.pairs("sysctls"), fields, "sysctls")
    _hosts(fields, entry)
    _ulimits(fields, entry)
    _devices(fields, entry)
    _logging(fields, entry)
    for each in fields.each("gpus"):
        gpus(each, entry)


def _hosts(fields: Fields, entry: Entry) -> None:
    found: dict[str, str] = {}
    item = fields.get("extra_hosts")
    for index, text in enumerate(fields.texts("extra_hosts")):
        name, _, address = text.partition("=")
        if name in found:
            assert item is not None
            path = (*fields.at("extra_hosts"), f"[{index}]")
            fields.books.ledger.tell(
                "lost", item.sequence[index], path, f"a second address of {name}", "keep one of them"
            )
        else:
            found[name] = address
    entry.put("docker.extra_hosts", found, fields, "extra_hosts")


def _ulimits(fields: Fields, entry: Entry) -> None:
    limits = fields.below("ulimits")
    found = {}
    for name, item in limits.item.map.items():
        if isinstance(item.value, dict):
            limit = limits.below(name)
            soft, hard = limit.integer("soft"), limit.integer("hard")
        else:
            soft = hard = limits.integer(name)
        soft, hard = (hard if soft is None else soft), (soft if hard is None else hard)
        if soft is not None:
            found[name] = {"soft": soft, "hard": hard}
    entry.put("docker.ulimits", found, fields, "ulimits")


def _devices(fields: Fields, entry: Entry) -> None:
    devices = []
    for each in fields.each("devices"):
        source, target, permissions = each.text("source"), each.text("target"), each.text("permissions")
        if source is None or not source.startswith("/"):
            each.tell_self("lost", f"the device {source} by the name of a vendor (CDI)", "name its device file")
            continue
        made = {"host": source, "path": target if target != source else None}
        made["permissions"] = permissions if permissions != "rwm" else None
        devices.append({key: value for key, value in made.items() if value is not None})
    entry.put("docker.devices", devices, fields, "devices")


def _logging(fields: Fields, entry: Entry) -> None:
    log = fields.below("logging")
    entry.put("docker.log_driver", log.text("driver"), log, "driver")
    entry.put("docker.log_options", log.pairs("options"), log, "options")


def convert_name(fields: Fields, entry: Entry, add: bool) -> None:
    """``container_name``: virtwright names containers itself; other members may still use the name."""
    item = fields.get("container_name")
    assert item is not None
    name = text_of(item.value)  # type: ignore[arg-type]
    kept = "other members of its networks still find it by this name" if add else ""
    if name == entry.name:
        fields.tell(
            "note", "container_name", "virtwright gives the container a name of its own", "use the resource's name"
        )
    else:
        means = "the container's name on the host, which virtwright chooses" + (f"; {kept}" if kept else "")
        fields.tell("changed" if add else "lost", "container_name", means, f"virtwright knows it as {entry.name}")
