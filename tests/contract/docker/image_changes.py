"""Images of a Docker host: what they are made from, changes and harm, and what others do with their names."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tests import image_archives as make
from tests.contract.docker.items import APP, DATA
from tests.contract.namespace.change import change
from tests.contract.namespace.items import altered
from tests.contract.subject import FieldChange, Harm
from tests.docker_lab import BUSYBOX
from tests.programs import Item

from virtwright.engine.state.records import ResourceRecord
from virtwright.providers.diff import Impact

LIVE, RECREATE = Impact.LIVE, Impact.RECREATE
NAME = "shop/base:1"
BASE = Item("Image", "base", {"source": {"archive": "@here/one.tar"}, "tags": [NAME]})
TWO = {"archive": "@here/two.tar"}
BUILT = altered(BASE, source={"build": {"context": "@here/app", "args": {"WHO": "me"}}})
USER = Item(APP.kind, APP.name, {**APP.inputs, "image": "{base.reference}"}, (*APP.uses, "base"))
STOCKED = (DATA, BASE, USER)
BUILT_STOCK = (DATA, BUILT, USER)
OTHER_BASE = altered(BASE, source=TWO, tags=[NAME, "shop/base:2"])
CUT = altered(BASE, source={"archive": "@here/cut.tar"})
"""It passes the check, and the daemon can't take it."""
BROKEN = altered(BASE, source={"build": {"context": "@here/broken"}})


def write_sources(here: Path) -> None:
    """What the items name as ``@here/...``."""
    for name in ("one", "two"):
        (here / f"{name}.tar").write_bytes(_archive(name.encode()))
    (here / "moved.tar").write_bytes((here / "one.tar").read_bytes())
    (here / "cut.tar").write_bytes((here / "one.tar").read_bytes()[:50_000])
    for name, step in (("app", "echo $WHO > /etc/release"), ("broken", "false")):
        (here / name).mkdir()
        (here / name / "Dockerfile").write_text(f"FROM {BUSYBOX}\nARG WHO\nRUN {step}\n")


@cache
def _archive(release: bytes) -> bytes:
    """Of busybox; the same for each test of a process."""
    return make.docker_archive([make.tar([*make.busybox_entries(), make.entry("etc/release", release)])])


def true_image(subject: Any, outputs: Mapping[str, Any]) -> None:
    found = subject.lab.api.inspect_image(outputs["reference"])
    assert (outputs["digest"], outputs["name"]) == (found["Id"], NAME)
    assert NAME in found["RepoTags"]


def copy_image(subject: Any, record: ResourceRecord) -> Callable[[], bool]:
    """Somebody gives the image a name of their own: from then on it is theirs too."""
    id = record.outputs["reference"]
    subject.lab.api.tag(id, "copy", "1")

    def untouched() -> bool:
        kept = bool(subject.lab.api.inspect_image("copy:1")["Id"] == id)
        subject.lab.api.remove_image("copy:1")
        return kept

    return untouched


def _named(name: str) -> Callable[[Any], None]:
    def holds(subject: Any) -> None:
        assert subject.lab.api.inspect_image(name)["Id"]

    return holds


def _release(text: str) -> Callable[[Any], None]:
    """The container runs the new image."""

    def holds(subject: Any) -> None:
        from tests.contract.docker.asking import inside

        assert inside(subject.lab, "app", "cat /etc/release").strip() == text

    return holds


def _label(subject: Any) -> None:
    assert subject.lab.api.inspect_image(NAME)["Config"]["Labels"] == {"team": "shop"}


def _image(*fields: str, goal: Item, impact: Impact, holds: Any, name: str, built: bool = False) -> FieldChange:
    items = BUILT_STOCK if built else STOCKED
    return change(items, goal, impact, *fields, holds=holds, name=name)


CHANGES: tuple[FieldChange, ...] = (
    _image("source.archive", goal=altered(BASE, source={"archive": "@here/moved.tar"}), impact=LIVE,
           holds=_release("one"), name="source.archive-moved"),
    _image("source.archive", "source.sha256", goal=altered(BASE, source=TWO), impact=RECREATE, holds=_release("two"),
           name="source.archive"),
    _image("source.archive", "source.build", "source.sha256", goal=BUILT, impact=RECREATE, holds=_release("me"),
           name="source.build"),
    _image("source.build.args.WHO",
           goal=altered(BUILT, source={"build": {"context": "@here/app", "args": {"WHO": "you"}}}), impact=RECREATE,
           holds=_release("you"), name="source.build.args", built=True),
    _image("labels.team", goal=altered(BUILT, labels={"team": "shop"}), impact=RECREATE, holds=_label, name="labels",
           built=True),
    _image("tags[0]", goal=altered(BASE, tags=["shop/base:2"]), impact=LIVE, holds=_named("shop/base:2"), name="tags"),
)  # fmt: skip


def _untag(subject: Any) -> None:
    subject.lab.api.remove_image(NAME)


def _move(subject: Any) -> None:
    """Another image gets the name; the old one keeps only the stamp."""
    subject.lab.api.tag(BUSYBOX, "shop/base", "1", force=True)


def _unstamp(subject: Any) -> None:
    for name in subject.lab.api.inspect_image(NAME)["RepoTags"]:
        if name != NAME:
            subject.lab.api.remove_image(name)


def _half_unstamp(subject: Any) -> None:
    names = sorted(name for name in subject.lab.api.inspect_image(NAME)["RepoTags"] if name != NAME)
    assert len(names) > 1
    subject.lab.api.remove_image(names[-1])


def _remove(subject: Any) -> None:
    subject.lab.api.remove_image(subject.lab.api.inspect_image(NAME)["Id"], force=True)


HARMS = (
    Harm("image-untagged", (DATA, BASE), _untag, frozenset({"base.tags"})),
    Harm("image-tag-moved", STOCKED, _move, frozenset({"base.tags"})),
    Harm("image-stamp-removed", STOCKED, _unstamp, frozenset({"base"})),
    Harm("image-removed", (DATA, BASE), _remove, frozenset({"base"})),
)
