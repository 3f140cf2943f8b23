"""A sandbox that lacks what ``table.Probe.without`` names."""

import contextlib
import json
import subprocess
from collections.abc import Collection, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest

from tests.escapes.outside import Outside
from tests.escapes.weakened.defences import DEFENCES
from tests.sandbox_lab import SandboxLab, sandbox_lab
from virtwright.providers.namespace import read_only_start
from virtwright.providers.namespace.supervisor import Supervisor

_MAIN: Final = str(Path(__file__).parent / "__main__.py")


def fields_without(without: Collection[str]) -> dict[str, Any]:
    """Of a spec: what any caller of the runtime could leave out."""
    fields: dict[str, Any] = {}
    if "seccomp" in without:
        fields["seccomp"] = None
    if "user namespace" in without:
        fields["user_namespace"] = False
    fields["capabilities"] = tuple(name for name in without if name.startswith("CAP_"))
    return fields


@contextlib.contextmanager
def weakened_lab(outside: Outside, without: Collection[str]) -> Iterator[SandboxLab]:
    """Sandboxes whose shims lack those of ``without`` that are defences of the shim's side."""
    names = [name for name in without if name in DEFENCES]
    ordinary = subprocess.Popen

    def popen(argv: list[str], **options: Any) -> "subprocess.Popen[bytes]":
        place = next(index for index, word in enumerate(argv) if word.endswith("/shim/__main__.py"))
        return ordinary([*argv[:place], _MAIN, json.dumps(names), *argv[place:]], **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(read_only_start, "subprocess", SimpleNamespace(Popen=popen))
        supervisor = Supervisor(outside.folder / "cache", private=(outside.folder,))
        with sandbox_lab(outside.folder / "weakened", Path("/nonexistent"), supervisor) as lab:
            yield lab
        supervisor.close()
