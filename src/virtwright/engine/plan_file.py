"""Saved plans: a plan as a file that ``apply`` can be held to.

The file is JSON, mode 0600. Secrets are in it only as keyed hashes, as in the plan itself.
"""

import json
import os.path
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, ValidationError

from virtwright.engine.local_reads import OutsideFile
from virtwright.engine.plan import Plan, RunOptions
from virtwright.engine.plan_values import decode, encode
from virtwright.engine.relocation import Relocation
from virtwright.engine.step import Op, Step
from virtwright.errors import InputError, VirtwrightError, Where
from virtwright.files import write_whole
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.diff import Change, Impact
from virtwright.schemas.urn import Urn
from virtwright.stacks.plan_mark import MARK, is_plan_file

VERSION: Final = 2

Encoded = Annotated[Any, BeforeValidator(decode), PlainSerializer(encode)]


Label = Literal["none", "live", "reboot", "recreate", "data-loss"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Change(_Part):
    path: tuple[int | str, ...]
    prior: Encoded
    goal: Encoded
    impact: Label
    source: str | None = None

    def restore(self) -> Change:
        return Change(self.path, self.prior, self.goal, _impact(self.impact), self.source)


class _Step(_Part):
    op: Op
    urn: str
    kind: str
    host: str | None
    changes: tuple[_Change, ...]
    impact: Label
    delete_before_create: bool
    reason: str
    drifted: bool
    moved_from: str | None
    from_host: str | None = None
    cascade: bool
    recorded: tuple[_Change, ...]
    keeps: bool = False
    copied: str = ""
    uncompared: tuple[_Change, ...] = ()

    def restore(self) -> Step:
        return Step(
            op=self.op,
            urn=Urn.parse(self.urn),
            kind=self.kind,
            host=self.host,
            changes=tuple(change.restore() for change in self.changes),
            impact=_impact(self.impact),
            delete_before_create=self.delete_before_create,
            reason=self.reason,
            drifted=self.drifted,
            moved_from=Urn.parse(self.moved_from) if self.moved_from else None,
            from_host=self.from_host,
            cascade=self.cascade,
            recorded=tuple(change.restore() for change in self.recorded),
            keeps=self.keeps,
            copied=self.copied,
            uncompared=tuple(change.restore() for change in self.uncompared),
        )


class _Outside(_Part):
    file: str
    urn: str
    field: str

    def restore(self) -> OutsideFile:
        return OutsideFile(self.file, Urn.parse(self.urn), self.field)


class _Relocation(_Part):
    host: str
    before: str
    now: str
    anew: tuple[str, ...]
    left: tuple[str, ...]
    unknown: str

    @classmethod
    def of(cls, told: Relocation) -> Self:
        return cls(
            host=str(told.host), before=told.before, now=told.now, anew=told.anew, left=told.left, unknown=told.unknown
        )

    def restore(self) -> Relocation:
        return Relocation(Urn.parse(self.host), self.before, self.now, self.anew, self.left, self.unknown)


class Source(_Part):
    """Where the plan's program came from, so that ``apply`` finds it again."""

    file: str | None = None
    """The absolute path of the stack's file."""
    beside: str | None = None
    """The same relative to the plan's folder: in another checkout it is found there."""
    stack: str | None = None
    """What ``--stack`` said."""
    config: tuple[str, ...] = ()
    """The keys that ``--config`` set. Not their values, which may be secret: they must be given again."""

    @classmethod
    def of(cls, file: Path | None, stack: str | None, config: tuple[str, ...], plan: Path) -> Self:
        """``file`` is the stack's, and ``plan`` the one that is saved."""
        if file is None:
            return cls(stack=stack, config=config)
        beside = os.path.relpath(file.absolute(), plan.absolute().parent)
        return cls(file=str(file.absolute()), beside=beside, stack=stack, config=config)

    def found(self, plan: Path) -> Path | None:
        """The stack's file: beside the plan as when that was saved, else where it was. None for the default."""
        if self.file is None:
            return None
        beside = plan.absolute().parent / (self.beside or self.file)
        return beside if beside.exists() else Path(self.file)


class _PlanFile(_Part):
    virtwright_plan: Literal[2]
    source: Source
    stack: str
    command: str
    steps: tuple[_Step, ...]
    serial: int
    program: str | None
    """A keyed hash of the program and its configuration. None where the stack is not trusted: that is no plan to be carried out."""
    options: RunOptions
    outputs: Encoded
    outside: tuple[_Outside, ...]
    output_changes: tuple[_Change, ...]
    output_uncompared: tuple[_Change, ...] = ()
    relocations: tuple[_Relocation, ...] = ()


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A plan read from a file."""

    plan: Plan
    source: Source
    program: str | None
    """A keyed hash of what it was made from; None where it is not to be carried out."""


def save_plan(plan: Plan, source: Source, path: Path, program: str | None) -> None:
    """Write the plan, whole or not at all, readable by the owner only; ``program`` is as in ``SavedPlan``. Raises ``InputError`` where that fails, or where
    ``path`` is something else than an earlier plan."""
    if path.exists() and not is_plan_file(path):
        raise InputError.one(
            "this file exists and is not a saved plan, so it is not overwritten",
            where=Where(file=str(path)),
            hint="choose another name for --out",
        )
    try:
        write_whole(path, _dump(plan, source, program))
    except OSError as error:
        raise InputError.one(f"can't write the plan: {error.strerror}", where=Where(file=str(path))) from error


def load_plan(path: Path) -> SavedPlan:
    """Read a saved plan. Raises ``InputError`` where the file is damaged or of another version."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(data, dict) and data.get(MARK) != VERSION:
            raise _unfit(path, f"it is of version {data.get(MARK)!r}, this virtwright reads version {VERSION}")
        file = _PlanFile.model_validate(data)
        return SavedPlan(_restore(file), file.source, file.program)
    except OSError as error:
        raise InputError.one(f"can't read the plan: {error.strerror}", where=Where(file=str(path))) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise _unfit(path, f"it is damaged at {place}: {first['msg']}") from error
    except (ValueError, RecursionError, AssertionError) as error:
        raise _unfit(path, "it is damaged") from error


def _unfit(path: Path, why: str) -> VirtwrightError:
    return InputError.one(
        f"this saved plan can't be used: {why}",
        where=Where(file=str(path)),
        hint=f"plan again:\n    virtwright plan --out {path}",
    )


def _dump(plan: Plan, source: Source, program: str | None) -> str:
    file = _PlanFile(
        virtwright_plan=VERSION,
        source=source,
        stack=plan.stack,
        command=plan.command,
        steps=tuple(_step(step) for step in plan.steps),
        serial=plan.serial,
        program=program,
        options=replace(plan.options, source=None),
        outputs=encode(dict(plan.outputs)),
        outside=tuple(_Outside(file=each.file, urn=str(each.urn), field=each.field) for each in plan.outside),
        output_changes=tuple(_change(change) for change in plan.output_changes),
        output_uncompared=tuple(_change(change) for change in plan.output_uncompared),
        relocations=tuple(_Relocation.of(each) for each in plan.relocations),
    )
    return json.dumps(file.model_dump(mode="json"), separators=(",", ":")) + "\n"


def _restore(file: _PlanFile) -> Plan:
    steps = tuple(step.restore() for step in file.steps)
    outside = tuple(each.restore() for each in file.outside)
    changed = tuple(change.restore() for change in file.output_changes)
    unsure = tuple(change.restore() for change in file.output_uncompared)
    moved = tuple(each.restore() for each in file.relocations)
    told = (outside, changed, unsure, moved)
    return Plan(file.stack, file.command, steps, file.serial, file.options, file.outputs, *told)


def _step(step: Step) -> _Step:
    return _Step(
        op=step.op,
        urn=str(step.urn),
        kind=step.kind,
        host=step.host,
        changes=tuple(_change(change) for change in step.changes),
        impact=_label(step.impact),
        delete_before_create=step.delete_before_create,
        reason=step.reason,
        drifted=step.drifted,
        moved_from=str(step.moved_from) if step.moved_from else None,
        from_host=step.from_host,
        cascade=step.cascade,
        recorded=tuple(_change(change) for change in step.recorded),
        keeps=step.keeps,
        copied=step.copied,
        uncompared=tuple(_change(change) for change in step.uncompared),
    )


def _change(change: Change) -> _Change:
    return _Change.model_construct(
        path=change.path, prior=change.prior, goal=change.goal, impact=_label(change.impact), source=change.source
    )


def _label(impact: Impact) -> Label:
    label: Label = impact.label  # type: ignore[assignment]  # the literals are the labels
    return label


def _impact(label: str) -> Impact:
    return Impact[label.upper().replace("-", "_")]
