"""Anybody who may make an object can write any label: no listing fails of it."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.docker_answers import inspected

from virtwright.providers.base import Stamp
from virtwright.providers.docker.containers.mapping import create_body
from virtwright.providers.docker.containers.reading import read_inputs
from virtwright.providers.docker.containers.record import LABEL
from virtwright.providers.docker.containers.record import recorded as container_record
from virtwright.providers.docker.labels import DECLARED, declared_fields, stamp_of, written_for
from virtwright.providers.docker.swarm.record import LABEL as SWARM_LABEL
from virtwright.providers.docker.swarm.record import recorded as service_record
from virtwright.providers.docker.volumes.mapping import RECORD, read_volume
from virtwright.providers.libvirt.stamps import mark_of
from virtwright.providers.libvirt.xml import STAMP_NAMESPACE
from virtwright.schemas.container import Container
from virtwright.schemas.urn import Urn
from virtwright.schemas.volume import Volume

URN = "urn:pulumi:shop::shop::virtwright:index:Container::web"
DEEP = "[" * 200_000
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
KNOWN = st.sampled_from(sorted({*Container.model_fields, *Volume.model_fields, "variables", "marks", "endpoints"}))
ODD = (
    DEEP,
    '{"a":' * 100_000,
    "1e999",
    '"\\ud800"',
    '{"docker": 1e999}',
    '{"variables": 7}',
    "NaN",
    "",
    "²",
    '{"docker": 5}',
)
RECORDS = st.dictionaries(KNOWN, VALUES, max_size=4).map(json.dumps) | st.text()


def check(record: str) -> None:
    for labels in ({LABEL: record}, {SWARM_LABEL: record}, {RECORD: record}, {DECLARED: record}):
        assert isinstance(container_record(labels), dict) and isinstance(service_record(labels), dict)
        assert isinstance(declared_fields(labels), frozenset)
        assert isinstance(read_volume({"Name": "v", "Labels": labels}), Volume)
    found = inspected(create_body(Container(image="nginx"), "web", {LABEL: record}))
    assert isinstance(read_inputs(found, URN), Container)


@pytest.mark.parametrize("record", ODD, ids=range(len(ODD)))
def test_an_odd_record_is_read_as_none(record: str) -> None:
    check(record)


@settings(max_examples=150, deadline=None)
@given(record=RECORDS)
def test_a_record_that_nobody_wrote_is_read_as_none(record: str) -> None:
    check(record)


BAD = [
    "",
    "x",
    "urn:pulumi:",
    "urn:pulumi:shop::shop",
    "urn:pulumi:::::::",
    "urn:pulumi:a::b::c::\ud800",
    "urn:pulumi:" + "::" * 9,
]


@pytest.mark.parametrize("urn", BAD)
def test_a_stamp_with_no_urn_is_none(urn: str) -> None:
    labels = {**Stamp("shop/shop", urn, "op", "hash", "a" * 16).to_labels(), "virtwright.name": "web"}
    assert Stamp.from_labels(labels) is None and stamp_of(labels, "web") is None and written_for(labels) == ""


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from([*Stamp("", "", "", "", "x").to_labels()]), st.text() | st.just(URN)))
def test_what_counts_as_a_stamp_has_a_urn(labels: dict[str, str]) -> None:
    if (stamp := Stamp.from_labels(labels)) is not None:
        assert Urn.parse(stamp.urn).name


def xml(urn: str, notes: str) -> str:
    stamp = f'<v:stamp xmlns:v="{STAMP_NAMESPACE}" uuid="u" stack="shop/shop" urn="{urn}" operation="op" inputs="h">'
    return f"<domain><uuid>u</uuid><metadata>{stamp}<v:notes>{notes}</v:notes></v:stamp></metadata></domain>"


def test_metadata_that_nobody_wrote_is_no_mark() -> None:
    for notes in (DEEP, "1e999", "[]", "NaN", "x"):
        mark = mark_of(xml(URN, notes))
        assert mark is not None and mark.notes == {}
    assert [mark_of(xml(urn, "{}")) for urn in BAD if "\ud800" not in urn] == [None] * (len(BAD) - 1)
