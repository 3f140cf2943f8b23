"""What QEMU starts for a host of Xen's: hypervisor, kernel, first file system and disk; kept between runs."""

import gzip
import hashlib
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.guests.cache import cached
from tests.guests.cpio import FOLDER, Entry, link, pack
from tests.guests.initramfs import base_files
from tests.guests.kernel import Kernel, cloud_kernel
from tests.guests.packages import debian_archive
from tests.ssh_lab import keygen

GUEST: Final = "/srv/guest"
"""In domain 0: ``vmlinuz`` and ``initrd`` of a test guest that Xen runs."""
_PACKAGES: Final = (
    "busybox-static", "dnsmasq-base", "iproute2", "iptables", "kmod", "libvirt-clients", "libvirt-daemon-driver-xen",
    "libvirt-daemon-system", "linux-image-amd64", "nftables", "openssh-server", "procps", "qemu-system-xen", "qemu-utils", "xen-hypervisor-4.20-amd64",
    "xen-utils-4.20", "xen-utils-common", "xenstore-utils",
)  # fmt: skip
_OWN: Final = Path(__file__).parent / "files"
_BUSYBOX: Final = Path("/usr/bin/busybox")
_SIZE: Final = 6 * 1024**3
_FRONT: Final = ("xen-netfront", "xen-blkfront")
_POWER: Final = {
    f"sbin/{name}": Entry(f"#!/bin/sh\nexec busybox {name} -f\n".encode()) for name in ("poweroff", "reboot")
}
"""What the kernel calls when Xen asks a guest to shut down."""


@dataclass(frozen=True)
class XenImage:
    """A folder with all of it."""

    folder: Path

    @property
    def hypervisor(self) -> Path:
        return self.folder / "xen"

    @property
    def kernel(self) -> Path:
        return self.folder / "vmlinuz"

    @property
    def initrd(self) -> Path:
        return self.folder / "initrd"

    @property
    def disk(self) -> Path:
        return self.folder / "disk.raw"

    @property
    def key(self) -> Path:
        """The private key that may log in as root."""
        return self.folder / "key"

    @property
    def host_key(self) -> str:
        return (self.folder / "host.pub").read_text().strip()


def xen_image() -> XenImage:
    """Making it takes some minutes, and Debian's archive."""
    own = [Path(__file__), *sorted(_OWN.iterdir())]
    digest = hashlib.sha256(b"\0".join(each.read_bytes() for each in own)).hexdigest()[:16]
    return XenImage(cached(f"xen/{digest}", _make))


def _root_archive() -> Path:
    digest = hashlib.sha256(" ".join(_PACKAGES).encode()).hexdigest()[:16]
    return cached(f"xen/{digest}.tar", _bootstrap)


def _bootstrap(new: Path) -> None:
    archive = debian_archive()
    _run("mmdebstrap", "--quiet", "--variant=minbase", "--mode=root", "--format=tar", f"--include={','.join(_PACKAGES)}",
         archive.suite, str(new), archive.uri)  # fmt: skip


def _make(new: Path) -> None:
    new.mkdir()
    made = XenImage(new)
    with tempfile.TemporaryDirectory(dir=new.parent) as folder:
        root = Path(folder)
        root.chmod(0o755)
        _run("tar", "--extract", "--preserve-permissions", "--numeric-owner", "--file", str(_root_archive()), "--directory", folder)  # fmt: skip
        (hypervisor,) = (root / "boot").glob("xen-*.gz")
        made.hypervisor.write_bytes(gzip.decompress(hypervisor.read_bytes()))
        shutil.copy(Kernel(root).image, made.kernel)
        made.initrd.write_bytes(pack(_first_files(Kernel(root))))
        _settle(root, made)
        with made.disk.open("wb") as file:
            file.truncate(_SIZE)
        _run("mke2fs", "-q", "-t", "ext4", "-d", folder, str(made.disk))


def _settle(root: Path, made: XenImage) -> None:
    """What this host has beside Debian's packages."""
    init = root / "usr/sbin/host-init"
    shutil.copy(_OWN / "host-init", init)
    init.chmod(0o755)
    shutil.copy(root / "etc/ssh/ssh_host_ed25519_key.pub", made.folder / "host.pub")
    keys = root / "root/.ssh"
    keys.mkdir(mode=0o700, exist_ok=True)
    shutil.copy(keygen(made.key).with_suffix(".pub"), keys / "authorized_keys")
    guest = root / GUEST.lstrip("/")
    guest.mkdir(parents=True)
    shutil.copy(cloud_kernel().image, guest / "vmlinuz")
    files = base_files(_FRONT)
    files["lib/modules/first"] = Entry(files["lib/modules/first"].data + files["lib/modules/then"].data)
    (guest / "initrd").write_bytes(pack(files | _POWER))


def _first_files(kernel: Kernel) -> dict[str, Entry]:
    modules = dict(kernel.modules(("virtio_blk", "virtio_net", "crc32c_generic", "ext4")))
    entries = dict.fromkeys(("bin", "dev", "lib", "lib/modules", "newroot", "proc", "run", "sys"), FOLDER)
    entries["bin/busybox"] = Entry(_BUSYBOX.read_bytes())
    entries |= {f"bin/{name}": link("/bin/busybox") for name in ("insmod", "mount", "sh", "switch_root")}
    entries |= {f"lib/modules/{name}.ko": Entry(data) for name, data in modules.items()}
    entries["lib/modules/first"] = Entry("".join(f"{name}\n" for name in modules).encode())
    return entries | {"init": Entry((_OWN / "first-init").read_bytes())}


def _run(*argv: str) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=1800)
    assert done.returncode == 0, f"{argv}: {done.stderr}"
