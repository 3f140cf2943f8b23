"""Damaged and hostile deployments and configuration of Pulumi: each is taken or refused in plain words, and a refusal changes
nothing and shows no secret."""

import copy
import functools
import json
import os
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.pulumi_facts import SIGNATURE, verify
from tests.rich_stack import NAME, SECRETS, RichStack
from tests.states import keys_in, open_store

from virtwright.cli.state_files import read_document
from virtwright.engine.state.lease import Lease
from virtwright.engine.state.pulumi.reading import deployment_name, import_deployment
from virtwright.engine.state.pulumi.writing import export_deployment
from virtwright.engine.state.stack import StackState
from virtwright.errors import VirtwrightError
from virtwright.schemas.signatures import ARCHIVE, ASSET, BYTES, OUTPUT, RESOURCE, SECRET, UNKNOWNS
from virtwright.stacks import cipher
from virtwright.stacks.keys import Keys
from virtwright.stacks.python.load import load_python, open_python_config

SOAK = int(os.environ.get("VIRTWRIGHT_SOAK", "1"))
MANY = settings(max_examples=120 * SOAK, suppress_health_check=list(HealthCheck))
LEAVES: list[Any] = [
    None, True, False, 0, -1, 2**53 + 1, 10**400, 1e300, 0.5, "", "x", "a\0b", "\u202e", "../../etc/passwd", "x" * 5000, [], {}, [[]],
    "urn:pulumi:shop::shop::virtwright:index:Container::web", "urn:pulumi:::::::", "v1:AAAA:AAAA", "v2:AAAA:AAAA", *sorted(UNKNOWNS),
    *({SIGNATURE: mark} for mark in (SECRET, OUTPUT, RESOURCE, ASSET, ARCHIVE, BYTES, "nothing", None, 3)),
    {SIGNATURE: SECRET, "plaintext": '{"a": ["' + "x" * 99 + '"]}'}, {SIGNATURE: SECRET, "plaintext": "NaN"},
    {SIGNATURE: SECRET, "plaintext": '"\\ud800"'}, {SIGNATURE: SECRET, "plaintext": "[" * 5000},
    {SIGNATURE: "8ad145fe-0d11-4827-bfd7-1abcbf086f5c", "value": "7ff0000000000000"},
]  # fmt: skip
CONFIG = """\
# of prod
encryptionsalt: {salt}
config:
  shop:token:
    secure: {token}
  shop:rooms:
    - name: a
      key:
        secure: {key}
  shop:size: "3"
  aws:region: north
"""


@pytest.fixture(scope="module", autouse=True)
def _few_rounds() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cipher, "ROUNDS", 100)
        patch.setattr(cipher, "_stretch", functools.cache(cipher._stretch))
        yield


@dataclass
class Bench:
    """A state that is never let go of, its document, and what came of the imports."""

    state: StackState
    lease: Lease
    document: dict[str, Any]
    keys: Keys
    outcomes: Counter[str]

    def bring_in(self, document: Any) -> bool:
        """Whether it was taken."""
        serial = self.state.serial
        try:
            deployment_name(document)
            import_deployment(self.state, document, self.keys, self.lease)
        except VirtwrightError as error:
            assert self.state.serial == serial
            text = str(error.problems)
            assert error.message and not any(secret in text for secret in SECRETS)
            self.outcomes[type(error).__name__] += 1
            return False
        assert self.state.serial == serial + 1
        self.outcomes["taken"] += 1
        return True


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("hostile")
    with open_store(folder) as store:
        rich = RichStack(store)
        rich.apply()
        rich.add_remains()
        state = rich.state
        document = json.loads(json.dumps(export_deployment(state, state.keys)))
        with state.acquire(holder="a test", wait=5, backup=False) as lease:
            yield Bench(state, lease, document, keys_in(folder), Counter())


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every item of every map and list, as container and key."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, item in items for place in ((value, key), *places(item))]


def harm(document: Any, chance: random.Random) -> None:
    """One change somewhere."""
    container, key = chance.choice(places(document))
    match chance.randrange(7):
        case 0:
            del container[key]
        case 1 | 2:
            container[key] = copy.deepcopy(chance.choice(LEAVES))
        case 3:
            other, there = chance.choice(places(document))
            container[key] = copy.deepcopy(other[there])
        case 4:
            value = container[key]
            container[key] = {"a": value} if chance.random() < 0.5 else [value, value]
        case 5 if isinstance(container, list):
            chance.shuffle(container)
        case 6 if isinstance(container, dict):
            container[chance.choice(["", "x", SIGNATURE, "taint", "viewOf", "snippets", "\0"])] = chance.choice(LEAVES)
        case _:
            if isinstance(value := container[key], str) and value:
                at = chance.randrange(len(value))
                container[key] = value[:at] + chance.choice(["", "\0", "A", "::", "\n"]) + value[at + 1 :]


@MANY
@given(seed=st.integers(0, 2**32), harms=st.integers(1, 3), sealed=st.sampled_from([False, False, False, True]))
def test_whatever_became_of_a_deployment_it_is_taken_or_refused(
    bench: Bench, seed: int, harms: int, sealed: bool
) -> None:
    document, chance = copy.deepcopy(bench.document), random.Random(seed)
    if not sealed:  # as Pulumi writes it; a sealed one is refused before anything else is looked at
        document["deployment"]["metadata"] = {}
        document["deployment"]["manifest"] |= {"version": "", "magic": ""}
    for _ in range(harms):
        harm(document, chance)
    if bench.bring_in(document):
        assert all(each.urn.project == NAME.project for each in bench.state.resources())
        bench.state.open_operations()
        bench.state.outputs()
        again = json.loads(json.dumps(export_deployment(bench.state, bench.keys), allow_nan=False))
        if not any("pulumi" in str(each.traits.model_dump(exclude_defaults=True)) for each in bench.state.resources()):
            verify(again)


@MANY
@given(seed=st.integers(0, 2**32))
def test_a_file_cut_or_changed_at_any_byte_is_refused(bench: Bench, tmp_path_factory: Any, seed: int) -> None:
    chance = random.Random(seed)
    data = bytearray(json.dumps(bench.document).encode())
    at = chance.randrange(len(data))
    match chance.randrange(4):
        case 0:
            del data[at:]
        case 1:
            data[at : at + chance.randrange(1, 64)] = b""
        case 2:
            data[at] ^= 1 << chance.randrange(8)
        case 3:
            data[at : at + 512] = bytes(512)
    file = Path(tmp_path_factory.getbasetemp()) / "changed.json"
    file.write_bytes(data)
    try:
        document = read_document(file)
    except VirtwrightError as error:
        assert error.message
        return
    if document != bench.document and bench.bring_in(document):
        assert "virtwright" not in (document["deployment"].get("metadata") or {}), "the seal holds the whole together"


def test_both_campaigns_reached_all_that_they_were_to_reach(bench: Bench) -> None:
    assert bench.outcomes["taken"] > 5 * SOAK
    assert {"InputError", "StateError"} <= bench.outcomes.keys()


@MANY
@given(seed=st.integers(0, 2**32), harms=st.integers(1, 3))
def test_whatever_became_of_a_configuration_it_is_read_or_refused(tmp_path_factory: Any, seed: int, harms: int) -> None:
    chance = random.Random(seed)
    folder = Path(tmp_path_factory.getbasetemp()) / "configuration"
    folder.mkdir(exist_ok=True)
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\nconfig:\n  size: {type: integer}\n")
    (folder / "__main__.py").write_text("")
    keys = Keys({"VIRTWRIGHT_HOME": str(folder / "home"), "PULUMI_CONFIG_PASSPHRASE": "password"})
    text = _hurt(_sound(keys), harms, chance)
    file = folder / "Pulumi.prod.yaml"
    file.write_text(text, encoding="utf-8")
    try:
        load_python(folder / "Pulumi.yaml", stack="prod", config=[], keys=keys, environment={})
    except VirtwrightError as error:
        assert error.message and SECRETS[0] not in str(error.problems)
    store = open_python_config(folder / "Pulumi.yaml", stack="prod", keys=keys)
    try:
        store.set("other", SECRETS[1], secret=True)
    except VirtwrightError as error:
        assert SECRETS[1] not in str(error.problems)
        assert file.read_text(encoding="utf-8") == text
    else:
        assert store.get("other").value == SECRETS[1]
        assert SECRETS[1] not in file.read_text(encoding="utf-8")


@functools.cache
def _sound_text(passphrase: str) -> str:
    made = cipher.Cipher.from_passphrase(passphrase)
    return CONFIG.format(salt=made.salt, token=made.encrypt(SECRETS[0]), key=made.encrypt("deep"))


def _sound(keys: Keys) -> str:
    return _sound_text(keys.find().passphrase)


def _hurt(text: str, harms: int, chance: random.Random) -> str:
    bits = [
        "",
        "\n",
        ":",
        "  ",
        "\t",
        "- ",
        "secure:",
        "v2:",
        "{",
        "]",
        "'",
        "&a ",
        "*a",
        "!!python/object:x ",
        "\ufeff",
        "=",
        "A",
        "#",
    ]
    for _ in range(harms):
        at = chance.randrange(len(text))
        text = text[:at] + chance.choice(bits) + text[at + chance.randrange(3) :]
    return text
