"""Which resource is meant where something is to be done with what runs."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from tests.fake_provider import FakeProvider, FakeWorld
from tests.fake_scheme import FakeOperations
from tests.unit.cli.examples import urn

from virtwright.cli.reach import Reach
from virtwright.engine.state.records import ResourceRecord
from virtwright.errors import InputError
from virtwright.providers.base import Operations
from virtwright.schemas.urn import HOST_TYPE, Urn

BOX = Urn("shop", "shop", HOST_TYPE, "box")


class FakeRunner(FakeProvider):
    """Containers and services run on it."""

    def operations(self, kind: str) -> Operations | None:
        return FakeOperations() if kind in ("Container", "Service") else None


def reach(*kinds: str) -> Reach:
    records = [ResourceRecord(row=kind, urn=urn(kind, "web"), kind=kind, host=BOX, id=kind) for kind in kinds]
    return Reach(cast(Any, SimpleNamespace(resources=lambda: records)), {"box": FakeRunner(FakeWorld(), "fake://one")})


@pytest.mark.parametrize("kinds", [("Image", "Service"), ("Container", "Image", "Volume")])
def test_of_several_with_the_name_the_one_that_runs_is_meant(kinds: tuple[str, ...]) -> None:
    assert reach(*kinds).operations("web").record.kind in ("Container", "Service")


@pytest.mark.parametrize("kinds", [("Image", "Volume"), ("Container", "Service")])
def test_where_none_or_several_run_the_user_is_asked(kinds: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match="'web' names 2 resources"):
        reach(*kinds).operations("web")
