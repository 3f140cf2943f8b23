"""The files that a stack declares for a container, whatever somebody inside makes of them."""

from collections.abc import Iterator
from typing import Any, Final

import pytest
from tests.container_lab import ContainerLab, container_lab

from virtwright.providers.diff import Impact

pytestmark = pytest.mark.root


@pytest.fixture
def lab() -> Iterator[ContainerLab]:
    with container_lab() as lab:
        yield lab


REPLACED: Final = {
    "rm $f": "missing, or no regular file",
    "rm $f; mkdir -p $f/in/it": "missing, or no regular file",
    "rm $f; mkfifo $f": "missing, or no regular file",
    "rm $f; ln -s /dev/zero $f": "missing, or no regular file",
    "rm $f; ln -s front.conf $f": "missing, or no regular file",
    "printf 'a\\0b' >$f": "content that is no text",
    "printf '\\377' >$f": "content that is no text",
    "head -c 3000000 /dev/zero | tr '\\0' x >$f": "more than 1048576 bytes",
}


def test_a_file_that_was_replaced_inside_is_drift_and_healed(lab: ContainerLab) -> None:
    inputs: dict[str, Any] = {"image": "host", "command": ["sleep", "600"], "stop_timeout": "0s"}
    inputs["files"] = [{"path": "/etc/other", "content": ""}, {"path": "/etc/front.conf", "content": "a\n"}]
    made = lab.create("Container", "web", **inputs)
    for script, seen in REPLACED.items():
        assert lab.execute("Container", made.id, "sh", "-c", f"f=/etc/front.conf; {script}") == 0
        found = [(each.field, each.prior, each.impact) for each in lab.changes("Container", made.id, **inputs)]
        assert found == [("files[1]", seen, Impact.REBOOT)], script
        lab.update("Container", "web", made.id, **inputs)
        assert lab.changes("Container", made.id, **inputs) == [], script
