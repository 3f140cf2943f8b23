"""docs/providers.md says the truth: it names every field of every kind, and what a change costs is what the code says."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from virtwright.providers.diff import Impact
from virtwright.providers.docker.containers import impacts as docker_containers
from virtwright.providers.docker.images import handler as docker_images
from virtwright.providers.docker.networks import handler as docker_networks
from virtwright.providers.docker.volumes import handler as docker_volumes
from virtwright.providers.libvirt.images import handler as libvirt_images
from virtwright.providers.libvirt.machines import impacts as libvirt_machines
from virtwright.providers.libvirt.machines.drivers import ABILITIES
from virtwright.providers.libvirt.networks import handler as libvirt_networks
from virtwright.providers.libvirt.volumes import handler as libvirt_volumes
from virtwright.providers.namespace.containers import impacts as workload_impacts
from virtwright.providers.namespace.images import handler as images
from virtwright.providers.namespace.network import handler as networks
from virtwright.providers.namespace.volumes import handler as volumes
from virtwright.schemas.kinds import KINDS

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "providers.md"
IMPACTS: Final[Mapping[str, tuple[Mapping[str, Impact], Impact]]] = {
    "Network": (networks.IMPACTS, Impact.RECREATE),
    "Volume": (volumes.IMPACTS, Impact.DATA_LOSS),
    "Image": (images.IMPACTS, Impact.RECREATE),
    "Network on Docker hosts": (docker_networks.IMPACTS, Impact.RECREATE),
    "Volume on Docker hosts": (docker_volumes.IMPACTS, Impact.DATA_LOSS),
    "Container on Docker hosts": (docker_containers.IMPACTS, Impact.RECREATE),
    "Image on Docker hosts": (docker_images.IMPACTS, Impact.RECREATE),
    "Network on libvirt hosts": (libvirt_networks.IMPACTS, Impact.REBOOT),
    "Volume on libvirt hosts": (libvirt_volumes.IMPACTS, Impact.DATA_LOSS),
    "Image on libvirt hosts": (libvirt_images.IMPACTS, Impact.RECREATE),
    "VirtualMachine": (workload_impacts.MACHINE, Impact.RECREATE),
    "VirtualMachine on libvirt hosts": (libvirt_machines.MACHINE, Impact.RECREATE),
    "VirtualMachine on LXC hosts": (
        {
            field: Impact.REBOOT if field in ABILITIES["qemu"].plugs - ABILITIES["lxc"].plugs else impact
            for field, impact in libvirt_machines.MACHINE.items()
        },
        Impact.RECREATE,
    ),
    "Container": (workload_impacts.CONTAINER, Impact.RECREATE),
}
"""By the title of the section, which begins with the kind: what is named, and what holds for the rest."""


def rows(kind: str) -> dict[str, str]:
    """What the document says that a change of each field costs."""
    text = DOCUMENT.read_text(encoding="utf-8")
    (section,) = re.findall(rf"^### {kind}\n(.*?)(?=^###? |\Z)", text, re.MULTILINE | re.DOTALL)
    costs: dict[str, str] = {}
    for line in section.splitlines():
        if line.startswith("| `"):
            fields, _, cost = (cell.strip() for cell in line.strip("|").split("|"))
            costs |= dict.fromkeys(re.findall(r"`([^`]+)`", fields), cost)
    return costs


@pytest.mark.parametrize("kind", IMPACTS)
def test_every_field_has_its_row(kind: str) -> None:
    assert sorted(rows(kind)) == sorted(KINDS[kind.split()[0]].inputs.model_fields)


@pytest.mark.parametrize("kind", IMPACTS)
def test_a_change_costs_what_the_document_says(kind: str) -> None:
    named, rest = IMPACTS[kind]
    for field, cost in rows(kind).items():
        first = re.split(r"[ ;]", cost)[0]
        assert first == named.get(field, rest).label, field
