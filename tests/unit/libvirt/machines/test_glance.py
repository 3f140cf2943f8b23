"""A definition that nobody changed is known without reading it."""

import re
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.libvirt.machines.cases import UUID

from virtwright.providers.base import Stamp
from virtwright.providers.libvirt.machines.definition import Definition
from virtwright.providers.libvirt.machines.glance import Glance, digest, glance, runs_as_defined
from virtwright.providers.libvirt.machines.record import MachineRecord
from virtwright.providers.libvirt.stamps import Mark, mark_element
from virtwright.providers.libvirt.xml import to_text

URN = "urn:pulumi:prod::shop::virtwright:index:VirtualMachine::db"
STAMP = Stamp("shop/prod", URN, "op", "f" * 64)
SAID = {"cpus": 2, "description": "the database"}
RECORD = MachineRecord(inputs={"cpus": 2}, said=SAID, disks=("vda",), complete=True)


def xml_of(record: MachineRecord, *, stamp: Stamp = STAMP, rest: str = "<vcpu>2</vcpu>", name: str = "<name>db</name>") -> str:  # fmt: skip
    mark = to_text(mark_element(Mark(stamp, {"team": "shop"}, record.to_notes()), UUID, "shop_db"))
    return f"<domain>{name}<uuid>{UUID}</uuid><metadata>{mark}</metadata>{rest}</domain>"


def noted(record: MachineRecord = RECORD, **more: Any) -> str:
    xml = xml_of(record, **more)
    return xml_of(replace(record, digest=digest(xml)), **more)


def test_one_that_nobody_changed_is_not_read() -> None:
    found = glance(noted())
    assert isinstance(found, Glance)
    assert (found.name, found.uuid, found.settings) == ("db", UUID, SAID)
    assert (found.mark.stamp, found.mark.labels) == (STAMP, {"team": "shop"})
    assert (found.record.disks, found.record.complete) == (("vda",), True)
    told = found.declared
    assert (told.cpus, told.labels, told.description) == (2, {"team": "shop"}, "the database")


@pytest.mark.parametrize(
    "xml",
    [
        noted().replace("<vcpu>2", "<vcpu>3"),
        noted().replace("<name>db", "<name>dc"),
        xml_of(RECORD),
        xml_of(replace(RECORD, said=None, digest="x")),
        noted(rest="<graphics passwd='geheim'/>"),
        noted(name=""),
        noted().replace("<uuid>", "<uuid >"),
        noted().replace("</metadata>", "</metadata >"),
    ],
    ids=[
        "changed after",
        "changed before",
        "without a digest",
        "without settings",
        "with a password",
        "without a name",
        "with a uuid in another form",
        "with metadata in another form",
    ],
)
def test_any_other_is_read(xml: str) -> None:
    assert isinstance(glance(xml), Definition)


def test_a_digest_without_settings_tells_nothing() -> None:
    notes = replace(RECORD, digest=digest(xml_of(RECORD))).to_notes()
    mark = to_text(mark_element(Mark(STAMP, {}, {**notes, "said": "damaged"}), UUID, "shop_db"))
    found = glance(re.sub("<metadata>.*</metadata>", f"<metadata>{mark}</metadata>", xml_of(RECORD)))
    assert isinstance(found, Definition)


def test_one_whose_settings_have_no_description_has_none() -> None:
    found = glance(noted(replace(RECORD, said={"cpus": 2})))
    assert isinstance(found, Glance) and found.declared.description == ""


def test_a_stranger_is_none_of_ours() -> None:
    network = replace(STAMP, urn=URN.replace("VirtualMachine", "Network"))
    assert glance("<domain><name>db</name></domain>") is None
    assert glance(xml_of(RECORD, stamp=network)) is None
    assert glance(noted(stamp=network)) is None
    assert glance(noted().replace(f"<uuid>{UUID}", "<uuid>other")) is None


def test_the_digest_is_of_all_but_the_metadata() -> None:
    plain = "<domain><name>db</name><vcpu>2</vcpu></domain>"
    between = "<domain><name>db</name><metadata><x/></metadata><vcpu>2</vcpu></domain>"
    assert digest(plain) == digest(between) == digest(between.replace("<x/>", "<y/>"))
    assert digest(plain) != digest(plain.replace("2", "3"))
    assert digest(plain) != digest(plain.replace("db", "dc"))
    assert len(digest(plain)) == 64
    assert digest("<domain><graphics passwd='x'/></domain>") == ""
    assert digest("<metadata><x/></metadata><a/>") == digest("<metadata></metadata><a/>")
    open_ended = "<domain><metadata><vcpu>2</vcpu></domain>"
    assert digest(open_ended) != digest("<domain></domain>")


@pytest.mark.parametrize(
    ("live", "same"),
    [
        ("<domain type='kvm' id='7'><a/></domain>", True),
        ("<domain type='kvm' id='8'><a/></domain>", False),
        ("<domain type='kvm' id='7'><a id='7'/></domain>", False),
        ("<domain type='kvm'><a/></domain>", True),
    ],
)
def test_whether_it_runs_as_it_is_defined(live: str, same: bool) -> None:
    assert runs_as_defined(live, "<domain type='kvm'><a/></domain>", 7) is same
