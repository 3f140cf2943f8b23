"""``--json``: every event class and field is documented, and every line is what the document says."""

import io
import json
import re
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest
from tests.unit.cli import examples

from virtwright.cli.json_lines import CommandFailed, JsonLines, Line, event_name, event_to_json
from virtwright.engine import events
from virtwright.engine.local_reads import OutsideFile
from virtwright.engine.relocation import Relocation
from virtwright.engine.step import Op, Step
from virtwright.errors import Problem, Where
from virtwright.providers.diff import Change
from virtwright.schemas.values import UNKNOWN, Secret

DOCUMENT = Path(__file__).parents[3] / "docs" / "events.md"
CLASSES = (*get_args(events.Event), CommandFailed)
PROBLEM = Problem("it broke", Where("shop.yaml", 3, 4, "vms.db", "here", "urn:x"), "mend it")
EXAMPLES: tuple[Line, ...] = (
    events.RunStarted("r1", "apply", "shop/shop"),
    events.LeaseWaiting("ann@build1 12", 4.5),
    events.HostObserved("here", "Container", 3, 0.01),
    events.IntentSettled(examples.urn("Volume", "data"), "op1", "adopted"),
    OutsideFile("/etc/os-release", examples.urn("Container", "web"), "files[0].source"),
    Relocation(examples.urn("Host", "here"), "fake://one", "fake://two", ("containers.web",), ("volumes.data (1)",)),
    events.StepPlanned(examples.UPDATE_WEB),
    events.StepStarted(examples.CREATE_DB),
    events.StepProgress(examples.urn("Image", "base"), "reading", 0.5),
    events.StepFinished(examples.MOVED, 1.25),
    events.StepFailed(examples.REPLACE_NET, PROBLEM, 0.5),
    events.StepSkipped(examples.urn("Container", "web"), "networks.back failed"),
    events.Warned(PROBLEM),
    events.Logged("info", "hello"),
    events.RunFinished("r1", "failed", {"create": 1, "failed": 1}, {"url": "http://x", "key": Secret("hunter2")}, 2.5),
    CommandFailed((PROBLEM, Problem("so did this"))),
)


def documented(heading: str) -> dict[str, str]:
    """Field and type from the table below ``heading`` in the document."""
    text = DOCUMENT.read_text(encoding="utf-8")
    section = re.split(rf"^#+ {re.escape(heading)}$", text, flags=re.MULTILINE)
    assert len(section) == 2, f"docs/events.md has no single section {heading!r}"
    body = re.split(r"^#+ ", section[1], flags=re.MULTILINE)[0]
    return dict(re.findall(r"^\| `(\w+)` \| ([^|]+?) \|", body, flags=re.MULTILINE))


def schema_of(heading: str) -> dict[str, Any]:
    """A JSON Schema made from the document's table. A type in capitals is a section of its own."""
    properties = {field: type_schema(type_) for field, type_ in documented(heading).items()}
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def type_schema(text: str) -> dict[str, Any]:
    if text.endswith(" or null"):
        return {"anyOf": [type_schema(text.removesuffix(" or null")), {"type": "null"}]}
    if text.startswith("list of "):
        return {"type": "array", "items": type_schema(text.removeprefix("list of "))}
    if text == "any":
        return {}
    if text[0].isupper():
        return schema_of(text)
    return {"type": text}


@pytest.mark.parametrize("event", CLASSES, ids=event_name)
def test_every_event_and_field_is_documented(event: type[Line]) -> None:
    expected = {"event", "time"} | {field.name for field in fields(event)}
    assert set(documented(event_name(event))) == expected


@pytest.mark.parametrize(
    ("heading", "part"), [("Step", Step), ("Change", Change), ("Problem", Problem), ("Where", Where)]
)
def test_every_part_and_field_is_documented(heading: str, part: type) -> None:
    assert is_dataclass(part)
    extra = {"field"} if part is Change else set()
    assert set(documented(heading)) == {field.name for field in fields(part)} | extra


def test_there_is_an_example_of_every_event() -> None:
    assert {type(example) for example in EXAMPLES} == set(CLASSES)


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: event_name(type(event)))
def test_every_line_is_as_documented(event: Line) -> None:
    stream = io.StringIO()
    JsonLines(stream)(event)
    text = stream.getvalue()
    assert text.count("\n") == 1
    line = json.loads(text)
    assert line["event"] == event_name(type(event))
    datetime.fromisoformat(line["time"])
    jsonschema.validate(line, schema_of(line["event"]))


def test_no_secret_and_no_hash_of_one_is_written() -> None:
    text = json.dumps([event_to_json(event) for event in EXAMPLES])
    assert "hunter2" not in text
    assert '"aa"' not in text
    assert "[secret]" in text


def test_values_have_words_for_what_json_has_not() -> None:
    line = event_to_json(events.StepPlanned(examples.CREATE_DB), datetime(2026, 1, 2, tzinfo=UTC))
    assert line["time"] == "2026-01-02T00:00:00.000Z"
    assert line["step"]["urn"] == "urn:pulumi:shop::shop::virtwright:index:VirtualMachine::db"
    assert line["step"]["op"] == Op.CREATE.value
    assert line["step"]["impact"] == "none"
    assert line["step"]["changes"][2] == {
        "field": "networks[0].address",
        "path": ["networks", 0, "address"],
        "prior": None,
        "goal": {"unknown": True},
        "impact": "none",
        "source": None,
    }
    assert event_to_json(events.RunFinished("r", "succeeded", {}, {"x": UNKNOWN}, 0))["outputs"] == {
        "x": {"unknown": True}
    }
