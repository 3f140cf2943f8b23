"""Stamps of volumes in the names of empty files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtwright.errors import HostError
from virtwright.providers.base import Stamp
from virtwright.providers.libvirt.storage.identity import VolumeId
from virtwright.providers.libvirt.storage.marks import Begun, Done, Mark, Owner, is_mark, read, stamp_of

OWNER = Owner("default", "shop_data.qcow2", "/var/lib/libvirt/images/shop_data.qcow2")
URN = "urn:pulumi:prod::shop::virtwright:index:Volume::data"
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=4)


@given(operation=words, stack=words, name=words, beside=st.booleans())
def test_what_is_written_is_read_back(operation: str, stack: str, name: str, beside: bool) -> None:
    urn = f"urn:pulumi:{stack}::shop::virtwright:index:Volume::{name}"
    owner = Owner("my pool+1/2", "data", "/dev/vg/data")
    for said in (Begun(operation, urn), Begun(operation, urn, "0123456789abcdef"), Done("f" * 64, "s")):
        written = said.name(owner, beside=beside)
        assert "/" not in written and "\0" not in written
        mark = read(written, owner.pool if beside else "default")
        assert mark is not None and mark.said == said
        assert mark.is_of(owner)


PLACE = OWNER.place


@pytest.mark.parametrize(
    ("said", "beside", "name"),
    [
        (Begun("op", URN), True, f"shop_data.qcow2~op~prod::shop::virtwright:index:Volume::data~{PLACE}.stamp"),
        (Begun("op", URN), False, f"default+shop_data.qcow2~op~prod::shop::virtwright:index:Volume::data~{PLACE}.stamp"),
        (Begun("op", URN, "1d"), True, f"shop_data.qcow2~op~prod::shop::virtwright:index:Volume::data~1d~{PLACE}.stamp"),
        (Done("abc", "s"), True, f"shop_data.qcow2~abc~s~{PLACE}.done"),
        (Done("abc"), False, f"default+shop_data.qcow2~abc~~{PLACE}.done"),
        (Begun("a/~%b", "urn:pulumi:x é.$-_@ ,=:"), True, f"shop_data.qcow2~a%2F%7E%25b~x %C3%A9.$-_@ ,=:~{PLACE}.stamp"),
    ],
)  # fmt: skip
def test_names_of_marks_stay_as_they_are(said: Begun | Done, beside: bool, name: str) -> None:
    """They lie on hosts: what an older version wrote has to be found."""
    assert said.name(OWNER, beside=beside) == name
    assert is_mark(name)
    mark = read(name, "default" if beside else "elsewhere")
    assert mark == Mark("default", "shop_data.qcow2", "b26fed15", said)


def test_the_longest_name_is_one_of_255_bytes() -> None:
    room = 255 - len(Done("", "").name(OWNER, beside=True))
    assert len(Done("f" * room).name(OWNER, beside=True)) == 255
    with pytest.raises(HostError, match="too long together"):
        Done("f" * (room + 1)).name(OWNER, beside=True)


def test_before_it_is_done_nothing_is_known_of_its_inputs() -> None:
    assert stamp_of(Begun("op", URN), None) == Stamp("shop/prod", URN, "op", "")
    assert stamp_of(Begun("op", URN, "1d"), Done("abc")) == Stamp("shop/prod", URN, "op", "abc", "1d")


def test_a_copy_in_another_place_is_a_stranger() -> None:
    mark = read(Begun("op", URN).name(OWNER, beside=True), "default")
    assert mark is not None
    assert not mark.is_of(Owner("default", OWNER.name, "/srv/copy/shop_data.qcow2"))
    assert not mark.is_of(Owner("copy", OWNER.name, OWNER.path))
    assert not mark.is_of(Owner("default", "other.qcow2", OWNER.path))


def test_a_stamp_has_all_that_the_engine_asks_for() -> None:
    stamp = stamp_of(Begun("op", URN), Done("f" * 64))
    assert stamp is not None
    assert (stamp.stack, stamp.urn, stamp.operation, stamp.inputs_hash) == ("shop/prod", URN, "op", "f" * 64)
    assert stamp_of(Begun("op", "nonsense"), None) is None


@pytest.mark.parametrize("name", ["data.qcow2", "a~b.stamp", "a~b~c~d~e.done", "x.stamp", ""])
def test_other_files_are_no_marks(name: str) -> None:
    assert not is_mark(name)


def test_names_that_do_not_fit_are_refused() -> None:
    with pytest.raises(HostError, match="too long together"):
        Begun("f" * 32, f"urn:pulumi:{'s' * 63}::{'p' * 63}::virtwright:index:Volume::{'n' * 63}").name(
            OWNER, beside=True
        )


@pytest.mark.parametrize("text", ["default/shop_data.qcow2@0123456789ab", "default/a@b.img@-", "my pool/x@y@-"])
def test_ids_are_read_back(text: str) -> None:
    known = VolumeId.parse(text)
    assert known is not None and str(known) == text


@pytest.mark.parametrize("text", ["", "x", "not-an-id", "default/data", "data@op", "/data@op", "default/@op"])
def test_other_texts_are_no_ids(text: str) -> None:
    assert VolumeId.parse(text) is None


@pytest.mark.parametrize(
    ("operation", "known", "text"),
    [
        ("0123456789abcdef", "0123456789ab", "fast/data.raw@0123456789ab"),
        ("0123456789ab", "0123456789ab", "fast/data.raw@0123456789ab"),
        ("short", "short", "fast/data.raw@short"),
        (None, None, "fast/data.raw@-"),
        ("", None, "fast/data.raw@-"),
    ],
)
def test_an_id_says_where_a_volume_is_and_who_made_it(operation: str | None, known: str | None, text: str) -> None:
    made = VolumeId.of("fast", "data.raw", operation)
    assert (made, str(made), made.reference) == (VolumeId("fast", "data.raw", known), text, "fast/data.raw")
    assert VolumeId.parse(text) == made


@pytest.mark.parametrize(
    ("known", "operation", "same"),
    [("0123456789ab", "0123456789abcdef", True), ("0123456789ab", "0123456789ac", False), (None, "0123", False)],
)
def test_an_operation_made_one_volume(known: str | None, operation: str, same: bool) -> None:
    assert VolumeId("fast", "a", known).is_of(operation) is same


@pytest.mark.parametrize("text", ["a/b@", "a/b", "b@c", "/b@c", "a/@c"])
def test_each_part_of_an_id_is_needed(text: str) -> None:
    assert VolumeId.parse(text) is None


def test_names_may_hold_what_joins_the_parts() -> None:
    assert VolumeId.parse("a/b/c@d@e") == VolumeId("a/b", "c@d", "e")
