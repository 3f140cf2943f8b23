"""Hostile names and values (shells, option parsers, XML, YAML, paths): what a model accepts is safe by its form, and
what it refuses it refuses in plain words on one printable line."""

import copy
import os
import re
from random import Random

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from tests.dice import DICE
from tests.dice import text as any_text
from tests.safe_forms import OPERANDS, PATHS, SAFE_WORDS, assert_safe, check_form
from tests.vocabulary import CASES, EXAMPLES, INPUTS, places, put

from virtwright.schemas import text
from virtwright.schemas.cloud_init import User
from virtwright.schemas.display import describe_value
from virtwright.schemas.model import to_properties
from virtwright.schemas.problems import problems_of
from virtwright.schemas.values import walk

SOAK = int(os.environ.get("VIRTWRIGHT_SOAK", "1"))
PIECES = [
    "$(touch /tmp/x)", "`id`", ";reboot", "\n", "\r\n", "'", '"', "\0", "-", "-oProxyCommand=id", "--", "../", "/etc/shadow",
    "%s", "%n", "{{ 7*7 }}", "${config.a}", "]]>", "&", "<a>", ",readonly=on", "=", ":", "\u202e", "\u2066", "\u200f",
    "\ufeff", "\x1b[2J", "\x7f", "\x85", "\u2028", "\t", " ", "#cloud-config\n", "\n---\n", "\nruncmd: [id]", "é", "db",
    "10.40.0.10", "fe80::1%eth0", "a" * 256, "é" * 200, "\ud800", "user@", "|", "*", "~", "\\", "virtwright.stack", "١",
]  # fmt: skip
HOSTILE = st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map("".join)
ANY = st.one_of(HOSTILE, st.text(max_size=40), st.sampled_from(PIECES))
FILLED = [case for case in CASES if EXAMPLES[case[0]][case[1]]]
JARGON = re.compile(r"(?i)input should|validation|_error|regex|dictionary|instance of|\bstring\b|\binteger\b|unable to")
ADAPTERS: dict[str, TypeAdapter[str]] = {
    name: TypeAdapter(form)
    for name, form in {**SAFE_WORDS, **OPERANDS, **PATHS, "Line": text.Line, "Text": text.Text}.items()
}


@pytest.mark.parametrize("name", ADAPTERS)
@settings(max_examples=150 * SOAK, database=None)
@given(value=ANY)
def test_what_a_type_of_text_accepts_is_safe(name: str, value: str) -> None:
    try:
        accepted = ADAPTERS[name].validate_python(value)
    except ValidationError:
        return
    check_form(name, accepted)
    assert ADAPTERS[name].validate_python(accepted) == accepted


def hostile(dice: Random) -> str:
    """As ``ANY``, for a tenth of the processor time: what hypothesis would know of each of its choices is not worth it here."""
    if dice.random() < 0.3:
        return any_text(dice, 40)
    return "".join(dice.choices(PIECES, k=dice.choice((1, 1, 2, 3, 4))))


@settings(max_examples=3000 * SOAK, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(DICE)
def test_hostile_values_in_every_field(dice: Random) -> None:
    kind, number = dice.choice(FILLED)
    inputs = copy.deepcopy(EXAMPLES[kind][number])
    path = dice.choice(places(inputs))
    value = hostile(dice)
    note(f"{value!r} at {path} of {kind} {number}")
    if dice.random() < 0.5 and isinstance(path[-1], str):
        put(inputs, (*path[:-1], value), 1)  # as a field's name or a map's key
    else:
        put(inputs, path, value)
    try:
        dumped = to_properties(INPUTS[kind].model_validate(inputs))
    except ValidationError as error:
        problems = problems_of(error)
        assert problems
        for problem in problems:
            assert problem.message.isprintable() and len(problem.message) < 400
            assert not JARGON.search(problem.message.split("'")[0]), problem
            assert problem.hint is None or problem.hint.isprintable()
        return
    assert describe_value(kind, (), dumped).isprintable()
    for place, leaf in walk(dumped):
        assert_safe(place, leaf)


@pytest.mark.parametrize(
    ("value", "accepted"),
    [("-", False), ("-x", False), ("$6$a-b$c", True), ("!", True), ("*", True), ("abJnggxhB/yWI", True)],
)
def test_a_hash_of_a_password_is_no_option(value: str, accepted: bool) -> None:
    """cloud-init gives it to useradd as a word of its own."""
    try:
        User.model_validate({"name": "ann", "password_hash": value})
    except ValidationError:
        assert not accepted
    else:
        assert accepted


def test_over_long_text_is_refused() -> None:
    for name, adapter in ADAPTERS.items():
        if name == "Text":
            continue
        with pytest.raises(ValidationError):
            adapter.validate_python("/" + "a" * 9000 if name == "AbsolutePath" else "a" * 9000)
