"""System calls through which flaws of the kernel were reached: each is refused before the kernel's own code runs."""

import ctypes
import errno
import fcntl
import os
import signal
import socket
import termios
from contextlib import suppress
from pathlib import Path

from tests.escapes.inside.facts import facts
from tests.escapes.inside.system_calls import Refused, call, reached, unshare

_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNS = 0x00020000
_CLONE_NEWNET = 0x40000000
_AF_ALG = 38
_AF_VSOCK = 40


def fsopen() -> str:
    return reached("fsopen", b"tmpfs", 0)


def fsconfig() -> str:
    return reached("fsconfig", -1, 0, b"source", b"x" * 8, 0)


def open_tree() -> str:
    return f"a copy of the root mount: {call('open_tree', -100, b'/', 1)}"


def move_mount() -> str:
    return reached("move_mount", -1, b"", -100, b"/tmp", 4)


def mount_setattr() -> str:
    return reached("mount_setattr", -1, b"", 0x1000, None, 0)


def nested_user_namespace() -> str:
    unshare(_CLONE_NEWUSER)
    return "a user namespace with all capabilities"


def clone_user_namespace() -> str:
    pid = call("clone", _CLONE_NEWUSER | signal.SIGCHLD, 0, 0, 0, 0)
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return "a user namespace by clone"


def clone3_user_namespace() -> str:
    arguments = (ctypes.c_uint64 * 11)(_CLONE_NEWUSER, 0, 0, 0, signal.SIGCHLD)
    pid = call("clone3", arguments, ctypes.sizeof(arguments))
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return "a user namespace by clone3"


def nested_network_namespace() -> str:
    with suppress(OSError):
        unshare(_CLONE_NEWUSER)
    unshare(_CLONE_NEWNET)
    return "a network namespace whose filter can be changed"


def join_namespace() -> str:
    fd = os.open("/proc/self/ns/uts", os.O_RDONLY)
    call("setns", fd, 0)
    return "entered a namespace"


def userfaultfd() -> str:
    return f"a descriptor: {call('userfaultfd', 1)}"


def io_uring() -> str:
    return f"a ring: {call('io_uring_setup', 1, ctypes.create_string_buffer(120))}"


def bpf() -> str:
    attributes = (ctypes.c_uint32 * 32)(2, 4, 8, 1)  # an array of one element
    return f"a map: {call('bpf', 0, attributes, ctypes.sizeof(attributes))}"


def perf_event() -> str:
    attributes = (ctypes.c_uint32 * 32)(1, 128)
    attributes[4] = 9  # PERF_COUNT_SW_DUMMY
    return reached("perf_event_open", attributes, -1, 0, -1, 0)


def keyring() -> str:
    return f"keyring {call('keyctl', 0, ctypes.c_int(-3), 1)}"


def add_key() -> str:
    return f"key {call('add_key', b'user', b'virtwright-probe', b'x', 1, ctypes.c_int(-2))}"


def request_key() -> str:
    return reached("request_key", b"user", b"virtwright-probe", None, 0)


def kexec() -> str:
    return f"{reached('kexec_load', 0, 0, None, 0)}; {reached('kexec_file_load', -1, -1, 0, None, 0)}"


def load_module() -> str:
    return reached("init_module", b"", 0, b"")


def load_module_from_file() -> str:
    return reached("finit_module", -1, b"", 0)


def unload_module() -> str:
    return reached("delete_module", b"virtwright-probe", 0o4000)


def open_by_handle() -> str:
    raw = bytes.fromhex(facts().handle)
    handle = ctypes.create_string_buffer(
        len(raw).to_bytes(4, "little") + facts().handle_type.to_bytes(4, "little") + raw, 8 + len(raw)
    )
    volume = os.open("/exchange", os.O_RDONLY)
    with os.fdopen(call("open_by_handle_at", volume, handle, os.O_RDONLY)) as file:
        return file.read()


def kernel_log() -> str:
    buffer = ctypes.create_string_buffer(4096)
    return f"{call('syslog', 3, buffer, 4096)} bytes"


def accounting() -> str:
    return reached("acct", b"/proc/virtwright-probe")


def swap() -> str:
    return reached("swapon", b"/proc/virtwright-probe", 0)


def io_ports() -> str:
    return reached("iopl", 3)


def clock() -> str:
    class Time(ctypes.Structure):
        _fields_ = [("seconds", ctypes.c_long), ("micro", ctypes.c_long)]

    return reached("settimeofday", ctypes.byref(Time(-1, -1)), None)


def reboot() -> str:
    """Sets what Ctrl-Alt-Del does on the machine to what it does; in a pid namespace that is not the first one the kernel knows no such thing."""
    command = 0x89ABCDEF if Path("/proc/sys/kernel/ctrl-alt-del").read_text().strip() == "1" else 0
    try:
        call("reboot", ctypes.c_uint(0xFEE1DEAD).value, 672274793, command, 0)
    except OSError as error:
        if error.errno == errno.EINVAL:
            raise Refused("the kernel would end this pid namespace alone") from error
        raise
    return "the machine's Ctrl-Alt-Del was set"


def fanotify() -> str:
    return f"a descriptor: {call('fanotify_init', 0, 0)}"


def memory_of_others() -> str:
    return reached("migrate_pages", os.getpid(), 0, None, None)


def compare_processes() -> str:
    return reached("kcmp", os.getpid(), os.getpid(), 0, 0, 0)


def crypto_socket() -> str:
    return _socket(_AF_ALG, socket.SOCK_SEQPACKET)


def vsock() -> str:
    return _socket(_AF_VSOCK, socket.SOCK_STREAM)


def _socket(family: int, kind: int) -> str:
    """A kernel without the family says so: then the filter let the call through."""
    try:
        with socket.socket(family, kind):
            return "a socket"
    except PermissionError:
        raise
    except OSError as error:
        return f"asked of the kernel: {error}"


def type_into_terminal() -> str:
    master, slave = os.openpty()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # sent when the terminal goes
    with suppress(PermissionError):  # leads its session already
        os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    fcntl.ioctl(slave, 0x5412, b"x")
    os.close(master)
    return "typed into its terminal"


def packet_socket() -> str:
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0):
        return "a packet socket"


def netfilter() -> str:
    """The request that many flaws of nf_tables begin with: a new table, never committed."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12) as line:
        line.bind((0, 0))
        attributes = b"\x0a\x00\x01\x00probe\x00\x00\x00"
        body = b"\x01\x00\x00\x00" + attributes
        table = (16 + len(body)).to_bytes(4, "little") + b"\x00\x0a\x05\x04\x02\x00\x00\x00\x00\x00\x00\x00" + body
        begin = b"\x14\x00\x00\x00\x10\x00\x01\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x0a"
        end = b"\x14\x00\x00\x00\x11\x00\x05\x00\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x0a"
        line.settimeout(2)
        line.send(begin + table + end)
        code = int.from_bytes(line.recv(4096)[16:20], "little", signed=True)
    if code:
        raise OSError(-code, f"a new table: {os.strerror(-code)}")
    return "a new table"


def iptables() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as line:
        try:
            line.setsockopt(socket.IPPROTO_IP, 64, bytes(96))
        except PermissionError:
            raise
        except OSError as error:
            return f"asked of the kernel: {error}"
        return "replaced a table"
