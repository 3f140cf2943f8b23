"""Machines on libvirt hosts: a plan of machines that did not change on the test driver, as a whole process; and machines on one host with
QEMU and on two, through the engine, against the same calls made directly with as many threads.

MACHINES sets how many are on the test driver (1,000), COUNT how many on QEMU (20). It starts private libvirtds and needs root.
"""

import os
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.support.commands import Stack, Times, timed
from tests.libvirt_lab import LibvirtLab

MACHINES: Final = int(os.environ.get("MACHINES", "1000"))
COUNT: Final = int(os.environ.get("COUNT", "20"))
THREADS: Final = 8
"""What a host's ``max_parallel`` is where nothing is said."""
MOST: Final = 1.1
"""Times the direct calls."""
PLAN_MOST: Final = 1.5
"""Seconds, for 1,000 machines."""
NETWORK: Final = """
<network><name>direct</name><forward mode='nat'/><ip address='10.91.0.1' netmask='255.255.0.0'>
<dhcp><range start='10.91.0.2' end='10.91.255.254'/></dhcp></ip></network>
"""
XML: Final = """
<domain type='qemu'><name>direct{number}</name><memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type>hvm</type></os>
<features><acpi/><apic/></features><devices>
<serial type='pty'><log file='/var/log/libvirt/qemu/direct{number}.console.log' append='on'/></serial>
<video><model type='none'/></video><rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
</devices></domain>
"""


def direct(labs: Sequence[LibvirtLab]) -> tuple[float, float]:
    """Define and start a network on each host and the machines, then stop and undefine them: the least that libvirt must be
    asked for."""
    made: list[Any] = []

    def network(lab: LibvirtLab) -> Any:
        found = lab.api.networkDefineXML(NETWORK)
        found.create()
        return found

    def machine(number: int) -> Any:
        domain = labs[number % len(labs)].api.defineXML(XML.format(number=number))
        domain.create()
        return domain

    def remove(each: Any) -> None:
        each.destroy()
        each.undefine()

    with ThreadPoolExecutor(THREADS * len(labs)) as threads:

        def all_up() -> None:
            networks = threads.map(network, labs)
            made.extend(threads.map(machine, range(COUNT)))
            made.extend(networks)

        up = timed(all_up)
        down = timed(lambda: list(threads.map(remove, made)))
    return up, down


def stack_on(uris: Sequence[str], count: int, machine: dict[str, Any]) -> dict[str, Any]:
    """The machines, spread over hosts with a network each."""
    hosts = [f"h{number}" for number in range(len(uris))]
    return {
        "stack": "bench",
        "hosts": {host: {"uri": uri, "max_parallel": THREADS} for host, uri in zip(hosts, uris, strict=True)},
        "networks": {f"back-{host}": {"cidr": "10.90.0.0/16", "host": host} for host in hosts},
        "vms": {f"m{number}": {**machine, "host": hosts[number % len(hosts)]} for number in range(count)},
    }


def on_qemu(labs: Sequence[LibvirtLab], folder: Path) -> None:
    floor_up, floor_down = direct(labs)
    machine = {"memory": "64MiB", "libvirt": {"type": "qemu"}, "shutdown_timeout": 0}
    stack = Stack(folder, stack_on([lab.uri for lab in labs], COUNT, machine))
    up = stack("apply", "--yes")
    plan = stack.plan()
    down = stack("destroy", "--yes")
    print(f"{COUNT} machines on QEMU, on {len(labs)} host(s), {THREADS} at a time on each; seconds")
    _print("apply", up, floor_up)
    _print("destroy", down, floor_down)
    print(f"  plan, nothing changed, as a whole process  {plan:.2f}")


def on_test_driver(lab: LibvirtLab, folder: Path) -> None:
    machine = {"memory": "64MiB", "networks": ["back-h0"], "shutdown_timeout": 0}
    stack = Stack(folder, stack_on([lab.test_uri], MACHINES, machine))
    up = stack("apply", "--yes")
    floor = timed(lambda: [each.XMLDesc(3) for each in lab.test_api.listAllDomains()])
    print(f"{MACHINES} machines on libvirt's test driver; seconds")
    print(f"  apply    {up.run:6.2f}  process {up.whole:6.2f}")
    print(
        f"  plan, nothing changed, as a whole process  {stack.plan():.2f} (target {PLAN_MOST} for 1,000); their XML alone {floor:.2f}"
    )


def _print(name: str, times: Times, floor: float) -> None:
    ratios = f"{times.run / floor:.2f} x direct (target {MOST}); as a whole process {times.whole / floor:.2f} x"
    print(f"  {name:8} {times.run:6.2f}  process {times.whole:6.2f}  direct {floor:6.2f}  {ratios}")


def main() -> int:
    with ExitStack() as labs, tempfile.TemporaryDirectory() as text:
        one = labs.enter_context(LibvirtLab())
        on_qemu([one], Path(text) / "one")
        one.sweep()
        on_qemu([one, labs.enter_context(LibvirtLab())], Path(text) / "two")
        one.sweep()
        on_test_driver(one, Path(text) / "test")
    return 0


if __name__ == "__main__":
    sys.exit(main())
