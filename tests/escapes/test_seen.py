"""What a process inside has and sees is what the lists in ``expected`` say: a new descriptor, mount, variable or device fails here.

Where it is meant to be there: ``.venv/bin/python -m tests.escapes.seen`` writes the lists anew, for a reviewer to read the difference.
"""

import re

import pytest

from tests.escapes.outside import Outside
from tests.escapes.seen import EXPECTED, LOOKS, split
from tests.escapes.weakened.sandboxes import weakened_lab
from tests.sandbox_lab import SandboxLab

pytestmark = pytest.mark.root


@pytest.mark.parametrize("name", LOOKS)
def test_nothing_new_is_seen_inside(host: Outside, sandboxes: SandboxLab, name: str) -> None:
    seen, kernel = split(LOOKS[name](sandboxes, host))
    expected, known = split((EXPECTED / f"{name}.txt").read_text())
    assert seen == expected
    assert kernel - known == set()


def test_there_is_a_list_for_each_look_and_no_other() -> None:
    assert {path.stem for path in EXPECTED.iterdir()} == set(LOOKS)


@pytest.mark.parametrize(
    ("defence", "line"),
    [
        ("closed descriptors", r"\d+ /$"),
        ("network namespace", "interface "),
        ("masks", "not covered: /proc/keys"),
        ("pid namespace", "process "),
        ("cgroup namespace", "control group /"),
    ],
)
def test_a_leak_is_seen(host: Outside, defence: str, line: str) -> None:
    with weakened_lab(host, [defence]) as lab:
        seen, _ = split(LOOKS["process-one"](lab, host))
    expected, _ = split((EXPECTED / "process-one.txt").read_text())
    assert [each for each in seen if each not in expected and re.match(line, each)]
