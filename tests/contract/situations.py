"""Situations in which it is not plain whose an object is: each is a row of the table in ``docs/ownership.md``, and is played on each
subject by ``test_identity_matrix.py``."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pytest
from tests.contract.host_situations import ROWS
from tests.contract.plugin_situations import PLUGIN_ROWS
from tests.contract.racing import made_meanwhile
from tests.contract.renaming import NAMESAKES, RENAMES
from tests.contract.stage import Stage, volumes
from tests.programs import Item

from virtwright.engine.events import Warned
from virtwright.engine.finding import has_two_owners
from virtwright.engine.plan import RunOptions
from virtwright.engine.state.identity import new_identity
from virtwright.engine.state.records import ResourceRecord
from virtwright.engine.step import Op
from virtwright.errors import RefusedError
from virtwright.stacks.base import EmptyProgram

Play = Callable[[Stage, Path], None]
"""The folder is one for another state."""


@dataclass(frozen=True)
class Situation:
    """One row."""

    name: str
    what: str
    """As the document has it."""
    outcome: str
    """What virtwright does."""
    play: Play
    lacks: Callable[[Any], str] = lambda subject: ""
    """Why a subject's host can't get into it, for the document; empty where it can."""


TELLS_WHEN: Final = frozenset({"namespace", "docker", "swarm"})
"""Subjects whose hosts say when each object was made."""


def _two_states(stage: Stage, beside: Path) -> None:
    """The other's records hold the very ids, as they do where ids are names."""
    items, _ = stage.subject.journey
    stage.apply(items, allow=volumes(items))
    stage.write_data("ours")
    life = stage.subject.life()
    other = stage.beside(beside)
    other.copy_state(stage, new_identity())
    for work in (other.plan, other.apply):
        with pytest.raises(RefusedError, match="belongs to another state") as caught:
            work(items)
        told = (stage.identity(), *(["(made 2"] if stage.subject.name in TELLS_WHEN else []))
        assert all(text in caught.value.message for text in told), caught.value.message
    assert other.destroy(allow=()).succeeded and other.records() == {}, "no data of its own is lost"
    stage.assert_settled(items)
    stage.assert_data("ours")
    assert stage.subject.life() == life


def _taken_over(stage: Stage, beside: Path) -> None:
    """For the named resources alone: all of them, one after the other."""
    items, _ = stage.subject.journey
    stage.apply(items, allow=volumes(items))
    stage.write_data("ours")
    other = stage.beside(beside)
    other.share_key(stage)
    names = tuple(item.name for item in items)
    before = {name: record.id for name, record in stage.records().items()}
    with pytest.raises(RefusedError, match="belongs to another state") as caught:
        other.apply(items, options=RunOptions(take_over=names[:-1]))
    assert f"--take-over {address_of(stage, names[-1])}" in (caught.value.hint or "")
    plan = other.plan(items, options=RunOptions(take_over=names))
    assert {step.op for step in plan.steps} <= {Op.ADOPT, Op.UPDATE}
    assert all(stage.identity() in step.reason for step in plan.steps)
    other.apply(items, options=RunOptions(take_over=names), expected=plan)
    _other_owner(stage, other, items)
    other.assert_settled(items)
    other.assert_data("ours")
    assert {name: record.id for name, record in other.records().items()} == before
    assert other.destroy(allow=volumes(items)).succeeded
    other.assert_there(())


def _other_owner(stage: Stage, other: Stage, items: Sequence[Item]) -> None:
    """The first state sees it, but where stamps are written once: there it has to forget, and is told so."""
    with stage.provider() as provider:
        once = {name for name, each in provider.handlers.items() if has_two_owners(each)}
    kept = [item for item in items if item.kind in once]
    told = [event.problem.hint or "" for event in other.events if isinstance(event, Warned)]
    forget = {f"state forget {address_of(stage, item.name)}" for item in kept}
    assert {line.strip().removeprefix("virtwright ") for hint in told for line in hint.splitlines()} >= forget
    gone = {item.name for item in kept}
    for item in items:  # those that need others come behind them
        gone |= {item.name} if gone & {*item.uses, *item.after} else set()
    stage.forget(gone)
    left = [item for item in items if item.name not in gone]
    if left:
        with pytest.raises(RefusedError, match="belongs to another state"):
            stage.plan(left)
    if left and not kept:
        assert stage.destroy(allow=()).succeeded, "the records alone: no data of its own is lost"


def _renamed(stage: Stage, beside: Path) -> None:
    items, _ = stage.subject.journey
    stage.apply(items, allow=volumes(items))
    stage.write_data("ours")
    before = stage.records()
    renames = RENAMES[stage.subject.name]
    for kind, rename in renames.items():
        for record in (each for each in before.values() if each.kind == kind):
            rename(stage.subject, record)
            remove = NAMESAKES[stage.subject.name][kind](stage.subject, record)
            with pytest.raises(RefusedError, match="can't be given back its name"):
                stage.plan(items)
            remove()
            steps = stage.steps(items)
            assert (("name",), record.outputs["name"]) in _told(steps[record.urn.name].changes)
            stage.apply(items)
            stage.assert_settled(items)
    assert {name: (each.id, each.outputs["name"]) for name, each in stage.records().items()} == {
        name: (each.id, each.outputs["name"]) for name, each in before.items()
    }
    stage.assert_data("ours")


def _told(changes: Sequence[Any]) -> list[Any]:
    return [(change.path, change.goal) for change in changes]


def _cannot_rename(subject: Any) -> str:
    kinds = {item.kind for item in subject.journey[0]}
    return "" if kinds & RENAMES.get(subject.name, {}).keys() else "no object there can be renamed"


def _copied(stage: Stage, beside: Path) -> None:
    items, _ = stage.subject.journey
    stage.apply(items, allow=volumes(items))
    untouched = stage.subject.copy(stage.records()[items[-1].name])
    stage.assert_unchanged(items)
    stage.apply(items)
    stage.lose_state()
    assert stage.desk.work(lambda engine, _: engine.recover(stage.desk.program(items))).succeeded
    stage.assert_unchanged(items)
    assert stage.destroy(allow=volumes(items)).succeeded
    assert untouched()
    stage.assert_there(())


def _copied_as_own(stage: Stage, beside: Path) -> None:
    """One object of each kind, by somebody who may write any label: only the operation in it tells."""
    subject: Any = stage.subject
    copy_as_own: Callable[[ResourceRecord], Callable[[], bool]] = subject.copy_as_own
    items, _ = stage.subject.journey
    stage.apply(items, allow=volumes(items))
    stage.write_data("ours")
    before = stage.records()
    made = {record.kind: record for record in before.values() if record.kind in _COPIED_AS_OWN}
    for record in made.values():
        untouched = copy_as_own(record)
        stage.assert_unchanged(items)
        stage.apply(items)
        stage.lose_state()
        assert stage.desk.work(lambda engine, _: engine.recover(stage.desk.program(items))).succeeded
        assert {name: each.id for name, each in stage.records().items()} == {
            name: each.id for name, each in before.items()
        }
        stage.assert_unchanged(items)
        stage.apply(items)
        assert untouched()
    stage.assert_data("ours")
    others = [copy_as_own(made[kind]) for kind in ("Volume",) if kind in made]
    assert stage.destroy(allow=volumes(items)).succeeded
    assert all(untouched() for untouched in others)
    stage.assert_there(())


_COPIED_AS_OWN: Final = frozenset({"Network", "Volume", "Container", "Service"})


def _stamps_name_the_object(subject: Any) -> str:
    return "" if hasattr(subject, "copy_as_own") else "the stamp has what only the object is called"


def _old_backup(stage: Stage, beside: Path) -> None:
    """What was made since is not what the state had: it is adopted by its stamp, and that is said."""
    first, second = stage.subject.journey
    stage.apply(first, allow=volumes(first))
    old = stage.records()
    shutil.copytree(stage.desk.home, beside)
    stage.apply(second, allow=volumes((*first, *second)))
    now = stage.records()
    shutil.rmtree(stage.desk.home)
    shutil.copytree(beside, stage.desk.home)
    stage.write_data("since")
    told = {step.urn.name: step for step in stage.plan(second, allow=volumes((*first, *second))).steps}
    for name, record in now.items():
        if name not in old or old[name].id != record.id:
            assert told[name].op is not Op.SAME and "stamp" in told[name].reason, told[name]
    stage.apply(second)
    stage.assert_settled(second)
    assert {name: each.id for name, each in stage.records().items()} == {name: each.id for name, each in now.items()}
    stage.assert_data("since")


def _made_anew(stage: Stage, beside: Path) -> None:
    """On hosts where ids are names, the new volume has the old one's."""
    items = stage.subject.samples["Volume"].items
    name = items[-1].name
    stage.apply(items)
    shutil.copytree(stage.desk.home, beside)
    assert stage.destroy(allow=volumes(items)).succeeded
    stage.apply(items)
    stage.write_data("since")
    shutil.rmtree(stage.desk.home)
    shutil.copytree(beside, stage.desk.home)
    step = stage.steps(items)[name]
    assert step.op is Op.ADOPT and "not the object that the state had" in step.reason, step
    stage.apply(items)
    stage.assert_settled(items)
    stage.assert_data("since")


def _unrecorded(stage: Stage, beside: Path) -> None:
    """The state has the host, and nothing on it; then not even that, and only the stack's file does."""
    items, _ = stage.subject.journey
    stage.apply(items, allow=volumes(items))
    stage.forget_all()
    if volumes(items):
        with pytest.raises(RefusedError, match="would be lost"):
            stage.desk.work(lambda engine, _: engine.plan(EmptyProgram(stage.desk.program(()).name), command="destroy"))
    stage.forget_all(hosts=True)
    assert stage.destroy(allow=volumes(items)).succeeded
    assert stage.records() == {}
    stage.assert_there(())


def _elsewhere(stage: Stage, beside: Path) -> None:
    """The other place is an empty one. What is planned there is not carried out."""
    items, _ = stage.subject.journey
    stage.apply(items, allow=volumes(items))
    other = replace(stage, desk=replace(stage.desk, uri=ELSEWHERE[stage.subject.name](stage.subject)))
    plan = other.plan(items, allow=volumes(items))
    (relocation,) = plan.relocations
    assert (relocation.before, relocation.now) == (stage.desk.uri, other.desk.uri)
    assert len(relocation.anew) == len(items) and relocation.left == ()
    assert Op.SAME not in {step.op for step in plan.steps}
    stage.assert_settled(items)


ELSEWHERE: Final[dict[str, Callable[[Any], str]]] = {
    "fake": lambda subject: "fake://two",
    "namespace": lambda subject: f"namespace://{subject.root.path}-two",
}
"""By subject: the URI of a second, empty place."""


def address_of(stage: Stage, name: str) -> str:
    """As a hint writes it."""
    from virtwright.engine.selection import address

    return address(stage.records()[name].urn)


SITUATIONS: Final[Sequence[Situation]] = (
    Situation(
        "two-states",
        "Two states have a stack of one name on one host, even with records of the same ids",
        "`plan` and `apply` of the other are refused and say whose the objects are; its `destroy` removes records alone",
        _two_states,
    ),
    Situation(
        "made-meanwhile",
        "The same, and both have looked at the empty host before either makes anything",
        "who comes second to a name is refused, and told whose the object is; nothing is made twice",
        made_meanwhile,
        lambda subject: "names may be the same" if subject.name == "fake" else "",
    ),
    Situation(
        "taken-over",
        "The same, and the other names each resource with `--take-over`",
        "its state has the very objects then, with their data; nothing is made twice, and the first state sees whose they are, or is to forget them",
        _taken_over,
    ),
    Situation(
        "renamed",
        "Somebody renames an object",
        "it is known by its id, `name` is shown as drift, and it is renamed back; where the name is another's by now, `plan` and `apply` are refused",
        _renamed,
        _cannot_rename,
    ),
    Situation(
        "copied",
        "Somebody copies an object, stamp and all",
        "the copy is not read, changed or deleted, with the state, without it (`state recover`) and by `destroy`",
        _copied,
    ),
    Situation(
        "copied-as-own",
        "The same, and the copy's own name is written into its stamp",
        "the same: one operation makes one object, so that `state recover` takes the one that was made first, and lists the others",
        _copied_as_own,
        _stamps_name_the_object,
    ),
    Situation(
        "old-backup",
        "The state is restored from a backup, and objects were made since",
        "what was made since is adopted by its stamp, and the plan says that it is not what the state had",
        _old_backup,
    ),
    Situation(
        "volume-made-anew",
        "The same, and a volume was deleted and made again under its name",
        "the same, also where ids are names: the operation in the stamp tells",
        _made_anew,
        lambda subject: "" if "Volume" in subject.samples else "no volumes of its own",
    ),
    Situation(
        "unrecorded",
        "The stack is destroyed, and has objects that its state lacks, with their host or without it",
        "they are adopted and deleted with the rest, volumes by name only",
        _unrecorded,
    ),
    Situation(
        "elsewhere",
        "The URI of a host changes to that of another, empty one",
        "the plan shows both URIs and what is made a second time, and `apply` asks for that besides (`--new-host`)",
        _elsewhere,
        lambda subject: "" if subject.name in ELSEWHERE else "one host in these tests",
    ),
    *(Situation(*row) for row in (*ROWS, *PLUGIN_ROWS)),
)
