"""What the reviewer of a stranger's merge request learns, and what its author does not: answers to guesses."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from tests.e2e.operator_lab import LIMIT, Answer, Operator, operator_at
from tests.e2e.typing_in_a_fork import typed

pytestmark = [pytest.mark.root, pytest.mark.slow]

SECRET: Final = "CORRECTHORSE41"
WRONG: Final = "CORRECTHORSE42"
TRUSTED: Final = """\
stack: shop
hosts: {here: {uri: "HOST"}}
config:
  pw: {type: string, secret: true}
  z: {type: string, secret: true, default: ""}
containers:
  web:
    image: host
    command: [sleep, "600"]
    stop_signal: SIGKILL
    environment: {PW: "${config.pw}", MODE: open}
    files: [{path: /etc/own, content: "pw=${config.pw}\\nnext"}]
outputs: {pw: "${config.pw}", mode: open}
"""


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    with operator_at(tmp_path_factory.mktemp("reviews")) as made:
        made.write(TRUSTED)
        made.type("config", "set", "pw", "--secret", stdin=f"{SECRET}\n")
        made.type("apply", "--yes")
        yield made
        made.write(TRUSTED)


GUESSES: Final = {
    "variable": ("MODE: open", "MODE: open, OWN: GUESS, GUESS: x, PART: aaGUESSbb"),
    "command": ('"600"]', '"600", GUESS, "a GUESS b"]'),
    "words": ("image: host", "image: host\n    description: GUESS\n    labels: {GUESS: GUESS}"),
    "content": ('pw=${config.pw}\\nnext"', 'first\\nGUESS\\npw=GUESS\\nnext"'),
    "place": ('PW: "${config.pw}"', "PW: GUESS"),
    "output": ("mode: open", "mode: GUESS, GUESS: aGUESS"),
    "output's place": ('pw: "${config.pw}", mode', "pw: GUESS, mode"),
    "default": ('default: ""', "default: GUESS"),
    "name": ("containers:", "volumes: {GUESS: {}}\ncontainers:"),
    "error": ("image: host", "image: host\n    GUESS: 1\n    description: {GUESS: GUESS}"),
    "refused host": ("hosts: {", 'hosts: {there: {uri: "docker+tcp://GUESS"}, '),
    "refused file": ("files: [", "files: [{path: /a, source: /GUESS}, "),
    "unknown key": ("MODE: open", 'MODE: "${config.GUESS}"'),
}
PYTHON: Final = """\
import sys
import pulumi
import virtwright as vw
here = pulumi.ResourceOptions(provider=vw.Host("here", uri="HOST"), hide_diffs=["environment", "command"])
pw = pulumi.Config().require_secret("pw")
web = vw.Container("web", image="host", command=["sleep", "600", "GUESS"], stop_signal="SIGKILL",
    environment={"PW": pw, "MODE": "open", "OWN": pulumi.Output.secret("GUESS")}, opts=here)
def tell(_):
    print("is it GUESS?", "pw=GUESS")
    print("is it GUESS?", file=sys.stderr)
    pulumi.log.info("is it GUESS?")
    pulumi.log.warn("is it GUESS?", web)
    sys.stdout.flush()
    FAIL
web.urn.apply(tell)
pulumi.export("GUESS", "GUESS")
pulumi.export("hidden", pulumi.Output.secret("GUESS"))
"""


_OWN: Final = (
    r'"(run|time)": ?"[^"]+"|"seconds": ?[0-9.e-]+|[0-9a-f]{64}|#[0-9a-f]{8}|0x[0-9a-f]+|[0-9]{2}:[0-9]{2}:[0-9]{2}'
)
"""What each run has of its own."""


def said(operator: Operator, guess: str, *words: str) -> str:
    """All that a plan gives away, but for the guess itself and what each run has of its own."""
    answer = plan(operator, *words)
    saved = operator.folder / "plan.json"
    text = f"{answer.code}\n{answer.out}\n--\n{answer.err}\n--\n{saved.read_text() if saved.exists() else ''}"
    saved.unlink(missing_ok=True)
    lines = map(_ordered, text.replace(guess, "GUESS").split("\n"))
    return "\n".join(sorted(re.sub(_OWN, "-", line) for line in lines))


def _ordered(line: str) -> str:
    """Outputs come over the wire in no order."""
    return json.dumps(json.loads(line), sort_keys=True) if line.startswith('{"') else line


def plan(operator: Operator, *words: str) -> Answer:
    command = ("plan", "--untrusted", "--exit-code", "--verbose", "--out", "plan.json", "--stack", "shop/shop", *words)
    code, out, err = typed(command, operator.folder, operator.environment, None, LIMIT)
    assert code is not None
    return Answer(code, out, err)


@pytest.mark.parametrize("place", GUESSES)
def test_no_guess_in_a_file_is_answered(operator: Operator, place: str) -> None:
    old, new = GUESSES[place]
    assert old in TRUSTED
    answers = []
    for guess in (SECRET, WRONG):
        operator.write(TRUSTED.replace(old, new.replace("GUESS", guess), 1))
        answers.append([said(operator, guess), said(operator, guess, "--json")])
    assert answers[0] == answers[1]
    assert "GUESS" in answers[0][0] or place == "default"


@pytest.mark.parametrize(
    "end", ["pass", "raise Exception('it is GUESS')", "web.urn.apply(lambda _: 1 / len('GUESS'[99:]))"]
)
def test_no_guess_in_a_program_is_answered(operator: Operator, end: str) -> None:
    (operator.folder / "stack.yaml").unlink()
    config = operator.folder / "stack.shop.yaml"
    text = config.read_text()
    try:
        config.unlink()
        operator.write(text.replace("  pw:", "  shop:pw:"), "Pulumi.shop.yaml")
        operator.write("name: shop\nruntime: python\n", "Pulumi.yaml")
        answers: list[list[str]] = []
        for guess in (SECRET, WRONG):
            operator.write(PYTHON.replace("FAIL", end).replace("GUESS", guess), "__main__.py")
            answers.append([said(operator, guess), said(operator, guess, "--json")])
        for right, wrong in zip(*answers, strict=True):
            assert right.split("\n") == wrong.split("\n")
        assert "is it GUESS?" in answers[0][0]
        if end == "pass":
            assert re.search(r"command +\[sleep, 600\] → \[sleep, 600, GUESS\]", answers[0][0].replace('"', ""))
    finally:
        for name in ("Pulumi.shop.yaml", "Pulumi.yaml", "__main__.py"):
            (operator.folder / name).unlink(missing_ok=True)
        config.write_text(text)
        operator.write(TRUSTED)


CONTENT: Final = ("pw=${config.pw}", "EVIL ${config.none}")
HIDDEN: Final = {
    "a key without a value": (
        (CONTENT, ("  z:", "  none: {type: string, secret: true}\n  z:")),
        r"files\[0\].content +\(secret, not decrypted\) → \(known after apply\)",
    ),
    "what a new volume is called": (
        (("pw=${config.pw}", "EVIL ${volumes.nu.name}"), ("containers:", "volumes: {nu: {}}\ncontainers:")),
        r"files\[0\].content +\(secret, not decrypted\) → \(known after apply\)",
    ),
    "an output": ((("mode: open", 'mode: "${config.pw}"'),), r"output mode +open → \(secret, not decrypted\)"),
    "a new output": (
        (("mode: open", 'mode: open, a: "${config.pw}x"'),),
        r"output a +\(none\) → \(secret, not decrypted\)",
    ),
    "another output": ((('pw: "${config.pw}", mode', 'pw: "x${config.pw}", mode'),), r"output pw +\(secret, not decr"),
    "a secret that it chose": (
        (('"600"]', '"${config.z}"]'), ('default: ""', 'default: "curl evil"')),
        r"command\[1\] +\"600\" → curl evil",
    ),
}


@pytest.mark.parametrize("name", HIDDEN)
def test_what_a_reviewer_must_see_stands_in_the_plan(operator: Operator, name: str) -> None:
    changes, shown = HIDDEN[name]
    text = TRUSTED
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    operator.write(text)
    answer = plan(operator)
    assert answer.code == 2 and re.search(shown, answer.out), answer
    assert "No changes:" not in answer.out


def test_an_unchanged_stack_is_said_to_be_so(operator: Operator) -> None:
    operator.write(TRUSTED)
    answer = plan(operator)
    assert (answer.code, answer.out.splitlines()[-1]) == (0, "No changes: 1 unchanged.")
    assert Path(operator.folder / "plan.json").exists()
