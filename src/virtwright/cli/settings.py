"""What can be said to every command: where the state is, which stack, how to print."""

import os
from collections.abc import Mapping
from typing import Annotated, Any, Final

import typer

from virtwright.lazy_dataclasses import dataclass

STATE_VARIABLE: Final = "VIRTWRIGHT_STATE"
STACK_VARIABLE: Final = "VIRTWRIGHT_STACK"

StateOption = Annotated[
    str | None,
    typer.Option("--state", metavar="URL|PATH", help=f"Where the state is kept. [env: {STATE_VARIABLE}]"),
]
StackOption = Annotated[
    str | None,
    typer.Option("--stack", metavar="NAME", help=f"The environment, such as prod. [env: {STACK_VARIABLE}]"),
]
ConfigOption = Annotated[
    list[str] | None,
    typer.Option("--config", metavar="KEY=VALUE", help="Set a configuration value for this run. May be repeated."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of text for people.")]
NoColorOption = Annotated[bool, typer.Option("--no-color", help="Print without colours. [env: NO_COLOR]")]
VerboseOption = Annotated[bool, typer.Option("--verbose", help="Print more, and a traceback when there is a bug.")]

GLOBAL_OPTIONS: Final[Mapping[str, tuple[Any, Any]]] = {
    "state": (StateOption, None),
    "stack": (StackOption, None),
    "config": (ConfigOption, None),
    "json": (JsonOption, False),
    "no_color": (NoColorOption, False),
    "verbose": (VerboseOption, False),
}
"""By parameter name: annotation and default."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The global options of one command line."""

    state: str | None = None
    stack: str | None = None
    config: tuple[str, ...] = ()
    json: bool = False
    no_color: bool = False
    verbose: bool = False

    @classmethod
    def from_values(cls, values: Mapping[str, Any], base: "Settings") -> "Settings":
        """From parsed options; what they do not say comes from ``base`` (the options before the command's name)."""
        return cls(
            state=values["state"] or base.state,
            stack=values["stack"] or base.stack,
            config=(*base.config, *(values["config"] or ())),
            json=values["json"] or base.json,
            no_color=values["no_color"] or base.no_color,
            verbose=values["verbose"] or base.verbose,
        )

    @property
    def color(self) -> bool:
        return not self.no_color

    @property
    def config_keys(self) -> tuple[str, ...]:
        """The keys that ``--config`` sets, without their values."""
        return tuple(dict.fromkeys(text.partition("=")[0] for text in self.config))

    @property
    def stack_name(self) -> str | None:
        return self.stack or os.environ.get(STACK_VARIABLE) or None

    @property
    def state_url(self) -> str | None:
        return self.state or os.environ.get(STATE_VARIABLE) or None
