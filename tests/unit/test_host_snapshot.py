"""A host's snapshots tell what differs, and the kernel's log what is a flaw."""

from dataclasses import fields

import pytest
from tests.host_snapshot import Snapshot
from tests.kernel_log import FLAWS


def snapshot(**parts: dict[str, str]) -> Snapshot:
    return Snapshot(**{each.name: parts.get(each.name, {}) for each in fields(Snapshot)})


@pytest.mark.parametrize("part", [each.name for each in fields(Snapshot)])
def test_each_part_that_differs_is_told(part: str) -> None:
    one, other = snapshot(**{part: {"a": "1", "b": "2"}}), snapshot(**{part: {"a": "1", "b": "3", "c": "4"}})
    assert one.differences(one) == []
    assert one.differences(other) == [f"{part}: b: 2 -> 3", f"{part}: c: None -> 4"]
    assert other.differences(one) == [f"{part}: b: 3 -> 2", f"{part}: c: 4 -> None"]


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        ("BUG: unable to handle page fault for address: ffffffff", True),
        ("Oops: 0000 [#1] PREEMPT SMP", True),
        ("WARNING: CPU: 1 PID: 77 at mm/page_alloc.c:4000", True),
        ("watchdog: BUG: soft lockup - CPU#0 stuck for 22s!", True),
        ("INFO: task jbd2 blocked for more than 120 seconds.", True),
        ("trinity-c1[812]: segfault at 8 ip 00007f1c sp 00007ffd error 4 in trinity", False),
        ("Call Trace:", False),
        ("VFS: Warning: trinity-c3 using old stat() call. Recompile your binary.", False),
        ("oom-kill:constraint=CONSTRAINT_MEMCG,task=trinity-c0", False),
        ("vwb1f880403(vw12): entered promiscuous mode", False),
    ],
)
def test_what_the_kernel_says_of_itself(line: str, is_one: bool) -> None:
    assert bool(FLAWS.search(line)) is is_one
