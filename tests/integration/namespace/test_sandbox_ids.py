"""Each container has ids of its own on the host, so that what the kernel counts for each user is nobody else's."""

import ctypes
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.sandbox_lab import SandboxLab

from virtwright.providers.namespace.sandbox import mask_layer
from virtwright.providers.namespace.sandbox.spec import HOST
from virtwright.providers.namespace.supervisor import Supervisor, status

pytestmark = pytest.mark.root
libc = ctypes.CDLL(None, use_errno=True)

WATCHES = """
import ctypes, time
libc, count = ctypes.CDLL(None), 0
while libc.inotify_init() >= 0:
    count += 1
print(f"made {count}.", flush=True)
time.sleep(600)
"""
PIPES = """
import fcntl, os, resource, sys, time
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
for _ in range(int(sys.argv[1])):
    read, write = os.pipe()
print(f"the last has {fcntl.fcntl(write, fcntl.F_GETPIPE_SZ)}.", flush=True)
time.sleep(600)
"""


def test_watches_of_one_are_not_counted_for_another_or_for_the_host(sandboxes: SandboxLab) -> None:
    most = Path("/proc/sys/fs/inotify/max_user_instances").read_text().strip()
    for id in ("one", "other"):
        spec = sandboxes.spec("/usr/bin/python3", "-c", WATCHES, id=id, layers=(HOST,))
        sandboxes.until_logged(sandboxes.start(spec), f"made {most}.")
    with inotify() as fd:
        assert fd >= 0, os.strerror(ctypes.get_errno())


def test_pipes_of_one_do_not_make_those_of_another_small(sandboxes: SandboxLab) -> None:
    """A user may have so many pages in pipes; what is opened beyond gets a page or two."""
    pages = int(Path("/proc/sys/fs/pipe-user-pages-soft").read_text())
    enough = pages // 16 + 8
    for id, count, size in (("one", enough, 4096 * 2), ("other", 1, 65536)):
        argv = ("/usr/bin/python3", "-c", PIPES, str(count))
        sandboxes.until_logged(sandboxes.start(sandboxes.spec(*argv, id=id, layers=(HOST,))), f"the last has {size}.")


def test_ids_are_a_range_of_its_own_for_as_long_as_it_lives(sandboxes: SandboxLab) -> None:
    folders = [sandboxes.start(sandboxes.spec("sleep", "600", id=id)) for id in ("one", "other")]
    assert len({uid_map(folder) for folder in folders}) == 2


UNMAPPED = """
from virtwright.providers.namespace.kernel.errors import SandboxError
from virtwright.providers.namespace.sandbox import idmap
try:
    idmap.create(idmap.FIRST)
except SandboxError as error:
    print(error.message)
"""


def test_where_there_are_no_ids_to_give_it_is_told_in_words() -> None:
    """As inside of another container with a user namespace: then a container starts without one, with a warning."""
    argv = ["unshare", "--user", "--map-root-user", sys.executable, "-c", UNMAPPED]
    told = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    assert told == "can't act as the user 1073741824: Invalid argument: the kernel does not support this here\n"


OLD_KERNEL = 0x0020000
"""A personality, inherited by all that is started: uname(2) names an old version of Linux."""


def test_a_kernel_that_can_not_map_the_ids_of_the_mask_is_served_too(sandboxes: SandboxLab, tmp_path: Path) -> None:
    before = libc.personality(OLD_KERNEL)
    supervisor = Supervisor(tmp_path / "cache")
    try:
        assert not mask_layer.maps_ids()
        lab = SandboxLab(tmp_path / "old", sandboxes.busybox, supervisor)
        for id, mapped in (("one", True), ("other", True), ("plain", False)):
            argv = (
                "sh",
                "-c",
                "stat -c %u%a /etc /root /var/lib; touch /etc/mine /root/mine; cat /etc/shadow | head -1",
            )
            _, text = lab.run(*argv, id=id, layers=(HOST,), user_namespace=mapped)
            assert text.split("\n") == ["0755", "0700", "0755", "root:*:" + text.rpartition("root:*:")[2]]
    finally:
        supervisor.close()
        libc.personality(before)


def uid_map(folder: Path) -> str:
    process = status(folder).process
    assert process is not None
    return Path(f"/proc/{process.pid}/uid_map").read_text()


@contextmanager
def inotify() -> Iterator[int]:
    fd = libc.inotify_init()
    yield fd
    if fd >= 0:
        os.close(fd)
