"""``config``: the values that a stack's configuration has in one environment."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from virtwright.cli.arguments import ShowSecrets
from virtwright.cli.settings import Settings

if TYPE_CHECKING:
    from virtwright.cli.session import Session
    from virtwright.stacks.config_store import ConfigItem, ConfigStore

KeyArgument = Annotated[str, typer.Argument(metavar="KEY", help="A key of the stack's section config.")]
FileOption = Annotated[
    Path | None, typer.Option("--file", metavar="FILE", help="The stack's file or its folder. Default: the one here.")
]


def get(settings: Settings, key: KeyArgument, file: FileOption = None, show_secrets: ShowSecrets = False) -> None:
    """Print one value. A secret is masked unless --show-secrets is given."""
    from virtwright.cli.json_lines import to_json
    from virtwright.cli.render.outputs import shown, value_line
    from virtwright.cli.session import Session

    with Session(settings) as session:
        value = shown(_store(session, file).get(key), secrets=show_secrets)
        session.print_value(json.dumps(to_json(value)) if settings.json else value_line(value))


def set_value(
    settings: Settings,
    key: KeyArgument,
    value: Annotated[
        str | None, typer.Argument(metavar="VALUE", help="Left out: asked for, or read from standard input.")
    ] = None,
    secret: Annotated[bool, typer.Option("--secret", help="Encrypt the value in the file.")] = False,
    file: FileOption = None,
) -> None:
    """Write a value into the environment's configuration file. Leave a secret out, so that no shell's history has it."""
    from virtwright.cli.session import Session

    with Session(settings) as session:
        store = _store(session, file)
        store.set(key, _read_value(key) if value is None else value, secret=secret)
        session.warn(f"{key} is set in {store.path}.")


def list_values(settings: Settings, file: FileOption = None) -> None:
    """List all keys with their values; secrets are masked."""
    from virtwright.cli.json_lines import to_json
    from virtwright.cli.render.outputs import value_line
    from virtwright.cli.render.tables import print_table
    from virtwright.cli.session import Session

    with Session(settings) as session:
        items = _store(session, file).list()
        if settings.json:
            print(json.dumps({item.name: {"value": to_json(item.value), **_about(item)} for item in items}, indent=2))
        else:
            rows = [
                (
                    item.name,
                    "" if item.origin == "missing" else value_line(item.value),
                    item.origin,
                    item.type,
                    item.description,
                )
                for item in items
            ]
            print_table(session.out, ("KEY", "VALUE", "FROM", "TYPE", "MEANING"), rows)


def remove(settings: Settings, key: KeyArgument, file: FileOption = None) -> None:
    """Remove a value from the environment's configuration file."""
    from virtwright.cli.session import Session

    with Session(settings) as session:
        store = _store(session, file)
        store.remove(key)
        session.warn(f"{key} is removed from {store.path}.")


def _store(session: "Session", file: Path | None) -> "ConfigStore":
    from virtwright.stacks.load import open_config

    return open_config(file, stack=session.environment, keys=session.keys)


def _about(item: "ConfigItem") -> dict[str, object]:
    return {"secret": item.secret, "from": item.origin, "type": item.type, "description": item.description}


def _read_value(key: str) -> str:
    """The value from a prompt that does not echo, or from standard input without the last line's end."""
    import getpass
    import sys

    from virtwright.errors import InputError

    if sys.stdin.isatty():
        return getpass.getpass(f"{key}: ")
    try:
        text = sys.stdin.read()
    except UnicodeDecodeError as error:
        raise InputError.one("standard input is not text in UTF-8") from error
    if not text:
        raise InputError.one(
            f"standard input is empty: there is no value for {key}",
            hint=f"type it on a terminal, or pass it on:\n    virtwright config set {key} < FILE",
        )
    return text.removesuffix("\n").removesuffix("\r")
