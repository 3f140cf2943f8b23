"""Paths that the kernel follows inside a folder."""

import os
import subprocess
import sys
from pathlib import Path

from tests.waiting import until

from virtwright.providers.archives.confined import open_file

RENAMES = "import os, sys; os.chdir(sys.argv[1])\nwhile True: os.rename('one', 'two'); os.rename('two', 'one')"


def test_a_way_up_is_followed_while_others_rename(tmp_path: Path) -> None:
    """openat2(2) then answers EAGAIN, nearly each time on a way as long as this one."""
    for name in ("one", "inside"):
        (tmp_path / name).mkdir()
    (tmp_path / "inside" / "file").write_text("here")
    before = tmp_path.stat().st_mtime_ns
    root = os.open(tmp_path, os.O_PATH)
    with subprocess.Popen([sys.executable, "-c", RENAMES, str(tmp_path)]) as process:
        try:
            until("something is renamed", lambda: tmp_path.stat().st_mtime_ns != before)
            for _ in range(100):
                os.close(open_file(root, "inside/../" * 50 + "inside/file"))
        finally:
            process.kill()
            os.close(root)
