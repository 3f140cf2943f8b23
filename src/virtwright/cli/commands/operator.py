"""``operator``: what the operator of this machine has set for all stacks."""

import json
from enum import StrEnum
from typing import Annotated

import typer

from virtwright.cli.settings import Settings


class ListKey(StrEnum):
    """The settings that are lists."""

    ALLOWED_HOSTS = "allowed_hosts"
    ALLOW_PATH = "allow_path"


KeyArgument = Annotated[ListKey, typer.Argument(metavar="KEY", help="allowed_hosts or allow_path.")]
ValueArgument = Annotated[str, typer.Argument(metavar="VALUE", help="A URI, or a path that begins with / or ~/.")]


def show(settings: Settings) -> None:
    """Print the operator's settings, and the file that they are in."""
    import os

    from virtwright.operator_settings import read_settings, settings_file, to_toml

    file = settings_file(os.environ)
    found = read_settings(os.environ)
    if settings.json:
        print(json.dumps({"file": str(file), "settings": found.model_dump()}, indent=2))
    else:
        print(f"# {file}\n{to_toml(found)}", end="")


def add(settings: Settings, key: KeyArgument, value: ValueArgument) -> None:
    """Add a value to one of the operator's settings."""
    from virtwright.operator_settings import OperatorSettings, change_settings

    def added(now: OperatorSettings) -> OperatorSettings:
        return now.model_copy(update={key.value: tuple(dict.fromkeys((*getattr(now, key.value), value)))})

    change_settings(added)


def remove(settings: Settings, key: KeyArgument, value: ValueArgument) -> None:
    """Remove a value from one of the operator's settings."""
    from virtwright.errors import InputError
    from virtwright.operator_settings import OperatorSettings, change_settings

    def removed(now: OperatorSettings) -> OperatorSettings:
        values = getattr(now, key.value)
        if value not in values:
            raise InputError.one(
                f"{key.value} does not hold {value!r}", hint=f"it holds: {', '.join(values) or 'nothing'}"
            )
        return now.model_copy(update={key.value: tuple(each for each in values if each != value)})

    change_settings(removed)


def schema(settings: Settings) -> None:
    """Print the JSON Schema of the operator's settings."""
    from virtwright.operator_settings import OperatorSettings

    print(json.dumps(OperatorSettings.model_json_schema(), indent=2))
