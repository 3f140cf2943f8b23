"""What a step needs to be allowed: protection, data loss, and agreement with the plan that was shown."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from virtwright.engine.decide import GONE
from virtwright.engine.plan import Plan
from virtwright.engine.selection import Selection, address
from virtwright.engine.step import Op, Step
from virtwright.errors import DataLossError, Problem, RefusedError, Where
from virtwright.providers.diff import Change, Impact
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import Path, Secret, Unknown, Value, equal, has_unknown

if TYPE_CHECKING:
    from virtwright.engine.desired import Desired


def check_protection(step: Step, *, protected: bool) -> None:
    """Raises ``RefusedError`` where a protected resource would be deleted or replaced."""
    if protected and step.op in (Op.REPLACE, Op.DELETE):
        name = address(step.urn)
        why = f" ({step.reason})" if step.reason else ""
        raise RefusedError(
            f"{name} is protected and would be {_past(step.op)}{why}",
            where=Where(urn=str(step.urn)),
            hint=f"to allow it, set `protect: false` on {name} and apply that first",
        )


def check_loss(step: Step, selection: Selection, typed: str, names: Collection[str] | None = None) -> None:
    """Raises ``DataLossError`` where data would be lost that the user did not name. ``typed`` is the command line, ``names`` are those
    of the object where the resource has several: its own name would mean all of them."""
    if step.impact is Impact.DATA_LOSS and names is not None:
        _check_one_of_several(step, selection, typed, names)
    elif step.impact is Impact.DATA_LOSS and not selection.allows_loss(step.urn):
        name = address(step.urn)
        raise DataLossError(
            f"the data of {name} is gone: {_why_gone(step)}, and it would be made anew, without that data"
            if step.op is Op.CREATE
            else f"the data of {name} would be lost: it would be {_past(step.op)}",
            resource=name,
            where=Where(urn=str(step.urn)),
            hint=_name_them(typed, [name]),
        )


def _check_one_of_several(step: Step, selection: Selection, typed: str, names: Collection[str]) -> None:
    if {*names} & {*selection.options.allow_data_loss}:
        return
    name = next(iter(names), "")
    raise DataLossError(
        f"the data of {address(step.urn)} would be lost, which has several objects ({step.reason}): each has to be named",
        resource=name or address(step.urn),
        where=Where(urn=str(step.urn)),
        hint=_name_them(typed, [name])
        if name
        else "they are called alike: remove the others on their hosts:\n    virtwright host gc HOST",
    )


def with_one_command(problems: Sequence[Problem], losses: Mapping[Problem, str], typed: str) -> list[Problem]:
    """The problems, where several are ``losses`` (each with its resource) with one command that allows all of them, at
    the last one, and not with a command for each."""
    told = [problem for problem in problems if problem in losses]
    if len(told) < 2:
        return [*problems]
    hint = _name_them(typed, sorted({losses[problem] for problem in told}))
    hints = {problem: hint if problem is told[-1] else None for problem in told}
    return [replace(each, hint=hints[each]) if each in hints else each for each in problems]


def _name_them(typed: str, names: Collection[str]) -> str:
    command = " ".join((typed, *(f"--allow-data-loss {name}" for name in names)))
    return f"if that is what you want, name {'it' if len(names) == 1 else 'them'}:\n    {command}"


def check_import(step: Step, *, takes_over: bool) -> None:
    """Raises ``RefusedError`` where what is to be taken over would be made anew instead."""
    if takes_over and step.op is Op.REPLACE:
        fields = ", ".join(sorted({change.field for change in step.changes if change.impact >= Impact.RECREATE}))
        raise RefusedError(
            f"{address(step.urn)} can't take over its object as it is: {fields or 'it'} would have it made anew",
            where=Where(urn=str(step.urn)),
            hint="declare what the object has; `virtwright import` writes it",
        )


def _why_gone(step: Step) -> str:
    reason = step.reason.partition(";")[0]
    return reason if reason not in ("", GONE) else "somebody removed it on its host"


def _past(op: Op) -> str:
    return {Op.DELETE: "deleted", Op.ADOPT: "given up for what is adopted"}.get(op, "replaced")


class Agreement:
    """Holds an apply to the plan that the user saw."""

    def __init__(self, plan: Plan) -> None:
        self._steps: Mapping[tuple[Urn, bool], Step] = {(step.urn, step.op is Op.DELETE): step for step in plan.steps}
        self._foreseen = plan.foreseen
        self._moved = {step.moved_from: step for step in plan.steps if step.moved_from is not None}

    def lets_go(self, urn: Urn) -> bool:
        """Whether the plan deletes the object of ``urn`` (as the state names it), for good or to make it anew."""
        step = self._steps.get((urn, False)) or self._moved.get(urn)
        return step.op is Op.REPLACE if step is not None else (urn, True) in self._steps

    def cascade(self, urn: Urn) -> str:
        """Why the plan replaces ``urn`` for the sake of something that it uses; empty where it does not."""
        step = self._steps.get((urn, False))
        return step.reason if step is not None and step.cascade else ""

    def foreseen(self, urn: Urn) -> "Desired | None":
        """What takes the place of ``urn`` (as the state names it), where that goes for the sake of something that it uses."""
        return self._foreseen.get(urn)

    def check_all(self, plan: Plan) -> None:
        """Raises ``RefusedError``, naming the first difference, where a fresh plan does more than this one."""
        for step in plan.steps:
            self.check(step)

    def check(self, step: Step) -> None:
        """Raises ``RefusedError``, naming the difference, where ``step`` does more than was planned."""
        planned = self._steps.get((step.urn, step.op is Op.DELETE))
        if planned is None and step.op in (Op.SAME, Op.READ):
            return
        if planned is None:
            raise self._differs(step, "the plan has no step for it")
        if step.op is Op.SAME and (planned.op is Op.UPDATE or not _certain(planned)):
            return  # it has come to what was wanted, as when a host went on with what a killed run had asked for
        lighter = step.op is Op.UPDATE and planned.op is Op.REPLACE and not _certain(planned)
        if step.op is not planned.op and not lighter:
            raise self._differs(step, f"the plan says {planned.op}, now it would be {step.op}")
        if step.impact > planned.impact:
            raise self._differs(step, f"the plan says {planned.impact.label}, now it would be {step.impact.label}")
        if step.copied and step.copied != planned.copied:
            raise self._differs(step, "the files that it is filled with are others now")
        if planned.cascade:
            return  # it goes for the sake of what it uses: before its own turn, where no fields are compared, or in it
        agreed = {change.path: change for change in planned.changes}
        open_create = step.op is Op.CREATE and not _certain(planned)
        for change in step.changes:
            if open_create and not _covered(agreed, change):
                continue  # a default that follows from a value that was not known yet
            if not _agrees(agreed, change):
                raise self._differs(step, f"the field {change.field} changes in another way than planned")

    @staticmethod
    def _differs(step: Step, difference: str) -> RefusedError:
        return RefusedError(
            f"{address(step.urn)} is not what was planned: {difference}",
            where=Where(urn=str(step.urn)),
            hint="the hosts, the stack or the state changed since the plan was made; plan again",
        )


def _certain(planned: Step) -> bool:
    """Whether a step was planned for reasons that were all known."""
    return not any(has_unknown(change.goal) for change in planned.changes)


def _covered(agreed: Mapping[Path, Change], change: Change) -> bool:
    return any(change.path[: len(path)] == path for path in agreed)


def _agrees(agreed: Mapping[Path, Change], change: Change) -> bool:
    for length in range(len(change.path), -1, -1):
        planned = agreed.get(change.path[:length])
        if planned is not None:
            return _fits(planned.goal, change.goal, change.path[length:])
    return False


def _fits(planned: Value, actual: Value, path: Path) -> bool:
    """Whether ``actual``, which is at ``path`` inside of ``planned``, is what was planned, as far as that was known."""
    if isinstance(planned, Unknown | Secret):
        return True
    if path:
        try:
            return _fits(planned[path[0]], actual, path[1:])
        except (LookupError, TypeError):
            return False
    if isinstance(planned, Mapping) and isinstance(actual, Mapping):
        return planned.keys() == actual.keys() and all(_fits(item, actual[key], ()) for key, item in planned.items())
    if isinstance(planned, list | tuple) and isinstance(actual, list | tuple):
        return len(planned) == len(actual) and all(map(_fits, planned, actual, ((),) * len(planned)))
    return equal(planned, actual)
