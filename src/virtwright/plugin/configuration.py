"""The provider's configuration: the fields of a host, as Pulumi hands them over."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from virtwright.errors import Where
from virtwright.plugin.property_path import property_path
from virtwright.providers.diff import differences
from virtwright.schemas.exposure import check_exposure
from virtwright.schemas.host import Host, from_texts
from virtwright.schemas.model import to_properties
from virtwright.schemas.properties import from_model, to_model
from virtwright.schemas.sensitive import sensitive_paths
from virtwright.schemas.urn import PACKAGE
from virtwright.schemas.values import Path, Properties, Value, has_unknown, mark_secrets, reveal

_ENGINES: Final = frozenset({"version", "pluginDownloadURL", "pluginChecksums"})
"""What the engine adds to a provider's inputs for itself, besides names that begin with two underscores."""


def split(inputs: Properties) -> tuple[dict[str, Value], dict[str, Value]]:
    """The host's fields, and what the engine added."""
    engines = {name: value for name, value in inputs.items() if name in _ENGINES or name.startswith("__")}
    return from_texts({name: value for name, value in inputs.items() if name not in engines}), engines


def _at(path: Path) -> Where:
    return Where(path=property_path(path))


def normalised(inputs: Properties) -> dict[str, Value]:
    """The host's fields in their one form with defaults, passwords as secrets. Raises ``InputError``."""
    fields, engines = split(inputs)
    model = to_model(Host, fields)
    check_exposure(Host, fields, _at)
    made = from_model(model, fields)
    if has_unknown(made):
        return {**made, **engines}
    marked: dict[str, Any] = mark_secrets(made, sensitive_paths(Host, reveal(made)))
    return {**marked, **engines}


def to_host(args: Properties, variables: Mapping[str, str]) -> Host:
    """The host that ``Configure`` names: in ``args``, or, from older engines, in ``variables``. Raises ``InputError``."""
    given: Properties = args or {name.removeprefix(f"{PACKAGE}:config:"): text for name, text in variables.items()}
    return to_model(Host, split(given)[0])


def changed(prior: Properties, goal: Properties) -> list[Path]:
    """The fields that differ."""
    before, after = (reveal(split(each)[0]) for each in (prior, goal))
    return [path for path, _, _ in differences(_filled(before), _filled(after))]


def _filled(fields: Properties) -> Properties:
    return to_properties(Host.model_construct(**{"uri": None, **fields})) if not has_unknown(fields) else fields


def moves(prior: Properties, goal: Properties) -> bool:
    """Whether the two name different hosts: by another account on the same machine it is the same host."""
    return _identity(prior) != _identity(goal)


def _identity(inputs: Properties) -> tuple[Any, ...]:
    uri = reveal(inputs).get("uri")
    if not isinstance(uri, str):
        return (uri,)
    parts = urlsplit(uri)
    return parts.scheme, parts.hostname, parts.port, parts.path, parts.query
