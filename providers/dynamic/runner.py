"""Runs the code of ``pulumi.dynamic`` providers in the program's own interpreter, as the engine asks.

The engine starts this file with two pipes: requests come in, one line of JSON each, answers go out. The first request says
where to be. When the pipe closes, what is under way is finished before the process ends. Nothing but the standard library and
``pulumi`` may be imported here (``pulumi/dynamic/__main__.py`` is the model).
"""

import asyncio
import base64
import fcntl
import importlib
import io
import json
import os
import sys
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TextIO

CODE = "__provider"
_HERE = Path(__file__).resolve()
_LIBRARY = Path(os.__file__).resolve().parent


def main() -> None:
    requests = os.fdopen(int(sys.argv[1]), encoding="utf-8")
    answers = os.fdopen(int(sys.argv[2]), "w", encoding="utf-8")
    orders = json.loads(requests.readline())
    runner = Runner(orders, answers)
    sys.stdout, sys.stderr = Lines(runner, sys.stdout), Lines(runner, sys.stderr)
    asyncio.set_event_loop(asyncio.new_event_loop())  # which older SDKs look for when they are imported
    importlib.import_module("pulumi.dynamic")
    with ThreadPoolExecutor(orders["parallel"]) as threads:
        for line in requests:
            request = json.loads(line)
            if request["method"] == "end":
                return
            threads.submit(runner.answer, request)
        runner.creates.leave_word()  # the engine is gone without a word


class Runner:
    """The providers of one process, each made once."""

    def __init__(self, orders: dict[str, Any], answers: TextIO) -> None:
        self.working = threading.local()
        self._orders = orders
        self._answers = answers
        self._lock = threading.Lock()
        self._making = threading.Lock()
        self._providers: dict[str, Any] = {}
        self.creates = Creates(Path(orders["last_words"]))
        _go_to(orders["folder"])
        sys.path[0] = orders["imports"]

    def _settle_in(self) -> None:
        """Settings of the SDK are kept for each thread."""
        from pulumi.runtime import Settings, configure, set_all_config

        if getattr(self.working, "settled", False):
            return
        self.working.settled = True
        orders = self._orders
        configure(Settings(project=orders["project"], stack=orders["stack"], organization="organization"))
        set_all_config(orders["config"])

    def send(self, **what: Any) -> None:
        with self._lock:
            try:
                self._answers.write(json.dumps(what) + "\n")
                self._answers.flush()
            except (BrokenPipeError, ValueError):
                pass  # the engine is gone: what was begun is finished all the same

    def answer(self, request: dict[str, Any]) -> None:
        number = self.working.number = request["number"]
        try:
            self._settle_in()
            told = getattr(self, f"_{request['method']}")(request)
        except BaseException as error:  # noqa: BLE001 - whatever the code raises, the engine is told
            self.send(number=number, error=_describe(error))
        else:
            self.send(number=number, told=told)
        finally:
            self.working.number = None

    def _check(self, request: dict[str, Any]) -> Any:
        olds, news = _read(request["olds"]), _read(request["news"])
        result = self._provider(request, "news", "olds").check(olds, news)
        failures = [{"property": each.property, "reason": each.reason} for each in result.failures or ()]
        return {"inputs": _written(result.inputs), "failures": failures}

    def _diff(self, request: dict[str, Any]) -> Any:
        olds, news = _read(request["olds"]), _read(request["news"])
        result = self._provider(request, "news", "olds").diff(request["id"], olds, news)
        return {
            "changes": result.changes,
            "replaces": list(result.replaces or ()),
            "delete_before_replace": bool(result.delete_before_replace),
        }

    def _create(self, request: dict[str, Any]) -> Any:
        provider, news = self._provider(request, "news"), _read(request["news"])
        self.creates.begin(request["operation"])
        told = None
        try:
            result = provider.create(news)
            told = {"id": result.id, "outs": _written(result.outs)}
        finally:
            self.creates.end(request["operation"], request["urn"], told)
        return told

    def _read(self, request: dict[str, Any]) -> Any:
        result = self._provider(request, "olds").read(request["id"], _read(request["olds"]))
        return {"id": result.id, "outs": _written(result.outs), "inputs": _written(getattr(result, "inputs", None))}

    def _update(self, request: dict[str, Any]) -> Any:
        result = self._provider(request, "news").update(request["id"], _read(request["olds"]), _read(request["news"]))
        return {"outs": _written(result.outs)}

    def _delete(self, request: dict[str, Any]) -> Any:
        self._provider(request, "olds").delete(request["id"], _read(request["olds"]))

    def _provider(self, request: dict[str, Any], *places: str) -> Any:
        """From the first of the places whose code is known already."""
        import dill  # type: ignore[import-untyped]
        from pulumi.dynamic import Config, ConfigureRequest
        from pulumi.runtime.rpc import UNKNOWN

        code = next((request[place][CODE] for place in places if request[place].get(CODE, UNKNOWN) != UNKNOWN), None)
        if code is None:
            raise RuntimeError("the code of the resource is not known yet")
        with self._making:
            if code not in self._providers:
                made = _allowing_secrets(lambda: dill.loads(base64.b64decode(code)))
                made.configure(ConfigureRequest(Config(self._orders["config"], self._orders["project"])))
                self._providers[code] = made
            return self._providers[code]


class Creates:
    """What was made, and is being made. Written to files where the engine is gone: it may not have recorded it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._alone = False
        self._busy: dict[str, Any] = {}
        self._made: dict[str, dict[str, Any]] = {}

    def begin(self, operation: str) -> None:
        with self._lock:
            self._busy[operation] = self._hold(operation) if self._alone else None

    def end(self, operation: str, urn: str, told: dict[str, Any] | None) -> None:
        """``told`` is None where nothing was made."""
        with self._lock:
            if told is not None and isinstance(told["id"], str):
                self._made[operation] = {"urn": urn, **told}
                if self._alone:
                    self._write(operation)
            held = self._busy.pop(operation)
            if held is not None:
                (self._folder / f"{operation}.busy").unlink(missing_ok=True)
                held.close()

    def leave_word(self) -> None:
        """From now on nobody hears what comes of anything."""
        with self._lock:
            self._alone = True
            for operation in self._busy:
                self._busy[operation] = self._hold(operation)
            for operation in self._made:
                self._write(operation)

    def _hold(self, operation: str) -> Any:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = _private(self._folder / f"{operation}.busy")
        fcntl.flock(file, fcntl.LOCK_EX)
        return file

    def _write(self, operation: str) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft, file = (self._folder / f"{operation}{suffix}" for suffix in (".new", ".json"))
        with _private(draft) as writing:
            json.dump(self._made[operation], writing)
            writing.flush()
            os.fsync(writing.fileno())
        draft.replace(file)


def _private(path: Path) -> TextIO:
    """A file that nobody else can read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8")


class Lines(io.TextIOBase):
    """What the code prints is told to the engine as progress of what it works on."""

    def __init__(self, runner: Runner, otherwise: TextIO) -> None:
        self._runner, self._otherwise = runner, otherwise
        self._begun = threading.local()

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        number = getattr(self._runner.working, "number", None)
        if number is None:
            return self._otherwise.write(text)
        *lines, rest = (getattr(self._begun, "text", "") + text).split("\n")
        self._begun.text = rest
        for line in filter(str.strip, lines):
            self._runner.send(number=number, line=line)
        return len(text)

    def flush(self) -> None:
        self._otherwise.flush()


def _go_to(folder: str) -> None:
    """Where the project is gone, as when another machine destroys the stack, anywhere."""
    try:
        os.chdir(folder)
    except OSError:
        os.chdir("/")


def _allowing_secrets(load: Any) -> Any:
    """Secrets may have been pickled with the code."""
    try:
        from pulumi.runtime._serialization import _deserialize
    except ImportError:  # an older SDK
        return load()
    return _deserialize(load)


def _read(properties: dict[str, Any]) -> Any:
    from google.protobuf import struct_pb2
    from pulumi.runtime import rpc

    struct = struct_pb2.Struct()
    struct.update(properties)
    return rpc.deserialize_properties(struct, True)


def _written(properties: Any) -> Any:
    from google.protobuf import json_format
    from pulumi.runtime import rpc

    if properties is None:
        return None
    loop = asyncio.new_event_loop()
    try:
        struct = loop.run_until_complete(rpc.serialize_properties(properties, {}))
    finally:
        loop.close()
    return json_format.MessageToDict(struct)


def _describe(error: BaseException) -> dict[str, Any]:
    """The exception, and the last of the user's own lines that it passed."""
    frames = [each for each in traceback.extract_tb(error.__traceback__) if not _is_machinery(each.filename)]
    return {
        "type": type(error).__name__,
        "message": str(error),
        "file": frames[-1].filename if frames else None,
        "line": frames[-1].lineno if frames else None,
    }


def _is_machinery(file: str) -> bool:
    """Of this file, of the interpreter or of an installed library."""
    path = Path(file).resolve()
    installed = {"site-packages", "dist-packages"} & set(path.parts)
    return file.startswith("<") or path == _HERE or bool(installed) or _LIBRARY in path.parents


if __name__ == "__main__":
    main()
