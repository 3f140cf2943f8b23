"""Hostile text in every field of a machine: its domain XML and its seed hold it to the letter, and not one element or key more."""

import copy
import os
from pathlib import Path
from typing import Any, Final

import yaml  # type: ignore[import-untyped]  # what cloud-init itself reads with
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.property.test_vocabulary_hostile import ANY
from tests.unit.libvirt.machines.cases import place
from tests.vocabulary import EXAMPLES, places, put

from virtwright.errors import VirtwrightError
from virtwright.providers.libvirt.cloud_init.seed import documents
from virtwright.providers.libvirt.cloud_init.user_data import typed
from virtwright.providers.libvirt.machines.building.domain import build_domain
from virtwright.providers.libvirt.xml import from_text, to_text
from virtwright.schemas.cloud_init import CloudInit
from virtwright.schemas.machine import VirtualMachine

SOAK: Final = int(os.environ.get("VIRTWRIGHT_SOAK", "1"))
GOLDEN: Final = Path(__file__).parents[1] / "unit/libvirt/machines/golden/kvm"
TAGS: Final = {each.tag for file in GOLDEN.glob("*.xml") for each in from_text(file.read_text()).iter()} | {
    "feature",
    "description",
}
KEYS: Final = {
    "meta-data": {"instance-id", "local-hostname"},
    "vendor-data": {"updates", "mounts", "bootcmd", "disk_setup", "fs_setup", "growpart"},
    "network-config": {"version", "ethernets"},
}
_USUAL: Final = settings(
    max_examples=200 * SOAK, database=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)


def _machine(data: st.DataObject) -> VirtualMachine | None:
    """One with hostile text in one to three of its fields; None where the vocabulary refuses it."""
    inputs: dict[str, Any] = copy.deepcopy(
        data.draw(st.sampled_from([each for each in EXAMPLES["VirtualMachine"] if each]))
    )
    inputs.get("libvirt", {}).pop("xml", None)  # the user's own XML is meant to say anything
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from([each for each in places(inputs) if isinstance(_at(inputs, each), str)]))
        put(inputs, path, data.draw(ANY))
    try:
        machine = VirtualMachine.model_validate(inputs)
    except ValidationError:
        event("refused")
        return None
    event("accepted")
    return machine


def _at(inputs: Any, path: tuple[Any, ...]) -> Any:
    for part in path:
        inputs = inputs[part]
    return inputs


@_USUAL
@given(st.data())
def test_a_domain_has_no_element_that_a_value_brought(data: st.DataObject) -> None:
    machine = _machine(data)
    if machine is None:
        return
    built = build_domain(machine, place(machine, "qemu"))
    read = from_text(to_text(built))
    for mine, theirs in zip(built.iter(), read.iter(), strict=True):
        assert (mine.tag, mine.attrib) == (theirs.tag, theirs.attrib)
        assert (mine.text or "").replace("\r\n", "\n").replace("\r", "\n") == (theirs.text or "")
    assert {each.tag for each in read.iter()} <= TAGS


@_USUAL
@given(st.data())
def test_a_seed_has_no_key_that_a_value_brought(data: st.DataObject) -> None:
    machine = _machine(data)
    if machine is None:
        return
    macs = tuple(f"52:54:00:00:00:{number:02x}" for number, _ in enumerate(machine.networks))
    try:
        made = documents(machine, name="db", uuid="1b4e28ba-2fa1-11d2-883f-0016d3cca427", macs=macs)
    except VirtwrightError:
        return
    config = machine.cloud_init or CloudInit()
    for name, text in made.items():
        own = {"user-data": config.user_data, "network-config": config.network_config}.get(name)
        if own is not None:
            continue  # the user's own text
        told = yaml.safe_load(text)
        if name == "user-data":
            assert told == {**typed(config)}
        else:
            assert {*told} <= KEYS[name]
