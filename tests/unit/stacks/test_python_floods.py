"""A program may say, report and ask without an end; what is kept of that is limited."""

import asyncio
import resource
import socket
import sys
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import struct_pb2

from virtwright.stacks.python.bystander import Bystander
from virtwright.stacks.python.child import Child, Ended
from virtwright.stacks.python.host.line import REQUEST
from virtwright.stacks.python.monitor.line import Line
from virtwright.stacks.python.special import WireError
from virtwright.stacks.python.told import MOST, Told
from virtwright.stacks.python.wire import MOST_VALUES, decode, decode_value
from virtwright.trust import TRUSTED, Untrusted


def _run(folder: Path, text: str) -> Ended:
    """How a program ends that takes the place of the host module: it gets the pipe of its reports as ``pipe``."""
    script = folder / "program"
    script.write_text(f"#!{sys.executable}\nimport os, sys, json\npipe = int(sys.argv[4])\n{text}")
    script.chmod(0o755)

    async def run() -> Ended:
        child = await Child.start(script, folder, {}, lambda stream, line: None)
        try:
            return await asyncio.wait_for(asyncio.shield(child.ended), 120)
        finally:
            await child.stop()

    return asyncio.run(run())


def test_of_reports_without_number_the_last_is_kept(tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ended = _run(
        tmp_path,
        """
line = json.dumps({"kind": "ready", "x": "x" * 900_000}).encode() + b"\\n"
for _ in range(300):
    rest = memoryview(line)
    while rest:
        rest = rest[os.write(pipe, rest):]
os.write(pipe, b'{"kind": "done"}\\n')
""",
    )
    assert (ended.status, ended.report, ended.ready) == (0, {"kind": "done"}, True)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


@pytest.mark.parametrize("line", ["b'x' * 40_000_000", "b'[' * 100_000", "b'5'", "b'[1]'", "b'\\xff'", "b''"])
def test_what_is_no_report_is_passed_over(tmp_path: Path, line: str) -> None:
    ended = _run(
        tmp_path,
        f"""
rest = memoryview({line} + b"\\n")
while rest:
    rest = rest[os.write(pipe, rest):]
os.write(pipe, b'{{"kind": "done"}}\\n')
""",
    )
    assert (ended.status, ended.report) == (0, {"kind": "done"})


class Listening(Bystander):
    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []

    def log(self, severity: Any, message: str, urn: Any = None) -> None:
        self.heard.append(message)


def test_of_what_a_stranger_says_the_beginning_and_the_end_are_told(tmp_path: Path) -> None:
    mine, strangers = Listening(), Listening()
    for told in (Told(mine, TRUSTED), Told(strangers, Untrusted(tmp_path))):
        for number in range(100_000):
            told.say("warning", f"{number} {'x' * 100}")
        told.say("warning", "y" * 100_000)
        told.say("warning", "why it ended")
        told.end()
        told.end()
    assert len(mine.heard) == 100_002
    assert sum(map(len, strangers.heard)) < 1.1 * MOST
    assert strangers.heard[0].startswith("0 x") and strangers.heard[-1] == "why it ended"
    assert [each for each in strangers.heard if "lines are left out" in each] == [strangers.heard[-11]]


async def _ask(requests: bytes, most: int | None, *, read: bool) -> tuple[list[str], int, int]:
    """What is told, how many requests were answered, and how many bytes were taken from a program."""
    told: list[str] = []
    answered = 0

    async def respond(body: bytes) -> bytes:
        nonlocal answered
        answered += 1
        return b"x" * 100_000

    line = Line({"S": {"M": respond}}, most, lambda: told.append("too much"))
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.create_unix_connection(lambda: line, sock=ours)
    sent = asyncio.ensure_future(loop.sock_sendall(theirs, requests))
    for _ in range(2000):
        await asyncio.sleep(0)
        if read:
            try:
                if not theirs.recv(1_000_000):
                    break
            except BlockingIOError:
                pass
            except OSError:
                break
    taken = line._heard
    sent.cancel()
    await asyncio.gather(sent, return_exceptions=True)
    theirs.close()
    await line.close()
    return told, answered, taken


def _requests(count: int, size: int) -> bytes:
    return b"".join(REQUEST.pack(number, size, 3) + b"S/M" + b"x" * size for number in range(count))


def test_of_a_stranger_only_so_much_is_heard() -> None:
    assert asyncio.run(_ask(_requests(100, 1000), None, read=True))[:2] == ([], 100)
    told, answered, taken = asyncio.run(_ask(_requests(100, 1000), 50_000, read=True))
    assert told == ["too much"] and answered < 100 and taken < 500_000


def test_a_program_that_takes_no_answers_is_not_heard_meanwhile() -> None:
    """Each answer is a hundred times as long as its request."""
    requests = _requests(20_000, 1000)
    _, answered, taken = asyncio.run(_ask(requests, None, read=False))
    assert 0 < answered < 200 and taken < len(requests) / 10


@pytest.mark.parametrize("read", [True, False])
def test_small_requests_that_are_read_at_once_do_not_all_get_their_large_answers(*, read: bool) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    _, answered, _ = asyncio.run(_ask(_requests(4000, 0), None, read=read))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000
    assert answered > 500 if read else 0 < answered < 200


def test_a_message_of_values_without_number_is_refused() -> None:
    many = struct_pb2.Value()
    for _ in range(MOST_VALUES + 1):
        many.list_value.values.add().struct_value.SetInParent()
    with pytest.raises(WireError, match="more than 200000 values"):
        decode_value(many)
    with pytest.raises(WireError, match="more than 200000 values"):
        decode(struct_pb2.Struct(fields={"a": many}))
    del many.list_value.values[-1]
    assert decode_value(many) == [{}] * MOST_VALUES


def test_of_a_strangers_text_without_an_end_the_beginning_and_the_end_are_told(tmp_path: Path) -> None:
    listening = Listening()
    told = Told(listening, Untrusted(tmp_path))
    told.say_all("warning", "first\n" + "\n" * 8_000_000 + "why it ended\n")
    told.end()
    assert listening.heard[0] == "first" and listening.heard[-1] == "why it ended"
    assert len(listening.heard) < 20_000
