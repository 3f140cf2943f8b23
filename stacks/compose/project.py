"""What a Compose project is, once its files are read, merged and interpolated."""

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from virtwright.errors import Problem
from virtwright.lazy_dataclasses import dataclass
from virtwright.stacks.compose.item import Item

SECTIONS = ("services", "networks", "volumes", "configs", "secrets", "models")


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be read, as on the command line."""

    files: tuple[Path, ...] = ()
    """The files in the order of merging, or one folder. Empty: found from the current folder."""
    env_files: tuple[Path, ...] = ()
    profiles: tuple[str, ...] = ()
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """One project. ``model`` is in its long form."""

    name: str
    folder: Path
    files: tuple[Path, ...]
    model: Item
    profiles: frozenset[str]
    """Those that are active; ``*`` means all."""
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The environment that the project was read in."""
    warnings: tuple[Problem, ...] = ()

    def section(self, name: str) -> dict[str, Item]:
        item = self.model.get(name)
        return item.map if item else {}

    def active(self, service: Item) -> bool:
        """Whether a service takes part."""
        profiles = service.get("profiles")
        names = {str(each.value) for each in profiles.sequence} if profiles else set()
        return not names or "*" in self.profiles or bool(names & self.profiles)
