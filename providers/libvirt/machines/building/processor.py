"""Processors."""

from xml.etree.ElementTree import Element

from virtwright.providers.libvirt.machines.place import Place
from virtwright.providers.libvirt.xml import element, flag
from virtwright.schemas.machine import VirtualMachine


def vcpu_element(inputs: VirtualMachine) -> Element:
    most = inputs.max_cpus or inputs.cpus
    return element("vcpu", str(most), placement="static", current=inputs.cpus if inputs.cpus != most else None)


def vcpus_element(inputs: VirtualMachine, place: Place) -> Element | None:
    """Which of them may be taken out while the machine runs: all but the first. None where none can."""
    most = inputs.max_cpus or inputs.cpus
    if most == 1 or not place.is_x86 or place.domain_type not in ("kvm", "qemu"):
        return None
    return element(
        "vcpus",
        *(
            element("vcpu", id=number, enabled=flag(number < inputs.cpus), hotpluggable=flag(number > 0))
            for number in range(most)
        ),
    )


def cpu_element(inputs: VirtualMachine) -> Element | None:
    """None where the hypervisor's own choice is left as it is."""
    cpu = inputs.cpu
    mode = cpu.mode or ("custom" if cpu.model else None)
    if mode is None and cpu.topology is None:
        return None
    topology = cpu.topology
    return element(
        "cpu",
        element("model", cpu.model, fallback="forbid") if cpu.model else None,
        element("topology", sockets=topology.sockets, cores=topology.cores, threads=topology.threads)
        if topology
        else None,
        *(element("feature", policy=policy, name=name) for name, policy in cpu.features.items()),
        mode=mode,
        match="exact" if mode == "custom" else None,
    )
