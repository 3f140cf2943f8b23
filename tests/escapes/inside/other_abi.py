"""The kernel's 32-bit calls, made by a 64-bit program: a filter that knows one table of calls alone lets them through."""

import ctypes
import mmap
import os
import platform
import signal
from typing import Final

from tests.escapes.inside.system_calls import Refused

_CODE: Final = bytes.fromhex("53 89f8 89f3 4189c8 89d1 4489c2 cd80 5b c3")
"""``int call(int number, int a, int b, int c)``: moves the arguments to where ``int 0x80`` takes them from."""
_MAP_32BIT: Final = 0x40
_UNSHARE, _SOCKETCALL, _SOCKET, _KEYCTL = 310, 102, 359, 288
_CLONE_NEWUSER = 0x10000000
_AF_ALG, _SOCK_SEQPACKET = 38, 5


def user_namespace() -> str:
    return f"unshare returned {_called(_UNSHARE, _CLONE_NEWUSER)}"


def keyring() -> str:
    return f"keyctl returned {_called(_KEYCTL, 0, -3, 1)}"


def crypto_socket() -> str:
    return f"socket returned {_called(_SOCKET, _AF_ALG, _SOCK_SEQPACKET)}"


def crypto_socket_by_socketcall() -> str:
    """Its arguments lie in memory, where no filter sees them."""
    return f"socketcall returned {_called(_SOCKETCALL, 1, memory=(_AF_ALG, _SOCK_SEQPACKET, 0))}"


def _called(number: int, *arguments: int, memory: tuple[int, ...] = ()) -> int:
    """What the kernel's own code answered. In a process of its own, which a kernel without such calls ends."""
    if platform.machine() != "x86_64":
        raise Refused("this processor has one table of calls")
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(write, _call(number, arguments, memory).to_bytes(8, "little", signed=True))
        os._exit(0)
    os.close(write)
    told = os.read(read, 8)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGSEGV:
        raise Refused("this kernel has no 32-bit calls")
    result = int.from_bytes(told, "little", signed=True)
    if result in (-1, -13):
        raise OSError(-result, os.strerror(-result))
    return result


def _call(number: int, arguments: tuple[int, ...], memory: tuple[int, ...]) -> int:
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _MAP_32BIT
    page = mmap.mmap(-1, mmap.PAGESIZE, flags, mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(_CODE)
    start = ctypes.addressof(ctypes.c_char.from_buffer(page))
    words = (ctypes.c_uint32 * 8).from_buffer(page, 1024)
    words[: len(memory)] = list(memory)
    given = [*arguments, *([start + 1024] if memory else []), 0, 0, 0][:3]
    function = ctypes.CFUNCTYPE(ctypes.c_int, *[ctypes.c_int] * 4)(start)
    return int(function(number, *given))
