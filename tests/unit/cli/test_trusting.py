"""The folder of a stack that is not trusted: no link of its author's makes another folder of it."""

from pathlib import Path

import pytest

from virtwright.cli.trusting import trust_in
from virtwright.errors import RefusedError
from virtwright.trust import Untrusted


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with links, beside another folder."""
    for folder in ("co/.git", "co/sub/stack", "other"):
        (tmp_path / folder).mkdir(parents=True)
    for file in ("co/stack.yaml", "co/sub/stack/stack.yaml", "other/stack.yaml"):
        (tmp_path / file).write_text("stack: shop\n", encoding="utf-8")
    (tmp_path / "co/deploy").symlink_to(tmp_path / "other")
    (tmp_path / "co/linked.yaml").symlink_to(tmp_path / "other")
    (tmp_path / "co/sub/within").symlink_to("stack")
    (tmp_path / "co/gits").symlink_to(".git")
    (tmp_path / "builds").symlink_to(tmp_path)
    monkeypatch.chdir(tmp_path / "co")
    return tmp_path


@pytest.mark.parametrize("start", ["", "../co/", "{place}/co/", "{place}/builds/co/", "sub/../"])
@pytest.mark.parametrize("named", ["deploy", "deploy/stack.yaml", "linked.yaml", "gits"])
def test_a_link_out_of_the_checkout_is_refused_however_it_is_named(place: Path, start: str, named: str) -> None:
    with pytest.raises(RefusedError, match="leads out of its checkout by the link"):
        trust_in(Path(start.format(place=place) + named), untrusted=True)


@pytest.mark.parametrize("named", ["deploy", "linked.yaml"])
def test_also_where_there_is_no_repository(place: Path, named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "co/.git").rmdir()
    monkeypatch.chdir("/")
    with pytest.raises(RefusedError, match="leads out of its checkout by the link"):
        trust_in(place / "co" / named, untrusted=True)


@pytest.mark.parametrize(
    "named", ["stack.yaml", "sub/within", "sub/within/stack.yaml", "sub/stack", "../co", "{place}/builds/co/sub"]
)
def test_links_within_and_links_of_the_operators_are_followed(place: Path, named: str) -> None:
    trust = trust_in(Path(named.format(place=place)), untrusted=True)
    assert isinstance(trust, Untrusted)
    assert trust.folder.is_relative_to(place / "co")
