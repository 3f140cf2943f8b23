"""A stranger's program, run confined: what it can reach and take."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.waiting import until

from virtwright.providers.namespace.cgroups.group import Group, detect
from virtwright.providers.namespace.cgroups.layout import GROUP
from virtwright.providers.namespace.confining.command import confined
from virtwright.providers.namespace.confining.order import Order

pytestmark = pytest.mark.root

PROBES = """\
import json, os, socket, sys
outside, port = sys.argv[1], int(sys.argv[2])
def connect():
    with socket.create_connection(("127.0.0.1", port), timeout=5): pass
def own(path, text="x"):
    with open(path, "w") as file: file.write(text)
found = {}
for name, probe in {
    "a file of the machine": lambda: open(outside).read(),
    "the users": lambda: open("/etc/passwd").read(),
    "a service": connect,
    "the environment": lambda: os.environ["SECRET"],
    "a process": lambda: os.kill(int(sys.argv[3]), 0),
    "a write": lambda: own("written"),
    "a device": lambda: (os.mknod("/tmp/vw-null", 0o020666, os.makedev(1, 3)), os.unlink("/tmp/vw-null")),
    "root": lambda: os.setuid(0),
    "a mount namespace": lambda: os.unshare(0x00020000) if hasattr(os, "unshare") else ctypes_unshare(),
    "a link out": lambda: open("link").read(),
    "the parent's descriptors": lambda: os.read(int(sys.argv[4]), 1),
}.items():
    try:
        probe()
        found[name] = True
    except BaseException:
        found[name] = False
print(json.dumps(found))
""".replace(
    "outside, port",
    "import ctypes\ndef ctypes_unshare():\n    if ctypes.CDLL(None).unshare(0x00020000): raise OSError\noutside, port",
    1,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "stack"
    made.mkdir(mode=0o700)
    return made


def run(command: Sequence[str], **options: Any) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **options)
    assert groups() == []
    return done


def groups(process: str = str(os.getpid())) -> list[str]:
    mounts = {*detect().v1.values(), *filter(None, [detect().v2])}
    return [str(each) for mount in mounts for each in (mount / GROUP).glob(f"confined-{process}-*")]


def test_each_probe_reaches_the_machine_unconfined_and_nothing_confined(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "secret").chmod(0o644)
    (folder / "link").symlink_to("../secret")
    (folder / "probes.py").write_text(PROBES)
    reading, writing = os.pipe()
    os.write(writing, b"xx")
    with socket.create_server(("127.0.0.1", 0)) as server:
        argv = [sys.executable, str(folder / "probes.py"), str(tmp_path / "secret"), str(server.getsockname()[1])]
        argv += [str(os.getpid()), str(reading)]
        options: Any = {"env": {**os.environ, "SECRET": "x"}, "pass_fds": (reading,)}
        free = json.loads(run(argv, cwd=folder, **options).stdout)
        assert free == dict.fromkeys(free, True)
        done = run(confined(argv, folder, ()), cwd="/", **options)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == dict.fromkeys(free, False)
    for descriptor in (reading, writing):
        os.close(descriptor)


def limited(program: str, folder: Path, **limits: Any) -> "subprocess.CompletedProcess[str]":
    (folder / "program.py").write_text(program)
    *words, order = confined([sys.executable, str(folder / "program.py")], folder, ())
    return run([*words, replace(Order.from_json(order), **limits).to_json()], cwd="/")


def test_a_folder_that_is_too_deep_is_said_to_be(folder: Path) -> None:
    place = os.open(folder, os.O_RDONLY)
    for _ in range(1300):
        os.mkdir("d", dir_fd=place)
        deeper = os.open("d", os.O_RDONLY, dir_fd=place)
        os.close(place)
        place = deeper
    os.close(place)
    done = limited("", folder)
    subprocess.run(["rm", "-rf", folder], check=True)
    assert done.returncode != 0 and "has more than 256 levels" in done.stderr


def test_time_is_limited(folder: Path) -> None:
    done = limited("import time\ntime.sleep(60)", folder, seconds=1)
    assert done.returncode != 0 and "it had run for 1 seconds" in done.stderr


def test_memory_is_limited(folder: Path) -> None:
    done = limited("x = bytearray(256 * 1024**2)", folder, memory=64 * 1024**2)
    assert done.returncode != 0 and "it took more memory than it may" in done.stderr


def test_processes_are_limited(folder: Path) -> None:
    program = """\
import os, time
made = 0
try:
    while made < 100:
        if os.fork() == 0: time.sleep(60)
        made += 1
except OSError:
    print(made)
"""
    done = limited(program, folder, processes=20)
    assert done.returncode == 0 and 0 < int(done.stdout) < 20, done.stderr


def test_a_folder_that_is_too_large_is_refused(folder: Path) -> None:
    with (folder / "large").open("wb") as file:
        file.truncate(1024**3)
    done = limited("", folder)
    assert done.returncode != 0 and "the stack's folder is too large" in done.stderr


STUBBORN = """
import ctypes, os, signal, sys, time
libc = ctypes.CDLL(None, use_errno=True)
print(libc.prctl(1, 0), libc.ptrace(0, 0, 0, 0), flush=True)
for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_IGN)
os.close(0), os.setsid()
time.sleep(600)
"""


@pytest.mark.parametrize("killed", ["engine", "supervisor", "both"])
def test_a_program_does_not_outlive_its_command(folder: Path, killed: str) -> None:
    (folder / "program.py").write_text(STUBBORN)
    words = confined([sys.executable, str(folder / "program.py")], folder, ())
    starting = "import subprocess, sys, time; subprocess.Popen(sys.argv[1:], cwd='/'); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", starting, *words], stdout=subprocess.PIPE, text=True) as engine:
        assert engine.stdout is not None
        assert engine.stdout.readline() == "-1 -1\n", "it can neither undo that it ends nor be traced"
        (supervisor,) = children(engine.pid)
        (program,) = children(supervisor)
        for name, pid in (("supervisor", supervisor), ("engine", engine.pid)):
            if killed in (name, "both"):
                os.kill(pid, signal.SIGKILL)
        until("the program has ended", lambda: not Path(f"/proc/{program}/exe").exists())
        engine.kill()
    for name in {Path(each).name for each in groups()}:  # this process, whose number they have, lives on
        Group(name, detect()).remove()


def test_what_was_left_all_the_same_is_ended_by_the_next(folder: Path) -> None:
    limited("", folder)
    layout = detect()
    folders = [mount / GROUP / f"confined-{2**30}-ab" for mount in {*layout.v1.values(), *filter(None, [layout.v2])}]
    with subprocess.Popen(["sleep", "600"]) as left:
        for each in folders:
            each.mkdir()
            (each / "cgroup.procs").write_text(str(left.pid))
        limited("", folder)
        assert left.wait(120) == -signal.SIGKILL
    assert [each for each in folders if each.exists()] == []


def test_of_proc_only_its_own_processes_are_seen(folder: Path) -> None:
    done = limited("import os\nprint(sorted(name for name in os.listdir('/proc') if not name.isdigit()))", folder)
    assert done.stdout == "['self', 'thread-self']\n", done.stderr


def test_the_interpreters_settings_are_not_seen(folder: Path) -> None:
    done = limited("import os, sys\nprint(sorted(os.listdir(sys.prefix)))", folder)
    assert set(eval(done.stdout)) <= {"bin", "lib", "lib64", "pyvenv.cfg"}, done.stderr


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.parametrize("ended", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_when_it_is_ended_from_outside(folder: Path, ended: signal.Signals) -> None:
    (folder / "program.py").write_text("import time\nprint('ready', flush=True)\ntime.sleep(600)")
    argv = [sys.executable, str(folder / "program.py")]
    with subprocess.Popen(confined(argv, folder, ()), cwd="/", stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        (child,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        process.send_signal(ended)
        process.wait(120)
        until("the program has ended", lambda: not Path("/proc", child).exists())
    left = groups()
    assert bool(left) == (ended is signal.SIGKILL)
    for name in left:  # as if this process had ended too
        Path(name).rename(Path(name).with_name(f"confined-{2**30}-ab"))
    limited("", folder)
    assert groups() == groups(str(2**30)) == []
