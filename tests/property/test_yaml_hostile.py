"""Hostile YAML: whatever a file holds, it is loaded or refused in plain words with a place; nothing is run, no secret shown.

6,600 cases; ``make soak`` has a hundred times as many.
"""

import json
import math
import os
import re
import string
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, note, settings
from hypothesis import strategies as st
from tests.dice import DICE, word
from tests.stack_files import HEAD, RecordingEngine, load, run

from virtwright.errors import InputError, VirtwrightError
from virtwright.schemas.values import reveal
from virtwright.stacks.yaml.compose import compose
from virtwright.stacks.yaml.expressions import parse_text
from virtwright.stacks.yaml.nodes import Node
from virtwright.stacks.yaml.problems import Problems
from virtwright.stacks.yaml.scalars import resolve

SOAK = int(os.environ.get("VIRTWRIGHT_SOAK", "1"))
SLOWEST = 20.0
"""Seconds of processor time for one file."""
SECRET = "s3cr3t-Q7zV9"
CANARY = Path(tempfile.gettempdir()) / f"virtwright-canary-{os.getpid()}"

SEED = """\
stack: shop
hosts:
  here: {uri: "namespace:///"}
config:
  n: {type: integer, default: 2}
  p: {secret: true}
networks:
  back: &net {cidr: 10.40.0.0/24}
volumes:
  data: {size: 1GiB}
vms:
  db:
    memory: 512MiB
    networks: [{network: back, address: 10.40.0.10}]
    disks: [{volume: data, mount: /data}]
    wait_for: {tcp: 5432, timeout: 60s}
containers:
  web:
    image: host
    count: ${config.n}
    networks: [back]
    ports: ["808${index}:80"]
    environment: {DB: "${vms.db.address}", P: "x${config.p}"}
    depends_on: [vms.db]
outputs: {url: "http://${containers.web-0.address}"}
moved: [{from: vms.old, to: vms.db}]
"""
SNIPPETS = [
    f"!!python/object/apply:os.system ['touch {CANARY}']", f"!!python/object/new:subprocess.Popen [[touch, {CANARY}]]",
    "!!python/name:os.system ", "!!binary aGk=", "!x ", "&a ", "*a", "*net", "<<: *net", "<<: [*net, *net]", "<<: 1", "? ", ": ", "- ",
    "{", "}", "[", "]", ",", "\n", "\n  ", "\n    ", "\t", " ", "#", "'", '"', "|", ">", "|2-\n", "%YAML 1.1\n", "---\n", "...\n", "--- ",
    "no", "on", "~", "null", "22:22", "0o7", "0o9", "1e3", ".inf", ".nan", "-", "+1", "0x", "1" * 30, "1e999", "\ufeff", "\x00", "\x07",
    "\u202e", "\u2028", "\x85", "é", "\U0001f600", "${", "$${", "}", "${vms.db.address}", "${config.p}", "${config.n}", "${index}",
    "${vms.web.x}", "${a}", "${vms.db.addresses[0]}", '${vms["db"].name}', "${1+1}", "${config.p.x}", "${containers.web-9.name}",
    "config:", "vms:", "x:", "count: 3", "count: -1", "db: {}", "host: here", "depends_on: [db]", "depends_on: [containers.web]", "image: ",
    "source: /etc/shadow", "files: [{path: /x, source: /dev/zero}]", "files: [{path: /x, source: /etc/hostname}]", "a" * 300, "[" * 100, "{a: " * 100,
    "protect: '${config.p}'", "memory: '${config.p}'", "cpus: '${config.p}'", "ports: ['${config.p}']", "timeouts: {create: '${config.p}'}",
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def canary() -> Iterator[None]:
    yield
    assert not CANARY.exists()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


def mutated(dice: Random) -> str:
    """The seed with pieces put in, taken out, or put in a value's place."""
    text = SEED
    for _ in range(dice.randint(1, 4)):
        at = dice.randint(0, len(text))
        piece = word(dice, SNIPPETS, most=1, other=6)
        match dice.randint(0, 3):
            case 0:
                text = text[:at] + piece + text[at:]
            case 1:
                text = text[:at] + text[at + dice.randint(1, 30) :]
            case 2:
                text = text[:at] + piece + text[at + dice.randint(1, 12) :]
            case 3:  # the value of the line
                start, end = text.rfind(":", 0, at) + 1, text.find("\n", at)
                text = text[:start] + " " + piece + text[end if end >= 0 else len(text) :]
    return text


def check_refusal(error: VirtwrightError, path: Path) -> None:
    assert error.problems
    for problem in error.problems:
        assert problem.message
        where = problem.where
        assert where.file == str(path) or (where.file is None and where.path == "VIRTWRIGHT_CONFIG_P")
        for shown in (problem.message, problem.hint or "", where.path or ""):
            assert SECRET not in shown
            assert shown.replace("\n", "").isprintable()
            assert len(shown) <= 1000
        assert "pydantic" not in problem.message
        assert "ruamel" not in problem.message


@given(dice=DICE)
@settings(max_examples=600 * SOAK, suppress_health_check=list(HealthCheck))
def test_a_changed_stack_is_loaded_or_refused(folder: Path, dice: Random) -> None:
    path = folder / "shop.yaml"
    note(data := mutated(dice))
    path.write_bytes(data.encode("utf-8", "surrogatepass"))
    start = time.process_time()
    try:
        program = load(path, environment={"VIRTWRIGHT_CONFIG_P": SECRET})
        run(program, RecordingEngine())
    except VirtwrightError as error:
        check_refusal(error, path)
    assert time.process_time() - start < SLOWEST


@given(dice=DICE)
@settings(max_examples=400 * SOAK, suppress_health_check=list(HealthCheck))
def test_any_text_is_composed_or_refused(folder: Path, dice: Random) -> None:
    path = folder / "any.yaml"
    raw = dice.randbytes(dice.randint(0, 4))
    path.write_bytes(word(dice, ["", *SNIPPETS], most=30, other=4).encode("utf-8", "surrogatepass") + raw)
    note(repr(path.read_bytes()))
    with pytest.raises(InputError) as caught:
        load(path)
    check_refusal(caught.value, path)


TEXT = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), max_size=12)
"""JSON writes what lies beyond as two halves, which YAML does not put together."""
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


def plain(node: Node) -> Any:
    if isinstance(node.value, dict):
        return {key: plain(item) for key, item in node.value.items()}
    return [plain(item) for item in node.value] if isinstance(node.value, list) else node.value


@given(value=JSON)
@settings(max_examples=300 * SOAK, suppress_health_check=list(HealthCheck))
@example(value={"a": 1e300, "b": -0.0, "<<": [""], "": None})
def test_json_means_in_yaml_what_it_means_in_json(value: Any) -> None:
    problems = Problems("f")
    assert plain(compose(json.dumps({"root": value}), problems)) == {"root": value}
    assert not problems


NUMBERS = ["+", "-", ".", "0", "12", "e", "E+", "e-"]
LOOKS = [*NUMBERS, *"37xobaftrunlTFN~_:", "0x", "0o", "inf", "nan", "true", "null"]
"""What numbers, and all scalars of the core schema that are no text, are made of."""


@given(dice=DICE)
@settings(max_examples=1500 * SOAK)
def test_scalars_follow_the_core_schema(dice: Random) -> None:
    note(text := "".join(dice.choices(dice.choice((LOOKS, NUMBERS)), k=dice.randint(0, 6))))
    integer = re.fullmatch(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", text)
    number = re.fullmatch(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", text)
    try:
        value = resolve(text)
    except ValueError:
        assert number or integer or text.lower().lstrip("+-") in (".inf", ".nan")
        return
    if integer:
        assert type(value) is int
    elif number:
        assert type(value) is float
        assert math.isfinite(value)
    elif text in ("true", "True", "TRUE", "false", "False", "FALSE"):
        assert value is (text.lower() == "true")
    else:
        assert value == (None if text in ("", "~", "null", "Null", "NULL") else text)


PIECES = [
    "$",
    "{",
    "}",
    "${",
    "$${",
    "$$",
    "config.n",
    "vms.db.name",
    ".",
    "[0]",
    "index",
    " ",
    "a",
    '["x"]',
    "\n",
    "é",
    "\0",
]


@given(dice=DICE)
@settings(max_examples=1000 * SOAK)
def test_an_escaped_text_is_itself(dice: Random) -> None:
    from virtwright.stacks.yaml.nodes import START

    note(text := word(dice, ["", *PIECES], most=12, other=1))
    assert parse_text(text.replace("${", "$${"), START) == text


HOSTILE = [
    "$(touch x)", "`id`", ";reboot", "\n", "'", '"', "\0", "-", "-oProxyCommand=id", "../", "/etc/shadow", "%s", "{{ 7*7 }}", "]]>", "&", "<a>",
    ",readonly=on", "=", ":", "\u202e", "\u2066", "\ufeff", "\x1b[2J", "\x7f", "\t", " ", "#", "---", "runcmd: [id]", "é", "a" * 256, "*", "~", "no", "1e3",
]  # fmt: skip
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
LETTERS = string.ascii_letters + string.digits


def quoted(text: str) -> str:
    return json.dumps(text)


@given(dice=DICE)
@settings(max_examples=800 * SOAK, suppress_health_check=list(HealthCheck))
def test_hostile_names(folder: Path, dice: Random) -> None:
    path = folder / "names.yaml"
    good = dice.choice(LETTERS) + "".join(dice.choices(LETTERS + "_.-", k=dice.randint(0, 62)))
    note(name := dice.choice((good, word(dice, HOSTILE))))
    section = f"vms:\n  {quoted(name)}: {{}}\noutputs: {{x: '${{vms[{quoted('none')}].name}}'}}\n"
    path.write_text(HEAD + section.replace("outputs", "# outputs"))
    if NAME.fullmatch(name):
        assert ("vms", name) in load(path).declared
        return
    with pytest.raises(InputError) as caught:
        load(path)
    check_refusal(caught.value, path)


@given(dice=DICE)
@settings(max_examples=700 * SOAK, suppress_health_check=list(HealthCheck))
def test_hostile_values_reach_the_goal_unchanged_or_are_refused(folder: Path, dice: Random) -> None:
    path = folder / "values.yaml"
    note(value := word(dice, HOSTILE))
    text = quoted(value.replace("${", "$${"))
    path.write_text(
        f"{HEAD}config: {{v: {{default: {text}}}}}\n"
        f"containers:\n  c: {{image: host, command: [run, {text}], environment: {{A: {text}, B: '${{config.v}}', C: 'x${{config.v}}'}}}}\n"
    )
    engine = RecordingEngine()
    try:
        run(load(path), engine)
    except InputError as error:
        check_refusal(error, path)
        return
    inputs = reveal(engine.goals["c"].inputs)
    assert inputs["command"] == ["run", value]
    assert inputs["environment"] == {"A": value, "B": value, "C": f"x{value}"}


FIELDS = ["memory", "cpus", "image", "networks", "disks", "power", "firmware", "host", "depends_on", "protect", "timeouts", "ignore_changes",
          "count", "labels", "cloud_init", "boot", "graphics", "wait_for", "ports", "libvirt", "no_such_field"]  # fmt: skip
SHAPES = [
    "{0}",
    "[{0}]",
    "{{a: {0}}}",
    "[{{network: {0}}}]",
    "[{{volume: {0}, mount: {0}}}]",
    "{{create: {0}}}",
    "[[{0}]]",
    "{{users: [{{name: {0}}}]}}",
]
TAILS = ["", "-1", "GiB", ":80:80", "/", "\n", "'"]


@given(dice=DICE)
@settings(max_examples=1300 * SOAK, suppress_health_check=list(HealthCheck))
def test_no_error_shows_a_secret(folder: Path, dice: Random) -> None:
    field, shape, tail = dice.choice(FIELDS), dice.choice(SHAPES), dice.choice(TAILS)
    form = dice.choice(("${config.p}", "x${config.p}y"))
    note(f"{field}: {shape} of {form}, then {tail!r}")
    path = folder / "secrets.yaml"
    value = shape.format(f'"{form}"')
    path.write_text(f"{HEAD}config: {{p: {{secret: true}}}}\nnetworks: {{back: }}\nvms:\n  db:\n    {field}: {value}\n")
    engine = RecordingEngine()
    try:
        run(load(path, f"p={SECRET}{tail}"), engine)
    except VirtwrightError as error:
        check_refusal(error, path)
        return
    assert SECRET not in repr(engine.goals)
