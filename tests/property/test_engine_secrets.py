"""Secrets in every field that can hold one, through plan, failures, apply, drift and destroy: nothing that is shown,
sent or written holds one, in any of its usual forms."""

import base64
import functools
import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from tests.fake_provider import FakeHandler, FakeWorld
from tests.programs import Item, ListProgram
from tests.vocabulary import CASES, EXAMPLES, INPUTS, get, places, put

from virtwright.cli.json_lines import event_to_json
from virtwright.engine.api import Engine
from virtwright.engine.events import Event
from virtwright.engine.plan import Plan, RunOptions
from virtwright.engine.plan_file import Source, save_plan
from virtwright.engine.state.export import export_state
from virtwright.engine.state.store import StateStore
from virtwright.errors import HostError, InputError, VirtwrightError
from virtwright.schemas.properties import to_model
from virtwright.schemas.values import Secret
from virtwright.stacks import cipher
from virtwright.stacks.keys import Keys

TOKENS = ('hunter2-Zq7 "&/ñ\\x', "hunter2-first-line\nhunter2-second-line", "hunter2Zq7abc", 918273645)
BEFORE = ("u:", "user:")
LOSS = RunOptions(allow_data_loss=("it",), continue_on_error=True)


def forms(token: str | int) -> set[str]:
    text = str(token)
    raw = text.encode()
    found = {text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], repr(text)[1:-1]}
    found |= {quote(text, safe=""), quote(text), quote_plus(text), raw.hex()}
    found |= {base64.b64encode(raw).decode().rstrip("="), base64.urlsafe_b64encode(raw).decode().rstrip("=")}
    return found | aligned(token) | set(text.split("\n"))


def aligned(token: str | int) -> set[str]:
    """The middle of a base64 in which the secret begins within a group of three bytes, as in an HTTP header."""
    found = set()
    for before in BEFORE:
        skipped = (len(before) * 8 + 5) // 6
        data = f"{before}{token}".encode()
        found.add(base64.b64encode(data).decode()[skipped : (len(data) // 3) * 4])
    return found


def echoes(token: str | int) -> list[str]:
    """What a host may repeat: the forms, and headers that end in the token."""
    plain = [form for form in forms(token) if form not in aligned(token)]
    headers = [f"{before}{token}".encode() for before in BEFORE]
    return [*plain, *(base64.b64encode(header).decode() for header in headers)]


FORMS = {form for token in TOKENS for form in forms(token)}
ECHO = " | ".join(echo for token in TOKENS for echo in echoes(token))


def found_in(text: str) -> list[str]:
    return sorted(form for form in FORMS if form in text)


def planted(kind: str, number: int) -> dict[str, Any] | None:
    """The example with a secret in every text and number that can be one; None where there is no such place."""
    inputs, count = deepcopy(EXAMPLES[kind][number]), 0
    for path in places(inputs):
        if isinstance(get(inputs, path), str | int) and not isinstance(get(inputs, path), bool):
            before = get(inputs, path)
            for token in TOKENS:
                put(inputs, path, Secret(token))
                if _fits(kind, inputs):
                    count += 1
                    break
                put(inputs, path, before)
    return inputs if count else None


def _fits(kind: str, inputs: dict[str, Any]) -> bool:
    try:
        to_model(INPUTS[kind], inputs)
    except InputError:
        return False
    return True


def changed(inputs: Any) -> Any:
    """With other secrets in the same places, so that there is something to update."""
    if isinstance(inputs, Secret):
        return Secret(TOKENS[2]) if isinstance(inputs.value, str) else inputs
    if isinstance(inputs, dict):
        return {key: changed(item) for key, item in inputs.items()}
    return [changed(item) for item in inputs] if isinstance(inputs, list) else inputs


@pytest.fixture(autouse=True, scope="module")
def quick_key() -> Iterator[None]:
    """Derive each key once: a million rounds take their time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VIRTWRIGHT_PASSPHRASE", "correct horse")
        patch.setattr(cipher, "_stretch", functools.cache(cipher._stretch))
        yield


class Echo:
    """Makes the fake host repeat every secret, in its progress and in its errors."""

    error: type[Exception] | None = None

    def install(self, patch: pytest.MonkeyPatch) -> None:
        for method in ("create", "update", "delete"):
            patch.setattr(FakeHandler, method, self._wrap(getattr(FakeHandler, method)))

    def _wrap(self, real: Any) -> Any:
        def call(handler: FakeHandler, *arguments: Any) -> Any:
            arguments[-1].progress(f"running {ECHO}")
            if self.error is HostError:
                raise HostError(f"failed: {ECHO}", hint=f"try {ECHO}")
            if self.error is not None:
                raise self.error(ECHO)
            return real(handler, *arguments)

        return call


@pytest.mark.parametrize(("kind", "number"), [case for case in CASES if case[0] != "Host"])
def test_nothing_shows_a_secret(kind: str, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = planted(kind, number)
    if inputs is None:
        pytest.skip("no field of this example can hold one of the secrets")
    monkeypatch.setenv("VIRTWRIGHT_HOME", str(tmp_path / "home"))
    # Every secret is known to the run, whatever this kind can hold: they come from one configuration.
    keeper = Item(
        "Container", "keeper", {"image": "host", "environment": {f"K{n}": Secret(str(t)) for n, t in enumerate(TOKENS)}}
    )
    program = ListProgram(Item(kind, "it", inputs), keeper)
    shown = list(_run(program, ListProgram(Item(kind, "it", changed(inputs)), keeper), tmp_path, monkeypatch))
    assert len(shown) > 50
    for text in shown:
        assert found_in(text) == [], text[max(0, text.find(found_in(text)[0]) - 300) :][:600]
    for path in (tmp_path / "home").rglob("*"):
        if path.is_file():
            assert found_in(path.read_bytes().decode("utf-8", "replace")) == [], path


def _run(program: ListProgram, later: ListProgram, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    world, events, echo = FakeWorld(), list[Event](), Echo()
    echo.install(monkeypatch)
    with StateStore.open(None, Keys()) as store:
        engine = Engine(store, [events.append], opener=world.open)
        for error in (HostError, KeyError, None):
            echo.error = error
            engine.apply(program, LOSS)
        yield from _saved(engine.plan(later, LOSS), folder / "later.plan")
        for error in (KeyError, HostError, None):
            echo.error = error
            engine.apply(later, LOSS)
        for item in world.objects():
            item.inputs["labels"] = {"by": "hand", "copy": str(TOKENS[0])}
        yield from _saved(engine.plan(program, LOSS), folder / "drift.plan")
        yield from _broken(engine, program)
        state = store.stack(program.name)
        yield json.dumps(export_state(state))
        engine.refresh(program.name)
        echo.error = HostError
        engine.destroy(program.name, LOSS)
        echo.error = None
        engine.destroy(program.name, LOSS)
        yield repr(state.runs())
        yield repr(state.history())
    for event in events:
        yield repr(event)
        yield json.dumps(event_to_json(event))


def _saved(plan: Plan, file: Path) -> Iterator[str]:
    save_plan(plan, Source(), file, "")
    yield file.read_text(encoding="utf-8")
    yield repr(plan)


def _broken(engine: Engine, program: ListProgram) -> Iterator[str]:
    """Inputs that are refused: the refusal does not quote them."""
    for item in program.items:
        wrong = Item(item.kind, item.name, {**item.inputs, "networks": Secret(TOKENS[0]), "size": Secret(TOKENS[0])})
        try:
            engine.plan(ListProgram(wrong), LOSS)
        except VirtwrightError as error:
            yield repr(error.problems)
            yield str(error)
