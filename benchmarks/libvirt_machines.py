"""Machines on libvirt hosts: a plan of machines that did not change on the test driver, as a whole process; and machines on QEMU through the
engine, against the same calls made directly with as many threads.

MACHINES sets how many are on the test driver (1,000), COUNT how many on QEMU (20). It starts a private libvirtd and needs root.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.libvirt_lab import LibvirtLab

MACHINES: Final = int(os.environ.get("MACHINES", "1000"))
COUNT: Final = int(os.environ.get("COUNT", "20"))
THREADS: Final = 8
"""What a host's ``max_parallel`` is where nothing is said."""
MOST: Final = 1.1
"""Times the direct calls."""
PLAN_MOST: Final = 1.5
"""Seconds, for 1,000 machines."""
VIRTWRIGHT: Final = str(Path(sys.executable).parent / "virtwright")
XML: Final = """
<domain type='qemu'><name>direct{number}</name><memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type>hvm</type></os>
<features><acpi/><apic/></features><devices>
<serial type='pty'><log file='/var/log/libvirt/qemu/direct{number}.console.log' append='on'/></serial>
<video><model type='none'/></video><rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
</devices></domain>
"""


def timed(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def direct(lab: LibvirtLab) -> tuple[float, float]:
    """Define and start, then destroy and undefine: the least that libvirt must be asked for."""
    api = lab.api

    def make(number: int) -> Any:
        domain = api.defineXML(XML.format(number=number))
        domain.create()
        return domain

    def remove(domain: Any) -> None:
        domain.destroy()
        domain.undefine()

    made: list[Any] = []
    with ThreadPoolExecutor(THREADS) as threads:
        up = timed(lambda: made.extend(threads.map(make, range(COUNT))))
        down = timed(lambda: list(threads.map(remove, made)))
    return up, down


class Stack:
    """One stack's file, and the command line on it."""

    def __init__(self, folder: Path, uri: str, count: int, machine: dict[str, Any]) -> None:
        self._folder = folder
        stack = {
            "stack": "bench",
            "hosts": {"here": {"uri": uri, "max_parallel": THREADS}},
            "networks": {"back": {"cidr": "10.90.0.0/16"}},
            "vms": {f"m{number}": machine for number in range(count)},
        }
        (folder / "stack.yaml").write_text(json.dumps(stack))

    def __call__(self, *words: str) -> None:
        env = {**os.environ, "VIRTWRIGHT_HOME": str(self._folder / "home")}
        argv = [VIRTWRIGHT, *words, "stack.yaml"]
        done = subprocess.run(argv, cwd=self._folder, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (done.stdout + done.stderr)[-2000:]


def on_qemu(lab: LibvirtLab, folder: Path) -> tuple[float, float, float]:
    stack = Stack(folder, lab.uri, COUNT, {"memory": "64MiB", "libvirt": {"type": "qemu"}, "shutdown_timeout": 0})
    up = timed(lambda: stack("apply", "--yes"))
    plan = min(timed(lambda: stack("plan", "--exit-code")) for _ in range(3))
    return up, plan, timed(lambda: stack("destroy", "--yes"))


def on_test_driver(lab: LibvirtLab, folder: Path) -> tuple[float, float, float]:
    machine = {"memory": "64MiB", "networks": ["back"], "shutdown_timeout": 0}
    stack = Stack(folder, lab.test_uri, MACHINES, machine)
    up = timed(lambda: stack("apply", "--yes"))
    floor = timed(lambda: [each.XMLDesc(3) for each in lab.test_api.listAllDomains()])
    return up, min(timed(lambda: stack("plan", "--exit-code")) for _ in range(3)), floor


def main() -> int:
    with LibvirtLab() as lab, tempfile.TemporaryDirectory() as text:
        one, two = Path(text) / "qemu", Path(text) / "test"
        one.mkdir()
        two.mkdir()
        floor_up, floor_down = direct(lab)
        up, plan, down = on_qemu(lab, one)
        lab.sweep()
        many, unchanged, listed = on_test_driver(lab, two)
    print(f"{COUNT} machines on QEMU, {THREADS} at a time; whole processes, seconds")
    print(f"  apply    {up:6.2f}  direct {floor_up:6.2f}  {up / floor_up:.2f} x direct (target {MOST})")
    print(f"  destroy  {down:6.2f}  direct {floor_down:6.2f}  {down / floor_down:.2f} x direct")
    print(f"  plan, nothing changed  {plan:.2f}")
    print(f"{MACHINES} machines on libvirt's test driver")
    print(f"  apply    {many:6.2f}")
    print(f"  plan, nothing changed  {unchanged:.2f} (target {PLAN_MOST} for 1,000); their XML alone {listed:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
