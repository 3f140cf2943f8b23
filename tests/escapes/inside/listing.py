"""``python3 -m tests.escapes.inside.listing NAME``: writes ``NAME`` with all that a process inside has and sees.

One thing to a line, in sections; what differs from run to run or from machine to machine is said in words.
"""

import ctypes
import errno
import os
import re
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from tests.escapes.inside.facts import EXCHANGE
from tests.escapes.inside.files import MASKED, READ_ONLY
from tests.escapes.inside.system_calls import call

_RIGHTS = (
    "CapInh",
    "CapPrm",
    "CapEff",
    "CapBnd",
    "CapAmb",
    "NoNewPrivs",
    "Seccomp",
    "SigIgn",
    "SigBlk",
    "Umask",
    "Groups",
)
_OF_THE_TEST = ("/exchange", "/probes", "/volume")
"""On whatever file system the machine has."""
_OF_EVERY_NETWORK = {"erspan0", "gre0", "gretap0", "ip6_vti0", "ip6gre0", "ip6tnl0", "ip_vti0", "sit0", "tunl0"}
"""Interfaces that some kernels put into each network namespace."""


def descriptors() -> Iterator[str]:
    """Not that by which they are listed."""
    for fd in sorted(int(path.name) for path in Path("/proc/self/fd").iterdir()):
        try:
            kind = stat.S_IFMT(os.fstat(fd).st_mode)
        except OSError:
            continue
        target = str(Path(f"/proc/self/fd/{fd}").readlink())
        yield f"{fd} {target if kind == stat.S_IFCHR else re.sub('[0-9]+', 'N', target)}"


def environment() -> Iterator[str]:
    for name, value in sorted(os.environ.items()):
        yield f"{name}={value}"


def rights() -> Iterator[str]:
    lines = Path("/proc/self/status").read_text().splitlines()
    for name, value in (line.split(":", 1) for line in lines):
        if name in _RIGHTS:
            yield f"{name} {value.strip()}"
    yield f"ids {os.getresuid()} {os.getresgid()}"
    yield f"map {'host' if Path('/proc/self/uid_map').read_text().split()[1] == '0' else 'its own range'}"
    yield f"OOM {Path('/proc/self/oom_score_adj').read_text().strip()}"


def place() -> Iterator[str]:
    yield f"parent {'none' if os.getppid() == 0 else 'inside'}"
    yield f"session {'its own' if os.getsid(0) == os.getpid() else 'none inside' if os.getsid(0) == 0 else 'another'}"
    try:
        os.close(os.open("/dev/tty", os.O_RDWR))
        yield "a controlling terminal"
    except OSError as error:
        yield f"no controlling terminal: {errno.errorcode[error.errno or 0]}"
    yield f"folder {Path.cwd()} root {Path('/proc/self/root').readlink()}"
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        if (path := line.split(":", 2)[2]) != "/":
            yield f"control group {path}"
    names = set()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile
            names.add((process / "comm").read_text().strip())
    yield from (f"process {name}" for name in sorted(names))


def process_one() -> Iterator[str]:
    """What /proc tells of process 1, which is the runtime's own in a machine."""
    for name in ("cmdline", "environ", "cwd", "exe", "fd", "maps", "root"):
        path = Path("/proc/1", name)
        try:
            if path.is_symlink():
                told = str(path.readlink())
            elif name == "fd":
                told = " ".join(sorted(each.name for each in path.iterdir()))
            else:
                told = "readable" if path.read_bytes() else "empty"
        except OSError as error:
            told = errno.errorcode[error.errno or 0]
        yield f"{name} {re.sub('python[0-9.]+', 'python', told)}"


def mounts() -> Iterator[str]:
    """But for what covers parts of /proc and /sys, of which only what is missing is said: kernels differ in what there is."""
    found, hidden = {}, set()
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        words = line.split()
        rest = words[words.index("-") + 1 :]
        shared = " ".join(word.split(":")[0] for word in words[6 : words.index("-")])
        kind, options = rest[0], words[5]
        if words[4].startswith(("/proc/", "/sys/")) and kind == "tmpfs" and (words[3] == "/null" or "ro" in options):
            hidden.add(words[4])
            continue
        if words[4].startswith(_OF_THE_TEST):
            kind, options = "of the test", re.sub(",(relatime|noatime|discard)", "", options)
        found[words[4]] = f"{words[4]} {kind} {options} {shared}".strip()
    yield from (text for point, text in sorted(found.items()) if point not in READ_ONLY)
    yield from (f"not covered: {path}" for path in MASKED if Path(path).exists() and path not in hidden)
    for path in READ_ONLY:
        if Path(path).exists() and not re.search(r" ro,", found.get(path, "")):
            yield f"writable: {path}"


def devices() -> Iterator[str]:
    for path in sorted(Path("/dev").rglob("*")):
        facts = path.lstat()
        what = (
            f"device {os.major(facts.st_rdev)}:{os.minor(facts.st_rdev)} {stat.S_IMODE(facts.st_mode):o}"
            if stat.S_ISCHR(facts.st_mode) or stat.S_ISBLK(facts.st_mode)
            else f"-> {path.readlink()}"
            if path.is_symlink()
            else f"{stat.S_IMODE(facts.st_mode):o}"
        )
        yield f"{path} {what}"


def sockets() -> Iterator[str]:
    """Of its network namespace, by family; each file of /proc/net begins with a heading."""
    for name in ("icmp", "icmp6", "packet", "raw", "raw6", "tcp", "tcp6", "udp", "udp6", "unix"):
        path = Path("/proc/net", name)
        if path.exists() and (count := len(path.read_text().splitlines()) - 1):
            yield f"{name} {count}"
    names = {path.name for path in Path("/sys/class/net").iterdir()}
    yield from (f"interface {name}" for name in sorted(names - _OF_EVERY_NETWORK))


def keyrings() -> Iterator[str]:
    for name, id in (("thread", -1), ("process", -2), ("session", -3), ("user", -4), ("user session", -5)):
        try:
            call("keyctl", 0, ctypes.c_int(id), 0)
            yield f"{name} keyring"
        except OSError as error:
            yield f"{name} {errno.errorcode[error.errno or 0]}"
    yield from (line.split()[-1] for line in Path("/proc/keys").read_text().splitlines())


def kernel_files() -> Iterator[str]:
    """What lies in /proc beside processes, as far as it tells something."""
    for path in sorted(Path("/proc").iterdir()):
        if path.name.isdigit() or str(path) in MASKED:
            continue
        yield path.name


SECTIONS = (descriptors, environment, rights, place, process_one, mounts, devices, sockets, keyrings, kernel_files)


def main() -> None:
    text = "".join(f"[{section.__name__}]\n" + "".join(f"{line}\n" for line in section()) for section in SECTIONS)
    scratch = EXCHANGE / f".{sys.argv[1]}"
    scratch.write_text(text)
    scratch.rename(EXCHANGE / sys.argv[1])


if __name__ == "__main__":
    main()
