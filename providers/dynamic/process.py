"""The process that runs a program's own code: started when it is first needed, asked from many threads at once."""

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import field
from pathlib import Path
from typing import Any, Final, TextIO

from virtwright.errors import HostError, NothingDoneError, WaitTimeoutError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.context import Context
from virtwright.schemas.dynamic import DynamicHost

_RUNNER: Final = Path(__file__).with_name("runner.py")
_LOOK: Final = 0.2
"""How often is looked whether the user wants to stop, in seconds."""
_GRACE: Final = 5.0
"""Seconds that the process has to end when nothing is under way any more."""
_LAST_LINES: Final = 10
_LONGEST_LINE: Final = 4096


class CodeError(NothingDoneError):
    """The program's own code raised an exception, which means, by Pulumi's rules, that it did nothing."""


@dataclass(slots=True)
class _Question:
    answer: "Future[Any]" = field(default_factory=Future)
    context: Context = field(default_factory=Context)


class CodeProcess:
    """One for each run and stack. Methods may be called from many threads."""

    def __init__(self, host: DynamicHost, last_words: Path) -> None:
        self._host = host
        self._last_words = last_words
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._requests: TextIO | None = None
        self._open: dict[int, _Question] = {}
        self._number = 0
        self._said: deque[str] = deque(maxlen=_LAST_LINES)

    def ask(self, method: str, context: Context, **what: Any) -> Any:
        """Have the code do something; returns what it told. Raises ``CodeError`` for what it raises, ``HostError`` where
        it can't be run, ``WaitTimeoutError`` and ``CancelledError``: then it goes on, and nobody hears of what comes of it."""
        number, question = self._send(method, context, what)
        while True:
            try:
                return question.answer.result(context.remaining(_LOOK))
            except FutureTimeoutError:
                context.check()
                if not context.remaining():
                    raise WaitTimeoutError(f"the program's code took too long to {method} it") from None
            finally:
                if question.answer.done():
                    self._open.pop(number, None)

    def close(self) -> None:
        """Let it end when it is through with what is under way; nobody waits for that."""
        with self._lock:
            process, self._process = self._process, None
            busy = any(not each.answer.done() for each in self._open.values())
        if process is None:
            return
        assert self._requests is not None
        with contextlib.suppress(OSError):
            if not busy:  # else it is to leave word of what comes of that
                self._requests.write(json.dumps({"method": "end"}) + "\n")
            self._requests.close()
        if busy:
            return
        try:
            process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _send(self, method: str, context: Context, what: Mapping[str, Any]) -> tuple[int, _Question]:
        with self._lock:
            if self._process is None:
                self._start()
            self._number += 1
            question = self._open[self._number] = _Question(context=context)
            assert self._requests is not None
            try:
                self._requests.write(json.dumps({"number": self._number, "method": method, **what}) + "\n")
                self._requests.flush()
            except OSError:
                pass  # it has ended: who reads its answers says how
            return self._number, question

    def _start(self) -> None:
        requests_out, requests_in = os.pipe()
        answers_out, answers_in = os.pipe()
        host = self._host
        interpreter = host.interpreter if os.access(host.interpreter, os.X_OK) else sys.executable
        try:
            self._process = process = subprocess.Popen(
                [interpreter, "-u", str(_RUNNER), str(requests_out), str(answers_in)],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                errors="replace", pass_fds=(requests_out, answers_in), start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            os.close(requests_in)
            os.close(answers_out)
            raise HostError(f"the interpreter {interpreter} can't be started: {error.strerror}") from error
        finally:
            os.close(requests_out)
            os.close(answers_in)
        self._requests = os.fdopen(requests_in, "w", encoding="utf-8")
        told = threading.Thread(target=self._listen, args=(process,), daemon=True)
        told.start()
        answers = os.fdopen(answers_out, encoding="utf-8")
        threading.Thread(target=self._hear, args=(process, answers, told), daemon=True).start()
        orders = {
            "folder": host.folder,
            "imports": host.imports,
            "project": host.project,
            "stack": host.stack,
            "config": host.config,
            "parallel": host.max_parallel,
            "last_words": str(self._last_words),
        }
        with contextlib.suppress(OSError):
            self._requests.write(json.dumps(orders) + "\n")
            self._requests.flush()

    def _listen(self, process: "subprocess.Popen[str]") -> None:
        """What comes from no request in particular: kept in case that the process ends with it."""
        assert process.stdout is not None
        with process.stdout as lines:
            while line := lines.readline(_LONGEST_LINE):
                self._said.append(line.rstrip())

    def _hear(self, process: "subprocess.Popen[str]", answers: TextIO, listening: threading.Thread) -> None:
        with answers:
            for line in answers:
                self._take(json.loads(line))
        status = process.wait()
        listening.join(_GRACE)
        with self._lock:
            if self._process is process:
                self._process = None
            left = [each for each in self._open.values() if not each.answer.done()]
        said = "\n".join(f"    {line}" for line in self._said)
        for each in left:
            error = HostError(
                f"the process that runs the program's code has ended (status {status})", hint=said or None
            )
            each.answer.set_exception(error)

    def _take(self, told: Mapping[str, Any]) -> None:
        question = self._open.get(told["number"])
        if question is None or question.answer.done():
            return
        if "line" in told:
            question.context.progress(told["line"])
        elif "error" in told:
            question.answer.set_exception(_raised(**told["error"]))
        else:
            question.answer.set_result(told["told"])


def _raised(type: str, message: str, file: str | None, line: int | None) -> CodeError:
    text = f"{type}: {message}" if message else type
    hint = f"raised by the program's own code, at {file}:{line}" if file else None
    return CodeError(text, hint=hint)
