"""What a create step shows."""

from virtwright.engine.created import created_changes
from virtwright.schemas.container import Container
from virtwright.schemas.model import to_properties
from virtwright.schemas.values import UNKNOWN, has_unknown


def test_only_what_says_something_is_shown() -> None:
    model = Container.model_validate(
        {
            "image": "host",
            "command": ["serve", "80"],
            "networks": [{"network": UNKNOWN, "address": "10.0.0.2"}],
            "environment": {"A": "b", "C": UNKNOWN},
            "wait_for": {"healthy": True},
        }
    )
    changes = created_changes(Container, to_properties(model))
    shown = {change.field: change.goal for change in changes}
    assert all(change.prior is None for change in changes)
    assert shown == {
        "image": "host",
        "command": ["serve", "80"],
        "networks[0].network": UNKNOWN,
        "networks[0].address": "10.0.0.2",
        "environment.A": "b",
        "environment.C": UNKNOWN,
        "wait_for.healthy": True,
        "wait_for.timeout": 120.0,
    }
    assert not any(has_unknown(goal) for goal in shown.values() if goal is not UNKNOWN)
