"""The life of a stack on a real Xen, over SSH: its machine is paravirtual and runs."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.e2e.operator_lab import Operator
from tests.guests.facts import Facts, ask
from tests.waiting import until
from tests.xen.image import GUEST, xen_image
from tests.xen.lab import XenLab

pytestmark = [pytest.mark.root, pytest.mark.long, pytest.mark.timeout(3600)]
_PATIENCE = 600
_MIB = 1024**2


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[XenLab]:
    place = tmp_path / "xen"
    place.mkdir()
    with XenLab(xen_image(), place) as running:
        yield running


@pytest.fixture
def operator(lab: XenLab, tmp_path: Path) -> Operator:
    place = tmp_path / "operator"
    place.mkdir()
    made = Operator.at(place)
    made.write(_stack(lab))
    return made


def test_a_paravirtual_machine_lives_on_xen(lab: XenLab, operator: Operator) -> None:
    _apply(operator)
    first = _facts(lab)
    assert {name: disk.size for name, disk in first.disks.items()} == {"xvda": 16 * _MIB}
    _changes_while_it_runs(lab, operator, first)
    _starts_anew(lab, operator, first)

    operator.edit("autostart: true", "autostart: true\n    power: stopped")
    _apply(operator)
    assert "shop_db" not in lab.run("xl", "list")

    operator.edit("max_memory: 120MiB", "virtualization: full")
    refused = operator.type("plan", code=1, patience=_PATIENCE).all
    assert "this host runs no machines that are full" in refused

    assert {"shop_db", "shop_back", "shop_data.raw", "shop_more.raw", "shop_db.xml"} <= set(_left(lab))
    operator.destroy()
    assert _left(lab) == []


def _changes_while_it_runs(lab: XenLab, operator: Operator, first: Facts) -> None:
    operator.edit("memory: 96MiB", "memory: 112MiB")
    operator.edit("format: raw}", "format: raw}\n  more: {size: 8MiB, format: raw}")
    operator.edit("[{volume: data}]", "[{volume: data}, {volume: more}]")
    _apply(operator)
    changed = _facts(lab, lambda told: told.memory > first.memory and "xvdb" in told.disks)
    assert changed.boot_id == first.boot_id, "it was restarted"
    assert changed.disks["xvdb"].size == 8 * _MIB


def _starts_anew(lab: XenLab, operator: Operator, first: Facts) -> None:
    operator.edit("max_memory: 128MiB", "max_memory: 120MiB\n    autostart: true")
    _apply(operator)
    assert _facts(lab).boot_id != first.boot_id
    assert "enable" in lab.virsh("dominfo shop_db")


def _stack(lab: XenLab) -> str:
    return f"""
stack: shop
hosts:
  xen:
    uri: {lab.uri}
    ssh: {{known_hosts: {lab.known_hosts}, identity_file: {lab.key}}}
networks:
  back: {{cidr: 10.40.0.0/24}}
volumes:
  data: {{size: 16MiB, format: raw}}
vms:
  db:
    memory: 96MiB
    max_memory: 128MiB
    networks: [{{network: back, address: 10.40.0.10}}]
    disks: [{{volume: data}}]
    boot: {{kernel: {GUEST}/vmlinuz, initrd: {GUEST}/initrd, cmdline: "console=hvc0 quiet mitigations=off panic=-1"}}
"""


def _apply(operator: Operator) -> None:
    operator.type("apply", "--yes", patience=_PATIENCE)
    assert "No changes" in operator.type("plan", "--exit-code", patience=_PATIENCE).all


def _facts(lab: XenLab, wanted: Callable[[Facts], bool] = lambda _: True) -> Facts:
    """What the guest tells as soon as it is as ``wanted``."""

    def seen() -> Facts | None:
        told = ask(lab.run, "10.40.0.10")
        return told if told and wanted(told) else None

    return until("the guest answers", seen, _PATIENCE)


def _left(lab: XenLab) -> list[str]:
    """What domain 0 holds of the stack."""
    told = lab.virsh("list --all; net-list --all; vol-list default")
    told += lab.run("ls", "/etc/libvirt/libxl", "/var/lib/libvirt/images") + lab.run("ip", "-brief", "link")
    return [word for word in told.split() if word.startswith(("shop_", "vw-"))]
