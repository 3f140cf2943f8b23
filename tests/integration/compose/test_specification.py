"""The keys that are known are those of the specification: its schema lies inside of the installed Docker Compose."""

import json
import shutil
from pathlib import Path
from typing import Any

from tests.compose_lab import needs_compose

from virtwright.stacks.compose.keys import KEYS

pytestmark = needs_compose


def specification() -> Any:
    program = Path(str(shutil.which("docker-compose"))).resolve().read_bytes()
    start = program.rindex(b"{", 0, program.index(b'"$id": "compose_spec.json"'))
    found, _ = json.JSONDecoder().raw_decode(program[start : start + 200_000].decode(errors="replace"))
    return found


def keys_of(schema: Any, root: Any) -> dict[str, Any]:
    """The keys that a schema allows, in the form of ``KEYS``."""
    while "$ref" in schema:
        schema = root["definitions"][schema["$ref"].rpartition("/")[2]]
    found: dict[str, Any] = {}
    for either in (*schema.get("oneOf", ()), *schema.get("anyOf", ())):
        found |= keys_of(either, root)
    found |= {name: keys_of(each, root) for name, each in schema.get("properties", {}).items()}
    patterns = [each for pattern, each in schema.get("patternProperties", {}).items() if pattern != "^x-"]
    others = schema.get("additionalProperties")
    for each in (*patterns, *([others] if isinstance(others, dict) else ())):
        found["*"] = keys_of(each, root)
    if "items" in schema and (items := keys_of(schema["items"], root)):
        found["[]"] = items
    return found


def missing(wanted: dict[str, Any], known: Any, path: str = "") -> list[str]:
    lacking = []
    for key, inner in wanted.items():
        here = f"{path}.{key}"
        if key in known:
            lacking += missing(inner, known[key], here)
        elif "*" in known or here.endswith((".labels.*", "extra_hosts.*")):
            continue  # a map of texts
        else:
            lacking.append(here)
    return lacking


def test_every_key_of_the_specification_is_known() -> None:
    root = specification()
    wanted = keys_of(root, root)
    assert len(wanted["services"]["*"]) > 80
    assert missing(wanted, KEYS) == []
