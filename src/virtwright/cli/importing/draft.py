"""The entries of what is imported, as they will stand in the stack's file."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Any, Final

from virtwright.cli.importing.asking import VOLUMES
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Found
from virtwright.schemas.kinds import KINDS
from virtwright.schemas.model import Model
from virtwright.schemas.sensitive import sensitive_paths
from virtwright.schemas.text import NAME_PATTERN
from virtwright.schemas.values import Path
from virtwright.stacks.secret_names import is_secret
from virtwright.stacks.yaml.from_model import written_values
from virtwright.stacks.yaml.write import write_entry
from virtwright.stacks.yaml.written import Reference

_NAME: Final = re.compile(NAME_PATTERN.removesuffix("$") + r"\Z")
_MODES: Final = ("network_mode", "pid_mode", "ipc_mode")
Key = tuple[str, str]
"""A section and a name in it."""


@dataclass(frozen=True, slots=True)
class Taken:
    """One object, and what it will be called."""

    kind: str
    name: str
    found: Found[Any, Any]
    declared: bool = False
    """It stands in the stack's file already."""

    @property
    def section(self) -> str:
        return KINDS[self.kind].section

    @property
    def address(self) -> str:
        return f"{self.section}.{self.name}"


@dataclass
class Draft:
    """What is imported together. ``names`` are the resources, by kind and name on the host, that can be referred to."""

    protect: bool = False
    host: str | None = None
    """The name of their host, where the stack has several."""
    names: dict[Key, str] = field(default_factory=dict)
    reserved: set[Key] = field(default_factory=set)
    """Names that the stack has already, the configuration's too."""
    taken: list[Taken] = field(default_factory=list)
    config: dict[str, dict[str, Any]] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict, repr=False)

    def take(self, kind: str, found: Found[Any, Any], name: str | None = None, *, declared: bool = False) -> Taken:
        """Under ``name``, or one made of its name on the host."""
        made = Taken(kind, name or self._free(KINDS[kind].section, found.name), found, declared)
        self.reserved.add((made.section, made.name))
        self.names[kind, found.name] = made.name
        self.taken.append(made)
        return made

    def entries(self) -> dict[str, list[str]]:
        """By section: the text of each that is not declared yet."""
        found: dict[str, list[str]] = {}
        for each in self.taken:
            if not each.declared:
                found.setdefault(each.section, []).append(write_entry(each.name, self._values(each)))
        return found

    def _values(self, each: Taken) -> dict[str, Any]:
        values = {**({"host": self.host} if self.host else {}), **written_values(self._linked(each.found.inputs))}
        for mode in _MODES:
            whole = values.get("docker", {}).get(mode, "")
            if (name := self.names.get(("Container", whole.removeprefix("container:")))) and ":" in whole:
                values["docker"][mode] = Reference(f"container:${{containers.{name}.name}}")
        if "environment" in values:
            values["environment"] = dict(self._variables(values["environment"], each.name))
        for path in sensitive_paths(type(each.found.inputs), values):
            values = self._hidden(values, path, each.name)
        if self.protect or KINDS[each.kind].holds_data:
            values["protect"] = True
        return values

    def _linked(self, inputs: Model) -> Model:
        """With the resources' names in the place of those on the host."""
        changes: dict[str, Any] = {}
        if networks := getattr(inputs, "networks", ()):
            changes["networks"] = [
                each.model_copy(update={"network": self.names["Network", each.network]}) for each in networks
            ]
        for place in VOLUMES:
            if mounts := getattr(inputs, place, ()):
                names = {each.volume: self.names["Volume", each.volume] for each in mounts if each.volume is not None}
                changes[place] = [each.model_copy(update={"volume": names.get(each.volume)}) for each in mounts]
        return inputs.model_copy(update=changes)

    def _hidden(self, value: Any, path: Path, owner: str) -> Any:
        """With a reference to secret configuration in the place of what lies at ``path``."""
        if len(path) == 1:
            return {**value, path[0]: self._secret(str(path[0]), value[path[0]], owner)}
        if isinstance(value, list):
            return [self._hidden(each, path[1:], owner) if key == path[0] else each for key, each in enumerate(value)]
        return {**value, path[0]: self._hidden(value[path[0]], path[1:], owner)}

    def _variables(self, variables: Mapping[str, str], owner: str) -> Iterable[tuple[str, Any]]:
        for name, value in variables.items():
            yield name, self._secret(name, value, owner) if is_secret(name, value) else value

    def _secret(self, variable: str, value: str, owner: str) -> Reference:
        name = next((name for name, known in self.secrets.items() if known == value), None)
        if name is None:
            base = re.sub(r"[^a-z0-9]+", "_", variable.lower()).strip("_")
            longer = re.sub(r"[^a-z0-9]+", "_", f"{owner}_{base}".lower()).strip("_")
            choices = (base, longer, *(f"{longer}_{number}" for number in range(2, 10_000)))
            name = next(each for each in choices if ("config", each) not in self.reserved and each not in self.config)
            self.config[name] = {"type": "string", "secret": True}
            self.secrets[name] = value
        return Reference(f"${{config.{name}}}")

    def _free(self, section: str, name: str) -> str:
        plain = name if _NAME.match(name) else re.sub(r"[^A-Za-z0-9_.-]", "-", name).strip("_.-")[:60] or "unnamed"
        choices = (plain, *(f"{plain[:58]}-{number}" for number in range(2, 100_000)))
        return next(each for each in choices if (section, each) not in self.reserved)
