"""``host gc``: whose objects a name may mean, and that nothing is touched where something is in the way."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, cast

import pytest
from tests.fake_provider import FakeWorld
from tests.programs import Item, ListProgram

from virtwright.cli import gc
from virtwright.cli.gc import GarbageRequest, _Finding, _refuse_several, collect_garbage
from virtwright.cli.hosts import NamedHost
from virtwright.cli.session import Session
from virtwright.engine.api import Engine
from virtwright.engine.leftovers import Stamped
from virtwright.engine.state.store import StateStore
from virtwright.engine.whereabouts import Whose
from virtwright.errors import InputError, RefusedError, UnsupportedError
from virtwright.providers.base import Stamp
from virtwright.schemas.host import Host
from virtwright.stacks.keys import Keys

OURS, THEIRS, THIRD = "0123456789abcdef", "fedcba9876543210", "0000111122223333"
SHOP: Final = "shop/prod"


def finding(identity: str, whose: Whose = Whose.UNRECORDED, id: str = "c1", stack: str = SHOP) -> _Finding:
    urn = f"urn:pulumi:prod::shop::virtwright:index:Container::{id}"
    leftover = Stamped(stack, "Container", id, Stamp(stack, urn, "op", "hash", identity))
    return _Finding(cast(Any, None), cast(Any, None), cast(Any, None), leftover, whose)


OWN: Final = finding(OURS)
OTHER: Final = finding(THEIRS, Whose.OTHER, "c2")
UNPROVEN: Final = finding("", Whose.UNPROVEN, "c3")
SEVERAL: Final = "shop/prod means objects of 2 states"
VAGUE: Final = "shop/prod means what another state has of a stack of this name"
MEANT: Final[list[tuple[str, str, list[_Finding], set[str], str | None]]] = [
    ("one owner, a stack that nobody knows", SHOP, [OTHER], set(), None),
    ("the own one", SHOP, [OWN, finding(OURS, id="c4")], {SHOP}, None),
    ("what nothing proves", SHOP, [UNPROVEN], {SHOP}, None),
    ("the own one and what nothing proves", SHOP, [OWN, UNPROVEN], {SHOP}, None),
    ("two owners", SHOP, [OTHER, finding(THIRD, Whose.OTHER, "c5")], set(), SEVERAL),
    ("two owners, one is this state", SHOP, [OWN, OTHER], set(), SEVERAL),
    ("two owners of a known stack", SHOP, [OWN, OTHER], {SHOP}, SEVERAL),
    ("another's, of a known stack", SHOP, [OTHER], {SHOP}, VAGUE),
    ("another's and unproven ones, of a known stack", SHOP, [OTHER, UNPROVEN], {SHOP}, VAGUE),
    ("another's, of another stack than is known", SHOP, [OTHER], {"blog/prod"}, None),
    ("another's, by its id", "c2", [OTHER], {SHOP}, None),
    ("another's, by its owner", f"{SHOP}@{THEIRS}", [OTHER], {SHOP}, None),
    ("another's, by its resource", "containers.c2", [OTHER], {SHOP}, "containers.c2 means what another state has of a stack of this name"),
    ("an id that two have", "c2", [OTHER, finding(OURS, id="c2")], {SHOP}, "c2 means objects of 2 states"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "named", "known", "refused"), [row[1:] for row in MEANT], ids=[row[0] for row in MEANT]
)
def test_whose_objects_a_name_means(name: str, named: list[_Finding], known: set[str], refused: str | None) -> None:
    if refused is None:
        _refuse_several(name, named, known)
        return
    with pytest.raises(RefusedError) as caught:
        _refuse_several(name, named, known)
    assert caught.value.message == refused
    owners = sorted({each.owner for each in named if each.leftover.identity})
    assert [line.strip() for line in (caught.value.hint or "").splitlines()[1:]] == [
        f"--remove {each}" for each in owners
    ]


@dataclass
class Desk:
    """A host with a volume, a network and a container of a state that is gone, and who looks at it."""

    world: FakeWorld
    store: StateStore
    warned: list[str] = field(default_factory=list)

    def collect(self, remove: tuple[str, ...] = (), stops: tuple[str, ...] = (), **request: Any) -> int:
        session = SimpleNamespace(
            store=self.store, settings=SimpleNamespace(json=True), warn=self.warned.append, warn_where_new=lambda: None
        )
        asked = GarbageRequest(remove, stops, request.get("allow", ()), request.get("yes", True))
        return collect_garbage(cast(Session, session), [NamedHost("one", Host(uri="fake://one"))], asked)

    @property
    def broken(self) -> list[str]:
        return [each.name for each in self.world.objects() if each.broken]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    world = FakeWorld()
    monkeypatch.setattr(gc, "open_provider", world.open)
    lost, here = (Keys({"VIRTWRIGHT_HOME": str(tmp_path / name)}) for name in ("lost", "here"))
    with StateStore.open(None, lost) as store:
        items = (Item("Volume", "data"), Item("Network", "back"), Item("Container", "web", {"image": "host"}))
        Engine(store, opener=world.open).apply(ListProgram(*items))
    with StateStore.open(None, here) as store:
        yield Desk(world, store)


ALL: Final = ["back", "data", "web"]
ASKED: Final[list[tuple[str, dict[str, Any], type[Exception]]]] = [
    ("data that is not named", {"remove": ("shop/shop",)}, RefusedError),
    ("data beside what is stopped", {"remove": ("volumes.data",), "stops": ("web",)}, RefusedError),
    ("other data is named", {"remove": ("data",), "allow": ("back", "web", "shop/shop")}, RefusedError),
    ("a volume is to stop", {"stops": ("data",), "remove": ("web",)}, UnsupportedError),
    ("a volume is to stop, too", {"stops": ("web", "data")}, UnsupportedError),
    ("one name that means nothing", {"remove": ("web", "nowhere")}, InputError),
    ("nobody can be asked", {"remove": ("web",), "yes": False}, RefusedError),
]


@pytest.mark.parametrize(("request_", "error"), [row[1:] for row in ASKED], ids=[row[0] for row in ASKED])
def test_nothing_is_touched_where_something_is_in_the_way(
    desk: Desk, request_: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        desk.collect(**request_)
    assert (desk.world.names(), desk.broken) == (ALL, [])


@pytest.mark.parametrize(
    ("request_", "left", "broken"),
    [
        ({}, ALL, []),
        ({"remove": ("web",)}, ["back", "data"], []),
        ({"stops": ("web",)}, ALL, ["shop-shop-web"]),
        ({"remove": ("back",), "stops": ("web",)}, ["data", "web"], ["shop-shop-web"]),
        ({"remove": ("data",), "allow": ("data",)}, ["back", "web"], []),
        ({"remove": ("shop/shop",), "allow": ("volumes.data",)}, [], []),
    ],
)
def test_what_is_named_is_removed_or_stopped(
    desk: Desk, request_: dict[str, Any], left: list[str], broken: list[str]
) -> None:
    assert desk.collect(**request_) == 0
    assert (desk.world.names(), desk.broken) == (left, broken)


def test_another_state_s_objects_are_named_with_its_identity(desk: Desk) -> None:
    """Where this state has a stack of that name, whose objects are meant has to be said; its own are no garbage."""
    identity = desk.world.find("web").stamp.identity
    items = (Item("Container", "own", {"image": "host"}),)
    Engine(desk.store, opener=desk.world.open).apply(ListProgram(*items))
    with pytest.raises(RefusedError, match="what another state has of a stack of this name"):
        desk.collect(("shop/shop",), allow=("data",))
    assert desk.world.names() == ["back", "data", "own", "web"]
    with pytest.raises(InputError):
        desk.collect(("containers.own",))
    assert desk.collect((f"shop/shop@{identity}",), allow=("data",)) == 0
    assert desk.world.names() == ["own"]
    with pytest.raises(InputError, match="the state knows the stack shop/shop, and nothing of it is left over here"):
        desk.collect(("shop/shop",))
