"""What each resource's row says."""

from pathlib import Path

import pytest
from tests.states import NAME, commit, open_store, resource

from virtwright.cli.status import Listing, health_of, row_of, survey
from virtwright.engine.masking import Redactor
from virtwright.engine.state.records import Changes
from virtwright.providers.base import Observed, Stamp
from virtwright.schemas.container import Container, ContainerOutputs
from virtwright.schemas.machine import VirtualMachine, VirtualMachineOutputs
from virtwright.stacks.base import COMPONENT_KIND


def test_a_component_has_no_row(tmp_path: Path) -> None:
    """It is on no host, where it could be gone from."""
    with open_store(tmp_path) as store:
        state = store.stack(NAME, create=True)
        commit(state, Changes(put=(resource("pair", kind=COMPONENT_KIND, id=None),)))
        assert survey(store, state) == []


@pytest.mark.parametrize(
    ("state", "health"), [("running", "healthy"), ("gone", ""), ("exited: status 1", ""), ("paused", "healthy")]
)
def test_what_does_not_run_is_not_healthy(state: str, health: str) -> None:
    checked = {"healthcheck": {"command": ["true"]}}
    outputs = ContainerOutputs(id="1", name="web", state=state)
    seen = Observed(Stamp("shop/dev", "urn", "1", "00"), "1", Container(image="host"), outputs)
    assert health_of(resource("web", inputs=checked), seen, state) == health


@pytest.mark.parametrize(("power", "trouble"), [("running", ()), ("stopped", ("power is stopped, should be running",))])
def test_a_machine_that_does_not_run_as_it_should_is_not_well(power: str, trouble: tuple[str, ...]) -> None:
    inputs = VirtualMachine.model_validate({"cpus": 1, "memory": 2**26, "power": power})
    outputs = VirtualMachineOutputs(id="1", name="db", state=power)
    seen = Observed(Stamp("shop/dev", "urn", "1", "00"), "1", inputs, outputs)
    for known in ({"power": "running"}, {}):
        record = resource("db", kind="VirtualMachine", id="1", inputs=known)
        row = row_of(record, Listing({"1": seen}), Redactor())
        assert (row.drift, row.well) == (trouble, not trouble)
    record = resource("db", kind="VirtualMachine", id="1", inputs={"power": power})
    assert row_of(record, Listing({"1": seen}), Redactor()).well
