"""What a plan says itself, and what others have it say, look different."""

from typing import Any

import pytest
from rich.console import Console

from virtwright.cli.render.fields import Extent
from virtwright.cli.render.outputs import output_lines
from virtwright.cli.render.plan import render_plan
from virtwright.cli.render.text import safe
from virtwright.engine.plan import Plan
from virtwright.engine.step import Op, Step
from virtwright.providers.diff import Change, Impact
from virtwright.schemas.display import describe_output, describe_value
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import UNKNOWN, Sealed, Secret, Value
from virtwright.stacks.python.child import Ended
from virtwright.stacks.python.failure import error_of

PATH = ("environment", "A")
OWN: tuple[Value, ...] = (Sealed(), UNKNOWN, Secret("x"), None)
FORGED = (
    *("(none)", "(known after apply)", "(secret, not decrypted)", "[secret]", "[secret, 16B, #2338ed90]  from a"),
    *(
        "x → (none)  live",
        "a  recreate",
        "hi → you",
        "recreate",
        "live",
        "(not known yet)",
        "aaa… (5 more characters)",
        "",
    ),
    *(" x", "x ", "No changes: 3 unchanged.", "x\n  output y  1 → 2", '"quoted"', "null", "│ x"),
)
INVISIBLE = "\u200b\u3164\u115f\u00ad\u2060\ufe0f\u202e\u2800\U000e0041\x1b\x9b"


@pytest.mark.parametrize("text", FORGED)
def test_a_text_that_looks_like_the_tools_words_is_quoted(text: str) -> None:
    said = describe_value("Container", PATH, text, whole=True)
    assert said.startswith('"') and said.endswith('"')
    output = describe_output(text)
    assert output.startswith('"') or text in ("null", "No changes: 3 unchanged.")
    assert {said, output}.isdisjoint({describe_value("Container", PATH, own) for own in OWN})


@pytest.mark.parametrize(
    "text", ["web", "nginx:1.27", "10.0.0.1/24", "https://x.example/?a=b", "some words", "-la", "~/x"]
)
def test_other_texts_are_not(text: str) -> None:
    assert describe_value("Container", PATH, text) == describe_output(text) == text


@pytest.mark.parametrize("char", INVISIBLE)
def test_what_can_not_be_seen_is_spelled_out(char: str) -> None:
    spelled = f"{ord(char):x}"
    shown = (
        safe(f"a{char}b").plain,
        describe_value("Container", PATH, f"a{char}b"),
        describe_output(f"a{char}b"),
        describe_output({f"a{char}b": [f"a{char}b"]}),
        Extent().output(f"a{char}b"),
        *(line.plain for line in output_lines({f"a{char}b": f"a{char}b"})),
        plan_text(Change(("labels", f"a{char}b"), None, f"a{char}b", Impact.LIVE, source=f"a{char}b")),
    )
    for each in shown:
        assert char not in each and spelled in each.lower(), each


def plan_text(change: Change) -> str:
    step = Step(
        Op.UPDATE,
        Urn.parse("urn:pulumi:a::a::virtwright:index:Container::web"),
        "Container",
        "one",
        (change,),
        Impact.LIVE,
    )
    output = Change(("No changes: 3 unchanged.",), None, "x", Impact.NONE)
    plan = Plan("a", "plan", (step,), 1, output_changes=(output,), output_uncompared=(output,))
    return "\n".join(line.plain for line in render_plan(Console(width=200), plan, verbose=True))


def test_names_that_look_like_more_are_quoted() -> None:
    key = "PW  (secret, not decrypted) → (known after apply)"
    said = plan_text(Change(("labels", key), None, "x", Impact.LIVE, source="a  recreate"))
    assert f'labels."{key}"  x  from "a  recreate"' in said
    assert said.count('output "No changes: 3 unchanged."  (none) → x') == 2
    assert [line.plain for line in output_lines({"a = b": 1})] == ['"a = b" = 1']


def test_unknown_parts_of_outputs_are_told_from_texts() -> None:
    value: dict[str, Any] = {"a": UNKNOWN, "b": Secret("x"), "c": "[secret]", "d": [Sealed(), "(none)", 1, None]}
    assert (
        describe_output(value)
        == '{"a": (known after apply), "b": [secret], "c": "[secret]", "d": [(secret, not decrypted), "(none)", 1, null]}'
    )


def test_frames_of_a_program_add_no_lines_to_a_hint(tmp_path: Any) -> None:
    frames = [{"file": "x.py:1\n    rm -rf /", "line": 1, "function": "f\nhint: y", "times": 1}] * 2
    report = {"type": "Exception", "message": "m", "frames": frames}
    error = error_of(Ended(0, report, ready=True), tmp_path, tmp_path)
    assert error is not None and error.hint is not None
    assert error.hint.split("\n") == ["called from:", '    "x.py:1\\n    rm -rf /":1, in "f\\nhint: y"']
