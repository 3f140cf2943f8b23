"""From the properties that a program sends to the inputs of a goal."""

from collections.abc import Callable, Mapping
from pathlib import Path as FilePath
from typing import Any, Final

from pydantic import ValidationError

from virtwright.errors import InputError, Where
from virtwright.schemas.host import Host, from_texts
from virtwright.schemas.kinds import Kind
from virtwright.schemas.model import Model
from virtwright.schemas.signatures import ARCHIVE, ASSET, BYTES, RESOURCE, SIGNATURE
from virtwright.schemas.values import UNKNOWN, Path, Properties, Secret, Value, mark_secrets, reveal
from virtwright.stacks.base import Read
from virtwright.stacks.python.monitor.deployment import Entry
from virtwright.stacks.yaml.check import shape
from virtwright.stacks.yaml.files import FileProblem, Texts, file_fields, settle_files
from virtwright.trust import TRUSTED, Trust

Locate = Callable[[Path], Where]
Inputs = tuple[Properties, tuple[Read, ...]]
"""A goal's inputs, and the files that they name."""
_NOT_A_TEXT: Final = "Calling __str__ on an Output[T] is not supported"
"""What the SDK makes of an output that is put into a text."""
_CANT: Final = {ASSET: "an asset", ARCHIVE: "an archive", BYTES: "a byte string"}


def kind_inputs(
    kind: Kind,
    properties: Properties,
    entries: Mapping[str, Entry],
    folder: FilePath,
    locate: Locate,
    trust: Trust = TRUSTED,
    texts: Texts | None = None,
) -> Inputs:
    """The inputs of a resource of our kinds: what is null is left out, a reference to a resource is its name on the host,
    and the files that belong to the stack are read. Raises ``InputError``."""
    plain = plain_values(properties, entries, locate, ())
    names = {field.pattern[0] for field in file_fields(kind.inputs)}
    if not names & plain.keys():
        return plain, ()
    return _with_files(kind.inputs, plain, folder, locate, Texts() if texts is None else texts, trust)


def host_inputs(
    properties: Properties, entries: Mapping[str, Entry], folder: FilePath, locate: Locate, trust: Trust = TRUSTED
) -> Inputs:
    """The inputs of a host. Pulumi's engine has a provider's settings as texts, so a JSON text may stand for any but the
    URI."""
    plain = plain_values(properties, entries, locate, ())
    read = from_texts(plain)
    read.pop("version", None)
    names = {field.pattern[0] for field in file_fields(Host)}
    return _with_files(Host, read, folder, locate, Texts(), trust) if names & read.keys() else (read, ())


def plain_values(properties: Properties, entries: Mapping[str, Entry], locate: Locate, path: Path) -> dict[str, Value]:
    """Raises ``InputError`` for assets, archives and byte strings, which no field of ours takes."""
    return {
        name: _plain(value, entries, locate, (*path, name)) for name, value in properties.items() if value is not None
    }


def _plain(value: Value, entries: Mapping[str, Entry], locate: Locate, path: Path) -> Value:
    if isinstance(value, Secret):
        return Secret(_plain(value.value, entries, locate, path))
    if isinstance(value, dict):
        if SIGNATURE in value:
            return _special(value, entries, locate, path)
        return plain_values(value, entries, locate, path)
    if isinstance(value, list):
        return [_plain(item, entries, locate, (*path, index)) for index, item in enumerate(value)]
    if isinstance(value, str) and _NOT_A_TEXT in value:
        raise InputError.one(
            "an output was put into a text, where its value is not known yet",
            where=locate(path),
            hint='use pulumi.Output.concat("http://", web.address), or web.address.apply(...)',
        )
    return value


def _special(value: Mapping[str, Any], entries: Mapping[str, Entry], locate: Locate, path: Path) -> Value:
    mark = value[SIGNATURE]
    if mark != RESOURCE:
        raise InputError.one(f"{_CANT[mark]} can't be given here", where=locate(path), hint="give a text or a path")
    entry = entries.get(value["urn"])
    if entry is None:
        raise InputError.one("a resource is given here that was never registered", where=locate(path))
    name = entry.outputs.get("name")
    return UNKNOWN if name is None else name


def _with_files(
    model: type[Model], plain: dict[str, Value], folder: FilePath, locate: Locate, texts: Texts, trust: Trust
) -> Inputs:
    try:
        settled = settle_files(model, shape(model.model_validate(reveal(plain)), plain), folder, texts, trust)
    except ValidationError:
        return plain, ()  # the engine's check tells what is wrong
    except FileProblem as error:
        raise InputError.one(str(error), where=locate(error.path), hint=error.hint) from error
    marked: Properties = mark_secrets(dict(settled.plain), settled.secrets, settled.origins)
    return marked, settled.reads
