"""The names of everything a stack file declares, with ``count`` written out."""

from collections.abc import Mapping
from dataclasses import field
from typing import Final

from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.kinds import SECTIONS
from virtwright.stacks.yaml.expressions import HOSTS, Key, address
from virtwright.stacks.yaml.outline import Outline
from virtwright.stacks.yaml.problems import Problems, suggestion

MOST_RESOURCES: Final = 100_000


@dataclass(slots=True)
class Names:
    """Who is there."""

    counted: dict[Key, int] = field(default_factory=dict)
    """Entries with ``count``."""
    keys: dict[Key, None] = field(default_factory=dict)
    """Every resource and host, in the file's order."""
    by_name: dict[str, list[Key]] = field(default_factory=dict)
    """The resources that bear a name, whatever their section."""

    hosts: list[str] = field(default_factory=list)

    def instances(self, key: Key) -> list[tuple[Key, int | None]]:
        """The resources an entry stands for, each with its index."""
        if (count := self.counted.get(key)) is None:
            return [(key, None)]
        return [((key[0], f"{key[1]}-{index}"), index) for index in range(count)]

    def absence(self, key: Key) -> tuple[str, str | None]:
        """Why ``key`` names nothing: a message and a hint."""
        section, name = key
        if (count := self.counted.get(key)) is not None:
            members = f"{name}-0 to {name}-{count - 1}" if count > 1 else f"{name}-0"
            hint = f"name one of them: {members}" if count else "its count is 0: there is none"
            return f"{address(key)} has count {count}", hint
        near = suggestion(name, (known for where, known in self.keys if where == section))
        return f"there is no {address(key)}", near or self._elsewhere(name) or _of_the_host(section, name)

    def _elsewhere(self, name: str) -> str | None:
        found = self.by_name.get(name)
        return f"did you mean {address(found[0])}?" if found else None

    def add(self, key: Key) -> None:
        self.keys[key] = None
        if key[0] == HOSTS:
            self.hosts.append(key[1])
        else:
            self.by_name.setdefault(key[1], []).append(key)


def _of_the_host(section: str, name: str) -> str | None:
    kind = SECTIONS.get(section)
    if kind is None or "existing" not in kind.inputs.model_fields:
        return None
    return f"one that the host has already is declared, too:\n    {section}:\n      {name}: {{existing: {name}}}"


def read_names(outline: Outline, counts: Mapping[Key, int], problems: Problems) -> Names:
    """``counts`` holds the count of each entry that has one."""
    names = Names()
    for host in outline.sections[HOSTS]:
        names.add((HOSTS, host))
    for section in SECTIONS:
        for name in outline.sections[section]:
            key = (section, name)
            if key in counts:
                names.counted[key] = counts[key]
            _add_instances(key, names, outline, problems)
    return names


def _add_instances(key: Key, names: Names, outline: Outline, problems: Problems) -> None:
    at = outline.entry_at(key)
    for instance, _ in names.instances(key):
        if instance in names.keys:
            problems.add(f"there are two {address(instance)}: one is made by count", at, address(key))
            return
        if len(instance[1]) > 63:
            problems.add(f"the name {instance[1]!r}, made by count, is longer than 63 characters", at, address(key))
            return
        names.add(instance)
    if len(names.keys) > MOST_RESOURCES:
        problems.add(f"the stack has more than {MOST_RESOURCES:,} resources", at, address(key))
        problems.check()
