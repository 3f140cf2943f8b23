"""What of a runtime root is on the machine, counted without its records."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence

from tests.contract.namespace import kernel
from tests.programs import Item

from virtwright.providers.namespace.mounts import mount_entries
from virtwright.providers.namespace.network.tables import TABLES
from virtwright.providers.namespace.paths import Root

KINDS = {"networks": "Network", "volumes": "Volume", "images": "Image", "containers": "Container",
         "machines": "VirtualMachine"}  # fmt: skip


def census(root: Root, since: int) -> Counter[str]:
    """Call it in the network namespace that is the runtime's host. ``since``: as for ``outer_processes``."""
    found = Counter(_folders(root))
    for device in kernel.devices():
        found[f"device {device.get('linkinfo', {}).get('info_kind')}"] += 1
    found["table"] += len(kernel.tables())
    for entry in mount_entries():
        if entry.path.is_relative_to(root.path):
            found[f"mount {entry.path.name}"] += 1
        elif entry.path.is_relative_to(root.volatile):
            found["network namespace"] += 1
    found["network namespace file"] += len(list(root.netns.glob("*"))) if root.netns.exists() else 0
    found["loop device"] += sum(1 for _ in _loops(root))
    found["control group"] += len(groups(root))
    found["process 1"] += len(running(root))
    found["shim"] += sum(1 for _ in outer_processes(root, since))
    return +found


def expected(items: Sequence[Item]) -> Counter[str]:
    """What there is for these items, all running."""
    found = Counter(f"folder {item.kind}" for item in items)
    found += Counter({"unpacked image": sum(item.kind == "Image" for item in items)})
    for item in items:
        if item.kind == "Network" and item.inputs.get("mode") != "bridge":
            found += Counter({"device bridge": 1})
        if item.kind == "Volume" and item.inputs.get("size") is not None:
            found += Counter({"mount data": 1, "loop device": 1})
        if item.kind in ("Container", "VirtualMachine"):
            found += Counter({"network namespace": 1, "network namespace file": 1})
            found += Counter({"device veth": len(item.inputs.get("networks", ()))})
            if item.inputs.get("power") != "stopped":
                found += Counter({"process 1": 1, "shim": 1, "control group": 1})
                if item.inputs.get("namespace", {}).get("disk_limit") is not None:
                    found += Counter({"mount layer": 1, "loop device": 1})
    return found + Counter({"table": len(TABLES) if any(item.kind == "Network" for item in items) else 0})


def _folders(root: Root) -> Iterator[str]:
    for name, kind in KINDS.items():
        for path in (root.path / name).glob("*") if (root.path / name).exists() else ():
            if len(path.name) == 64:
                yield "unpacked image"
            elif path.is_dir():
                yield f"folder {kind}" if not path.name.startswith(".") else f"left over {path.name[:5]}"


def _loops(root: Root) -> Iterator[str]:
    for name in kernel.names_in("/sys/block"):
        if name.startswith("loop") and kernel.read(f"/sys/block/{name}/loop/backing_file").startswith(f"{root.path}/"):
            yield name


def groups(root: Root) -> set[str]:
    """The control groups whose names were made from a folder of this root."""
    return {name for parent in kernel.group_parents() for name in kernel.names_in(str(parent)) if _is_of(root, name)}


def _is_of(root: Root, group: str) -> bool:
    name = group.partition("-")[0]
    return any(group == kernel.group_name(f"{root.path}/{kind}/{name}") for kind in ("containers", "machines"))


def group_processes(root: Root) -> dict[int, str]:
    """Every process in those groups, with its group."""
    names = groups(root)
    return {
        int(pid): group
        for parent in kernel.group_parents()
        for group in names
        for pid in kernel.read(f"{parent}/{group}/cgroup.procs").split()
    }


def running(root: Root) -> list[kernel.Running]:
    """Process 1 of each container and machine."""
    found = []
    for pid, group in group_processes(root).items():
        numbers = [line for line in kernel.read(f"/proc/{pid}/status").splitlines() if line.startswith("NSpid:")]
        if numbers and numbers[0].split()[-1] == "1" and len(numbers[0].split()) == 3:
            found.append(kernel.Running(pid, group))
    return sorted(found, key=lambda each: each.pid)


def outer_processes(root: Root, since: int) -> Iterator[int]:
    """Processes of the host that work in the root: the shims, and whatever was forgotten. ``since``: ticks from the boot to a moment before
    the root was there. What is older was not made for it, and is not asked what it holds open, which takes ten times as long."""
    within = group_processes(root)
    places = (f"{root.path}/", f"{root.volatile}/")
    for pid in kernel.pids():
        if pid in within or pid == os.getpid() or kernel.started(pid) < since:
            continue
        if any(link.startswith(places) for link in kernel.links_of(pid)):
            yield pid
