"""Changes of services, what others may do to them, and what can't be made."""

from collections.abc import Callable
from typing import Any

from tests.contract.namespace.change import change
from tests.contract.namespace.items import altered, swapped
from tests.contract.subject import FieldChange, Harm
from tests.contract.swarm.asking import inside, running, service, update
from tests.contract.swarm.items import APP, DATA, HELD, QUICK, SHOP, STALL
from tests.programs import Item

from virtwright.providers.diff import Impact
from virtwright.schemas.values import Secret


def _variable(subject: Any) -> None:
    assert inside(subject.lab, "app", "sh", "-c", "echo $VERSION") == "2\n"


def _scaled(subject: Any) -> None:
    assert len(running(subject.lab, "app")) == 2


def _rotated(subject: Any) -> None:
    assert inside(subject.lab, "app", "cat", "/run/token") == "other-file"


def _everywhere(subject: Any) -> None:
    assert service(subject.lab, "app")["Spec"]["Mode"] == {"Global": {}}


STOPS_FIRST = altered(APP, update={**QUICK["update"], "order": "stop-first"})  # type: ignore[dict-item]
OTHER_FILE = altered(HELD, files=[{**HELD.inputs["files"][0], "content": Secret("other-file")}])
CHANGES: tuple[FieldChange, ...] = (
    change(STALL, altered(STOPS_FIRST, environment={"VERSION": "2"}), Impact.REBOOT, "environment.VERSION",
           holds=_variable, prior=STOPS_FIRST, name="environment"),
    change(STALL, altered(APP, replicas=2), Impact.LIVE, "replicas", holds=_scaled),
    change(STALL, OTHER_FILE, Impact.LIVE, "files[0].content", holds=_rotated, prior=HELD, running="new", name="files"),
    change(STALL, altered(APP, mode="global"), Impact.RECREATE, "mode", holds=_everywhere),
)  # fmt: skip


def _scale(subject: Any) -> None:
    update(subject.lab, "app", Mode={"Replicated": {"Replicas": 2}})


def _remove(subject: Any) -> None:
    subject.lab.api.remove_service(service(subject.lab, "app")["ID"])


def _leave(subject: Any) -> None:
    """What an update leaves that was killed right after it was sent."""
    labels = {"virtwright.stack": "shop/shop", "virtwright.files-of": "shop_app"}
    subject.lab.api.create_secret("shop_app-0123456789abcdef", b"old", labels)


def _harm(name: str, items: tuple[Item, ...], do: Callable[[Any], None], seen: str) -> Harm:
    return Harm(name, items, do, frozenset({seen}))


HARMS = (
    _harm("scaled", STALL, _scale, "app.replicas"),
    _harm("removed", STALL, _remove, "app"),
    _harm("secret-left", swapped(STALL, HELD), _leave, "app.update_status"),
)
BROKEN: tuple[tuple[Item, ...], ...] = (
    (DATA, altered(HELD, command=["/no/such/program"])),
    (DATA, altered(HELD, placement={"constraints": ["node.labels.no == such"]}, wait_for={"timeout": "0.3s"})),
)
IN_USE = ((SHOP, "back"), (STALL, "data"))
