"""docs/adding-a-provider.md says the truth: its tables are the list of hooks, its code is the skeleton's."""

import inspect
import re
from pathlib import Path
from typing import Any, Final

import pytest
from examples.skeleton_provider.folders import FolderProvider
from tests.contract.foreign import FOREIGN, foreign
from tests.contract.skeleton_subject import SkeletonSubject

from virtwright.errors import UnsupportedError
from virtwright.providers.base import Handler, Provider, Stamp
from virtwright.providers.conformance import wanted
from virtwright.providers.context import Context
from virtwright.providers.contract import all_faults, open_checked
from virtwright.providers.hooks import PLACES, Place, members
from virtwright.schemas.host import Host
from virtwright.schemas.volume import Volume

ROOT: Final = Path(__file__).parents[3]
SKELETON: Final = ROOT / "examples" / "skeleton_provider"
GUIDE: Final = (ROOT / "docs" / "adding-a-provider.md").read_text(encoding="utf-8")
CODE: Final = re.compile(r"^```(?:python|toml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MOST_LINES: Final = 200


def table(place: Place) -> str:
    """The hooks of a place, with the first paragraph of what each says of itself."""
    rows = ["| hook | methods and attributes | offer it where |", "| --- | --- | --- |"]
    for hook in place.hooks:
        calls = ", ".join(f"`{wanted(hook, name)}`" for name in members(hook))
        first = inspect.cleandoc(hook.__doc__ or "").split("\n\n")[0]
        rows.append(f"| `{hook.__name__}` | {calls} | {' '.join(first.split()).replace('``', '`')} |")
    return "\n".join(rows)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_all_hooks_of_a_place_are_told(place: Place) -> None:
    assert table(place) in GUIDE, table(place)


@pytest.mark.parametrize("name", [*members(Handler), *members(Provider)])
def test_what_is_owed_is_told(name: str) -> None:
    assert re.search(rf"^\| `{name}\b", GUIDE, re.MULTILINE)


def test_each_hook_stands_in_one_place() -> None:
    names = [name for place in PLACES for hook in (place.owed, *place.hooks) for name in members(hook)]
    assert sorted(names) == sorted(set(names))


def test_its_code_is_the_skeletons() -> None:
    files = [_bare(file.read_text(encoding="utf-8")) for file in SKELETON.iterdir() if file.is_file()]
    blocks = CODE.findall(GUIDE)
    assert len(blocks) >= 6
    assert [block for block in blocks if not any(_bare(block) in text for text in files)] == []


def _bare(text: str) -> str:
    """Without indentation and empty lines, in which a formatter has it another way outside of a class."""
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def test_the_skeleton_is_small() -> None:
    lines = [line for file in SKELETON.iterdir() if file.is_file() for line in file.read_text().splitlines()]
    assert len(lines) < MOST_LINES


def test_the_skeleton_keeps_to_the_contract(tmp_path: Path) -> None:
    assert all_faults(open_checked(FolderProvider, "disk", Host(uri=f"folders://{tmp_path}"))) == ()


def test_the_skeletons_record_is_for_its_owner_alone(tmp_path: Path) -> None:
    handler = FolderProvider(tmp_path).handlers["Volume"]
    stamp = Stamp("p/s", "urn:pulumi:s::p::virtwright:index:Volume::data", "op", "hash")
    made = handler.create(stamp, Volume(), Context())
    assert (tmp_path / made.id / "record.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("more", [{"docker": {"driver": "nfs"}}, {"libvirt": {"xml": ["<x/>"]}}])
def test_the_skeleton_refuses_blocks_of_others(more: dict[str, Any], tmp_path: Path) -> None:
    block = next(iter(more))
    with pytest.raises(UnsupportedError, match=f"^{block}: a folder can't do this"):
        FolderProvider(tmp_path).handlers["Volume"].check(Volume.model_construct(**more))


def test_a_subject_of_somebody_else_takes_part_by_name() -> None:
    assert foreign({}) == ()
    assert foreign({FOREIGN: "tests.contract.skeleton_subject:SkeletonSubject"}) == (SkeletonSubject,)
