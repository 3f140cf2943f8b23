"""What a service mounts: volumes, folders of the host, memory, and the files of configs and secrets."""

import os
import re
from pathlib import Path
from typing import Any

from virtwright.stacks.compose.convert.draft import Draft, Entry
from virtwright.stacks.compose.convert.fields import Fields
from virtwright.stacks.compose.convert.images import local_path
from virtwright.stacks.compose.convert.secrets import secret
from virtwright.stacks.compose.item import Item, text_of
from virtwright.stacks.compose.units import to_size
from virtwright.stacks.yaml.written import Size


def convert_storage(fields: Fields, entry: Entry, draft: Draft) -> None:
    for each in fields.each("volumes"):
        _mount(each, entry, draft)
    for index, text in enumerate(fields.texts("tmpfs")):
        item = fields.item.map["tmpfs"]
        one = Fields(item.sequence[index], (*fields.at("tmpfs"), f"[{index}]"), fields.books)
        _in_memory(one, text, entry)
    for kind in ("configs", "secrets"):
        for each in fields.each(kind):
            _file(each, kind, entry, draft)


def _mount(each: Fields, entry: Entry, draft: Draft) -> None:
    kind, target = each.text("type") or "volume", each.text("target")
    if target is None:
        each.books.wrong(each.item, each.path, "a mount needs target: where it appears inside")
        return
    read_only = ":ro" if each.boolean("read_only") else ""
    if kind == "bind":
        source = each.take("source")
        if source is None:
            each.books.wrong(each.item, each.path, "a folder of the host needs source")
            return
        path = os.path.normpath(source.spot.folder / Path(text_of(source.value)).expanduser())  # type: ignore[arg-type]
        _create_path(each)
        entry.add("volumes", f"{path}:{target}{read_only}", each)
    elif kind == "tmpfs":
        memory = each.below("tmpfs")
        mode = memory.get("mode")
        _put_tmpfs(entry, each, target, memory.size("size"), f"{_octal(mode)}" if mode else None)
        memory.take("mode")
    elif kind == "volume":
        _volume(each, target, read_only, entry, draft)
    else:
        each.tell_self("lost", f"a mount of the type {kind}", "use a volume or a folder of the host")


def _create_path(each: Fields) -> None:
    """Making what is missing is what Compose does by default; only the wish not to says something."""
    means = "whether the folder is made where it is missing is up to the engine"
    each.below("bind").tell("note", "create_host_path", means)


def _volume(each: Fields, target: str, read_only: str, entry: Entry, draft: Draft) -> None:
    source = each.text("source")
    if source is None:
        slug = re.sub(r"[^A-Za-z0-9]+", "-", target).strip("-") or "data"
        name = f"{entry.name}-{slug}"[:63]
        draft.entry("volumes", name).comment = f"unnamed in the Compose file, at {target} of {entry.name}"
        each.tell_self("changed", f"an unnamed volume: it becomes the volume {name} of the stack, which is kept")
        entry.add("volumes", f"{name}:{target}{read_only}", each)
        return
    name = draft.name("volumes", source)
    declared = draft.project.section("volumes")
    if source not in declared:
        each.books.wrong(
            each.item, each.path, f"there is no volume {source!r}", f"declare it:\n    volumes: {{{source}: {{}}}}"
        )
    else:
        entry.add("volumes", f"{name}:{target}{read_only}", each)


def _in_memory(one: Fields, text: str, entry: Entry) -> None:
    """``/run:size=64m,mode=1777``."""
    target, _, options = text.partition(":")
    size, mode = None, None
    for option in filter(None, options.split(",")):
        name, _, value = option.partition("=")
        if name == "size" and re.fullmatch(r"[0-9]+[kKmMgG]?", value):
            size = to_size(value)
        elif name == "mode":
            mode = value.removeprefix("0").rjust(4, "0")
        elif option not in ("rw", "nosuid", "nodev", "noexec"):
            one.tell_self("lost", f"the option {option} of a folder in memory", "leave it out")
    _put_tmpfs(entry, one, target, size, mode)


def _put_tmpfs(entry: Entry, origin: Fields, mount: str, size: int | None, mode: str | None) -> None:
    made = {"mount": mount, "size": Size(size) if size else None, "mode": mode}
    tmpfs = [*entry.values.get("docker", {}).get("tmpfs", []), {k: v for k, v in made.items() if v is not None}]
    entry.put("docker.tmpfs", tmpfs, origin)


def _octal(mode: Item) -> str:
    value = mode.value
    return f"{value:04o}" if isinstance(value, int) else text_of(value).removeprefix("0o").rjust(4, "0")  # type: ignore[arg-type]


def _file(each: Fields, kind: str, entry: Entry, draft: Draft) -> None:
    source = each.text("source") or ""
    declared = draft.project.section(kind).get(source)
    if declared is None:
        what = kind.removesuffix("s")
        each.books.wrong(each.item, each.path, f"there is no {what} {source!r}", f"declare it below {kind}")
        return
    content = _content(Fields(declared, (kind, source), draft.books), kind, source, draft)
    if content is None:
        each.tell_self(
            "lost", f"{source} is not in this file: it is kept by the Swarm", "give its content: file or content"
        )
        return
    target = each.text("target") or (f"/{source}" if kind == "configs" else source)
    uid, gid, mode = each.text("uid"), each.text("gid"), each.take("mode")
    owner = f"{uid or 0}:{gid or 0}" if uid or gid else None
    file: dict[str, Any] = {"path": target if target.startswith("/") else f"/run/secrets/{target}", **content}
    file |= {"mode": _octal(mode) if mode else "0444", "owner": owner}
    file |= {"in_memory": True} if kind == "secrets" or entry.values.get("read_only") else {}
    entry.add("files", {key: value for key, value in file.items() if value is not None}, each)


def _content(fields: Fields, kind: str, name: str, draft: Draft) -> dict[str, Any] | None:
    external = fields.take("external")
    if external is not None and external.value:
        return None
    if (file := fields.take("file")) is not None:
        return {"source": local_path(file, draft.folder)}
    if (variable := fields.text("environment")) is not None:
        value = draft.project.variables.get(variable)
        if value is None:
            fields.books.wrong(
                fields.item,
                fields.at("environment"),
                f"the variable {variable} is not set",
                f"set it:\n    {variable}=...",
            )
            return None
        return {"content": secret(draft, value, variable, name) if kind == "secrets" else value}
    text = fields.text("content") or ""
    return {"content": secret(draft, text, name, name) if kind == "secrets" else text}


def mounts_of(fields: Fields, draft: Draft) -> None:
    """``volumes_from``: the mounts of another service, once all services have theirs."""
    entry = draft.container(fields.path[-1])
    assert entry is not None
    for index, text in enumerate(fields.texts("volumes_from")):
        one = Fields(
            fields.item.map["volumes_from"].sequence[index], (*fields.at("volumes_from"), f"[{index}]"), fields.books
        )
        name, _, mode = text.partition(":")
        other = draft.container(name)
        if other is None or name == "container":
            one.tell_self("lost", f"the mounts of {text}, which is not in this stack", "name the volumes themselves")
            continue
        taken = {mount.split(":")[1] for mount in entry.values.get("volumes", ())}
        for mount in other.values.get("volumes", ()):
            if mount.split(":")[1] not in taken:
                plain = mount.removesuffix(":ro")
                entry.add("volumes", f"{plain}:ro" if mode == "ro" or plain != mount else plain, one)
