"""Whole lives of resources through the plugin, over gRPC, on the namespace runtime."""

from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2
from tests.contract.namespace.items import BACK, DATA, OS, WEB, altered
from tests.contract.namespace.subject import NamespaceSubject
from tests.integration.plugin.conftest import StartPlugin
from tests.plugin_lab import EnginePart, secret_names
from tests.programs import Item

from virtwright.schemas.values import Secret

pytestmark = pytest.mark.root
LONE = Item("VirtualMachine", "db", {"image": "host", "memory": "64MiB", "shutdown_timeout": "1s"})
SLEEPER = Item("Container", "web", {"image": "host", "command": ["sleep", "1000"], "stop_timeout": "0s"})
ALLOW = {"VIRTWRIGHT_ALLOW_DATA_LOSS": "volumes.data"}


def here(subject: NamespaceSubject, item: Any) -> Any:
    return altered(item, source={"archive": str(subject._here / "one.tar")})


def test_all_kinds_are_made_kept_changed_and_deleted(subject: NamespaceSubject, start: StartPlugin) -> None:
    items = (BACK, DATA, here(subject, OS), WEB, LONE)
    engine = EnginePart()
    with start() as plugin:
        engine.up(plugin, *items, preview=True)
        assert [op for op, _ in engine.did] == ["create"] * 5
        assert subject.census() == subject.expected(())
        engine.up(plugin, *items)
    assert subject.census() == subject.expected(items)
    assert engine.held["web"].outputs["address"] == "10.40.0.10"
    with start() as plugin:
        assert engine.up(plugin, *items) == {} and engine.did == []
        assert engine.refresh(plugin) and engine.up(plugin, *items) == {}
        changed = (*items[:3], altered(WEB, resources={"pids": 50}), altered(LONE, cpus=2))
        before = subject.census()
        engine.up(plugin, *changed, preview=True)
        assert sorted(engine.did) == [("update", "db"), ("update", "web")] and subject.census() == before
        diffs = engine.up(plugin, *changed)
        assert list(diffs["db"].detailedDiff) == ["cpus"] and not diffs["db"].replaces
        assert list(diffs["web"].detailedDiff) == ["resources.pids"]
        assert engine.held["db"].outputs["cpus"] == 2
        assert engine.up(plugin, *changed) == {}
    with start(**ALLOW) as plugin:
        engine.up(plugin)
    assert subject.census() == subject.expected(()) and not engine.held


def test_a_replacement_names_its_cause_and_leaves_one_object(subject: NamespaceSubject, start: StartPlugin) -> None:
    engine, other = EnginePart(), altered(SLEEPER, command=["sleep", "999"])
    with start() as plugin:
        engine.up(plugin, SLEEPER)
        first = engine.held["web"].id
        diffs = engine.up(plugin, other)
        kinds = provider_pb2.PropertyDiff
        assert {path: diff.kind for path, diff in diffs["web"].detailedDiff.items()} == {
            "command[1]": kinds.UPDATE_REPLACE
        }
        assert diffs["web"].replaces == ["command"] and engine.held["web"].id != first
    assert subject.census() == subject.expected([other])


def test_data_is_lost_only_where_it_is_named(subject: NamespaceSubject, start: StartPlugin) -> None:
    engine = EnginePart()
    with start() as plugin:
        engine.up(plugin, DATA)
        with pytest.raises(Exception, match=r"the data of volumes\.data would be lost: it would be deleted"):
            engine.up(plugin)
        with pytest.raises(Exception, match="would be replaced"):
            engine.up(plugin, altered(DATA, size="8MiB"), preview=True)
    assert subject.census() == subject.expected([DATA])
    with start(**ALLOW) as plugin:
        engine.up(plugin)
    assert subject.census() == subject.expected(())


def test_secrets_stay_secrets(start: StartPlugin) -> None:
    engine = EnginePart()
    with start() as plugin:
        engine.up(plugin, altered(SLEEPER, environment={"TOKEN": Secret("s3cret-token"), "PLAIN": "text"}))
        held = engine.held["web"]
        assert secret_names(held.inputs) == secret_names(held.outputs) == {"environment"}
        assert held.outputs["environment"]["PLAIN"] == "text"
        engine.refresh(plugin)
        assert secret_names(engine.held["web"].outputs) == {"environment"}


def test_what_somebody_else_did_is_seen_and_healed_without_a_refresh(
    subject: NamespaceSubject, start: StartPlugin
) -> None:
    engine = EnginePart()
    with start() as plugin:
        engine.up(plugin, SLEEPER)
        held = engine.held["web"]
        delete = provider_pb2.DeleteRequest(id=held.id, urn=held.urn)
        plugin.Delete(delete)
    with start() as plugin:
        diffs = engine.up(plugin, SLEEPER)
        assert diffs["web"].replaces == ["id"] and diffs["web"].deleteBeforeReplace
        assert engine.up(plugin, SLEEPER) == {}
        assert subject.census() == subject.expected([SLEEPER])
        held = engine.held["web"]
        plugin.Delete(provider_pb2.DeleteRequest(id=held.id, urn=held.urn))
        plugin.Delete(provider_pb2.DeleteRequest(id=held.id, urn=held.urn))
        assert not engine.refresh(plugin)["web"].id


def test_an_object_is_imported_by_its_id(start: StartPlugin) -> None:
    engine = EnginePart()
    with start() as plugin:
        engine.up(plugin, BACK)
    held = engine.held["back"]
    with start() as plugin:
        found = plugin.Read(provider_pb2.ReadRequest(id=held.id, urn=held.urn))
        assert found.id == held.id
        assert found.inputs["cidr"] == "10.40.0.0/24" and found.properties["name"] == held.outputs["name"]
        assert not plugin.Read(provider_pb2.ReadRequest(id="nobody", urn=held.urn)).id
        engine.up(plugin)
