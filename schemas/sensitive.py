"""Which fields of the vocabulary hold what nobody may see."""

from typing import Final

from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.fields import find
from virtwright.schemas.model import Model
from virtwright.schemas.values import Path, Properties, walk


@dataclass(frozen=True, slots=True)
class Sensitive:
    """Field metadata: its value is a secret, whether or not it was declared as one."""


SENSITIVE: Final = Sensitive()


def sensitive_paths(model: type[Model], properties: Properties) -> frozenset[Path]:
    """The paths of the values in ``properties`` that stand in such a field and are set."""
    return frozenset(
        path
        for path, leaf in walk(properties)
        if leaf is not None and any(isinstance(each, Sensitive) for each in find(model, path).metadata)
    )
