"""The zygote: a process that has imported what Pulumi's programs need, and forks one process for each order.

``python -m tests.zygote.server DESCRIPTOR``: a socket, over which orders come and the numbers of the new processes go. It ends with the other side.
"""

import atexit
import ctypes
import fcntl
import gc
import importlib
import io
import json
import os
import socket
import sys
import threading
import traceback
import types
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

_MODULES: Final = ("pulumi", "pulumi.dynamic", "pulumi.runtime", "pulumi.runtime.proto", "virtwright", "virtwright.sdk")
LONGEST: Final = 128 * 1024
"""Bytes of an order."""
MOST: Final = 32
"""Descriptors that come with it."""
_ABOVE: Final = 512
"""What comes is put there first, away from the numbers that it is to have."""
_CLONE_PARENT: Final = 0x00008000
_CLONE3: Final = 435
"""The number of clone3(2), the same on every architecture."""
_CLONE_ARGUMENTS: Final = 8
"""Words of ``struct clone_args`` in its first version."""
_C: Final = ctypes.PyDLL(None, use_errno=True)


@dataclass(frozen=True)
class Order:
    """What is to be run, as fork_exec has it."""

    words: list[str]
    """The arguments after the interpreter and its options: the first one is a file of Python."""
    folder: str | None
    environment: dict[str, str]
    session: bool
    """Whether it begins one of its own."""
    numbers: list[int]
    """Those that the descriptors which come with it are to have."""


def main() -> None:
    channel = socket.socket(fileno=int(sys.argv[1]))
    codes: dict[str, types.CodeType] = {}
    for name in _MODULES:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # a collection in a fork would only unshare its pages
    while (message := socket.recv_fds(channel, LONGEST, MOST))[0]:
        order, descriptors = Order(**json.loads(message[0])), message[1]
        file = order.words[0]
        codes[file] = codes.get(file) or compile(Path(file).read_bytes(), file, "exec")
        if (pid := _fork_sibling()) == 0:
            channel.close()
            _become(order, descriptors, codes[file])
        for each in descriptors:
            os.close(each)
        channel.send(str(pid).encode())


def _fork_sibling() -> int:
    """As fork(2), but the new process is a child of this one's parent, who waits for it as for one that it started itself."""
    arguments = (ctypes.c_uint64 * _CLONE_ARGUMENTS)(_CLONE_PARENT)
    ctypes.pythonapi.PyOS_BeforeFork()
    pid = int(_C.syscall(_CLONE3, arguments, ctypes.sizeof(arguments)))
    if pid == 0:
        ctypes.pythonapi.PyOS_AfterFork_Child()
        return 0
    ctypes.pythonapi.PyOS_AfterFork_Parent()
    if pid < 0:
        raise OSError(ctypes.get_errno(), "clone3")
    return pid


def _become(order: Order, descriptors: list[int], code: types.CodeType) -> NoReturn:
    status = 1
    try:
        _settle(order, descriptors)
        status = _run(order, code)
    except BaseException:  # noqa: BLE001 - whatever it is, this is not the zygote
        traceback.print_exc()
    finally:
        os._exit(status)


def _settle(order: Order, descriptors: list[int]) -> None:
    if order.session:
        os.setsid()
    if order.folder is not None:
        os.chdir(order.folder)
    os.environ.clear()
    os.environ.update(order.environment)
    high = [_moved(each) for each in descriptors]
    for descriptor, number in zip(high, order.numbers, strict=True):
        os.dup2(descriptor, number, inheritable=True)
    _close_all_but({0, 1, 2, *order.numbers})
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
    sys.stdout, sys.stderr = (_unbuffered(number) for number in (1, 2))
    sys.argv = list(order.words)
    sys.path[0] = str(Path(order.words[0]).parent)


def _moved(descriptor: int) -> int:
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _ABOVE)
    os.close(descriptor)
    return moved


def _close_all_but(kept: set[int]) -> None:
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208
        if int(name) not in kept:
            with suppress(OSError):  # the one of the listing is closed already
                os.close(int(name))


def _unbuffered(number: int) -> io.TextIOWrapper:
    """As ``python -u`` has it."""
    errors = "strict" if number == 1 else "backslashreplace"
    return io.TextIOWrapper(io.FileIO(number, "w", closefd=False), errors=errors, write_through=True)


def _run(order: Order, code: types.CodeType) -> int:
    """Returns the exit status, as the interpreter would."""
    module = types.ModuleType("__main__")
    names: dict[str, Any] = module.__dict__
    names |= {"__file__": order.words[0], "__builtins__": __builtins__}
    sys.modules["__main__"] = module
    status = 0
    try:
        exec(code, names)  # noqa: S102
    except SystemExit as ending:
        status = _status(ending.code)
    except BaseException as error:  # noqa: BLE001 - as the interpreter does
        trace = error.__traceback__
        error.__traceback__ = trace and trace.tb_next  # it begins with the program's own first line
        sys.excepthook(type(error), error, error.__traceback__)
        status = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    return status


def _status(code: object) -> int:
    if code is None or isinstance(code, int):
        return (code or 0) & 0xFF
    print(code, file=sys.stderr)
    return 1


if __name__ == "__main__":
    main()
