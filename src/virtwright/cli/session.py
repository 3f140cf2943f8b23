"""One command line at work: its settings, its consoles, its state store and its program."""

import os
import sys
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from virtwright.cli import command
from virtwright.cli.settings import Settings
from virtwright.errors import InputError, RefusedError, StateError, Where
from virtwright.stacks.base import Program, StackName
from virtwright.stacks.keys import Keys
from virtwright.trust import TRUSTED, Trust

if TYPE_CHECKING:
    from rich.console import Console

    from virtwright.engine.state.stack import StackState
    from virtwright.engine.state.store import StateStore
    from virtwright.stacks.source import Source


class Session:
    """A context manager; leaving it closes the state store."""

    def __init__(self, settings: Settings, trust: Trust = TRUSTED) -> None:
        self.settings = settings
        self.trust = command.latest_trust = trust
        self.keys = Keys(closed=trust.limited)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if "store" in self.__dict__:
            self.store.close()

    @cached_property
    def out(self) -> "Console":
        from virtwright.cli.render.console import standard_output

        return standard_output(color=self.settings.color)

    @cached_property
    def err(self) -> "Console":
        from virtwright.cli.render.console import standard_error

        return standard_error(color=self.settings.color)

    @cached_property
    def store(self) -> "StateStore":
        from virtwright.engine.state.store import FILE_NAME, StateStore

        location = self.settings.state_url
        if location is None or "://" not in location or location.startswith("sqlite:"):
            self.trust.check_state(
                location.partition(":///")[2] or location if location else self.keys.home / FILE_NAME
            )
        store = StateStore.open(location, self.keys)
        if store.exposure:
            self.warn(store.exposure)
        return store

    def program(self, file: Path | None, *, decrypt: bool = True) -> Program:
        """Read and check the stack; without ``decrypt`` encrypted configuration stays unknown, which is enough to look at
        it. Raises ``InputError`` with all that is wrong."""
        from virtwright.stacks.load import load_stack

        keys = self.keys if decrypt and not self.trust.limited else None
        program = load_stack(file, stack=self.environment, config=self.settings.config, keys=keys, trust=self.trust)
        self._check_project(program.name)
        if decrypt:
            self._check_stranger(program.name)
        return program

    def name(self, file: Path | None = None) -> StackName:
        """Which stack is meant: as ``--stack PROJECT/STACK`` says, else as the file says, else the only one in the state.

        Raises ``InputError``.
        """
        chosen = self.settings.stack_name
        if chosen and "/" in chosen:
            project, _, stack = chosen.partition("/")
            return StackName(project, stack)
        if file is None and not stack_file_here(self.trust):
            return self._only_stack(chosen)
        from virtwright.stacks.load import open_config

        name = open_config(file, stack=chosen, keys=self.keys, trust=self.trust).name
        self._check_stranger(name)
        return name

    def source(self, file: Path | None) -> "Source | None":
        """Where the stack's file comes from. None for a stack that is not trusted: its Git is not asked."""
        if self.trust.limited:
            return None
        from virtwright.stacks.find import find_stack
        from virtwright.stacks.source_reading import read_source

        return read_source(find_stack(file, self.trust))

    def source_of_name(self, file: Path | None) -> "Source | None":
        """As ``source``. None too where no file says which stack is meant: with ``--stack PROJECT/STACK`` there need be none here, nor a
        single one, nor one of that project."""
        return self.source(file) if self.has_file(file) else None

    def has_file(self, file: Path | None) -> bool:
        """Whether there is a file of the stack that is meant."""
        project, slash, _ = (self.settings.stack_name or "").rpartition("/")
        if slash:
            return self._project_of(file) == project
        return file is not None or stack_file_here(self.trust)

    def _project_of(self, file: Path | None) -> str | None:
        from virtwright.stacks.load import open_config

        try:
            return open_config(file, keys=self.keys, trust=self.trust).name.project
        except InputError:
            return None

    def state(self, file: Path | None = None) -> "StackState":
        """The state of the stack that is meant. Raises ``StateError`` where there is none, and makes nothing then."""
        self.check_there()
        return self.store.stack(self.name(file))

    def check_there(self) -> None:
        """Raises ``StateError`` where there is no state at all, as where its place was mistyped."""
        if self.store.is_new:
            raise StateError(
                f"there is no state at {self.store.place}",
                hint="create it by applying a stack:\n    virtwright apply FILE",
            )

    def warn_where_new(self) -> None:
        """Where a host is looked at without any state, everything there is somebody else's."""
        if self.store.is_new and not self.settings.json:
            self.warn(f"There is no state at {self.store.place}: nothing on a host is known here.")

    def _check_project(self, name: StackName) -> None:
        """Raises ``InputError`` where ``--stack PROJECT/STACK`` speaks of another project than the file."""
        project, slash, _ = (self.settings.stack_name or "").rpartition("/")
        if slash and project != name.project:
            raise InputError.one(
                f"--stack speaks of the project {project!r}, and the file is the stack {name.project!r}",
                where=Where(path="--stack"),
                hint=f"leave the project out, or name the file of that project:\n    --stack {name.short}",
            )

    def _check_stranger(self, name: StackName) -> None:
        """Raises ``RefusedError`` where a stack that is not trusted could have chosen whose state is looked at."""
        if not self.trust.limited or "/" in (self.settings.stack_name or ""):
            return
        if any(each.project != name.project for each in self.store.stacks()):
            raise RefusedError(
                f"the file says that it is the stack {name}, it is not trusted, and the state holds other projects too",
                hint="say which stack is meant, as --stack PROJECT/STACK or in VIRTWRIGHT_STACK",
            )

    @property
    def environment(self) -> str | None:
        """What ``--stack`` says without the project, which a file says itself."""
        chosen = self.settings.stack_name
        return chosen.rpartition("/")[2] if chosen else None

    def _only_stack(self, chosen: str | None) -> StackName:
        names = [name for name in self.store.stacks() if chosen in (None, name.stack)]
        if len(names) == 1:
            return names[0]
        if not names:
            what = f"no stack {chosen} in the state" if chosen else "no stack file here, and no stack in the state"
            raise StateError(f"there is {what}", hint="create one by applying it:\n    virtwright apply FILE")
        many = "\n".join(f"    --stack {name}" for name in names)
        raise InputError.one(f"the state holds {len(names)} stacks", hint=f"say which one:\n{many}")

    def say(self, text: str) -> None:
        """Print a line for people to standard output, wrapped where that has a width. A pipe needs no console for it, which takes
        longer to load than the line is worth."""
        if sys.stdout.isatty() or os.environ.get("COLUMNS"):
            self.out.print(text)
        else:
            print(text)

    def print_value(self, text: str) -> None:
        """Print one value alone: exactly for a pipe, harmlessly for a terminal."""
        from virtwright.cli.render.text import escape

        print(escape(text) if sys.stdout.isatty() else text)

    def warn(self, text: str) -> None:
        """Print a line for people to standard error. Names and more in it may come from a host."""
        from virtwright.cli.render.text import escape

        print(escape(text), file=sys.stderr, flush=True)


def stack_file_here(trust: Trust = TRUSTED) -> bool:
    """Whether the current folder has a stack file. Raises ``InputError`` where it has several."""
    from virtwright.stacks.find import find_stack

    try:
        find_stack(None, trust)
    except InputError as error:
        if "several" in error.message:
            raise
        return False
    return True
