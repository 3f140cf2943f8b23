"""Ways by processes and sockets of the host, and by what a process inside is allowed."""

import ctypes
import errno
import os
import shutil
import socket
from pathlib import Path

from tests.escapes.inside.facts import facts
from tests.escapes.inside.system_calls import Refused, call, libc


def signal_host() -> str:
    os.kill(facts().process, 0)
    return "a process of the host can be signalled"


def see_host() -> str:
    return Path(f"/proc/{facts().process}/cmdline").read_text()


def descriptor_of_host() -> str:
    os.close(os.pidfd_open(facts().process))
    return "a descriptor of a process of the host"


def read_memory_of_host() -> str:
    buffer = ctypes.create_string_buffer(16)
    vector = (ctypes.c_void_p * 2)(ctypes.addressof(buffer), 16)
    if (
        libc.process_vm_readv(facts().process, vector, ctypes.c_ulong(1), vector, ctypes.c_ulong(1), ctypes.c_ulong(0))
        < 0
    ):
        number = ctypes.get_errno()
        if number != errno.EFAULT:
            raise OSError(number, os.strerror(number))
    return "memory of a process of the host"


def abstract_socket() -> str:
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(f"\0{facts().abstract}")
    return "connected to a socket of the host"


def loopback_port() -> str:
    with socket.create_connection(("127.0.0.1", facts().port), 5):
        return "connected to a port of the host's loopback interface"


def shared_memory() -> str:
    libc.shmget.restype = ctypes.c_int
    found = libc.shmget(facts().segment, ctypes.c_size_t(1), 0)
    if found < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return "a shared memory segment of the host"


def control_group_path() -> str:
    """Where in the host's tree of control groups it stands, with the names of its neighbours."""
    lines = [line.split(":", 2)[2] for line in Path("/proc/self/cgroup").read_text().splitlines()]
    if told := [line for line in lines if line not in ("/", "/init")]:
        return f"stands at {told[0]}"
    raise Refused("its own group is the top")


def keyring_of_host() -> str:
    return f"key {call('keyctl', 10, ctypes.c_int(-3), b'user', b'virtwright-probe', 0)}"


def _status(name: str) -> int:
    text = Path("/proc/self/status").read_text()
    return next(int(line.split()[1], 16) for line in text.splitlines() if line.startswith(f"{name}:"))


def inheritable_capabilities() -> str:
    if held := _status("CapInh"):
        return f"{held:#x}"
    raise Refused("none")


def ambient_capabilities() -> str:
    if held := _status("CapAmb"):
        return f"{held:#x}"
    raise Refused("none")


def capabilities_beyond_the_default() -> str:
    if held := _status("CapBnd") & ~0xA00425FB:
        return f"{held:#x}"
    raise Refused("none")


def set_user_id() -> str:
    """A set-user-id program, run by somebody who is not root."""
    program = Path("/tmp/set-user-id")
    shutil.copyfile(shutil.which("id") or "/usr/bin/id", program)
    program.chmod(0o4755)
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.dup2(write, 1)
        os.setgroups([])
        os.setresgid(1000, 1000, 1000)
        os.setresuid(1000, 1000, 1000)
        os.execv(program, [str(program), "-u"])
    os.close(write)
    os.waitpid(pid, 0)
    program.unlink()
    told = os.read(read, 100).decode().strip()
    if told != "0":
        raise Refused(f"it ran as {told}")
    return "became root"


def root_of_the_host() -> str:
    """Its id on the host: root inside of a user namespace is nobody in particular outside."""
    first = Path("/proc/self/uid_map").read_text().split()
    if first[1] == "0":
        return "is the host's own root"
    raise Refused(f"is {first[1]} on the host")
