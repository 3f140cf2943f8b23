"""The place where a program's own code makes things (``pulumi.dynamic``): a process of the program's interpreter."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

from virtwright.errors import InputError
from virtwright.home import state_home
from virtwright.providers.base import Handler, HostFact, Operations
from virtwright.providers.dynamic.handler import DynamicHandler
from virtwright.providers.dynamic.last_words import LastWords
from virtwright.providers.dynamic.process import CodeProcess
from virtwright.schemas.dynamic import DynamicHost
from virtwright.schemas.host import Host
from virtwright.schemas.kinds import DYNAMIC


class DynamicProvider:
    """Implements ``Provider``."""

    schemes: ClassVar[tuple[str, ...]] = ("dynamic",)

    def __init__(self, host: DynamicHost) -> None:
        self._host = host
        words = LastWords.of(state_home(os.environ), host.project, host.stack)
        self._process = CodeProcess(host, words.folder)
        self._handlers = {DYNAMIC.name: DynamicHandler(self._process, words)}

    @classmethod
    def open(cls, name: str, host: Host) -> Self:
        if not isinstance(host, DynamicHost):
            raise InputError.one(
                f"{host.uri} is where the code of Python stacks runs, and nothing that a stack can name",
                hint="write a program with a `pulumi.dynamic.ResourceProvider`",
            )
        return cls(host)

    @property
    def handlers(self) -> Mapping[str, Handler[Any, Any]]:
        return self._handlers

    def operations(self, kind: str) -> Operations | None:
        return None

    def facts(self) -> Sequence[HostFact]:
        there = Path(self._host.interpreter).exists()
        hint = None if there else "virtwright's own is used instead; it has to have what the code imports"
        return [
            HostFact("interpreter", self._host.interpreter, ok=there, hint=hint),
            HostFact("folder", self._host.folder, ok=Path(self._host.folder).is_dir()),
        ]

    def close(self) -> None:
        self._process.close()
