"""What runs in the container: command, variables, user."""

from pathlib import Path

from virtwright.errors import InputError
from virtwright.stacks.compose.convert.draft import Draft, Entry
from virtwright.stacks.compose.convert.fields import Fields
from virtwright.stacks.compose.convert.secrets import environment_value
from virtwright.stacks.compose.item import Item, text_of
from virtwright.stacks.compose.read import read_variables
from virtwright.stacks.yaml.written import Duration


def convert_process(fields: Fields, entry: Entry, draft: Draft) -> None:
    entry.put("command", _words(fields, "command"), fields, "command")
    entry.put("entrypoint", _words(fields, "entrypoint"), fields, "entrypoint")
    entry.put("environment", _environment(fields, draft), fields, "environment")
    entry.put("working_dir", fields.text("working_dir"), fields, "working_dir")
    entry.put("user", fields.text("user"), fields, "user")
    entry.put("hostname", fields.text("hostname"), fields, "hostname")
    entry.put("read_only", fields.boolean("read_only") or None, fields, "read_only")
    entry.put("labels", {**label_files(fields, draft), **fields.pairs("labels")}, fields, "labels")
    signal = fields.text("stop_signal")
    if signal is not None:
        named = signal.upper() if signal.upper().startswith("SIG") else f"SIG{signal.upper()}"
        entry.put("stop_signal", named if not signal.isdigit() else signal, fields, "stop_signal")
    grace = fields.duration("stop_grace_period")
    entry.put("stop_timeout", None if grace is None else Duration(grace), fields, "stop_grace_period")
    entry.put("capabilities", [_capability(each) for each in fields.texts("cap_add")], fields, "cap_add")
    entry.put("drop_capabilities", [_capability(each) for each in fields.texts("cap_drop")], fields, "cap_drop")


def _capability(name: str) -> str:
    upper = name.upper()
    return upper if upper == "ALL" or upper.startswith("CAP_") else f"CAP_{upper}"


def _words(fields: Fields, key: str) -> list[str] | None:
    item = fields.get(key)
    if item is None:
        return None
    words = []
    for index, each in enumerate(item.sequence):
        path = (*fields.at(key), f"[{index}]")
        if (dropped := each.get("dropped")) is not None:
            means = f"what follows {text_of(dropped.value)[:1]!r} is dropped: no shell runs a command that is one text"  # type: ignore[arg-type]
            fields.books.ledger.tell(
                "note", each, path, means, 'for a shell write [sh, -c, "..."]; Compose drops it too'
            )
        elif isinstance(each.value, list | dict):
            fields.books.wrong(each, path, "expected a text")
        else:
            fields.books.ledger.use(each)
            words.append(text_of(each.value))
    if not item.sequence:
        fields.tell("lost", key, f"an empty {key} takes back the image's own", "name the program to run")
    return words


def _environment(fields: Fields, draft: Draft) -> dict[str, object]:
    found: dict[str, tuple[str, str | None]] = {}
    found.update({name: (value, None) for name, value in env_files(fields, draft).items()})
    for name, each in fields.below("environment").item.map.items():
        value = _value(name, each, fields, draft)
        if value is not None:
            found[name] = (value, each.variable)
    owner = fields.path[-1]
    return {name: environment_value(draft, name, value, variable, owner) for name, (value, variable) in found.items()}


def _value(name: str, item: Item, fields: Fields, draft: Draft) -> str | None:
    path = fields.at("environment", name)
    if isinstance(item.value, list | dict):
        fields.books.wrong(item, path, "expected a single value")
        return None
    if item.value is not None:
        fields.books.ledger.use(item)
        return text_of(item.value)
    if name in draft.project.variables:
        means = f"takes its value from the environment of this command; the stack holds what {name} is now"
        fields.books.ledger.tell("changed", item, path, means)
        return draft.project.variables[name]
    means = "would be taken from the environment, which has none: left out, as Compose does"
    fields.books.ledger.tell("note", item, path, means, f"to have it, write a value or set {name} and convert again")
    return None


def env_files(fields: Fields, draft: Draft) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in fields.each("env_file"):
        path = each.get("path")
        file = Path() if path is None else path.spot.folder / Path(text_of(path.value)).expanduser()  # type: ignore[arg-type]
        each.take("path")
        required = each.boolean("required") is not False
        if file.is_file():
            found.update(read_variables(file, {**found, **draft.project.variables}))
        elif required:
            hint = "make it, or write required: false beside its path"
            raise InputError.one(f"there is no file {str(file)!r}", where=each.item.where(each.path), hint=hint)
        else:
            each.tell("note", "path", "an optional file that is not there")
    return found


def label_files(fields: Fields, draft: Draft) -> dict[str, str]:
    item, found = fields.get("label_file"), {}
    for index, text in enumerate(fields.texts("label_file")):
        assert item is not None
        one = item.sequence[index]
        where = one.where((*fields.at("label_file"), f"[{index}]"))
        found.update(read_variables(one.spot.folder / text, dict(draft.project.variables), where=where))
    return found
