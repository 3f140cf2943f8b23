"""Machines that others have described: the domains in the test data of libvirt and virt-manager, from the source packages of
Debian. They are fetched at the first use and kept in the user's cache; none is part of this repository."""

import subprocess
import tarfile
import xml.etree.ElementTree as tree
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element

from tests.guests.cache import cached
from tests.guests.packages import debian_archive

_PACKAGES: Final = ("libvirt", "virt-manager")
_SOURCES: Final = """
Types: deb-src
URIs: {uri}
Suites: {suite}
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.pgp
"""


def foreign_domains() -> Iterator[tuple[str, Element]]:
    """Each with the file that it stands in."""
    for path in sorted(cached("foreign-domains", _fetch).rglob("*.xml")):
        try:
            root = tree.parse(path).getroot()
        except tree.ParseError:
            continue  # some are there to be refused
        for found in [root] if root.tag == "domain" else root.iter("domain"):
            if found.find("devices") is not None or found.find("os") is not None:
                yield f"{path.parent.name}/{path.name}", found


def _fetch(new: Path) -> None:
    archive, lists = debian_archive(), new / "lists/partial"
    lists.mkdir(parents=True)
    (new / "debian.sources").write_text(_SOURCES.format(uri=archive.uri, suite=archive.suite))
    options = {
        "Dir::Etc::sourcelist": new / "debian.sources",
        "Dir::Etc::sourceparts": "-",
        "Dir::State::lists": new / "lists",
        "APT::Sandbox::User": "root",
    }
    apt = ["apt-get", "-qq", *(word for name, value in options.items() for word in ("-o", f"{name}={value}"))]
    subprocess.run([*apt, "update"], cwd=new, check=True, timeout=240, capture_output=True)
    argv = [*apt, "source", "--download-only", "--tar-only", *_PACKAGES]
    subprocess.run(argv, cwd=new, check=True, timeout=240, capture_output=True)
    for packed in new.glob("*.tar.*"):
        with tarfile.open(packed) as tar:
            wanted = [each for each in tar if each.isfile() and "/tests/" in each.name and each.name.endswith(".xml")]
            tar.extractall(new, wanted, filter="data")
        packed.unlink()
    subprocess.run(["rm", "-r", str(new / "lists")], check=True)
