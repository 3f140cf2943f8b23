"""What the zygote of these tests forks is as it would be had the interpreter been started for it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from tests.zygote.client import Zygote, forked_programs

SCRIPT = """\
import atexit, json, os, pickle, signal, sys, threading
import pulumi

class Own:
    pass

def later():
    threading.main_thread().join()
    print("the thread ends")

atexit.register(print, "at exit")
threading.Thread(target=later).start()
print(json.dumps({
    "words": sys.argv, "file": __file__, "name": __name__, "own": pickle.loads(pickle.dumps(Own)) is Own,
    "folder": os.getcwd(), "path": sys.path[0], "session": os.getsid(0) == os.getpid(), "parent": os.getppid(),
    "descriptors": [number for number in range(64) if os.path.exists(f"/proc/self/fd/{number}")],
    "environment": dict(os.environ), "threads": threading.active_count(),
    "read": os.read(int(sys.argv[1]), 100).decode(), "stdin": sys.stdin.read(), "pipe": str(signal.getsignal(signal.SIGPIPE)),
    "interrupt": str(signal.getsignal(signal.SIGINT)).partition(" at ")[0], "limit": sys.getrecursionlimit(),
}))
"""
ENDINGS = {
    "quiet": "pass",
    "code": "raise SystemExit(3)",
    "text": "raise SystemExit('in words')",
    "error": "def broken():\n    raise ValueError('a value')\nbroken()",
    "at once": "import os\nprint('said')\nos._exit(5)",
    "killed": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
}


def _run(script: Path, *words: str, **options: Any) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-u", str(script), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, **options)


@pytest.fixture
def script(tmp_path: Path) -> Path:
    return tmp_path / "script.py"


@pytest.fixture
def other(script: Path) -> Iterator[Zygote]:
    with Zygote.begun([script]) as made:
        yield made


def _facts(script: Path) -> Mapping[str, Any]:
    out, into = os.pipe()
    os.write(into, b"through the pipe")
    os.close(into)
    folder = script.parent / "elsewhere"
    folder.mkdir(exist_ok=True)
    environment = {**os.environ, "OWN": "variable"}
    done = _run(
        script, str(out), "word", input="typed", pass_fds=[out], cwd=folder, env=environment, start_new_session=True
    )
    os.close(out)
    assert done.stderr == ""
    facts, *after = done.stdout.splitlines()
    told: dict[str, Any] = json.loads(facts)
    assert told["read"] == "through the pipe" and told["session"] and told["parent"] == os.getpid()
    return told | {"after": after, "words": told["words"][2:], "descriptors": len(told["descriptors"])}


def test_it_finds_what_a_started_program_finds(script: Path, other: Zygote) -> None:
    script.write_text(SCRIPT)
    started = _facts(script)
    with forked_programs(other):
        assert _facts(script) == started


@pytest.mark.parametrize("ending", ENDINGS)
def test_it_ends_as_a_started_program_ends(script: Path, other: Zygote, ending: str) -> None:
    script.write_text(dedent(ENDINGS[ending]))
    started = _run(script)
    with forked_programs(other):
        forked = _run(script)
    assert (forked.returncode, forked.stdout, forked.stderr) == (started.returncode, started.stdout, started.stderr)


def test_a_signal_reaches_it_and_what_it_started(script: Path, other: Zygote) -> None:
    script.write_text("import subprocess\nprint('here')\nsubprocess.run(['sleep', '600'])")
    with (
        forked_programs(other),
        subprocess.Popen(
            [sys.executable, "-u", str(script)], stdout=subprocess.PIPE, start_new_session=True
        ) as process,
    ):
        assert process.stdout is not None
        assert process.stdout.readline() == b"here\n"
        os.killpg(process.pid, signal.SIGTERM)
        assert process.wait(120) == -signal.SIGTERM
        assert process.stdout.read() == b""


def test_what_would_import_something_else_is_started(script: Path, other: Zygote) -> None:
    script.write_text("import sys\nprint(bool(sys.modules.get('pulumi')))")
    with forked_programs(other):
        assert _run(script).stdout == "True\n"
        assert _run(script, env={**os.environ, "PYTHONPATH": "/elsewhere"}).stdout == "False\n"
        command = [sys.executable, str(script)]
        assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "False\n"
