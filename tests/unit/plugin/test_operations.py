"""The life of resources in the plugin, on fake hosts: what it asks of them, and what it makes of crashes."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.fake_provider import FakeHandler, FakeProvider, FakeWorld

from virtwright.errors import CreateFailedError, HostError, InputError, UnsupportedError, Where
from virtwright.plugin import connection
from virtwright.plugin.connection import Connection
from virtwright.plugin.operations import Operations
from virtwright.plugin.place import Place
from virtwright.plugin.redaction import SharedRedactor
from virtwright.providers.context import Context
from virtwright.schemas.host import Host
from virtwright.schemas.kinds import KINDS
from virtwright.schemas.values import UNKNOWN, Secret

Begin = Callable[[], Operations]
MANY = 200


def place(name: str, kind: str = "Network") -> Place:
    return Place.of(f"urn:pulumi:prod::shop::virtwright:index:{kind}::{name}")


@pytest.fixture
def world() -> FakeWorld:
    return FakeWorld()


@pytest.fixture
def warnings() -> list[str]:
    return []


@pytest.fixture
def begin(world: FakeWorld, warnings: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Begin:
    """Starts what a new plugin process on this machine would have."""
    monkeypatch.setattr(connection, "open_provider", world.open)

    def operations() -> Operations:
        host = Connection("here", Host(uri="fake://one", max_parallel=16))
        return Operations.on(
            host,
            lambda data: data.hex()[:64],
            SharedRedactor(),
            lambda urn, text: warnings.append(text),
            tmp_path / "home",
            threading.Event(),
        )

    return operations


def heard() -> bool:
    """The engine gets the answer."""
    return True


def unheard() -> bool:
    """The engine is gone when the answer comes."""
    return False


def made(
    operations: Operations, where: Place, is_heard: Callable[[], bool] = heard, **inputs: Any
) -> tuple[str, dict[str, Any], dict[str, Any]]:
    checked = operations.check(where, inputs)
    id, outputs = operations.create(where, checked, Context(), is_heard)
    return id, checked, outputs


def listings(world: FakeWorld) -> int:
    return sum(method == "observe" for method, _, _ in world.calls)


def objects(world: FakeWorld) -> int:
    return len(world._objects)


def test_a_refresh_of_many_asks_the_host_once(world: FakeWorld, begin: Begin) -> None:
    first = begin()
    held = [(place(f"n{number}"), *made(first, place(f"n{number}"))) for number in range(MANY)]
    assert listings(world) == 1, "one look for what was left over, not one for each create"
    world.calls.clear()
    second = begin()
    for where, id, inputs, _ in held:
        assert second.read(where, id, inputs) is not None
        assert not second.compare(where, id, inputs, inputs).diff
    assert listings(world) == 1


def test_what_was_changed_is_asked_anew(world: FakeWorld, begin: Begin) -> None:
    operations, where = begin(), place("back")
    id, inputs, _ = made(operations, where, mtu=1400)
    goal = operations.check(where, {"mtu": 1500})
    operations.update(where, id, inputs, goal, Context())
    assert not operations.compare(where, id, goal, goal).diff
    operations.delete(where, id, Context())
    assert operations.read(where, id, goal) is None and not operations.compare(where, id, goal, goal).present


def test_a_killed_create_is_taken_over_and_brought_up_to_date(world: FakeWorld, begin: Begin) -> None:
    id, _, _ = made(begin(), place("back"), unheard, mtu=1400)
    again, _, outputs = made(begin(), place("back"), mtu=1500)
    assert (again, outputs["mtu"], objects(world)) == (id, 1500, 1)


def test_a_killed_create_that_cannot_become_the_goal_makes_way(world: FakeWorld, begin: Begin) -> None:
    id, _, _ = made(begin(), place("back"), unheard, cidr="10.1.0.0/24")
    again, _, _ = made(begin(), place("back"), cidr="10.2.0.0/24")
    assert again != id and objects(world) == 1


def test_the_old_half_of_a_replacement_is_not_taken_for_the_new_one(world: FakeWorld, begin: Begin) -> None:
    old, inputs, _ = made(begin(), place("back"), cidr="10.1.0.0/24")
    operations = begin()
    goal = operations.check(place("back"), {"cidr": "10.2.0.0/24"})
    assert operations.compare(place("back"), old, inputs, goal).diff.replaces
    new, _ = operations.create(place("back"), goal, Context(), heard)
    assert new != old and objects(world) == 2
    operations.delete(place("back"), old, Context())
    assert objects(world) == 1


def test_an_old_half_that_was_never_compared_goes_all_the_same(
    world: FakeWorld, begin: Begin, warnings: list[str]
) -> None:
    """As by ``pulumi up --target-replace``."""
    old, inputs, _ = made(begin(), place("back"))
    operations = begin()
    new, _ = operations.create(place("back"), inputs, Context(), heard)
    assert new != old and objects(world) == 2 and old in warnings[0] and "left alone" in warnings[0]
    operations.delete(place("back"), old, Context())
    assert [each.id for each in world.objects()] == [new]


def test_what_was_never_whole_is_made_anew(world: FakeWorld, begin: Begin) -> None:
    id, inputs, _ = made(begin(), place("back"))
    next(iter(world._objects.values())).complete = False
    operations = begin()
    assert not operations.compare(place("back"), id, inputs, inputs).present
    assert operations.read(place("back"), id, inputs) is None


def test_what_another_stack_has_is_not_seen(world: FakeWorld, begin: Begin) -> None:
    made(begin(), place("back"))
    other = Place.of("urn:pulumi:dev::shop::virtwright:index:Network::back")
    made(begin(), other)
    assert objects(world) == 2


def test_secrets_are_marked_where_they_come_back(begin: Begin) -> None:
    operations, where = begin(), place("db", "VirtualMachine")
    news = {"graphics": {"type": "vnc", "password": "hunter22"}, "labels": {"token": Secret("t0psecret")}}
    checked = operations.check(where, news)
    assert checked["graphics"]["password"] == Secret("hunter22") and checked["labels"]["token"] == Secret("t0psecret")
    _, outputs = operations.create(where, checked, Context(), heard)
    assert outputs["graphics"]["password"] == Secret("hunter22")
    assert operations.redactor.scrub("it said hunter22 and t0psecret") == "it said [secret] and [secret]"


def test_what_a_file_holds_is_a_secret(begin: Begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "web.key").write_text("hunter2hunter2\n")
    monkeypatch.chdir(tmp_path)
    operations, where = begin(), place("web", "Container")
    files = [{"path": "/etc/web.key", "source": "web.key"}]
    checked = operations.check(where, {"image": "host", "files": files})
    assert checked["files"][0]["content"] == Secret("hunter2hunter2\n") and checked["files"][0]["source"] is None
    with pytest.raises(InputError, match="No such file") as caught:
        operations.check(where, {"image": "host", "files": [{"path": "/a", "source": "none"}]})
    assert caught.value.where.path == "files[0].source"


def test_a_preview_knows_what_is_not_known(begin: Begin) -> None:
    operations, where = begin(), place("back")
    foreseen = operations.foresee(where, operations.check(where, {"mtu": 1400}))
    assert foreseen["mtu"] == 1400 and foreseen["name"] is UNKNOWN and "id" not in foreseen


def test_an_update_of_what_is_gone_says_so(world: FakeWorld, begin: Begin) -> None:
    operations, where = begin(), place("back")
    inputs = operations.check(where, {})
    with pytest.raises(HostError, match="is not on the host any more"):
        operations.update(where, "gone", inputs, inputs, Context())


def test_a_create_that_is_left_half_done_carries_its_id(world: FakeWorld, begin: Begin) -> None:
    def fail(method: str, kind: str, name: str) -> None:
        raise CreateFailedError("it does not answer", id="half")

    world.before = lambda method, kind, name: fail(method, kind, name) if method == "create" else None
    operations = begin()
    with pytest.raises(CreateFailedError, match="it does not answer"):
        made(operations, place("back"))


class PoorHandler(FakeHandler):
    """Machines on a fake host without UEFI."""

    def check_host(self, inputs: Any) -> None:
        if inputs.firmware == "uefi":
            raise UnsupportedError("firmware: this host has no UEFI", where=Where(path="firmware"))


def test_a_preview_tells_what_the_host_can_not_do(
    world: FakeWorld, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    operations, where = begin(), place("db", "VirtualMachine")
    id, inputs, outputs = made(operations, where, firmware="uefi")
    kind = KINDS["VirtualMachine"]
    handlers = {**operations.connection.provider.handlers, kind.name: PoorHandler(world, "fake://one", kind)}
    monkeypatch.setattr(FakeProvider, "handlers", handlers)
    with pytest.raises(UnsupportedError, match="no UEFI"):
        operations.foresee(place("other", "VirtualMachine"), inputs)
    assert operations.foresee(place("other", "VirtualMachine"), {**inputs, "firmware": "bios"})
    described = operations.check(where, {"firmware": "uefi", "description": "as it is"})
    assert operations.foresee_update(where, id, inputs, outputs, described)["description"] == "as it is"
