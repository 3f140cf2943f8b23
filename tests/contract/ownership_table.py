"""The table of situations and providers, as ``docs/ownership.md`` has it. Run as a program it writes it there."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from tests.contract.docker.subject import DockerSubject
from tests.contract.fake_subject import FakeSubject
from tests.contract.libvirt.containers import LxcSubject
from tests.contract.libvirt.memory import TestDriverSubject
from tests.contract.libvirt.subject import QemuSubject
from tests.contract.namespace.subject import NamespaceSubject
from tests.contract.situations import SITUATIONS
from tests.contract.swarm.subject import SwarmSubject

COLUMNS: Final[Sequence[tuple[Any, Sequence[Any]]]] = (
    (FakeSubject, FakeSubject.marks),
    (NamespaceSubject, NamespaceSubject.marks),
    (DockerSubject, DockerSubject.marks),
    (SwarmSubject, SwarmSubject.marks),
    (TestDriverSubject, TestDriverSubject.marks),
    (QemuSubject, (*QemuSubject.marks, pytest.mark.long)),
    (LxcSubject, (*LxcSubject.marks, pytest.mark.long)),
)
"""With the marks of their cells. One engine is like the other whatever way leads to it, so that none is here twice."""
_HEADS: Final = {
    "namespace": "namespace",
    "docker": "Docker",
    "swarm": "Swarm",
    "libvirt-test": "libvirt (test driver)",
    "qemu": "QEMU",
    "lxc": "LXC",
}
_BEGIN: Final = "<!-- situations -->\n"
_END: Final = "<!-- end -->\n"


def printed() -> str:
    """With what stands around it."""
    shown = [subject for subject, _ in COLUMNS if subject.name in _HEADS]
    heads = ["situation", "what is done", *(_HEADS[each.name] for each in shown)]
    rows = [[each.what, each.outcome, *(each.lacks(subject) or "tested" for subject in shown)] for each in SITUATIONS]
    lines = [heads, ["---"] * len(heads), *rows]
    return _BEGIN + "".join(f"| {' | '.join(line)} |\n" for line in lines) + _END


def main() -> None:
    document = Path(__file__).parents[2] / "docs" / "ownership.md"
    text = document.read_text()
    before, _, rest = text.partition(_BEGIN)
    document.write_text(before + printed() + rest.partition(_END)[2])


if __name__ == "__main__":
    main()
