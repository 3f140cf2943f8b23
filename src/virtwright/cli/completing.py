"""What a shell offers when the user presses the tab key: names of resources and hosts. Says nothing where it knows none."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from virtwright.cli.settings import GLOBAL_OPTIONS, Settings
from virtwright.errors import VirtwrightError

if TYPE_CHECKING:
    from virtwright.schemas.urn import Urn


def known_resources(context: typer.Context, incomplete: str) -> list[str]:
    """What the state holds."""
    return _fitting((name for name, urn in _in_state(context) if not urn.is_host), incomplete)


def resources(context: typer.Context, incomplete: str) -> list[str]:
    """What the stack's file declares, and what the state holds."""
    known = (name for name, urn in _in_state(context) if not urn.is_host)
    return _fitting([*_declared(context), *known], incomplete)


def known_hosts(context: typer.Context, incomplete: str) -> list[str]:
    """The hosts that the state knows."""
    return _fitting((urn.name for _, urn in _in_state(context) if urn.is_host), incomplete)


def _fitting(names: Iterable[str], incomplete: str) -> list[str]:
    """The names that begin so; where none does, without their sections."""
    names = dict.fromkeys(names)
    short = Counter(name.partition(".")[2] for name in names)
    alone = [name for name, times in short.items() if times == 1]
    found = ([name for name in each if name.startswith(incomplete)] for each in (names, alone))
    return next(filter(None, found), [])


def _in_state(context: typer.Context) -> "Iterator[tuple[str, Urn]]":
    from virtwright.cli.session import Session
    from virtwright.engine.selection import address

    with suppress(VirtwrightError, OSError), Session(_settings(context)) as session:
        for urn in session.state(_file(context)).urns():
            yield address(urn), urn


def _declared(context: typer.Context) -> list[str]:
    """Of a YAML stack only: a program would have to be run."""
    from virtwright.stacks.find import find_stack
    from virtwright.stacks.yaml.outline import names_in

    with suppress(VirtwrightError, OSError, UnicodeError):
        file = find_stack(_file(context))
        if file.suffix in (".yaml", ".yml"):
            return names_in(file.read_text(encoding="utf-8"), str(file))
    return []


def _file(context: typer.Context) -> Path | None:
    file = context.params.get("file")
    return Path(file) if file else None


def _settings(context: typer.Context) -> Settings:
    settings = Settings()
    for each in (context.find_root(), context):
        said = {name: each.params.get(name) or default for name, (_, default) in GLOBAL_OPTIONS.items()}
        settings = Settings.from_values(said, settings)
    return settings
