"""The commands, put together. Imports nothing heavy: each command brings in what it needs when it runs."""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Final

import typer

from virtwright.cli.command import add_callback, add_command
from virtwright.cli.program_command import ProgramCommand

_HELP = (
    "Infrastructure as code for virtual machines, containers, networks and storage: describe them in a stack, see what "
    "would change and what that costs, make it so."
)


def build_app(words: Sequence[str] = ()) -> typer.Typer:
    """The command line, without the commands that ``words`` can't mean, since each takes its time to be made ready."""
    app = _new("virtwright")
    add_callback(app, _HELP)
    meant = _meant(words)
    for name, place in _COMMANDS.items():
        if name in meant:
            add_command(app, _function(place), name=name, kind=ProgramCommand if name in _PROGRAMS else None)
    for name, (help, build) in _GROUPS.items():
        if name in meant:
            app.add_typer(build(), name=name, help=help)
    return app


def _meant(words: Sequence[str]) -> set[str]:
    """All where the first word is no command: help, a typing mistake, the value of an option."""
    known = {*_COMMANDS, *_GROUPS}
    first = next((word for word in words if not word.startswith("-")), None)
    return known.intersection(words) if first in known else known


def _function(place: str) -> Callable[..., int | None]:
    module, _, name = place.partition(".")
    function: Callable[..., int | None] = getattr(import_module(f"virtwright.cli.commands.{module}"), name)
    return function


def _new(name: str, help: str | None = None) -> typer.Typer:
    """A Typer app that prints plain help, which needs no rich, and leaves exceptions to ``main``."""
    return typer.Typer(
        name=name, help=help, rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=name == "virtwright"
    )


def _state() -> typer.Typer:
    from virtwright.cli.commands import state

    app = _new("state")
    add_command(app, state.list_resources, name="list")
    add_command(app, state.show_resource, name="show")
    add_command(app, state.history)
    add_command(app, state.move)
    add_command(app, state.forget)
    add_command(app, state.export)
    add_command(app, state.import_, name="import")
    add_command(app, state.copy)
    add_command(app, state.recover)
    add_command(app, state.unlock)
    add_command(app, state.remove)
    return app


def _config() -> typer.Typer:
    from virtwright.cli.commands import config

    app = _new("config")
    add_command(app, config.get)
    add_command(app, config.set_value, name="set")
    add_command(app, config.list_values, name="list")
    add_command(app, config.remove)
    return app


def _operator() -> typer.Typer:
    from virtwright.cli.commands import operator

    app = _new("operator")
    add_command(app, operator.show)
    add_command(app, operator.add)
    add_command(app, operator.remove)
    add_command(app, operator.schema)
    return app


def _snapshot() -> typer.Typer:
    from virtwright.cli.commands import snapshot

    app = _new("snapshot")
    add_command(app, snapshot.create)
    add_command(app, snapshot.list_snapshots, name="list")
    add_command(app, snapshot.revert)
    add_command(app, snapshot.delete)
    return app


def _host() -> typer.Typer:
    from virtwright.cli.commands import host

    app = _new("host")
    add_command(app, host.list_hosts, name="list")
    add_command(app, host.check)
    add_command(app, host.gc)
    add_command(app, host.forward)
    return app


_COMMANDS: Final[Mapping[str, str]] = {
    "validate": "stack.validate",
    "plan": "stack.plan",
    "apply": "stack.apply",
    "destroy": "stack.destroy",
    "refresh": "stack.refresh",
    "output": "look.output",
    "show": "look.show",
    "status": "look.status",
    "graph": "look.graph",
    "logs": "operate.logs",
    "exec": "operate.execute",
    "console": "enter.console",
    "ssh": "enter.ssh",
    "screenshot": "operate.screenshot",
    "export": "operate.export",
    "import": "importing.import_",
    "convert": "convert.convert",
    "schema": "version.schema",
    "version": "version.version",
}
"""By name: its function, as the module of ``cli.commands`` and its name in it."""
_PROGRAMS: Final = frozenset(("exec", "ssh"))
"""Followed by another program's command line."""
_GROUPS: Final[Mapping[str, tuple[str, Callable[[], typer.Typer]]]] = {
    "state": ("See and mend what virtwright knows of a stack.", _state),
    "config": ("See and set the configuration of an environment.", _config),
    "operator": ("See and change what this machine's operator lets stacks do.", _operator),
    "host": ("See and check the hosts of a stack.", _host),
    "snapshot": ("Keep what machines are now, and go back to it.", _snapshot),
}
"""By name: what it is for, and what brings its commands in."""
