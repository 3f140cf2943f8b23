"""What is booted, where the XML says it by the sort of device."""

from typing import Any

import pytest

from virtwright.providers.libvirt.machines.foreign.boot_order import order_of_boot
from virtwright.providers.libvirt.xml import from_text


@pytest.mark.parametrize(
    ("sorts", "disks", "networks", "orders"),
    [
        ("", "d", "n", [None, None]),
        ("hd", "d", "n", [None, None]),
        ("network", "d", "n", [None, 1]),
        ("network hd", "d", "n", [2, 1]),
        ("cdrom hd", "dc", "", [2, 1]),
        ("hd cdrom network", "dcdc", "nn", [1, 2, None, None, 3, None]),
        ("hd hd network", "dd", "n", [1, None, 2]),
        ("cdrom network", "d", "n", [None, 1]),
        ("fd hd", "dc", "", [1, None]),
        ("cdrom", "d", "", [None]),
    ],
)
def test_the_first_of_each_sort_is_booted(sorts: str, disks: str, networks: str, orders: list[int | None]) -> None:
    domain = from_text(f"<domain><os>{''.join(f'<boot dev={each!r}/>' for each in sorts.split())}</os></domain>")
    told: list[dict[str, Any]] = [{"device": {"d": "disk", "c": "cdrom"}[each]} for each in disks]
    joins: list[dict[str, Any]] = [{"network": "a"} for _ in networks]
    order_of_boot(domain, told, joins)
    assert [each.get("boot_order") for each in (*told, *joins)] == orders


@pytest.mark.parametrize("which", [0, 1])
def test_where_a_device_says_it_the_sorts_count_for_nothing(which: int) -> None:
    domain = from_text("<domain><os><boot dev='network'/><boot dev='hd'/></os></domain>")
    both: tuple[dict[str, Any], dict[str, Any]] = ({"device": "disk"}, {"network": "a"})
    both[which]["boot_order"] = 7
    before = [dict(each) for each in both]
    order_of_boot(domain, [both[0]], [both[1]])
    assert [*both] == before
