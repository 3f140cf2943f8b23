"""Which resources a run is about."""

from typing import Any, Final

import pytest

from virtwright.engine.plan import RunOptions
from virtwright.engine.selection import Selection, address, find, matches, names_exactly, reverse, select
from virtwright.errors import InputError
from virtwright.schemas.urn import HOST_TYPE, Urn, type_token


@pytest.mark.parametrize(
    ("type", "short"),
    [
        ("virtwright:index:Container", "containers.web"),
        ("my:index:Team$virtwright:index:VirtualMachine", "vms.web"),
        ("pulumi:providers:virtwright", "hosts.web"),
        ("pulumi-python:dynamic:Resource", "dynamic.web"),
        ("my:index:Container", "my:index:Container.web"),
        ("docker:index/container:Container", "docker:index/container:Container.web"),
        ("virtwright:index:Team", "virtwright:index:Team.web"),
    ],
)
def test_only_our_own_kinds_have_a_section(type: str, short: str) -> None:
    urn = Urn("prod", "shop", type, "web")
    assert address(urn) == short
    assert names_exactly(short, urn) and matches(short.replace("web", "w*"), urn)
    assert names_exactly("containers.web", urn) == (short == "containers.web")


def named(kind: str, name: str) -> Urn:
    return Urn("prod", "shop", type_token(kind), name)


WEB, DB, DATA, BACK = (
    named(*each) for each in (("Container", "web"), ("VirtualMachine", "db"), ("Volume", "data"), ("Network", "back"))
)
JOB: Final = named("Container", "job")
HERE: Final = Urn("prod", "shop", HOST_TYPE, "here")
LEFT: Final = named("Volume", "left")
NEEDS: Final = {
    WEB: frozenset({DB, BACK}), DB: frozenset({DATA}), JOB: frozenset({BACK}), DATA: frozenset[Urn](),
    BACK: frozenset[Urn](), HERE: frozenset[Urn](),
}  # fmt: skip
ALL: Final = [*NEEDS, LEFT]


@pytest.mark.parametrize(
    ("pattern", "fits", "exactly"),
    [
        ("db", True, True),
        ("vms.db", True, True),
        (str(DB), True, True),
        ("d?", True, False),
        ("vms.*", True, False),
        ("urn:*::db", True, False),
        ("DB", False, False),
        ("d", False, False),
        ("containers.db", False, False),
        ("*.web", False, False),
        ("", False, False),
    ],
)
def test_names_and_patterns(pattern: str, fits: bool, exactly: bool) -> None:
    assert (matches(pattern, DB), names_exactly(pattern, DB)) == (fits, exactly)


def test_what_is_named_is_found_or_the_nearest_is_told() -> None:
    assert find("d*", iter(ALL)) == [DB, DATA]
    for pattern, hint in (
        ("webb", "did you mean web?"),
        ("vms.dbb", "did you mean vms.db?"),
        ("#", "`virtwright state list` shows what there is"),
    ):
        with pytest.raises(InputError) as caught:
            find(pattern, iter(ALL))
        assert (caught.value.message, caught.value.hint) == (f"no resource is named {pattern!r}", hint)


@pytest.mark.parametrize(
    ("options", "included", "deleted", "old", "let_go", "whole"),
    [
        pytest.param({}, "web db data back job here left", "web db data back job here left",
                     "web db data back job here left", "web db data back job here left", True, id="everything"),
        pytest.param({"targets": ("web",)}, "web db data back", "web", "web db data back", "web db data back", False,
                     id="one, and what it needs"),
        pytest.param({"targets": ("data", "job")}, "data job back", "data job", "data job back", "data job back", False,
                     id="two"),
        pytest.param({"targets": ("left",)}, "left", "left", "left", "left", False, id="what left the program"),
        pytest.param({"exclude": ("data",)}, "back job here left", "back job here left", "back job here left",
                     "back job here left", False, id="all but one, and but what needs it"),
        pytest.param({"exclude": ("back", "left")}, "db data here", "db data here", "db data here", "db data here", False,
                     id="all but two"),
        pytest.param({"targets": ("web",), "exclude": ("db",)}, "data back", "", "data back", "data back", False,
                     id="one that needs what is left out"),
        pytest.param({"targets": ("b*", "web"), "exclude": ("job",)}, "web db data back", "web back", "web db data back",
                     "web db data back", False, id="a pattern"),
    ],
)  # fmt: skip
def test_what_a_run_acts_on(
    options: dict[str, Any], included: str, deleted: str, old: str, let_go: str, whole: bool
) -> None:
    chosen = select(RunOptions(**options), NEEDS, [LEFT])

    def those(acts: Any) -> set[str]:
        return {urn.name for urn in ALL if acts(urn)}

    assert those(chosen.includes) == set(included.split())
    assert those(chosen.includes_delete) == set(deleted.split())
    assert those(chosen.includes_old) == set(old.split())
    assert those(chosen.lets_go) == set(let_go.split())
    assert chosen.is_whole is whole
    assert {type(each) for each in (chosen.needed, chosen.excluded)} <= {frozenset, type(None)}


def test_a_delete_is_left_out_by_name_although_the_program_has_forgotten_it() -> None:
    chosen = Selection(RunOptions(exclude=("le*",)))
    assert not chosen.includes_delete(LEFT) and chosen.includes(LEFT)
    assert chosen.includes_old(LEFT) and chosen.lets_go(LEFT)
    assert not Selection(RunOptions(exclude=("left",)), needed=frozenset()).lets_go(LEFT)
    targeted = Selection(RunOptions(targets=("left",)), needed=frozenset())
    assert targeted.lets_go(LEFT) and not targeted.lets_go(DATA) and not targeted.includes(LEFT)
    assert targeted.includes_old(LEFT) and not targeted.includes_old(DATA)
    assert not Selection(RunOptions(), needed=frozenset()).lets_go(LEFT), "deletes are let go where they were chosen"


def test_what_is_said_of_single_resources() -> None:
    chosen = Selection(RunOptions(imports={str(WEB): "id-1"}, replace=("vms.*", "job"), allow_data_loss=("data", "d*")))
    assert (chosen.imports(WEB), chosen.imports(DB)) == ("id-1", None)
    assert [urn.name for urn in ALL if chosen.forces(urn)] == ["db", "job"]
    assert [urn.name for urn in ALL if chosen.allows_loss(urn)] == ["data"]


@pytest.mark.parametrize("option", ["targets", "exclude", "replace"])
def test_a_name_that_nothing_has_is_an_error(option: str) -> None:
    select(RunOptions(**{option: ("left", "web")}), NEEDS, [LEFT])  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no resource is named 'left'"):
        select(RunOptions(**{option: ("web", "left")}), NEEDS)  # type: ignore[arg-type]


def test_whose_data_may_be_lost_is_never_a_pattern() -> None:
    select(RunOptions(allow_data_loss=("data", "gone long ago")), NEEDS)
    many = {named("Volume", f"many{number:02}"): frozenset[Urn]() for number in range(12)}
    listed = "".join(f"\n    --allow-data-loss volumes.many{number:02}" for number in range(10))
    each = "name each resource:"
    for pattern, hint in (
        ("data*", f"{each}\n    --allow-data-loss volumes.data"),
        ("dat?", f"{each}\n    --allow-data-loss volumes.data"),
        ("[d]ata", f"{each}\n    --allow-data-loss volumes.data"),
        ("many*", f"{each}{listed}"),
        ("her*", "it matches no resource anyhow"),
    ):
        with pytest.raises(InputError) as caught:
            select(RunOptions(allow_data_loss=("web", pattern)), {**NEEDS, **many})
        assert caught.value.message == f"--allow-data-loss takes exact names only, no pattern such as {pattern!r}"
        assert caught.value.hint == hint


def test_what_is_taken_over_is_named_exactly_and_is_there() -> None:
    for name, message in (("dat*", "--take-over takes exact names only"), ("nope", "no resource is named 'nope'")):
        with pytest.raises(InputError) as caught:
            select(RunOptions(take_over=(name,)), NEEDS)
        assert caught.value.message.startswith(message)
    taken = select(RunOptions(take_over=("data",)), NEEDS)
    assert [urn.name for urn in NEEDS if taken.takes_over(urn)] == ["data"]


def test_dependants_by_dependency() -> None:
    assert reverse(NEEDS) == {
        DB: frozenset({WEB}),
        DATA: frozenset({DB}),
        BACK: frozenset({WEB, JOB}),
    }
    assert {type(each) for each in reverse(NEEDS).values()} == {frozenset}
