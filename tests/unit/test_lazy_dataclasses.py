"""``virtwright.lazy_dataclasses`` means what ``dataclasses`` means."""

import copy
import dataclasses
import pickle
from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from virtwright import lazy_dataclasses
from virtwright.lazy_dataclasses import dataclass

Decorator = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Stored:
    name: str
    sizes: tuple[int, ...] = ()


def decorators(**flags: bool) -> list[Any]:
    return [
        pytest.param(dataclasses.dataclass(**flags), id="standard"),
        pytest.param(dataclass(**flags), id="lazy"),
    ]


FROZEN = pytest.mark.parametrize("decorate", decorators(frozen=True, slots=True))
OPEN = pytest.mark.parametrize("decorate", decorators(slots=True))


def point(decorate: Decorator) -> Any:
    class Point:
        """A place."""

        x: int
        y: int = 2
        kinds: ClassVar[tuple[str, ...]] = ("a",)
        tags: list[str] = dataclasses.field(default_factory=list, compare=False)
        hidden: int = dataclasses.field(default=7, repr=False, kw_only=True)
        total: int = dataclasses.field(default=0, init=False)

    return decorate(Point)


@FROZEN
def test_objects_of_a_frozen_class(decorate: Decorator) -> None:
    kind = point(decorate)
    one, same, other = kind(1), kind(x=1, y=2, tags=["a"]), kind(1, hidden=8)
    assert (one.x, one.y, one.tags, one.hidden, one.total, kind.kinds) == (1, 2, [], 7, 0, ("a",))
    assert one.tags is not kind(1).tags
    assert one == same and hash(one) == hash(same) == hash((1, 2, 7, 0))
    assert one != other and one != (1, 2, 7, 0) and other != object()
    assert repr(same).endswith("Point(x=1, y=2, tags=['a'], total=0)")
    assert dataclasses.replace(one, y=5) == kind(1, 5)
    assert dataclasses.asdict(one) == {"x": 1, "y": 2, "tags": [], "hidden": 7, "total": 0}
    assert kind.__match_args__ == ("x", "y", "tags")
    assert kind.__doc__ == "A place." and not hasattr(one, "__dict__")


@FROZEN
def test_what_a_frozen_class_refuses(decorate: Decorator) -> None:
    kind = point(decorate)
    one = kind(1)
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'x'"):
        one.x = 2
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'x'"):
        del one.x
    for words, named in (({}, "'x'"), ({"x": 1, "z": 1}, "'z'"), ({"x": 1, "total": 1}, "'total'")):
        with pytest.raises(TypeError, match=named):
            kind(**words)
    with pytest.raises(TypeError, match="positional"):
        kind(1, 2, [], 7)


@OPEN
def test_a_class_that_changes_is_compared_and_has_no_hash(decorate: Decorator) -> None:
    kind = point(decorate)
    one = kind(1)
    one.x = 3
    assert one == kind(3)
    with pytest.raises(TypeError, match="unhashable"):
        hash(one)


@pytest.mark.parametrize("decorate", decorators(slots=True, eq=False))
def test_without_eq_each_object_is_its_own(decorate: Decorator) -> None:
    kind = point(decorate)
    one = kind(1)
    assert one != kind(1) and {one: 1}[one] == 1


@FROZEN
def test_what_the_class_has_itself_stays(decorate: Decorator) -> None:
    class Own:
        x: int

        def __eq__(self, other: object) -> bool:
            return True

        def __repr__(self) -> str:
            return "own"

        def __post_init__(self) -> None:
            if self.x < 0:
                raise ValueError("below zero")

    kind: Any = decorate(Own)
    assert kind(1) == kind(2) and repr(kind(1)) == "own" and hash(kind(1)) == hash((1,))
    with pytest.raises(ValueError, match="below zero"):
        kind(-1)


@FROZEN
def test_a_hash_of_the_class_stays(decorate: Decorator) -> None:
    class Own:
        x: int

        def __hash__(self) -> int:
            return 5

    kind: Any = decorate(Own)
    assert hash(kind(1)) == 5 and kind(1) == kind(1)


@FROZEN
def test_a_class_without_fields(decorate: Decorator) -> None:
    kind = decorate(type("Empty", (), {"__annotations__": {}}))
    assert kind() == kind() and hash(kind()) == hash(()) and repr(kind()) == "Empty()"


@FROZEN
def test_a_class_that_builds_on_another(decorate: Decorator) -> None:
    base = point(decorate)
    base(1)  # its __init__ is compiled already

    class Further(base):  # type: ignore[misc, valid-type]
        far: bool = True

    plain, further = type("Plain", (base,), {}), decorate(Further)
    assert plain(1, 2).y == 2 and plain(1) != base(1)
    assert further(1).far and not further(1, far=False).far and further(1) != base(1)
    freely = plain(1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        freely.x = 2


@OPEN
def test_a_class_that_holds_itself_is_printed(decorate: Decorator) -> None:
    kind = point(decorate)
    one = kind(1)
    one.tags.append(one)
    assert repr(one).endswith("Point(x=1, y=2, tags=[...], total=0)")


@pytest.mark.parametrize("decorate", decorators(frozen=True, order=True))
def test_ordered(decorate: Decorator) -> None:
    kind = point(decorate)
    assert sorted([kind(2), kind(1, 3), kind(1)]) == [kind(1), kind(1, 3), kind(2)]
    assert kind(1) < kind(2) and kind(1) <= kind(1) and kind(2) > kind(1) and kind(1) >= kind(1)
    assert not kind(1) < kind(1) and not kind(1) > kind(1) and not kind(2) <= kind(1) and not kind(1) >= kind(2)
    with pytest.raises(TypeError, match="not supported"):
        kind(1) < 2  # noqa: B015


def test_copies_and_pickles() -> None:
    stored = Stored("a", (1, 2))
    assert copy.copy(stored) == copy.deepcopy(stored) == pickle.loads(pickle.dumps(stored)) == stored


def test_nothing_is_compiled_before_the_first_object() -> None:
    kind = point(dataclass(frozen=True, slots=True))
    before = kind.__init__
    kind(1)
    assert kind.__init__ is not before and before.__code__.co_filename == lazy_dataclasses.__file__
    assert kind.__init__.__qualname__.endswith("Point.__init__")
