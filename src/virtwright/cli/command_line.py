"""Runs one command line: prints its errors, gives its exit code."""

import errno
import os
import sys
from collections.abc import Sequence
from typing import Final

import typer

from virtwright.cli import command
from virtwright.cli.typed import typed
from virtwright.errors import CancelledError, Problem, VirtwrightError, rewritten
from virtwright.pydantic_plugins import leave_out_plugins
from virtwright.quick_imports import import_quickly

DONE: Final = 0
FAILED: Final = 1
INTERRUPTED: Final = 130


def run(arguments: Sequence[str]) -> int:
    """Run one command line; returns the exit code."""
    try:
        code = _run(arguments)
        sys.stdout.flush()
        return code
    except VirtwrightError as error:
        _report(error.problems)
        if isinstance(error, CancelledError):
            return INTERRUPTED
    except typer.TyperException as error:
        _report([_usage_problem(error)])
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        _silence_output()
    except OSError as error:
        if not _is_output_failure(error):
            _report_bug(error)
        else:
            _silence_output()
            _report([Problem(f"can't write to standard output: {error.strerror}")])
    except Exception as error:  # noqa: BLE001  # the last place where anything can be caught
        _report_bug(error)
    return FAILED


def _run(arguments: Sequence[str]) -> int:
    from virtwright.cli.app import build_app

    import_quickly()
    leave_out_plugins()  # typer validates, too
    app = build_app(arguments)
    command.latest_typed = typed(arguments)
    code = app(args=list(arguments) or ["--help"], prog_name="virtwright", standalone_mode=False)
    return code if isinstance(code, int) else DONE


def _usage_problem(error: typer.TyperException) -> Problem:
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "virtwright"
    message = error.format_message().replace("Value error, ", "")
    return Problem(message, hint=f"this shows what can be said:\n    {path} --help")


def _report(problems: Sequence[Problem]) -> None:
    from virtwright.cli.render.console import standard_error
    from virtwright.cli.render.problems import render_problems

    settings = command.latest_settings
    problems = [rewritten(each, command.latest_scrub) for each in problems]  # not all that is raised went through a run
    if settings.json:
        from virtwright.cli.json_lines import CommandFailed, JsonLines

        JsonLines(sys.stdout)(CommandFailed(tuple(problems)))
    standard_error(color=settings.color).print(render_problems(problems), soft_wrap=True)


def _report_bug(error: BaseException) -> None:
    from virtwright.cli.render.bug import bug_report
    from virtwright.cli.render.console import standard_error

    settings = command.latest_settings
    standard_error(color=settings.color).print(
        bug_report(error, verbose=settings.verbose, scrub=command.latest_scrub), soft_wrap=True
    )


def _is_output_failure(error: OSError) -> bool:
    """Whether it is standard output that can't be written. Everything else is wrapped, or names its file."""
    return error.filename is None and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)


def _silence_output() -> None:
    """Nobody reads standard output any more; keep the interpreter from complaining about it at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
