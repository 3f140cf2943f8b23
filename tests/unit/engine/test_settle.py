"""How each intent is settled that an earlier run left open, as a table."""

from dataclasses import replace
from typing import Any, Final

import pytest
from tests.states import urn

from virtwright.engine import actor
from virtwright.engine import settle as settling
from virtwright.engine.settle import Settlement, settle, settle_move
from virtwright.engine.settling import _is_out_of_sight
from virtwright.engine.snapshot import Snapshot
from virtwright.engine.state.records import Changes, OperationRecord, ResourceRecord
from virtwright.engine.state.traits import Traits
from virtwright.providers.base import Observed, Stamp
from virtwright.schemas.container import Container, ContainerOutputs
from virtwright.schemas.model import to_properties
from virtwright.schemas.urn import HOST_TYPE, Urn

NOW: Final = "2026-12-01T00:00:00.000Z"
THEN: Final = "2026-01-01T00:00:00.000Z"
WEB: Final = urn("web")
BACK: Final = urn("back")
ONE: Final = Urn("prod", "shop", HOST_TYPE, "one")
TWO: Final = replace(ONE, name="two")
TRAITS: Final = Traits(parent=str(BACK))
ASKED: Final = Traits(deleted_with=str(BACK), trigger="hash", hooks={"before_delete": ("note",)}, delete_timeout=5.0)
"""What the goal asks for, and its intent remembers."""
OPERATION: Final = OperationRecord(
    id="op",
    run="run",
    urn=WEB,
    op="create",
    kind="Container",
    host=ONE,
    object_id="id-1",
    inputs={"image": "new"},
    dependencies=frozenset({BACK}),
    references=frozenset({urn("used")}),
    protect=True,
    retain_on_delete=True,
    inputs_hash="new hash",
    traits=ASKED,
    started=THEN,
)
ON_ROW: Final = replace(OPERATION, row="row")
OUTPUTS: Final = ContainerOutputs(id="id-1", name="web")
KNOWN: Final = ResourceRecord(
    row="row",
    urn=WEB,
    kind="Container",
    host=ONE,
    id="id-1",
    inputs={"image": "old"},
    created=THEN,
    modified=THEN,
    inputs_hash="old hash",
    traits=TRAITS,
)
MADE: Final = ResourceRecord(
    row="op",
    urn=WEB,
    kind="Container",
    host=ONE,
    id="id-1",
    inputs={"image": "new"},
    outputs=to_properties(OUTPUTS),
    dependencies=frozenset({BACK}),
    references=frozenset({urn("used")}),
    protect=True,
    retain_on_delete=True,
    created=NOW,
    modified=NOW,
    inputs_hash="new hash",
    traits=ASKED,
)
CHANGED: Final = replace(MADE, row="row", created=THEN)
USER: Final = replace(KNOWN, row="user", urn=urn("user"), id="id-user", dependencies=frozenset({WEB}))
OLD: Final = replace(KNOWN, doomed=True)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (settling, actor):
        monkeypatch.setattr(module, "utc_now", lambda: NOW)


def seen(operation: str = "op", id: str = "id-1") -> Observed[Any, Any]:
    return Observed(Stamp("shop/prod", str(WEB), operation, "hash"), id, Container(image="x"), OUTPUTS)


def over(outcome: str, **changes: Any) -> Changes:
    return Changes(end=("op",), outcomes={"op": outcome}, **changes)


OTHERS: Final = [seen("another", "id-2"), seen("one more", "id-3")]


@pytest.mark.parametrize("op", ["create", "replace"])
@pytest.mark.parametrize(
    ("operation", "found", "records", "changes"),
    [
        pytest.param(OPERATION, [], [], over("nothing"), id="nothing there"),
        pytest.param(OPERATION, [seen("another")], [KNOWN], over("nothing"), id="only another operation's"),
        pytest.param(OPERATION, [*OTHERS, seen()], [], over("adopted", put=(MADE,)), id="made"),
        pytest.param(
            OPERATION,
            [seen(id="id-9")],
            [],
            over("adopted", put=(replace(MADE, id="id-9"),)),
            id="made, with its own id",
        ),
        pytest.param(
            OPERATION,
            [seen()],
            [replace(KNOWN, row="old")],
            over("adopted", put=(replace(OLD, row="old"), MADE)),
            id="made, and the old one is there",
        ),
        pytest.param(
            ON_ROW,
            [seen()],
            [replace(KNOWN, pending_replacement=True)],
            over("adopted", put=(replace(MADE, row="row"),)),
            id="made in the row of what was deleted before",
        ),
    ],
)
def test_a_create(
    op: str, operation: OperationRecord, found: list[Any], records: list[ResourceRecord], changes: Changes
) -> None:
    begun = replace(operation, op=op)
    assert settle(begun, found, Snapshot.of(records)) == Settlement(begun, changes_outcome(changes), changes)


def changes_outcome(changes: Changes) -> Any:
    return changes.outcomes["op"]


@pytest.mark.parametrize(
    ("found", "records", "changes"),
    [
        pytest.param([*OTHERS, seen("any")], [KNOWN], over("nothing"), id="still there"),
        pytest.param(OTHERS, [KNOWN], over("removed", remove=("row",)), id="gone"),
        pytest.param([], [], over("removed"), id="gone, as is its record"),
        pytest.param([], [replace(KNOWN, row="other")], over("removed"), id="gone, and the record is another object's"),
        pytest.param([], [OLD], over("removed", remove=("row",)), id="an old one is gone"),
        pytest.param(
            [],
            [OLD, replace(KNOWN, row="new"), USER],
            over("removed", remove=("row",)),
            id="an old one is gone whose new one is used",
        ),
        pytest.param(
            [],
            [KNOWN, USER],
            over("removed", put=(replace(KNOWN, id=None, pending_replacement=True, modified=NOW),)),
            id="gone, and something depends on it",
        ),
    ],
)
def test_a_delete(found: list[Any], records: list[ResourceRecord], changes: Changes) -> None:
    begun = replace(ON_ROW, op="delete")
    assert settle(begun, found, Snapshot.of(records)) == Settlement(begun, changes_outcome(changes), changes)


@pytest.mark.parametrize(
    ("found", "records", "changes"),
    [
        pytest.param([*OTHERS, seen()], [KNOWN], over("finished", put=(CHANGED,)), id="changed and stamped"),
        pytest.param([seen("earlier")], [KNOWN], over("nothing"), id="not stamped by it"),
        pytest.param([seen(id="id-2")], [KNOWN], over("nothing"), id="stamped, but another object"),
        pytest.param([], [KNOWN], over("nothing"), id="gone"),
        pytest.param([seen()], [], over("nothing"), id="not known any more"),
        pytest.param([seen()], [replace(KNOWN, row="other")], over("nothing"), id="known in another row"),
        pytest.param([seen()], [OLD], over("finished", put=(CHANGED,)), id="an old one"),
    ],
)
def test_an_update(found: list[Any], records: list[ResourceRecord], changes: Changes) -> None:
    begun = replace(ON_ROW, op="update")
    assert settle(begun, found, Snapshot.of(records)) == Settlement(begun, changes_outcome(changes), changes)


MOVING: Final = replace(ON_ROW, op="move", host=TWO, traits=ASKED.model_copy(update={"leaves": str(ONE)}))


@pytest.mark.parametrize(
    ("operation", "arrived", "records", "changes"),
    [
        pytest.param(
            MOVING,
            seen("any", "id-9"),
            [KNOWN],
            over("finished", put=(replace(CHANGED, host=TWO, id="id-9"),)),
            id="arrived",
        ),
        pytest.param(MOVING, None, [KNOWN], over("nothing"), id="stayed"),
        pytest.param(
            MOVING,
            None,
            [replace(KNOWN, host=TWO, id="id-9")],
            over("nothing", put=(KNOWN,)),
            id="stayed, and the record has it there already",
        ),
        pytest.param(MOVING, None, [replace(KNOWN, host=TWO)], over("nothing", put=(KNOWN,)), id="stayed: the host"),
        pytest.param(MOVING, None, [replace(KNOWN, id="id-9")], over("nothing", put=(KNOWN,)), id="stayed: the id"),
        pytest.param(MOVING, None, [], over("nothing"), id="stayed, and is not known any more"),
        pytest.param(MOVING, seen(), [], over("nothing"), id="arrived, and is not known any more"),
        pytest.param(
            replace(MOVING, traits=Traits()),
            None,
            [replace(KNOWN, host=TWO)],
            over("nothing"),
            id="stayed, and nobody noted where",
        ),
    ],
)
def test_a_move(operation: OperationRecord, arrived: Any, records: list[ResourceRecord], changes: Changes) -> None:
    assert settle_move(operation, arrived, Snapshot.of(records)) == Settlement(
        operation, changes_outcome(changes), changes
    )


@pytest.mark.parametrize(
    ("op", "outcome", "out_of_sight"),
    [
        ("create", "nothing", True),
        ("create", "adopted", False),
        ("replace", "nothing", True),
        ("replace", "adopted", False),
        ("delete", "removed", True),
        ("delete", "nothing", False),
        ("update", "removed", True),
        ("update", "finished", False),
        ("update", "nothing", False),
    ],
)
def test_where_the_host_is_to_be_tidied(op: str, outcome: Any, out_of_sight: bool) -> None:
    """Something was made or removed, and what is left of that bears no stamp."""
    settlement = Settlement(replace(OPERATION, op=op), outcome, Changes())
    assert _is_out_of_sight(settlement) is out_of_sight
