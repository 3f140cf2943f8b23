"""What a guest, a container's files and a host answer may be anything: it is read, or refused in words, and nothing else happens."""

import json
import os
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, cast
from xml.etree.ElementTree import fromstring, tostring

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.hostile_texts import PIECES, VALUES, break_json, break_xml

from virtwright.engine.hosts import _guarded
from virtwright.errors import HostError, VirtwrightError
from virtwright.providers.context import Context
from virtwright.providers.docker.containers import reading as docker_container
from virtwright.providers.docker.containers.foreign.settings import Daemon
from virtwright.providers.docker.containers.foreign.telling import tell as tell_container
from virtwright.providers.docker.networks import mapping as docker_network
from virtwright.providers.docker.networks.foreign import tell as tell_network
from virtwright.providers.docker.swarm.copies import copy_states
from virtwright.providers.docker.volumes import mapping as docker_volume
from virtwright.providers.libvirt.agent.channel import AgentChannel, decoded, field
from virtwright.providers.libvirt.machines.definition import Definition
from virtwright.providers.libvirt.machines.hosting import read_hosting
from virtwright.providers.libvirt.machines.offers import Offer
from virtwright.providers.libvirt.machines.reading.settings import read_settings
from virtwright.providers.libvirt.networks import reading as libvirt_network
from virtwright.providers.libvirt.readiness.addresses import _address
from virtwright.providers.libvirt.readiness.first_boot import seen_by_agent, seen_on_console
from virtwright.providers.libvirt.stamps import mark_of
from virtwright.providers.libvirt.storage.volume import StoredVolume
from virtwright.providers.libvirt.xml import from_text
from virtwright.providers.namespace.cgroups import layout, values
from virtwright.providers.namespace.containers.resolver import resolver_text
from virtwright.providers.namespace.sandbox import status as shim_status
from virtwright.providers.namespace.sandbox.users import joined

SOAK: Final = int(os.environ.get("VIRTWRIGHT_SOAK", "1"))
EXAMPLES: Final = 100 * SOAK
"""10,000 in a soak."""
LONGEST_MESSAGE: Final = 20_000
LONGEST: Final = 5.0
"""Seconds for one answer, on a machine that does much else."""
SAMPLES: Final = Path(__file__).parent / "answers"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.sampled_from(VALUES),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                (
                    "return",
                    "v1",
                    "errors",
                    "stage",
                    "init",
                    "finished",
                    "buf-b64",
                    "eof",
                    "count",
                    "pid",
                    "exited",
                    "exitcode",
                    "out-data",
                )
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
TEXT = st.lists(st.sampled_from(PIECES) | st.text(max_size=10), max_size=20).map("".join)
quiet = settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


class Guest:
    """Stands for the connection to a host whose guest says these texts, one after the other, and then the last one for ever."""

    def __init__(self, said: list[str]) -> None:
        self.said = said

    def call(self, *_: object, **__: object) -> str:
        return self.said.pop(0) if len(self.said) > 1 else self.said[0]


def channel(said: list[str]) -> AgentChannel:
    return AgentChannel(cast("Any", Guest(said)), "uuid", "db")


@quiet
@given(st.lists(JSON.map(json.dumps) | TEXT, min_size=1, max_size=6))
def test_a_guests_agent_is_understood_or_refused(said: list[str]) -> None:
    for ask in (
        lambda: seen_by_agent(channel([*said]), Context()),
        lambda: channel([*said]).read_file("/etc/os-release"),
        lambda: field(channel([*said]).ask("guest-exec"), "pid", int),
        lambda: decoded(channel([*said]).ask("guest-exec-status"), "out-data"),
    ):
        try:
            ask()
        except HostError as error:
            assert len(error.message) < 20_000


def test_an_agent_that_nests_without_end_is_refused() -> None:
    with pytest.raises(HostError):
        channel(["[" * 200_000]).ask("guest-ping")


@quiet
@given(JSON | TEXT)
def test_an_address_is_one_or_none(told: object) -> None:
    assert _address(told) is None or str(_address(told))


@quiet
@given(st.binary(max_size=200))
def test_a_console_may_say_anything(said: bytes) -> None:
    assert seen_on_console(lambda _: said, 0) is None or len(seen_on_console(lambda _: said, 0) or "") < 300


@quiet
@given(TEXT, st.sampled_from(("wheel", "x", "")), st.sampled_from(("me", "root")))
def test_a_group_file_of_an_image_is_kept_line_by_line(text: str, group: str, member: str) -> None:
    lines = text.split("\n")
    after = joined(lines, group, member)
    assert len(after) in (len(lines), len(lines) + 1)
    assert all(new == old or old.split(":")[0] == group for new, old in zip(after, lines, strict=False))


@quiet
@given(TEXT)
def test_resolv_conf_gives_servers_or_a_comment(text: str) -> None:
    told = resolver_text([text])
    assert all(
        line.split()[0] in ("nameserver", "search", "domain", "options", "#") for line in told.split("\n") if line
    )


@quiet
@given(TEXT)
def test_files_of_control_groups_hold_numbers_or_nothing(text: str) -> None:
    for said in (text, f"oom {text}"):
        assert isinstance(values.field(said, "oom"), int)


@quiet
@given(JSON)
def test_a_status_that_is_damaged_is_told_as_gone(told: object) -> None:
    try:
        shim_status._from_json(cast("Any", told))
    except (AttributeError, TypeError, ValueError):
        return


def _docker_container(found: Any) -> object:
    inner = docker_container.read_inputs(found, "urn:pulumi:prod::shop::virtwright:index:Container::web")
    return inner, docker_container.read_outputs(found), docker_container.drift(found), docker_container.stamp_on(found)


READERS: Final[dict[str, Callable[[Any], object]]] = {
    "container.json": _docker_container,
    "foreign-container.json": lambda found: tell_container(found, {}, Daemon("json-file", "runc", "2"), {}),
    "network.json": lambda found: (docker_network.read_network(found), docker_network.read_outputs(found)),
    "foreign-network.json": tell_network,
    "volume.json": lambda found: (docker_volume.read_volume(found), docker_volume.read_outputs(found)),
    "tasks.json": lambda found: copy_states([found], {"n1": "alpha"}),
    "domain.xml": lambda xml: (read_settings(from_text(xml)), mark_of(xml)),
    "domain-inactive.xml": lambda xml: Definition.read(xml),
    "network.xml": lambda xml: (
        libvirt_network.read_outputs(from_text(xml)),
        libvirt_network.read_foreign(from_text(xml)),
        mark_of(xml),
    ),
    "volume.xml": lambda xml: StoredVolume.of("default", xml),
    "domain-capabilities.xml": lambda xml: Offer.of(from_text(xml)),
    "capabilities.xml": lambda xml: read_hosting("qemu", from_text(xml)),
    "mounts.txt": layout.parse,
}
"""What reads each kind of answer; the samples are real ones, in ``answers/``."""


def _broken(name: str, chance: random.Random) -> Any:
    text = (SAMPLES / name).read_text()
    count = chance.randrange(1, 5)
    if name.endswith(".json"):
        document = json.loads(text)
        for _ in range(count):
            document = break_json(document, chance)
        return document
    if name.endswith(".xml") and chance.randrange(8):
        root = fromstring(text)
        for _ in range(count):
            break_xml(root, chance)
        return tostring(root, encoding="unicode")
    for _ in range(count):
        at = chance.randrange(len(text))
        text = text[:at] + chance.choice((*PIECES, "")) + text[at + chance.randrange(40) :]
    return text


def test_every_sample_has_a_reader_that_understands_it() -> None:
    assert {path.name for path in SAMPLES.iterdir()} == READERS.keys()
    for name, read in READERS.items():
        text = (SAMPLES / name).read_text()
        assert read(json.loads(text) if name.endswith(".json") else text) is not None


@pytest.mark.parametrize("name", READERS)
@quiet
@given(seed=st.integers(0, 2**32))
def test_what_a_host_answers_is_understood_or_refused(name: str, seed: int) -> None:
    """As a provider's call does it, with what the engine makes of an exception."""
    answer = _broken(name, random.Random(seed))
    started = time.monotonic()
    try:
        _guarded("lab", lambda: READERS[name](answer))
    except VirtwrightError as error:
        assert len(error.message) < LONGEST_MESSAGE
    assert time.monotonic() - started < LONGEST
