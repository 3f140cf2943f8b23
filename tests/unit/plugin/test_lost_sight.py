"""What the plugin does with objects that the engine has another name for, keeps on purpose or never heard of, on a fake host."""

from pathlib import Path
from typing import Any

import pytest
from tests.fake_provider import FakeHandler, FakeProvider, FakeWorld
from tests.unit.plugin.test_operations import Begin, begin, heard, made, place, unheard, warnings, world

from virtwright.errors import HostError, RefusedError
from virtwright.plugin.place import Place
from virtwright.providers.context import Context
from virtwright.schemas.kinds import KINDS

__all__ = ["begin", "warnings", "world"]  # fixtures
OTHER_STACK = Place.of("urn:pulumi:dev::shop::virtwright:index:Network::back")


def ids(world: FakeWorld) -> list[str]:
    return [each.id for each in world.objects()]


def test_a_new_name_is_an_update_that_stamps_it_anew(world: FakeWorld, begin: Begin) -> None:
    id, inputs, _ = made(begin(), place("back"))
    operations, named = begin(), place("front")
    compared = operations.compare(named, id, inputs, inputs)
    assert compared.renamed and compared.present and not compared.diff
    operations.update(named, id, inputs, inputs, Context())
    assert not operations.compare(named, id, inputs, inputs).renamed
    assert world.find("front").id == id and not begin().compare(named, id, inputs, inputs).renamed


class OnceHandler(FakeHandler):
    """Its stamps are written once."""

    def lasting(self, inputs: Any) -> dict[str, Any]:
        return {}


def test_what_can_not_be_stamped_anew_is_not_asked_for(
    world: FakeWorld, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = OnceHandler(world, "fake://one", KINDS["Network"])
    id, inputs, _ = made(operations := begin(), place("back"))
    monkeypatch.setattr(FakeProvider, "handlers", {**operations.connection.provider.handlers, "Network": once})
    assert not begin().compare(place("front"), id, inputs, inputs).renamed


def test_a_renamed_stack_goes_on_with_its_objects(world: FakeWorld, begin: Begin) -> None:
    id, inputs, _ = made(begin(), place("back"))
    operations = begin()
    compared = operations.compare(OTHER_STACK, id, inputs, inputs)
    assert compared.present and compared.renamed
    operations.update(OTHER_STACK, id, inputs, inputs, Context())
    assert world.find("back").stamp.stack == "shop/dev" and ids(world) == [id]
    again = begin()
    assert not again.compare(OTHER_STACK, id, inputs, inputs).renamed
    again.delete(OTHER_STACK, id, Context())
    assert ids(world) == []


def test_what_another_stack_has_is_neither_imported_nor_deleted(
    world: FakeWorld, begin: Begin, warnings: list[str]
) -> None:
    id, _, _ = made(begin(), place("back"))
    assert begin().read(OTHER_STACK, id, {}) is None
    world.find("back").stamp = world.find("back").stamp.__class__("shop/prod", "u", "0" * 32, "", "0123456789abcdef")
    begin().delete(OTHER_STACK, id, Context())
    assert ids(world) == [id] and "bears the stamp of another stack" in warnings[0]


def test_an_old_name_is_free_before_the_engine_speaks_of_the_renamed_one(world: FakeWorld, begin: Begin) -> None:
    old, inputs, _ = made(begin(), place("back"), cidr="10.1.0.0/24")
    operations = begin()
    new, _, _ = made(operations, place("back"), cidr="10.2.0.0/24")
    assert new != old and operations.compare(place("front"), old, inputs, inputs).present and len(ids(world)) == 2


def test_what_was_retained_is_taken_over_only_where_the_user_names_it(
    world: FakeWorld, begin: Begin, warnings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    old, _, _ = made(begin(), place("back"), mtu=1400)
    operations = begin()
    operations.foresee(place("back"), operations.check(place("back"), {"mtu": 1400}))
    assert old in warnings[0] and "VIRTWRIGHT_TAKE_OVER=networks.back pulumi up" in warnings[0]
    monkeypatch.setenv("VIRTWRIGHT_TAKE_OVER", "networks.back")
    again, _, outputs = made(begin(), place("back"), mtu=1500)
    assert (again, outputs["mtu"], len(warnings)) == (old, 1500, 1)


def test_what_is_taken_over_is_never_replaced_for_it(
    world: FakeWorld, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, _, _ = made(begin(), place("back"), cidr="10.1.0.0/24")
    monkeypatch.setenv("VIRTWRIGHT_TAKE_OVER", "*")
    with pytest.raises(RefusedError, match=f"can't take over {old}, which would have to be replaced"):
        made(begin(), place("back"), cidr="10.2.0.0/24")
    assert ids(world) == [old]


def test_the_next_delete_removes_what_a_killed_run_left(world: FakeWorld, begin: Begin, warnings: list[str]) -> None:
    net, _, _ = made(begin(), place("back"))
    left, _, _ = made(begin(), place("side"), unheard)
    kept, _, _ = made(begin(), place("data", "Volume"), unheard)
    operations = begin()
    operations.lost_sight.tell("shop/prod")
    assert [name in warnings[index] for index, name in enumerate(("volumes.data", "networks.side"))] == [True, True]
    assert "virtwright host gc fake://one --remove shop/prod" in warnings[0]
    operations.delete(place("back"), net, Context())
    assert ids(world) == [kept]
    assert f"networks.side ({left}), which a run that was killed has left, was removed" in warnings
    assert any(kept in text and "stays: the data of volumes.data would be lost" in text for text in warnings)
    told = len(warnings)
    operations.delete(place("other"), "gone", Context())
    assert len(warnings) == told, "what stays is told once"


def test_what_the_program_has_is_left_to_its_create(world: FakeWorld, begin: Begin) -> None:
    net, _, _ = made(begin(), place("back"))
    left, _, _ = made(begin(), place("side"), unheard)
    operations = begin()
    inputs = operations.check(place("side"), {})
    operations.delete(place("back"), net, Context())
    assert ids(world) == [left]
    assert operations.create(place("side"), inputs, Context(), heard)[0] == left
    operations = begin()
    operations.delete(place("back"), net, Context())
    assert ids(world) == [left], "it was taken over, so that nothing is noted of it any more"


def test_what_could_not_be_made_is_not_cut_off(world: FakeWorld, begin: Begin, warnings: list[str]) -> None:
    def fail(method: str, kind: str, name: str) -> None:
        if method == "create":
            raise HostError("the disk is full")

    world.before = fail
    with pytest.raises(HostError, match="the disk is full"):
        made(begin(), place("back"))
    begin().lost_sight.tell("shop/prod")
    assert warnings == []


def test_two_that_were_cut_off_become_one(world: FakeWorld, begin: Begin, tmp_path: Path) -> None:
    """As when a run is killed, and the next one on a machine that knows nothing of it, too."""
    made(begin(), place("back"), unheard, cidr="10.1.0.0/24")
    notes = {path: path.read_text() for path in (tmp_path / "home/plugin/creations").iterdir()}
    for path in notes:
        path.unlink()
    made(begin(), place("back"), unheard, cidr="10.2.0.0/24")
    for path, text in notes.items():
        path.write_text(text)
    again, _, _ = made(begin(), place("back"), cidr="10.1.0.0/24")
    assert ids(world) == [again]
    assert list((tmp_path / "home/plugin/creations").iterdir()) == []


@pytest.mark.parametrize("text", ["", "{", '{"urn": "x"}', '{"urn": "x", "host": "fake://one", "stack": "other/prod"}'])
def test_a_note_that_is_damaged_or_another_stacks_proves_nothing(
    world: FakeWorld, begin: Begin, warnings: list[str], tmp_path: Path, text: str
) -> None:
    old, _, _ = made(begin(), place("back"), unheard)
    for note in (tmp_path / "home/plugin/creations").iterdir():
        note.write_text(text)
    new, _, _ = made(begin(), place("back"))
    assert new != old and old in warnings[0]
