"""What a step needs to be allowed, as tables."""

from dataclasses import replace
from typing import Any, Final, cast

import pytest

from virtwright.engine.decide import GONE
from virtwright.engine.desired import Desired
from virtwright.engine.permits import Agreement, check_import, check_loss, check_protection, with_one_command
from virtwright.engine.plan import Plan, RunOptions
from virtwright.engine.selection import Selection
from virtwright.engine.step import Op, Step
from virtwright.errors import DataLossError, Problem, RefusedError
from virtwright.providers.diff import Change, Impact
from virtwright.schemas.urn import Urn, type_token
from virtwright.schemas.values import UNKNOWN, Path, Secret, Value

DATA: Final = Urn("prod", "shop", type_token("Volume"), "data")
FORMER: Final = replace(DATA, name="former")
NONE, LIVE, REBOOT, RECREATE, LOSS = Impact


def step(op: Op, *changes: Change, impact: Impact = NONE, urn: Urn = DATA, **fields: Any) -> Step:
    return Step(op, urn, "Volume", "one", changes, impact, **fields)


def change(path: str | Path, goal: Value, impact: Impact = NONE) -> Change:
    return Change((path,) if isinstance(path, str) else path, None, goal, impact)


def agreement(*steps: Step, foreseen: Any = None) -> Agreement:
    return Agreement(Plan("shop/prod", "apply", steps, 1, foreseen=foreseen or {}))


@pytest.mark.parametrize("op", Op)
@pytest.mark.parametrize("protected", [False, True])
def test_what_is_protected_is_neither_replaced_nor_deleted(op: Op, protected: bool) -> None:
    if not protected or op not in (Op.REPLACE, Op.DELETE):
        check_protection(step(op), protected=protected)
        return
    for reason, why in (("", ""), ("asked for", " (asked for)")):
        with pytest.raises(RefusedError) as caught:
            check_protection(step(op, reason=reason), protected=protected)
        done = {"replace": "replaced", "delete": "deleted"}[op]
        assert caught.value.message == f"volumes.data is protected and would be {done}{why}"
        assert caught.value.hint == "to allow it, set `protect: false` on volumes.data and apply that first"
        assert caught.value.where.urn == str(DATA)


@pytest.mark.parametrize(
    ("op", "message"),
    [
        (
            Op.CREATE,
            "the data of volumes.data is gone: somebody removed it on its host, and it would be made anew, without that data",
        ),
        (Op.REPLACE, "the data of volumes.data would be lost: it would be replaced"),
        (Op.DELETE, "the data of volumes.data would be lost: it would be deleted"),
        (Op.ADOPT, "the data of volumes.data would be lost: it would be given up for what is adopted"),
    ],
)
def test_data_is_lost_only_where_it_is_named(op: Op, message: str) -> None:
    losing = step(op, impact=LOSS)
    for named in ("data", "volumes.data", str(DATA)):
        check_loss(losing, Selection(RunOptions(allow_data_loss=("other", named))), "virtwright apply")
    check_loss(step(op, impact=RECREATE), Selection(RunOptions()), "virtwright apply")
    with pytest.raises(DataLossError) as caught:
        check_loss(losing, Selection(RunOptions(allow_data_loss=("dat", "former"))), "virtwright apply -y")
    assert (caught.value.message, caught.value.resource) == (message, "volumes.data")
    assert caught.value.where.urn == str(DATA)
    assert caught.value.hint == (
        "if that is what you want, name it:\n    virtwright apply -y --allow-data-loss volumes.data"
    )


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        ("", "somebody removed it on its host"),
        (f"{GONE}; its data is gone with it", "somebody removed it on its host"),
        ("its host one is lost; its data is gone with it", "its host one is lost"),
    ],
)
def test_why_data_is_gone_is_said(reason: str, why: str) -> None:
    with pytest.raises(DataLossError) as caught:
        check_loss(step(Op.CREATE, impact=LOSS, reason=reason), Selection(RunOptions()), "virtwright apply")
    assert caught.value.message == (
        f"the data of volumes.data is gone: {why}, and it would be made anew, without that data"
    )


NAMED: Final = "if that is what you want, name it:\n    virtwright apply --allow-data-loss one"
ALIKE: Final = "they are called alike: remove the others on their hosts:\n    virtwright host gc HOST"


@pytest.mark.parametrize(
    ("names", "allowed", "resource", "hint"),
    [
        (["one", "id"], ["id"], "", ""),
        (["one", "id"], ["other", "one"], "", ""),
        (["one", "id"], [], "one", NAMED),
        (["one", "id"], ["other"], "one", NAMED),
        (["one", "id"], ["data", "volumes.data", str(DATA)], "one", NAMED),
        ([], ["data"], "volumes.data", ALIKE),
    ],
)
def test_of_several_objects_each_is_named(names: list[str], allowed: list[str], resource: str, hint: str) -> None:
    """The resource's own name would mean all of them."""
    losing = step(Op.DELETE, impact=LOSS, reason="a copy")
    selection = Selection(RunOptions(allow_data_loss=tuple(allowed)))
    check_loss(replace(losing, impact=RECREATE), selection, "virtwright apply", names)
    if not resource:
        check_loss(losing, selection, "virtwright apply", names)
        return
    with pytest.raises(DataLossError) as caught:
        check_loss(losing, selection, "virtwright apply", names)
    assert (caught.value.resource, caught.value.hint, caught.value.where.urn) == (resource, hint, str(DATA))
    assert caught.value.message == (
        "the data of volumes.data would be lost, which has several objects (a copy): each has to be named"
    )


def test_several_losses_are_allowed_by_one_command_at_the_last_of_them() -> None:
    other, one, two, again = (Problem(text, hint=f"hint of {text}") for text in ("other", "one", "two", "again"))
    losses = {one: "volumes.b", two: "volumes.a", again: "volumes.a"}
    assert with_one_command([one, other], losses, "x") == [one, other]
    assert with_one_command([other], losses, "x") == [other]
    command = "name them:\n    x --allow-data-loss volumes.a --allow-data-loss volumes.b"
    assert with_one_command([one, two, other], losses, "x") == [
        replace(one, hint=None),
        replace(two, hint=f"if that is what you want, {command}"),
        other,
    ]
    assert [each.hint for each in with_one_command([one, two, again, other], losses, "x")] == [
        None,
        None,
        f"if that is what you want, {command}",
        "hint of other",
    ]
    single = "name it:\n    x --allow-data-loss volumes.a"
    assert with_one_command([two, again], losses, "x")[1].hint == f"if that is what you want, {single}"


def test_what_is_taken_over_is_not_made_anew() -> None:
    changes = (
        change("size", 1, LOSS),
        change(("content", "a"), 1, RECREATE),
        change("label", 1, REBOOT),
        change("size", 2, RECREATE),
        *(change(name, 1, RECREATE) for name in ("kind", "owner", "access", "backing")),
    )
    check_import(step(Op.REPLACE, *changes), takes_over=False)
    check_import(step(Op.UPDATE, changes[2], impact=REBOOT), takes_over=True)
    check_import(step(Op.IMPORT), takes_over=True)
    for given, fields in ((changes, "access, backing, content.a, kind, owner, size"), ((), "it")):
        with pytest.raises(RefusedError) as caught:
            check_import(step(Op.REPLACE, *given), takes_over=True)
        assert caught.value.message == (
            f"volumes.data can't take over its object as it is: {fields} would have it made anew"
        )
        assert caught.value.where.urn == str(DATA)
        assert caught.value.hint == "declare what the object has; `virtwright import` writes it"


OPEN: Final = change("size", UNKNOWN)
SIZE: Final = change("size", 8)
HEAVY: Final = change("size", UNKNOWN, RECREATE)
FIELD: Final = "changes in another way than planned"


@pytest.mark.parametrize(
    ("planned", "now", "difference"),
    [
        pytest.param([], step(Op.SAME), "", id="nothing planned, nothing done"),
        pytest.param([], step(Op.READ), "", id="nothing planned, only read"),
        pytest.param([], step(Op.UPDATE), "the plan has no step for it", id="nothing planned, something done"),
        pytest.param([], step(Op.DELETE), "the plan has no step for it", id="nothing planned, deleted"),
        pytest.param([step(Op.REPLACE)], step(Op.DELETE), "the plan has no step for it", id="a delete of its own"),
        pytest.param([step(Op.DELETE)], step(Op.CREATE), "the plan has no step for it", id="only a delete planned"),
        pytest.param([step(Op.DELETE)], step(Op.SAME), "", id="a delete planned, and this is another one"),
        pytest.param([step(Op.DELETE)], step(Op.DELETE), "", id="a delete"),
        pytest.param(
            [step(Op.UPDATE, urn=FORMER)], step(Op.UPDATE), "the plan has no step for it", id="planned for another one"
        ),
        pytest.param([step(Op.SAME)], step(Op.SAME), "", id="nothing to do"),
        pytest.param(
            [step(Op.SAME)], step(Op.UPDATE), "the plan says same, now it would be update", id="something to do now"
        ),
        pytest.param([step(Op.UPDATE, SIZE)], step(Op.SAME), "", id="nothing to change any more"),
        pytest.param(
            [step(Op.REPLACE, change("size", 8, RECREATE), impact=RECREATE)],
            step(Op.SAME),
            "the plan says replace, now it would be same",
            id="nothing to replace any more, although all was known",
        ),
        pytest.param([step(Op.UPDATE, SIZE, OPEN)], step(Op.SAME), "", id="what was open made no difference"),
        pytest.param([step(Op.REPLACE, HEAVY)], step(Op.SAME), "", id="what was open did not need a new object"),
        pytest.param(
            [step(Op.UPDATE, change("size", {"a": [Secret(UNKNOWN)]}))], step(Op.SAME), "", id="open deep inside"
        ),
        pytest.param([step(Op.REPLACE, HEAVY, impact=RECREATE)], step(Op.UPDATE, SIZE), "", id="less than was open"),
        pytest.param(
            [step(Op.REPLACE, change("size", 8, RECREATE), impact=RECREATE)],
            step(Op.UPDATE, SIZE),
            "the plan says replace, now it would be update",
            id="less, although all was known",
        ),
        pytest.param(
            [step(Op.UPDATE, OPEN)],
            step(Op.REPLACE),
            "the plan says update, now it would be replace",
            id="more than was open",
        ),
        pytest.param(
            [step(Op.REPLACE, HEAVY, impact=RECREATE)],
            step(Op.MOVE),
            "the plan says replace, now it would be move",
            id="another op than was open",
        ),
        pytest.param(
            [step(Op.MOVE, OPEN)], step(Op.UPDATE), "the plan says move, now it would be update", id="another op"
        ),
        pytest.param([step(Op.UPDATE, impact=LIVE)], step(Op.UPDATE, impact=LIVE), "", id="as heavy"),
        pytest.param([step(Op.UPDATE, impact=REBOOT)], step(Op.UPDATE, impact=LIVE), "", id="lighter"),
        pytest.param(
            [step(Op.UPDATE, impact=LIVE)],
            step(Op.UPDATE, impact=REBOOT),
            "the plan says live, now it would be reboot",
            id="heavier",
        ),
        pytest.param(
            [step(Op.REPLACE, impact=RECREATE)],
            step(Op.REPLACE, impact=LOSS),
            "the plan says recreate, now it would be data-loss",
            id="data is lost",
        ),
        pytest.param(
            [step(Op.REPLACE, impact=RECREATE, cascade=True)],
            step(Op.REPLACE, SIZE, impact=RECREATE),
            "",
            id="fields of what goes for another's sake",
        ),
        pytest.param(
            [step(Op.REPLACE, impact=RECREATE, cascade=True)],
            step(Op.REPLACE, impact=LOSS),
            "the plan says recreate, now it would be data-loss",
            id="data of what goes for another's sake",
        ),
        pytest.param([step(Op.UPDATE, copied="a")], step(Op.UPDATE, copied="a"), "", id="the same files"),
        pytest.param([step(Op.UPDATE, copied="a")], step(Op.UPDATE), "", id="no files any more"),
        pytest.param(
            [step(Op.UPDATE, copied="a")],
            step(Op.UPDATE, copied="b"),
            "the files that it is filled with are others now",
            id="other files",
        ),
        pytest.param(
            [step(Op.UPDATE)],
            step(Op.UPDATE, copied="b"),
            "the files that it is filled with are others now",
            id="files where there were none",
        ),
        pytest.param([step(Op.UPDATE, SIZE)], step(Op.UPDATE, SIZE), "", id="the same field"),
        pytest.param([step(Op.UPDATE, SIZE)], step(Op.UPDATE), "", id="fewer fields"),
        pytest.param([step(Op.UPDATE)], step(Op.UPDATE, SIZE), f"the field size {FIELD}", id="another field"),
        pytest.param(
            [step(Op.UPDATE, SIZE)], step(Op.UPDATE, change("size", 9)), f"the field size {FIELD}", id="another value"
        ),
        pytest.param(
            [step(Op.UPDATE, SIZE)],
            step(Op.UPDATE, SIZE, change("label", 1)),
            f"the field label {FIELD}",
            id="the second of two fields",
        ),
        pytest.param([step(Op.CREATE, OPEN)], step(Op.CREATE, SIZE, change("label", 1)), "", id="open: a default more"),
        pytest.param(
            [step(Op.CREATE, OPEN, change("label", 1))],
            step(Op.CREATE, change("label", 2)),
            f"the field label {FIELD}",
            id="open: another value than planned",
        ),
        pytest.param(
            [step(Op.CREATE, OPEN, change("label", 1))],
            step(Op.CREATE, change("name", 1), change("label", 2)),
            f"the field label {FIELD}",
            id="open: another value after a default more",
        ),
        pytest.param(
            [step(Op.CREATE, OPEN, change("labels", {"a": 1}))],
            step(Op.CREATE, change(("labels", "b"), 2)),
            f"the field labels.b {FIELD}",
            id="open: more below what was planned",
        ),
        pytest.param(
            [step(Op.CREATE, SIZE)],
            step(Op.CREATE, SIZE, change("label", 1)),
            f"the field label {FIELD}",
            id="all known: a default more",
        ),
        pytest.param(
            [step(Op.UPDATE, OPEN)],
            step(Op.UPDATE, SIZE, change("label", 1)),
            f"the field label {FIELD}",
            id="an update has no default more",
        ),
    ],
)
def test_an_apply_does_no_more_than_its_plan(planned: list[Step], now: Step, difference: str) -> None:
    held = agreement(step(Op.DELETE, urn=replace(DATA, name="other")), *planned)
    fresh = Plan("shop/prod", "apply", (*planned, now), 1)
    if not difference:
        held.check(now)
        held.check_all(fresh)
        return
    with pytest.raises(RefusedError) as caught:
        held.check(now)
    with pytest.raises(RefusedError) as whole:
        held.check_all(fresh)
    assert whole.value.problem == caught.value.problem
    assert caught.value.message == f"volumes.data is not what was planned: {difference}"
    assert caught.value.where.urn == str(DATA)
    assert caught.value.hint == "the hosts, the stack or the state changed since the plan was made; plan again"


LABELS: Final = ("labels",)


@pytest.mark.parametrize(
    ("planned", "path", "now", "agreed"),
    [
        ({LABELS: 1}, LABELS, 1, True),
        ({LABELS: 1}, LABELS, 2, False),
        ({LABELS: 1}, LABELS, True, False),
        ({LABELS: UNKNOWN}, LABELS, {"a": 1}, True),
        ({LABELS: Secret("hash")}, LABELS, "clear", True),
        ({LABELS: {"a": 1}}, ("labels", "a"), 1, True),
        ({LABELS: {"a": 1}}, ("labels", "a"), 2, False),
        ({LABELS: {"a": 1}}, ("labels", "b"), 1, False),
        ({LABELS: {"a": {"b": UNKNOWN}}}, ("labels", "a", "b"), 1, True),
        ({LABELS: {"a": UNKNOWN}}, ("labels", "a", "b"), 1, True),
        ({LABELS: [1, 2]}, ("labels", 1), 2, True),
        ({LABELS: [1, 2]}, ("labels", 2), 2, False),
        ({LABELS: 1}, ("labels", "a"), 1, False),
        ({LABELS: None}, ("labels", 0), None, False),
        ({("labels", "a"): 1}, LABELS, {"a": 1}, False),
        ({LABELS: {"a": 1}, ("labels", "a"): 2}, ("labels", "a"), 2, True),
        ({LABELS: {"a": 1}, ("labels", "a"): 2}, ("labels", "a"), 1, False),
        ({(): {"labels": 1}}, LABELS, 1, True),
        ({(): UNKNOWN}, (), 1, True),
        ({LABELS: {"a": 1, "b": UNKNOWN}}, LABELS, {"a": 1, "b": 2}, True),
        ({LABELS: {"a": 1, "b": UNKNOWN}}, LABELS, {"a": 2, "b": 2}, False),
        ({LABELS: {"a": 1}}, LABELS, {"a": 1, "b": 2}, False),
        ({LABELS: {"a": 1, "b": 2}}, LABELS, {"a": 1}, False),
        ({LABELS: {"a": 1}}, LABELS, [1], False),
        ({LABELS: [1, UNKNOWN]}, LABELS, [1, 2], True),
        ({LABELS: [1, UNKNOWN]}, LABELS, (1, 2), True),
        ({LABELS: (1, 2)}, LABELS, [1, 2], True),
        ({LABELS: [1, UNKNOWN]}, LABELS, [2, 2], False),
        ({LABELS: [1]}, LABELS, [1, 2], False),
        ({LABELS: [1, 2]}, LABELS, [1], False),
        ({LABELS: [1]}, LABELS, {0: 1}, False),
        ({LABELS: ["a"]}, LABELS, "a", False),
        ({LABELS: "a"}, LABELS, ["a"], False),
        ({LABELS: None}, LABELS, None, True),
    ],
)
def test_a_value_is_agreed_to_as_far_as_it_was_known(
    planned: dict[Path, Value], path: Path, now: Value, agreed: bool
) -> None:
    held = agreement(step(Op.UPDATE, *(change(place, goal) for place, goal in planned.items())))
    if agreed:
        held.check(step(Op.UPDATE, change(path, now)))
        return
    with pytest.raises(RefusedError, match="changes in another way than planned"):
        held.check(step(Op.UPDATE, change(path, now)))


@pytest.mark.parametrize(
    ("steps", "goes"),
    [
        ([], False),
        ([step(Op.SAME)], False),
        ([step(Op.UPDATE)], False),
        ([step(Op.REPLACE)], True),
        ([step(Op.DELETE)], True),
        ([step(Op.UPDATE), step(Op.DELETE)], False),
        ([step(Op.REPLACE, urn=FORMER)], False),
        ([step(Op.REPLACE, urn=FORMER, moved_from=DATA)], True),
        ([step(Op.MOVE, urn=FORMER, moved_from=DATA)], False),
        ([step(Op.MOVE, urn=FORMER, moved_from=DATA), step(Op.DELETE)], False),
    ],
)
def test_what_the_plan_lets_go(steps: list[Step], goes: bool) -> None:
    assert agreement(*steps).lets_go(DATA) is goes


def test_what_the_plan_foresaw() -> None:
    reason = "it uses networks.back, which is replaced"
    assert agreement(step(Op.REPLACE, cascade=True, reason=reason)).cascade(DATA) == reason
    assert agreement(step(Op.REPLACE, reason=reason)).cascade(DATA) == ""
    assert agreement(step(Op.DELETE, cascade=True, reason=reason)).cascade(DATA) == ""
    assert agreement().cascade(DATA) == ""
    desired = cast("Desired", object())
    assert agreement(foreseen={DATA: desired}).foreseen(DATA) is desired
    assert agreement(foreseen={DATA: desired}).foreseen(FORMER) is None
