"""What libvirt keeps of a machine in files of its own."""

from typing import Any

import pytest

from virtwright.providers.libvirt.machines.leftovers import kept_parts, with_leftovers
from virtwright.providers.libvirt.xml import from_text, to_text
from virtwright.schemas.machine import VirtualMachine

TPM = '<tpm model="tpm-tis"><backend type="emulator" version="2.0" /></tpm>'


@pytest.mark.parametrize(
    ("inputs", "parts"),
    [
        ({}, ()),
        ({"firmware": "bios", "libvirt": {}}, ()),
        ({"firmware": "uefi"}, ("uefi",)),
        ({"libvirt": {"tpm": True}}, ("tpm",)),
        ({"firmware": "uefi", "libvirt": {"tpm": True}}, ("tpm", "uefi")),
    ],
)
def test_what_is_kept(inputs: dict[str, Any], parts: tuple[str, ...]) -> None:
    assert kept_parts(VirtualMachine.model_validate(inputs)) == parts


@pytest.mark.parametrize(
    ("had", "inside", "made", "missing"),
    [
        ((), "<os /><devices />", "<os /><devices />", False),
        (("tpm",), "<os /><devices />", f"<os /><devices>{TPM}</devices>", True),
        (("tpm",), "<os /><devices><tpm /></devices>", "<os /><devices><tpm /></devices>", False),
        (("tpm",), "<os />", "<os />", False),
        (("uefi",), "<os><loader /><type /><loader /></os><devices />", '<os firmware="efi"><type /></os><devices />', True),
        (("uefi",), "<os><loader /><nvram>/a</nvram></os>", "<os><loader /><nvram>/a</nvram></os>", False),
        (("uefi",), "<devices />", "<devices />", False),
        (("tpm", "uefi"), "<os /><devices />", f'<os firmware="efi" /><devices>{TPM}</devices>', True),
        (("other",), "<os /><devices />", "<os /><devices />", False),
    ],
)  # fmt: skip
def test_a_definition_has_again_what_it_had(had: tuple[str, ...], inside: str, made: str, missing: bool) -> None:
    domain = from_text(f"<domain>{inside}</domain>")
    assert with_leftovers(domain, had) is missing
    assert to_text(domain) == f"<domain>{made}</domain>"
