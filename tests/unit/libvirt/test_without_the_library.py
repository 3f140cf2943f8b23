"""A stack for libvirt hosts is checked also where libvirt-python is not installed, as in a pipeline."""

import subprocess
import sys
from pathlib import Path

_STACK = """
stack: shop
hosts: {kvm: {uri: "qemu:///system"}}
networks: {back: {cidr: 10.40.0.0/24}}
volumes: {data: {size: 1GiB}}
vms:
  db: {memory: 512MiB, image: debian.qcow2, networks: [back], disks: [{volume: data}]}
"""
_WITHOUT = """
import sys
sys.modules["libvirt"] = None
from virtwright.cli.main import main
sys.argv = ["virtwright", "validate"]
main()
"""


def test_it_is_validated(tmp_path: Path) -> None:
    (tmp_path / "stack.yaml").write_text(_STACK)
    argv = [sys.executable, "-c", _WITHOUT]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout == "The stack shop is valid.\n", done.stderr
