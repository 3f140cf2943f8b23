"""Containers with default settings that call the kernel at random, at each other's side: the host stays as it was."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.private_hosts import JOIN_GROUP, OWN_GROUPS, remove_groups
from tests.private_mounts import LET_GO
from tests.soak_parts import count

pytestmark = [pytest.mark.root, pytest.mark.long, pytest.mark.timeout(0)]
SCRIPT = f"""
set -e
for limit in /sys/fs/cgroup/memory/"$2"/memory.limit_in_bytes /sys/fs/cgroup/"$2"/memory.max; do
    [ ! -w "$limit" ] || echo 8G > "$limit"  # what runs beside these tests goes on running
done
mount --make-rprivate /
{LET_GO}
{OWN_GROUPS}
mount -t tmpfs none /run
ip link set lo up
exec tini -- $PROGRAM
"""


@pytest.mark.part("hostile-containers")
def test_two_hostile_containers_leave_the_host_as_it_was(tmp_path: Path) -> None:
    seconds = count(600)
    file, group = tmp_path / "report.json", f"vw-hostile-{os.getpid()}"
    program = f"{sys.executable} -m tests.hostile_containers {seconds} {file}"
    try:
        subprocess.run(
            ["sh", "-c", JOIN_GROUP, "sh", str(tmp_path), group, SCRIPT],
            env={**os.environ, "PROGRAM": program},
            cwd=Path(__file__).parents[3],
            check=True,
        )
    finally:
        remove_groups(group)
    report = json.loads(file.read_text())
    print(json.dumps(report, indent=1))
    assert min(report["rounds"]) >= seconds // 60, "they did not run all the time"
    assert (report["differences"], report["flaws"], report["left"]) == ([], [], [])
    assert report["after"] <= 3 * report["before"]
    assert report["during"] <= 3 * report["before"]
