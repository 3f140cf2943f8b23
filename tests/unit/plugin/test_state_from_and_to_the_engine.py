"""A state that moved: the plugin under Pulumi's engine finds nothing to change in what ours exported, and ours finds nothing to
change in what the plugin told Pulumi."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.rich_stack import RichProgram, RichStack
from tests.states import open_store

from virtwright.engine.state.pulumi.document import parse
from virtwright.engine.state.pulumi.reading import import_deployment
from virtwright.engine.state.pulumi.values import Values
from virtwright.engine.state.pulumi.writing import export_deployment
from virtwright.errors import RefusedError
from virtwright.plugin import configuration, connection
from virtwright.plugin.connection import Connection
from virtwright.plugin.operations import Operations
from virtwright.plugin.place import Place
from virtwright.plugin.redaction import SharedRedactor
from virtwright.providers.context import Context
from virtwright.schemas.host import Host
from virtwright.schemas.kinds import KINDS
from virtwright.schemas.urn import HOST_TYPE
from virtwright.stacks import cipher
from virtwright.stacks.cipher import Cipher


@pytest.fixture
def rich(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RichStack]:
    monkeypatch.setattr(cipher, "ROUNDS", 1000)
    with open_store(tmp_path) as store:
        made = RichStack(store)
        monkeypatch.setattr(connection, "open_provider", made.world.open)
        made.apply()
        yield made


@pytest.fixture
def plugin(rich: RichStack, tmp_path: Path) -> Operations:
    host = Connection("one", Host(uri="fake://one", max_parallel=16))
    mac, cancelled = rich.state.cipher.mac, threading.Event()
    return Operations.on(host, mac, SharedRedactor(), lambda urn, text: None, tmp_path, cancelled)


def heard() -> bool:
    return True


def exported(rich: RichStack) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json.dumps(export_deployment(rich.state, rich.state.keys)))
    return document


def test_pulumi_finds_nothing_to_change_in_an_exported_state(rich: RichStack, plugin: Operations) -> None:
    deployment = parse(exported(rich))
    assert deployment.secrets_providers is not None
    values, compared = Values(Cipher.from_keys(rich.state.keys, deployment.secrets_providers.salt)), 0
    for each in deployment.resources or ():
        inputs = values.read_map(each.urn, "inputs", each.inputs)
        if each.type == HOST_TYPE:
            assert (
                configuration.changed(inputs, configuration.normalised({"uri": inputs["uri"], "max_parallel": 16}))
                == []
            )
        elif each.type in {kind.type for kind in KINDS.values()}:
            place = Place.of(each.urn)
            assert plugin.check(place, inputs) == inputs, "a new check adds nothing and takes nothing away"
            told = plugin.compare(place, each.id, inputs, inputs)
            assert told.present and not told.diff
            read = plugin.read(place, each.id, inputs)
            assert read is not None and read[1].keys() == values.read_map(each.urn, "outputs", each.outputs).keys()
            compared += 1
    assert compared == 4


def test_ours_finds_nothing_to_change_in_what_the_plugin_made(rich: RichStack, plugin: Operations) -> None:
    """Everything is made anew by the plugin, and its answers are put where Pulumi keeps them."""
    document = exported(rich)
    deployment = parse(document)
    assert deployment.secrets_providers is not None
    values = Values(Cipher.from_keys(rich.state.keys, deployment.secrets_providers.salt))
    for found in rich.world.objects():
        rich.world.drop("fake://one", found.id)
    for each in document["deployment"]["resources"]:
        if each["type"].startswith("virtwright:"):
            place = Place.of(each["urn"])
            inputs = plugin.check(place, values.read_map(each["urn"], "inputs", each["inputs"]))
            each["id"], outputs = plugin.create(place, inputs, Context(), heard)
            each["inputs"] = values.write(each["urn"], "new", inputs)
            each["outputs"] = values.write(each["urn"], "told", outputs)
    document["deployment"]["metadata"] = {}
    with rich.state.acquire(holder="a test", wait=5) as lease:
        import_deployment(rich.state, document, rich.state.keys, lease)
    assert not rich.engine.plan(RichProgram()).changes
    assert rich.engine.apply(RichProgram()).succeeded
    assert len(rich.world.objects()) == 4


def test_what_a_state_of_ours_has_is_not_made_twice_nor_taken(rich: RichStack, plugin: Operations) -> None:
    """A Pulumi stack of the same name that knows nothing of it: each create is refused, and nothing is touched."""
    before = {each.id: each for each in rich.world.objects()}
    for found in before.values():
        place = Place.of(found.stamp.urn)
        with pytest.raises(RefusedError, match=f"belongs to a state of virtwright's own.* {rich.state.identity}"):
            plugin.create(place, plugin.check(place, found.inputs), Context(), heard)
    assert {each.id: each for each in rich.world.objects()} == before
