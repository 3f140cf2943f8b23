"""How a command is made: a function that takes ``Settings`` and its own options gets the global options as well, so that
they may stand before or after the command's name."""

import inspect
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

import typer
from typer.core import TyperCommand

from virtwright.cli.settings import GLOBAL_OPTIONS, Settings
from virtwright.trust import TRUSTED, Trust

P = ParamSpec("P")
Command = Callable[Concatenate[Settings, P], int | None]
"""Returns the exit code; None means 0."""

_CONTEXT = "context"
latest_scrub: Callable[[str], str] = str
"""Takes the secrets that are known by now out of a text; for the error handler, too."""
latest_typed = ""
"""The command line that runs, to be copied."""
latest_trust: Trust = TRUSTED
"""What may be read for the stack of the command that runs, also to show a line of a file that its program names."""
latest_settings = Settings()
"""The options of the command that runs; the error handler in ``main`` needs them."""


def add_command(
    app: typer.Typer, function: Command[P], *, name: str | None = None, kind: type[TyperCommand] | None = None
) -> None:
    """Add ``function`` to ``app``; its docstring is the help text, and the first sentence of it the short one."""
    own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
    short = (function.__doc__ or "").partition(". ")[0].rstrip(".") + "."
    app.command(name=name or function.__name__, cls=kind, short_help=short)(_with_globals(function, own))


def add_callback(app: typer.Typer, help: str) -> None:
    """Give ``app`` itself the global options."""

    def remember(settings: Settings) -> int | None:
        return None

    app.callback(help=help)(_with_globals(remember, []))


def _with_globals(function: Callable[..., int | None], own: list[inspect.Parameter]) -> Callable[..., int | None]:
    def run(**values: Any) -> int | None:
        global latest_settings
        context: typer.Context = values.pop(_CONTEXT)
        said = {name: values.pop(name) for name in GLOBAL_OPTIONS}
        base = context.find_root().obj
        settings = Settings.from_values(said, base if isinstance(base, Settings) else Settings())
        context.find_root().obj = latest_settings = settings
        return function(settings, **values)

    shared = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)
        for name, (annotation, default) in GLOBAL_OPTIONS.items()
    ]
    context = inspect.Parameter(_CONTEXT, inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
    parameters = [context, *(each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own), *shared]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # what inspect.signature reads first
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    run.__doc__ = function.__doc__
    return run
