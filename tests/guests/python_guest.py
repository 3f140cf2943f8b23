"""The test guest with Python and a fake cloud-init in it: it does what a machine's ``cloud_init`` says, seconds after its start."""

import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from tests.guests.cache import cached
from tests.guests.cpio import FOLDER, Entry, link, pack
from tests.guests.initramfs import base_files, base_sources, digest_of, libraries
from tests.guests.kernel import CMDLINE, cloud_kernel

_PYTHON: Final = Path("/usr/bin/python3").resolve()
_OWN: Final = Path(__file__).parent / "python"
_MODULES: Final = ("base64", "encodings.idna", "encodings.latin_1", "hashlib", "hmac", "http.server", "json", "os", "pathlib", "subprocess", "sys",
                   "threading", "time", "typing", "urllib.request", "yaml")  # fmt: skip
"""For the fake cloud-init, and for the programs of the examples."""
_SEED: Final = ("ahci", "sr_mod", "isofs")
"""What it takes to read a machine's seed."""


def boot() -> dict[str, str]:
    """A machine's ``boot``. The machine needs ``cloud_init``, ``machine_type: q35`` and 256MiB."""
    return {"kernel": str(cloud_kernel().plain), "initrd": str(_initramfs()), "cmdline": CMDLINE}


def _initramfs() -> Path:
    digest = digest_of([*base_sources(), Path(__file__), *sorted(path for path in _OWN.iterdir() if path.is_file())])
    return cached(f"initramfs/{digest}-python.cpio", _make)


def _make(new: Path) -> None:
    new.write_bytes(pack(base_files(_SEED) | _python()))


def _python() -> dict[str, Entry]:
    library = f"usr/lib/{_PYTHON.name.replace('.', '')}.zip"
    return {
        "usr/bin": FOLDER,
        f"usr/bin/{_PYTHON.name}": Entry(_PYTHON.read_bytes()),
        "usr/bin/python3": link(_PYTHON.name),
        f"usr/lib/{_PYTHON.name}": FOLDER,
        f"usr/lib/{_PYTHON.name}/lib-dynload": FOLDER,
        library: Entry(_library()),
        "sbin/first-boot": Entry((_OWN / "first-boot").read_bytes()),
        **libraries(_PYTHON),
    }


def _library() -> bytes:
    """With PyYAML, which is there for Pulumi."""
    found = find_spec("yaml")
    assert found is not None and found.origin is not None
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "library.zip"
        words = [str(_OWN / "pack_library.py"), str(archive), str(Path(found.origin).parents[1]), *_MODULES]
        subprocess.run([str(_PYTHON), "-I", "-S", *words], check=True, timeout=120)
        return archive.read_bytes()
