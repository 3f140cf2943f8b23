"""Rows of ``situations.py`` about hosts that are copied or return, sources of a stack, and states that were lost beside others."""

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from tests.contract.stage import Stage, volumes
from tests.programs import Item

from virtwright.engine.api import Engine
from virtwright.engine.leftovers import stamped
from virtwright.engine.plan import RunOptions
from virtwright.engine.state.records import Changes
from virtwright.engine.state.store import StateStore
from virtwright.engine.whereabouts import Place, Whereabouts, Whose
from virtwright.errors import HostError, RefusedError
from virtwright.providers.hooks import KnowsItself, offers
from virtwright.stacks.source import Source

TELL_NOTHING: Final = ("fake", "fake-containers", "fake-networks", "libvirt-test", "skeleton")
"""Hosts that are no machine, and tell nothing of themselves."""
_ELSEWHERE: Final = "other://place"


def tells(stage: Stage) -> bool:
    """Whether the host says of itself which one it is."""
    with stage.provider() as provider:
        return offers(provider, KnowsItself)


def told(stage: Stage) -> dict[str, str]:
    """What the host tells of itself."""
    with stage.provider() as provider:
        return dict(provider.evidence()) if offers(provider, KnowsItself) else {}


def whose(stage: Stage, place: Place) -> dict[str, Whose]:
    """By the name of a resource: whose that is which the host has, where it answers as this place."""
    with stage.provider() as provider:
        found = stamped(provider)
    judged = stage.desk.work(lambda _, store: Whereabouts.of(store).judge(place, found))
    return {each.urn.name: owner for each, owner in judged.objects if each.urn is not None}


def _cloned(stage: Stage, beside: Path) -> None:
    items, _ = stage.subject.journey
    stage.apply(items, allow=volumes(items))
    evidence = told(stage)
    own = {name: f"{value}-of-its-own" for name, value in evidence.items()}
    assert set(whose(stage, Place(_ELSEWHERE, own)).values()) == {Whose.UNRECORDED}, (
        "the original is safe: it is another host"
    )
    assert set(whose(stage, Place(_ELSEWHERE, evidence)).values()) == {Whose.RECORDED}, "nobody could tell them apart"
    assert set(whose(stage, Place(stage.desk.uri, evidence)).values()) == {Whose.RECORDED}
    stage.assert_settled(items)


def _returned(stage: Stage, beside: Path) -> None:
    """The state has what was made on the host that took its place."""
    items, _ = stage.subject.journey
    stage.apply(items, allow=volumes(items))
    stage.write_data("of the lost one")
    life, before = stage.subject.life(), stage.records()

    def made_anew(_: Engine, store: StateStore) -> None:
        state = store.stack(stage.desk.program(()).name)
        changed = [
            replace(
                record,
                id=f"{record.id}-anew" if record.id is not None else None,
                traits=record.traits.model_copy(
                    update={"evidence": dict.fromkeys(told(stage), "living")} if record.urn.is_host else {}
                ),
            )
            for record in state.resources()
        ]
        with state.acquire(holder="a test", wait=5) as lease:
            state.commit(Changes(put=tuple(changed)), lease)

    stage.desk.work(made_anew)
    for work in (stage.plan, stage.apply):
        with pytest.raises(HostError, match="another host than the one that the state has there"):
            work(items, allow=volumes(items))
    assert set(whose(stage, Place(stage.desk.uri, told(stage))).values()) == {Whose.UNRECORDED}
    assert stage.subject.life() == life
    stage.assert_data("of the lost one")
    stage.lose_state()
    assert stage.desk.work(lambda engine, _: engine.recover(stage.desk.program(items))).succeeded
    assert {name: each.id for name, each in stage.records().items()} == {name: each.id for name, each in before.items()}


def _two_folders(stage: Stage, beside: Path) -> None:
    items, _ = stage.subject.journey
    first, second = (Source(f"/srv/{name}/stack.yaml", name) for name in ("first", "second"))
    allowed = volumes(items)
    stage.apply(items, options=RunOptions(source=first, allow_data_loss=tuple(allowed)))
    stage.write_data("ours")
    life = stage.subject.life()
    options = RunOptions(source=second, allow_data_loss=tuple(allowed))
    for work in (stage.plan, stage.apply):
        with pytest.raises(RefusedError, match=r"/srv/first/stack\.yaml") as caught:
            work(items[:1], options=options)
        assert "/srv/second/stack.yaml" in caught.value.message and items[-1].name in caught.value.message
    assert stage.subject.life() == life
    stage.assert_data("ours")
    stage.apply(items[:1], options=replace(options, new_source=True))
    assert stage.records().keys() == {items[0].name}


def _recovered_beside(stage: Stage, beside: Path) -> None:
    """Each state's stack of this name has a volume of its own."""
    ours = stage.subject.samples["Volume"].items
    theirs = tuple(replace(item, name="theirs") for item in ours)
    other = stage.beside(beside)
    stage.apply(ours)
    other.share_key(stage)
    other.apply(theirs)
    identity = stage.identity()
    stage.lose_state()
    program = stage.desk.program((*ours, *theirs))
    with pytest.raises(RefusedError) as caught:
        stage.desk.work(lambda engine, _: engine.recover(program))
    assert identity in str(caught.value.problem) and other.identity() in str(caught.value.problem)
    assert stage.desk.work(lambda engine, _: engine.recover(program, RunOptions(identity=identity))).succeeded
    assert stage.records().keys() == {item.name for item in ours}
    assert stage.destroy(allow=volumes(ours)).succeeded
    other.assert_settled(theirs)


def _copied_root(stage: Stage, beside: Path) -> None:
    """With a copy of the state, as where somebody unpacks a backup of both: whatever is done to it, the original runs on."""
    root: Any = stage.subject
    items, _ = stage.subject.journey
    stage.apply(items, allow=volumes(items))
    stage.write_data("ours")
    life = stage.subject.life()
    beside.mkdir()
    subprocess.run(["cp", "-a", root.root.path, beside / "root"], check=True)
    shutil.copytree(stage.desk.home, beside / "home")
    desk = replace(stage.desk, home=beside / "home", uri=f"namespace://{beside / 'root'}")
    other = replace(stage, desk=desk, events=[])
    assert not desk.work(lambda engine, _: engine.apply(desk.program(items)), other.events.append).succeeded
    assert any("another root" in str(event) for event in other.events)
    assert stage.subject.life() == life
    assert other.destroy(allow=volumes(items)).succeeded and other.records() == {}
    assert stage.subject.life() == life
    stage.assert_settled(items)
    stage.assert_data("ours")


def _has_one_volume(subject: Any) -> str:
    items: Sequence[Item] = subject.samples["Volume"].items if "Volume" in subject.samples else ()
    return "" if len(items) == 1 else "no volumes of its own"


def _tells_nothing(subject: Any) -> str:
    return "the host tells nothing of itself" if subject.name in TELL_NOTHING else ""


ROWS: Final[Sequence[tuple[Any, ...]]] = (
    (
        "cloned-machine",
        "A host is copied whole, with its objects, and answers at another URI",
        "with an id of its own it is another host, and `host gc` shows all on it as in no record; with the same id it is taken for the first one, and nothing on it is removed",
        _cloned,
        _tells_nothing,
    ),
    (
        "copied-root",
        "The folder of a host of the namespace runtime is copied on its machine, and the state with it",
        "whatever is applied to the copy or destroyed there, the original is neither stopped, changed nor deleted; networks that it has are refused in the copy",
        _copied_root,
        lambda subject: "" if subject.name == "namespace" else "its objects are in no folder of the user's",
    ),
    (
        "returned-host",
        "A lost host comes back at the address of the one that took its place",
        "`plan` and `apply` are refused, and nothing on it is touched; `host gc` shows it, and an empty state can recover it",
        _returned,
        _tells_nothing,
    ),
    (
        "two-folders",
        "The file of another folder has the stack's name, and the same state",
        "what would change is refused, and both sources are named, until `--new-source`",
        _two_folders,
    ),
    (
        "recovered-beside",
        "The state is lost and recovered, while another state has a stack of the name on the host",
        "`state recover` asks whose objects it is to take (`--identity`), and takes no others",
        _recovered_beside,
        _has_one_volume,
    ),
)
"""The fields of ``Situation``, in their order."""
