"""What goes through ``exec`` from and to files and pipes: every byte, at the pace of who is slower."""

import hashlib
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import pytest
from tests.sandbox_lab import SandboxLab
from tests.waiting import until

from virtwright.providers.namespace.inside import read_file
from virtwright.providers.namespace.sandbox.spec import HealthCheck

pytestmark = pytest.mark.root

_MUCH: Final = random.Random(4).randbytes(10 * 1024 * 1024)


@pytest.fixture
def folder(sandboxes: SandboxLab) -> Path:
    return sandboxes.start(sandboxes.spec("sleep", "600", cwd="/tmp"))


def _operator(sandboxes: SandboxLab, folder: Path, *argv: str, **options: object) -> list[str]:
    code = f"""
import sys
from pathlib import Path
from virtwright.providers.namespace.inside import enter
from virtwright.providers.namespace.supervisor import Supervisor
sys.exit(enter(Supervisor(Path({str(sandboxes.folder / "cache")!r})), Path({str(folder)!r}), {argv!r}, **{options!r}))
"""
    return [sys.executable, "-c", code]


def test_ten_megabytes_go_in_and_come_out(sandboxes: SandboxLab, folder: Path) -> None:
    done = subprocess.run(
        _operator(sandboxes, folder, "tee", "/tmp/copy", interactive=True), input=_MUCH, capture_output=True, check=True
    )
    assert done.stdout == _MUCH
    assert read_file(folder, "/tmp/copy").content == _MUCH  # type: ignore[union-attr]


def test_files_are_read_and_written_and_only_by_the_command_line(
    sandboxes: SandboxLab, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "in").write_bytes(_MUCH)
    script = "cat; cat /tmp/none; (echo more >>/proc/self/fd/0) 2>/dev/null; readlink /proc/self/fd/1 >&2; exit 6"
    with (
        (tmp_path / "in").open("rb") as given,
        (tmp_path / "out").open("wb") as out,
        (tmp_path / "err").open("wb") as err,
    ):
        command = _operator(sandboxes, folder, "sh", "-c", script, interactive=True)
        assert subprocess.run(command, stdin=given, stdout=out, stderr=err, check=False).returncode == 6
    assert (tmp_path / "in").read_bytes() == _MUCH
    assert (tmp_path / "out").read_bytes() == _MUCH
    problem, where = (tmp_path / "err").read_text().split("\n")[:2]
    assert "/tmp/none" in problem and where.startswith("pipe:")


def test_both_outputs_go_on_their_own(sandboxes: SandboxLab, folder: Path) -> None:
    """Nobody reads the one while the other is read to its end."""
    script = "yes out | head -c 60000; yes err | head -c 3000000 >&2; exec 2>&-; yes out | head -c 3000000"
    with subprocess.Popen(
        _operator(sandboxes, folder, "sh", "-c", script), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        assert len(process.stderr.read(3000000)) == 3000000
        assert len(process.stdout.read()) == 3060000
        assert process.stderr.read() == b""
        assert process.wait(120) == 0


def test_who_writes_waits_for_who_reads(sandboxes: SandboxLab, folder: Path) -> None:
    """Memory stays small however much is written, and waiting takes no time of the processor."""
    with subprocess.Popen(
        _operator(sandboxes, folder, "sh", "-c", f"head -c {64 << 20} /dev/zero; echo done >/tmp/done"),
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.read(1) == b"\0"
        time.sleep(2)
        assert read_file(folder, "/tmp/done") is None
        used, memory = _used(process.pid)
        assert used < 1.5, "it takes its time to begin, and no more"
        digest = hashlib.sha256(b"\0")
        while part := process.stdout.read(1 << 20):
            digest.update(part)
        assert _used(process.pid)[1] < memory + 8 * 1024
        assert process.wait(120) == 0
    assert digest.hexdigest() == hashlib.sha256(bytes(64 << 20)).hexdigest()


def _used(pid: int) -> tuple[float, int]:
    """Seconds of processor time, and KiB of memory."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK"), int(fields[21]) * os.sysconf("SC_PAGE_SIZE") // 1024


def test_the_end_of_the_input_is_passed_on_and_of_the_output_too(sandboxes: SandboxLab, folder: Path) -> None:
    with subprocess.Popen(
        _operator(sandboxes, folder, "sh", "-c", "cat; echo over", interactive=True),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(b"first\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"first\n"
        process.stdin.close()
        assert process.stdout.read() == b"over\n"
        assert process.wait(120) == 0
    with subprocess.Popen(
        _operator(sandboxes, folder, "sh", "-c", "yes; echo $? >/tmp/status"), stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"y\n"
        process.stdout.close()
        assert process.wait(120) == 0
    assert read_file(folder, "/tmp/status").content == b"141\n"  # type: ignore[union-attr]


def test_what_does_not_read_its_input_ends_all_the_same(sandboxes: SandboxLab, folder: Path) -> None:
    with subprocess.Popen(
        _operator(sandboxes, folder, "sh", "-c", "exit 3", interactive=True), stdin=subprocess.PIPE
    ) as process:
        assert process.wait(120) == 3
    done = subprocess.run(
        _operator(sandboxes, folder, "sh", "-c", "exec <&-; sleep 0.2; exit 4", interactive=True),
        input=_MUCH,
        check=False,
    )
    assert done.returncode == 4


def test_output_that_can_not_be_written_is_an_error(sandboxes: SandboxLab, folder: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        command = _operator(sandboxes, folder, "echo", "lost")
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode != 0
    assert b"No space left on device" in done.stderr


def test_an_output_that_does_not_block_is_waited_for(sandboxes: SandboxLab, folder: Path) -> None:
    read, write = os.pipe()
    os.set_blocking(write, False)
    with subprocess.Popen(_operator(sandboxes, folder, "head", "-c", "1000000", "/dev/zero"), stdout=write) as process:
        os.close(write)
        with os.fdopen(read, "rb") as file:
            assert len(file.read()) == 1000000
        assert process.wait(120) == 0


def test_a_device_that_root_inside_has_replaced_is_not_opened(
    sandboxes: SandboxLab, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert sandboxes.enter(folder, "sh", "-c", "rm /dev/null; mkfifo /dev/null") == 0
    assert sandboxes.enter(folder, "true") == 126
    assert "/dev/null inside is no longer the device of that name" in capfd.readouterr().err
    link = "rm /dev/null; ln -s /proc/self/fd/0 /dev/null"
    subprocess.run(_operator(sandboxes, folder, "sh", "-c", link, interactive=True), check=True, input=b"")
    assert sandboxes.enter(folder, "true") == 126
    check = HealthCheck(("true",), interval=0.1)
    other = sandboxes.start(
        sandboxes.spec("sh", "-c", "rm /dev/null; mkfifo /dev/null; sleep 600", id="other", healthcheck=check)
    )
    sandboxes.until(other, lambda now: "no longer the device" in now.health_output)
    until("the keepers are gone", lambda: len(sandboxes.group(folder).pids()) == 1)


def test_a_user_inside_may_open_its_own_outputs(
    sandboxes: SandboxLab, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    script = "echo one >/dev/stdout; echo two >/dev/stderr"
    assert sandboxes.enter(folder, "sh", "-c", script, user="worker") == 0
    assert capfd.readouterr() == ("one\n", "two\n")
