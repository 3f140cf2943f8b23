"""Stamps of volumes in the names of empty files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtwright.errors import HostError
from virtwright.providers.libvirt.storage.identity import VolumeId
from virtwright.providers.libvirt.storage.marks import Begun, Done, Owner, is_mark, read, stamp_of

OWNER = Owner("default", "shop_data.qcow2", "/var/lib/libvirt/images/shop_data.qcow2")
URN = "urn:pulumi:prod::shop::virtwright:index:Volume::data"
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=4)


@given(operation=words, stack=words, name=words, beside=st.booleans())
def test_what_is_written_is_read_back(operation: str, stack: str, name: str, beside: bool) -> None:
    urn = f"urn:pulumi:{stack}::shop::virtwright:index:Volume::{name}"
    owner = Owner("my pool+1/2", "data", "/dev/vg/data")
    for said in (Begun(operation, urn), Done("f" * 64, "s")):
        written = said.name(owner, beside=beside)
        assert "/" not in written and "\0" not in written
        mark = read(written, owner.pool if beside else "default")
        assert mark is not None and mark.said == said
        assert mark.is_of(owner)


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
