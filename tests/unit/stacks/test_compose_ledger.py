"""The account of a conversion: what is told of what nobody took."""

from typing import Any, Final

import pytest

from virtwright.errors import Where
from virtwright.stacks.compose.convert.ledger import Finding, Ledger
from virtwright.stacks.compose.item import Item, Spot
from virtwright.stacks.yaml.nodes import Position

SPOT: Final = Spot("compose.yaml", Position(1, 1))
UNKNOWN: Final = ("lost", "the vocabulary of stacks has no word for this", None)
EXTENSION: Final = ("note", "an extension: Compose does not read it either", None)
ANNOTATIONS: Final = ("lost", "marks for the OCI runtime", "use labels")


def item(value: Any, *, filled_in: bool = False) -> Item:
    if isinstance(value, Item):
        return value
    if isinstance(value, dict):
        return Item({key: item(each) for key, each in value.items()}, SPOT)
    if isinstance(value, list):
        return Item([item(each) for each in value], SPOT)
    return Item(value, SPOT, filled_in=filled_in)


def service(**fields: Any) -> Item:
    return item({"services": {"web": fields}})


def told(root: Item, *used: tuple[str, ...]) -> dict[str, tuple[str, str, str | None]]:
    ledger = Ledger()
    for path in used:
        found = root.get(*path)
        assert found is not None
        ledger.use(found)
    ledger.close(root)
    return {each.where.path or "": (each.weight, each.means, each.instead) for each in ledger.findings}


WEB: Final = ("services", "web")


@pytest.mark.parametrize(
    ("root", "used", "findings"),
    [
        (service(image="a"), [WEB], {}),
        (service(image="a"), [(*WEB, "image")], {}),
        (service(image="a", odd=1), [(*WEB, "image")], {"services.web.odd": UNKNOWN}),
        (service(odd={"a": 1, "b": 2}), [], {"services.web.odd.a": UNKNOWN, "services.web.odd.b": UNKNOWN}),
        (service(odd=["a", "b"]), [], {"services.web.odd[0]": UNKNOWN, "services.web.odd[1]": UNKNOWN}),
        (service(annotations={"a": "1", "b": "2"}), [], {"services.web.annotations": ANNOTATIONS}),
        (service(annotations={"a": "1", "b": "2"}), [(*WEB, "annotations", "a")], {"services.web.annotations.b": ANNOTATIONS}),
        (service(annotations=5), [], {"services.web.annotations": ANNOTATIONS}),
        (item({"x-a": {"b": 1}, "services": {"x-c": [1]}}), [], {"x-a": EXTENSION, "services.x-c": EXTENSION}),
        (service(odd=item("a", filled_in=True)), [], {}),
        (service(odd=[item("a", filled_in=True), "b"]), [], {"services.web.odd[1]": UNKNOWN}),
        (service(odd=None, annotations={}, other=[]), [], {}),
        (service(odd=1, annotations=[], other={}, last=None), [], {"services.web.odd": UNKNOWN}),
        (service(odd=0, other="", last=False), [],
         {"services.web.odd": UNKNOWN, "services.web.other": UNKNOWN, "services.web.last": UNKNOWN}),
    ],
)  # fmt: skip
def test_what_nobody_took_is_told_as_its_largest_part(
    root: Item, used: list[tuple[str, ...]], findings: dict[str, tuple[str, str, str | None]]
) -> None:
    assert told(root, *used) == findings


def test_what_is_told_once_is_accounted_for() -> None:
    root = service(annotations={"a": "1"})
    ledger = Ledger()
    part = root.get(*WEB, "annotations")
    assert part is not None and not ledger.is_used(part.map["a"])
    ledger.tell("changed", part, (*WEB, "annotations"), "it means another thing", "look")
    assert ledger.is_used(part.map["a"])
    ledger.close(root)
    where = Where("compose.yaml", 1, 1, "services.web.annotations")
    assert ledger.findings == [Finding("changed", where, "it means another thing", "look")]


def test_a_finding_stands_at_the_key() -> None:
    part = Item("1", Spot("compose.yaml", Position(4, 9)), Spot("compose.yaml", Position(4, 2)))
    ledger = Ledger()
    ledger.tell("note", part, ("a",), "x")
    assert ledger.findings == [Finding("note", Where("compose.yaml", 4, 2, "a"), "x")]


PLACES: Final = [
    Where(None, 9, 9),
    Where("A.yaml", None, 5),
    Where("A.yaml", 1, None),
    Where("A.yaml", 1, 1),
    Where("A.yaml", 1, 2),
    Where("A.yaml", 2, 1),
    Where("B.yaml", 1, 1),
]
"""In order: what does not say where it is comes first."""


def test_findings_stand_in_the_order_of_their_places() -> None:
    ledger = Ledger([Finding("note", where, "x") for where in reversed(PLACES)])
    ledger.close(item({}))
    assert [each.where for each in ledger.findings] == PLACES
