"""A host of Xen's that runs: reached over SSH, gone with its context.

One processor only: with two, Xen waits for the other one at each change of a page table, and under emulation that is most of the time. The processor
calls itself Intel's: on AMD's, Xen hides a flag without which libvirt 11.3 does not start its driver.
"""

import shlex
import subprocess
from pathlib import Path
from typing import Final, Self

from tests.ports import free_port
from tests.waiting import until
from tests.xen.image import XenImage

_XEN: Final = "console=com1 com1=115200 dom0_mem=1024M,max:1024M noreboot spec-ctrl=no xpti=0 pv-l1tf=off"
_LINUX: Final = (
    "console=hvc0 quiet mitigations=off net.ifnames=0 cryptomgr.notests "
    "initcall_blacklist=jent_mod_init,load_system_certificate_list"
)


class XenLab:
    """A context manager; ``place`` gets the disk's changes and the console's log."""

    def __init__(self, image: XenImage, place: Path) -> None:
        self._image = image
        self._place = place
        self.port = free_port()
        self.known_hosts = place / "known_hosts"

    @property
    def uri(self) -> str:
        return f"xen+ssh://root@127.0.0.1:{self.port}/system"

    @property
    def key(self) -> Path:
        return self._image.key

    @property
    def console(self) -> str:
        log = self._place / "console.log"
        return log.read_text(errors="replace") if log.exists() else ""

    def __enter__(self) -> Self:
        self.known_hosts.write_text(f"[127.0.0.1]:{self.port} {self._image.host_key}\n")
        self._qemu = subprocess.Popen(self._argv(), stdin=subprocess.DEVNULL)
        try:
            until("domain 0 is up", self._is_up, 600)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._qemu.kill()
        self._qemu.wait()

    def run(self, *argv: str, check: bool = True) -> str:
        """A command in domain 0."""
        words = ["ssh", "-F", "none", "-i", str(self.key), "-o", f"UserKnownHostsFile={self.known_hosts}", "-o", "BatchMode=yes",
                 "-p", str(self.port), "root@127.0.0.1", shlex.join(argv)]  # fmt: skip
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=300)
        assert not check or done.returncode == 0, f"{argv}: {done.stdout}{done.stderr}"
        return done.stdout

    def virsh(self, commands: str) -> str:
        """Several of libvirt's commands are parted by semicolons."""
        return self.run("virsh", "-c", "xen:///system", commands)

    def _is_up(self) -> bool:
        assert self._qemu.poll() is None, self.console
        return "domain 0 is up" in self.console

    def _argv(self) -> list[str]:
        image = self._image
        modules = f"{image.kernel} {_LINUX.replace(',', ',,')},{image.initrd}"
        return ["qemu-system-x86_64", "-accel", "tcg", "-cpu", "qemu64,vendor=GenuineIntel,-svm", "-M", "pc", "-m", "2048",
                "-nographic", "-nodefaults", "-serial", f"file:{self._place / 'console.log'}", "-monitor", "none",
                "-kernel", str(image.hypervisor), "-append", _XEN, "-initrd", modules,
                "-drive", f"file={image.disk},format=raw,if=virtio,cache=unsafe,snapshot=on",
                "-netdev", f"user,id=net,hostfwd=tcp:127.0.0.1:{self.port}-:22", "-device", "virtio-net-pci,netdev=net",
                "-device", "virtio-rng-pci"]  # fmt: skip
