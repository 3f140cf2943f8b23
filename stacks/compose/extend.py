"""``extends``: a service takes over what another one says.

Source of the rules: https://github.com/compose-spec/compose-spec/blob/main/05-services.md#extends.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from virtwright.errors import InputError, Where
from virtwright.stacks.compose.item import Item, Steps, copied, text_of
from virtwright.stacks.compose.merge import merge, unique
from virtwright.stacks.yaml.problems import Problems, suggestion

Read: TypeAlias = Callable[[Path, Path, Where | None], Item]
"""Reads a file whose relative paths are relative to a folder; the place is the one that named it."""
_Link: TypeAlias = tuple[Path, str]


def extend_services(document: Item, file: Path, read: Read, problems: Problems) -> Item:
    """The document with every ``extends`` carried out. Raises ``InputError``."""
    services = document.get("services")
    if services is None:
        return document
    made = _Extender(read, problems)
    extended = {name: made.service(name, services, file, ()) for name in services.map}
    return document.with_value({**document.map, "services": services.with_value(extended)})


class _Extender:
    def __init__(self, read: Read, problems: Problems) -> None:
        self._read = read
        self._problems = problems
        self._files: dict[Path, Item] = {}

    def service(self, name: str, services: Item, file: Path, chain: tuple[_Link, ...]) -> Item:
        service = services.map[name]
        extends = service.get("extends")
        if extends is None:
            return service
        path = ("services", name, "extends")
        link = (file.resolve(), name)
        if link in chain:
            steps = " -> ".join(f"{each} ({at.name})" for at, each in (*chain, link))
            raise InputError.one(f"a cycle of extends: {steps}", where=extends.where(path, of_key=True))
        base = self._base(extends, path, services, file, (*chain, link))
        rest = service.with_value({key: each for key, each in service.map.items() if key != "extends"})
        return unique(merge(copied(base), rest, self._problems, path[:2]), path[:2])

    def _base(self, extends: Item, path: Steps, services: Item, file: Path, chain: tuple[_Link, ...]) -> Item:
        named, from_file = extends.get("service"), extends.get("file")
        if named is None or not isinstance(named.value, str):
            raise InputError.one("extends needs the name of a service", where=extends.where(path))
        if from_file is not None:
            file = from_file.spot.folder / text_of(from_file.value)  # type: ignore[arg-type]
            services = self._services_of(file, from_file, path)
        if named.value not in services.map:
            raise InputError.one(
                f"there is no service {named.value!r} to extend" + (f" in {file}" if from_file else ""),
                where=named.where(path),
                hint=suggestion(named.value, services.map),
            )
        return self.service(named.value, services, file, chain)

    def _services_of(self, file: Path, named: Item, path: Steps) -> Item:
        if file not in self._files:
            self._files[file] = self._read(file, file.parent, named.where((*path, "file")))
        services = self._files[file].get("services")
        return services if services is not None else self._files[file].with_value({})
