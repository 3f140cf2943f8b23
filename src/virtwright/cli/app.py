"""The commands, put together. Imports nothing heavy: each command brings in what it needs when it runs."""

import typer

from virtwright.cli.command import add_callback, add_command
from virtwright.cli.commands import (
    config,
    convert,
    enter,
    host,
    importing,
    look,
    operate,
    operator,
    snapshot,
    stack,
    state,
    version,
)
from virtwright.cli.program_command import ProgramCommand

_HELP = (
    "Infrastructure as code for virtual machines, containers, networks and storage: describe them in a stack, see what "
    "would change and what that costs, make it so."
)


def build_app() -> typer.Typer:
    """The whole command line."""
    app = _new("virtwright")
    add_callback(app, _HELP)
    add_command(app, stack.validate)
    add_command(app, stack.plan)
    add_command(app, stack.apply)
    add_command(app, stack.destroy)
    add_command(app, stack.refresh)
    add_command(app, look.output)
    add_command(app, look.show)
    add_command(app, look.status)
    add_command(app, look.graph)
    add_command(app, operate.logs)
    add_command(app, operate.execute, name="exec", kind=ProgramCommand)
    add_command(app, enter.console)
    add_command(app, enter.ssh, kind=ProgramCommand)
    add_command(app, operate.screenshot)
    add_command(app, operate.export)
    add_command(app, importing.import_, name="import")
    add_command(app, convert.convert)
    app.add_typer(_state(), name="state", help="See and mend what virtwright knows of a stack.")
    app.add_typer(_config(), name="config", help="See and set the configuration of an environment.")
    app.add_typer(_operator(), name="operator", help="See and change what this machine's operator lets stacks do.")
    app.add_typer(_host(), name="host", help="See and check the hosts of a stack.")
    app.add_typer(_snapshot(), name="snapshot", help="Keep what machines are now, and go back to it.")
    add_command(app, version.schema)
    add_command(app, version.version)
    return app


def _new(name: str, help: str | None = None) -> typer.Typer:
    """A Typer app that prints plain help, which needs no rich, and leaves exceptions to ``main``."""
    return typer.Typer(
        name=name, help=help, rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=name == "virtwright"
    )


def _state() -> typer.Typer:
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
    app = _new("config")
    add_command(app, config.get)
    add_command(app, config.set_value, name="set")
    add_command(app, config.list_values, name="list")
    add_command(app, config.remove)
    return app


def _operator() -> typer.Typer:
    app = _new("operator")
    add_command(app, operator.show)
    add_command(app, operator.add)
    add_command(app, operator.remove)
    add_command(app, operator.schema)
    return app


def _snapshot() -> typer.Typer:
    app = _new("snapshot")
    add_command(app, snapshot.create)
    add_command(app, snapshot.list_snapshots, name="list")
    add_command(app, snapshot.revert)
    add_command(app, snapshot.delete)
    return app


def _host() -> typer.Typer:
    app = _new("host")
    add_command(app, host.list_hosts, name="list")
    add_command(app, host.check)
    add_command(app, host.gc)
    add_command(app, host.forward)
    return app
