"""A real Debian root file system with cloud-init, the agent and an SSH server, as a disk image; kept between runs."""

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from tests.guests.cache import cached
from tests.guests.packages import debian_archive

LABEL: Final = "guest-root"
_PACKAGES: Final = ("cloud-init", "e2fsprogs", "ifupdown", "iproute2", "netcat-openbsd", "openssh-server",
                    "qemu-guest-agent", "udev", "udhcpc")  # fmt: skip
_LEFT_OUT: Final = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/i18n/*")
_OWN: Final = Path(__file__).parent / "debian"
_SIZE: Final = 1024**3


def debian_image() -> Path:
    """A qcow2 image of 1GiB. Boot it with ``guest.root=LABEL=guest-root`` on the command line. Making it takes a minute or two,
    and Debian's archive."""
    own = [Path(__file__), *sorted(_OWN.iterdir())]
    digest = hashlib.sha256(b"\0".join(each.read_bytes() for each in own))
    return cached(f"debian/{digest.hexdigest()[:16]}.qcow2", _make_image)


def _root_archive() -> Path:
    digest = hashlib.sha256(" ".join([*_PACKAGES, *_LEFT_OUT]).encode())
    return cached(f"debian/{digest.hexdigest()[:16]}.tar", _bootstrap)


def _bootstrap(new: Path) -> None:
    archive = debian_archive()
    options = [f"--dpkgopt=path-exclude={each}" for each in _LEFT_OUT]
    include = f"--include={','.join(_PACKAGES)}"
    _run("mmdebstrap", "--quiet", "--variant=minbase", "--mode=root", "--format=tar", include, *options, archive.suite, str(new),
         archive.uri)  # fmt: skip


def _make_image(new: Path) -> None:
    with tempfile.TemporaryDirectory(dir=new.parent) as folder:
        root, raw = Path(folder) / "root", Path(folder) / "raw"
        root.mkdir()
        _run(
            "tar",
            "--extract",
            "--preserve-permissions",
            "--numeric-owner",
            "--file",
            str(_root_archive()),
            "--directory",
            str(root),
        )
        shutil.copy(_OWN / "guest-init", root / "usr/sbin/init")
        shutil.copy(_OWN / "90-guest.cfg", root / "etc/cloud/cloud.cfg.d")
        (root / "etc/hostname").write_text("guest\n")
        with raw.open("wb") as file:
            file.truncate(_SIZE)
        _run("mke2fs", "-q", "-t", "ext4", "-L", LABEL, "-d", str(root), str(raw))
        _run("qemu-img", "convert", "-O", "qcow2", str(raw), str(new))


def _run(*argv: str) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=1200)
    assert done.returncode == 0, f"{argv}: {done.stderr}"
