"""``python -m tests.escapes.document`` writes docs/escapes.md from ``table.py`` and ``further.py``."""

from pathlib import Path
from typing import Final

from tests.escapes.further import FURTHER
from tests.escapes.table import ADDED, PROBES, UNMAPPED, Probe

DOCUMENT: Final = Path(__file__).parents[2] / "docs/escapes.md"
_HEAD: Final = """# Published ways out of containers, and what they do here

Written by `.venv/bin/python -m tests.escapes.document`; a test holds it to what is tried.

## Tried inside

`tests/escapes/test_probes.py` tries each of these in every configuration that a stack can ask for: a container, one with each capability added, one without a user
namespace, machines, a privileged machine. It is refused everywhere but where the last column says. In a sandbox that lacks what the third column names, and nothing
else, it must succeed. Where that column is empty, the last one shows that it can.

| Tried | Class | What stops it | Open in |
| --- | --- | --- | --- |
"""
_FURTHER: Final = """
What is refused as a system call may be a flaw of the kernel that newer kernels do not have: the filter keeps it out of reach on older ones. Flaws behind system calls that every
program needs can't be kept out of reach (CVE-2016-5195, CVE-2022-0847): keep the kernel up to date.

Of the last column's words, each of `CAP_SYS_ADMIN`, `CAP_SYS_MODULE`, `CAP_SYS_RAWIO`, `CAP_DAC_READ_SEARCH`, `CAP_MKNOD` and `privileged` gives whoever is root
inside the root of the host, if they want it.

## Tried from outside

| Tried | Class | Test |
| --- | --- | --- |
"""
_WORDS: Final = {UNMAPPED: "any without a user namespace", ADDED: "any with an added capability"}


def text() -> str:
    inside = "".join(_row(probe) for probe in PROBES)
    outside = "".join(f"| {each.name} | {each.about} | `{each.test}` |\n" for each in FURTHER)
    return f"{_HEAD}{inside}{_FURTHER}{outside}"


def _row(probe: Probe) -> str:
    places = ", ".join(_WORDS.get(word, f"`{word}`") for word in probe.open_in)
    return f"| {probe.name} | {probe.about} | {', '.join(probe.without)} | {places} |\n"


if __name__ == "__main__":
    DOCUMENT.write_text(text())
