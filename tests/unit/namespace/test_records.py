"""Records, names and the root's folder."""

import json
import os
import signal
import stat
import time
from dataclasses import replace
from pathlib import Path

import pytest

from virtwright.errors import HostError, InputError
from virtwright.providers.base import Stamp
from virtwright.providers.context import Context
from virtwright.providers.namespace.paths import DEFAULT_ROOT, Root
from virtwright.providers.namespace.records import Record, Records, host_name
from virtwright.schemas.urn import type_token


def stamp(
    name: str, operation: str = "first", project: str = "shop", stack: str = "shop", kind: str = "Container"
) -> Stamp:
    return Stamp(f"{project}/{stack}", f"urn:pulumi:{stack}::{project}::{type_token(kind)}::{name}", operation, "00")


@pytest.fixture
def records(tmp_path: Path) -> Records:
    for folder in ("containers", "networks"):
        (tmp_path / folder).mkdir()
    return Records(Root(tmp_path))


def test_uris() -> None:
    assert Root.from_uri("namespace:///").path == DEFAULT_ROOT
    assert Root.from_uri("namespace:///srv/a%20b/").path == Path("/srv/a b")
    for wrong in ("namespace://host/", "namespace:///a/../b", "docker:///", "namespace:///a?b", "namespace:///%00"):
        with pytest.raises(InputError):
            Root.from_uri(wrong)


@pytest.mark.parametrize(
    ("made", "name"),
    [
        (stamp("web"), "shop-web"),
        (stamp("web", stack="prod"), "shop-prod-web"),
    ],
)
def test_names_on_the_host(made: Stamp, name: str) -> None:
    assert host_name(made) == name


def test_names_that_lose_something_get_a_hash_and_stay_names() -> None:
    odd = [
        host_name(stamp(name)) for name in ("a b", "a/b", "a;b", "../x", "x" * 300, "x" * 301, "$(reboot)", "-oProxy")
    ]
    assert len(set(odd)) == len(odd)
    assert all(len(name) <= 63 and "/" not in name and name[0] not in "-." for name in odd)


def test_a_record_is_private_and_found_by_id_and_name(records: Records) -> None:
    record = Record.new("Container", stamp("web"), {"environment": {"PASSWORD": "hunter2"}})
    records.create(record, Context())
    file = records.folder(record) / "record.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert records.get("Container", record.id) == record
    assert records.named("Container", "shop-web") == record
    assert records.list("Container", "shop/shop") == [record]
    assert records.list("Container", "other/other") == []
    assert records.finish(record, address="10.0.0.2").allocated == {"address": "10.0.0.2"}
    assert records.list("Container")[0].complete


def test_the_same_operation_finds_its_own_object_and_another_gets_another_name(records: Records) -> None:
    records.create(Record.new("Container", stamp("web"), {}), Context())
    records.create(Record.new("Container", stamp("web"), {"a": 1}), Context())
    assert [record.inputs for record in records.list("Container")] == [{"a": 1}]
    second = records.create(Record.new("Container", stamp("web", "second"), {}), Context())
    assert second.name.startswith("shop-web-") and records.get("Container", second.id) == second
    assert records.create(Record.new("Container", stamp("web", "second"), {"b": 2}), Context()).name == second.name
    assert len(records.list("Container")) == 2


def test_copied_and_half_made_folders_are_nobodys(records: Records) -> None:
    record = Record.new("Container", stamp("web"), {})
    records.create(record, Context())
    for copy in ("0123456789ab", ".new-0123456789ab", ".gone-0123456789ab", "backup of web"):
        folder = records.root.path / "containers" / copy
        folder.mkdir()
        (folder / "record.json").write_bytes((records.folder(record) / "record.json").read_bytes())
    assert records.list("Container") == [record]
    assert records.get("Container", "0123456789ab") is None
    assert records.get("Container", "../containers/" + record.id) is None


@pytest.mark.parametrize(
    "damage",
    [b"", b"\0" * 100, b"[]", b"{}", b'{"version": 3}', b'{"version": 2}', b"null", b'{"version": 1, "stamp": 5}'],
)
def test_a_damaged_record_is_an_error_that_names_the_file(records: Records, damage: bytes) -> None:
    record = Record.new("Container", stamp("web"), {})
    records.create(record, Context())
    file = records.folder(record) / "record.json"
    file.write_bytes(damage)
    with pytest.raises(HostError, match=f"{file} is damaged"):
        records.list("Container")


def test_a_record_bears_the_identity_and_one_from_before_has_none(records: Records) -> None:
    signed = Record.new("Container", replace(stamp("web"), identity="0123456789abcdef"), {})
    records.create(signed, Context())
    assert records.get("Container", signed.id) == signed
    file = records.folder(signed) / "record.json"
    before = json.loads(file.read_bytes())
    assert before["version"] == 2
    del before["stamp"]["identity"]
    file.write_text(json.dumps({**before, "version": 1}))
    assert records.list("Container") == [replace(signed, stamp=stamp("web"))]


def test_a_record_cut_at_any_byte_is_never_taken_for_whole(records: Records) -> None:
    record = Record.new("Container", stamp("web"), {"a": [1, 2]})
    records.create(record, Context())
    file = records.folder(record) / "record.json"
    whole = file.read_bytes()
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        with pytest.raises(HostError, match="damaged"):
            records.get("Container", record.id)
    file.write_bytes(whole)
    assert records.get("Container", record.id) == record


def test_removal_is_repeatable(records: Records) -> None:
    record = Record.new("Container", stamp("web"), {})
    records.create(record, Context())
    (records.folder(record) / "more").mkdir()
    records.remove("Container", record.id)
    records.remove("Container", record.id)
    records.remove("Container", "../../etc")
    assert list((records.root.path / "containers").iterdir()) == []


def test_a_removal_goes_on_where_an_earlier_one_was_killed(records: Records) -> None:
    record = Record.new("Container", stamp("web"), {})
    records.create(record, Context())
    left = records.root.path / "containers" / f".gone-{record.id}"
    left.mkdir()
    (left / "rest").write_text("")
    records.remove("Container", record.id)
    assert list((records.root.path / "containers").iterdir()) == []


def test_killed_writers_leave_a_whole_record_or_none(records: Records) -> None:
    """Forty writers killed at random moments: what can be read is always one of the versions, whole."""
    record = Record.new("Container", stamp("web"), {"number": 0, "filler": "x" * 50_000})
    for attempt in range(40):
        child = os.fork()
        if child == 0:
            try:
                records.create(record, Context())
                for number in range(10_000):
                    records.replace(Record.new("Container", stamp("web"), {"number": number, "filler": "x" * 50_000}))
            finally:
                os._exit(1)
        time.sleep(0.002 + 0.0007 * attempt)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        found = records.list("Container")
        assert all(len(item.inputs["filler"]) == 50_000 for item in found)
        assert len(found) <= 1
        if attempt % 2:
            records.remove("Container", record.id)
    json.dumps([item.to_json() for item in records.list("Container")])


def test_without_root_it_says_what_to_do(tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setuid(65534)
            with Root(tmp_path / "root").lock():
                pass
        except HostError as error:
            status = 0 if "needs root" in (error.hint or "") else 2
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
