"""What is not deleted because something that stays needs it."""

import pytest
from tests.states import urn
from tests.unit.engine.runs import record, run

from virtwright.engine.deletion import Deletion
from virtwright.engine.events import Event, StepSkipped
from virtwright.engine.state.records import ResourceRecord

BACK = record("back", kind="Network")
USES = frozenset({urn("back")})
OLD = record("web", "back", row="old", doomed=True, references=USES)


@pytest.mark.parametrize(
    ("records", "of", "user"),
    [
        pytest.param([], BACK, None, id="nobody"),
        pytest.param([record("web", "back")], BACK, "web", id="one that comes after it"),
        pytest.param([record("web", "back", references=USES)], BACK, "web", id="one that uses it"),
        pytest.param([record("web", "other")], BACK, None, id="one that uses another one"),
        pytest.param([OLD], BACK, "web", id="an old object that uses it"),
        pytest.param([OLD, record("web")], BACK, "web", id="an old object whose new one does not"),
        pytest.param([record("web", "back", doomed=True)], BACK, None, id="an old object that only came after it"),
        pytest.param([record("web", "back", doomed=True, references=USES, kind="Volume")], BACK, None, id="old data"),
        pytest.param(
            [record("web", "back")], record("back", row="b", doomed=True), None, id="the old one is not meant"
        ),
    ],
)
def test_what_is_needed_stays(records: list[ResourceRecord], of: ResourceRecord, user: str | None) -> None:
    told: list[Event] = []
    deletion = Deletion(run(BACK, *records, registered=(urn("back"), urn("web")), listen=told.append))
    assert deletion._is_needed(of) is (user is not None)
    reasons = [event.reason for event in told if isinstance(event, StepSkipped)]
    assert reasons == ([f"containers.{user} still needs it"] if user is not None else [])
