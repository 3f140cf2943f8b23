"""Volumes: the body of each, and what is read back from it."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

import pytest
from tests.docker_answers import FakeDocker
from tests.golden import Cases, as_json
from tests.impacts import impacts
from tests.model_fields import unseen
from tests.refusals import refusals

from virtwright.errors import HostError
from virtwright.providers.base import Stamp
from virtwright.providers.context import Context
from virtwright.providers.diff import Diff, Impact, compare
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.client.errors import ConflictError, GoneError
from virtwright.providers.docker.labels import stamped_labels
from virtwright.providers.docker.owners import NOTED
from virtwright.providers.docker.volumes.handler import IMPACTS, VolumeHandler
from virtwright.providers.docker.volumes.mapping import (
    KEPT,
    check_volume,
    create_body,
    driver_options,
    identity,
    is_anonymous,
    name_of,
    read_outputs,
    read_volume,
    record_label,
    tell_volume,
)
from virtwright.schemas.model import to_properties
from virtwright.schemas.values import UNKNOWN
from virtwright.schemas.volume import DockerVolume, Volume, VolumeOutputs

FOLDER: Final = Path(__file__).parent / "golden"
CASES: Final = Cases(FOLDER / "volumes", made=(".json", ".impacts.json"))
REFUSALS: Final = Cases(FOLDER / "refusals")
STAMP: Final = Stamp("shop/shop", "urn:pulumi:shop::shop::virtwright:index:Volume::data", "op", "00")
NOT_IN_A_BODY: Final = {
    "source.image", "format", "pool", "backing",  # refused: golden/refusals/volumes.json
    "libvirt.xml",  # nothing on a Docker host
    "existing",  # nothing is made
}  # fmt: skip


def given(name: str) -> Volume:
    return Volume.model_validate(CASES.read(name))


def body(inputs: Volume) -> dict[str, Any]:
    return create_body(inputs, "shop_data", stamped_labels(STAMP, "shop_data", inputs.labels))


def found(inputs: Volume, **more: Any) -> dict[str, Any]:
    """As the engine lists it."""
    made = body(inputs)
    return {
        **made,
        "Options": made.pop("DriverOpts") or None,
        "Mountpoint": "/v/shop_data/_data",
        "Scope": "local",
        **more,
    }


@pytest.mark.parametrize("name", CASES.names())
def test_a_volume_becomes_the_golden_body(name: str) -> None:
    CASES.check(name, as_json(body(given(name))))


def test_each_change_costs_what_the_golden_file_says() -> None:
    def diff(prior: Volume, goal: Volume) -> Diff:
        return compare(prior, goal, IMPACTS, default=Impact.DATA_LOSS, delete_before_create=True)

    CASES.check("everything", as_json(impacts(given("everything"), diff)), ".impacts.json")


def test_each_field_shows_in_a_body() -> None:
    assert unseen(Volume, map(given, CASES.names()), body) == NOT_IN_A_BODY


def test_no_golden_file_is_left_over() -> None:
    assert CASES.strays() == []


@pytest.mark.parametrize("name", CASES.names())
def test_what_is_read_back_is_what_was_asked_for(name: str) -> None:
    read = read_volume(found(given(name)))
    assert to_properties(read) == to_properties(given(name))
    assert read.model_fields_set == {*Volume.model_fields} - {"labels"}


def test_a_record_that_is_damaged_says_nothing() -> None:
    def bearing(record: str) -> dict[str, Any]:
        return found(Volume(), Labels={"virtwright.volume": record, "a": "b"})

    assert read_volume(bearing("{")) == read_volume(found(Volume(), Labels={"a": "b"}))
    assert read_volume(bearing('{"size": 5, "format": "raw", "later": 1}')).model_dump(exclude_defaults=True) == {
        "size": 5, "labels": {"a": "b"}
    }  # fmt: skip
    assert read_volume(found(Volume(), Labels=None)).labels == {}


def test_the_record_holds_what_no_engine_tells() -> None:
    label = record_label(given("everything"))["virtwright.volume"]
    assert set(json.loads(label)) == {*KEPT} - {"allocation"}
    assert " " not in label
    assert json.loads(record_label(given("clone"))["virtwright.volume"]) == {
        "source": {"clone": "data"}, "allocation": "thin"
    }  # fmt: skip


def test_what_no_volume_of_docker_can_be() -> None:
    def check(row: dict[str, Any]) -> object:
        return check_volume(Volume.model_validate(row))

    REFUSALS.check("volumes", as_json(refusals(REFUSALS.read("volumes"), check)))


UNKNOWNS: Final[list[dict[str, Any]]] = [
    dict.fromkeys(("size", "format", "pool", "allocation", "backing", "source", "docker"), UNKNOWN),
    {"size": 5, "docker": UNKNOWN},
    {"size": 5, "docker": DockerVolume().model_copy(update={"options": UNKNOWN})},
    {"size": 5, "docker": DockerVolume().model_copy(update={"options": {"type": UNKNOWN}})},
]


@pytest.mark.parametrize("values", UNKNOWNS)
def test_what_is_not_known_yet_is_not_refused(values: dict[str, Any]) -> None:
    inputs = Volume().model_copy(update=values)
    assert check_volume(inputs) is inputs


@pytest.mark.parametrize(
    ("inputs", "options"),
    [
        ({}, {}),
        ({"docker": {"options": {"a": "b"}}}, {"a": "b"}),
        ({"size": 5, "docker": {"driver": "rexray"}}, {"size": "5"}),
        ({"size": 5, "docker": {"driver": "rexray", "options": {"size": "7", "a": "b"}}}, {"size": "7", "a": "b"}),
        ({"size": 5, "docker": {"options": {"type": "tmpfs"}}}, {"type": "tmpfs", "o": "size=5"}),
        ({"size": 5, "docker": {"driver": "local", "options": {"o": "uid=1"}}}, {"o": "uid=1,size=5"}),
    ],
)
def test_the_size_in_the_drivers_words(inputs: dict[str, Any], options: dict[str, str]) -> None:
    assert driver_options(Volume.model_validate(inputs)) == options


@pytest.mark.parametrize(
    ("name", "labels", "anonymous"),
    [
        ("0123456789abcdef" * 4, None, True),
        ("0123456789abcdef" * 4 + "0", None, False),
        ("0123456789ABCDEF" * 4, None, False),
        ("data", {"com.docker.volume.anonymous": ""}, True),
        ("data", {"a": "b"}, False),
    ],
)
def test_which_volume_was_made_for_one_container(name: str, labels: dict[str, str] | None, anonymous: bool) -> None:
    assert is_anonymous({"Name": name, "Labels": labels}) is anonymous


TOLD: Final[list[tuple[dict[str, Any], dict[str, Any], tuple[str, ...]]]] = [
    ({}, {}, ()),
    ({"Driver": "", "Options": {}, "Labels": None}, {}, ()),
    ({"Driver": "local", "Options": {"type": "nfs"}}, {"docker": {"options": {"type": "nfs"}}}, ()),
    ({"Driver": "rexray"}, {"docker": {"driver": "rexray"}}, ()),
    ({"Labels": {"a": "b", "virtwright.x": "y"}}, {"labels": {"a": "b"}}, ()),
    ({"Labels": {"a": "b", "com.docker.compose.volume": "v"}}, {"labels": {"a": "b"}},
     ("Labels: com.docker.compose.*, by which docker compose knows it",)),
    ({"Labels": {"a": "b\n"}}, {}, ("Labels: some that can't be written",)),
    ({"Driver": "rexray", "Labels": {"a": "b\n"}}, {"docker": {"driver": "rexray"}},
     ("Labels: some that can't be written",)),
]  # fmt: skip


@pytest.mark.parametrize(("more", "inputs", "unsaid"), TOLD)
def test_what_is_told_of_a_volume_of_somebody_else(
    more: dict[str, Any], inputs: dict[str, Any], unsaid: tuple[str, ...]
) -> None:
    told, left = tell_volume({"Name": "x", **more})
    assert (to_properties(told), left) == (to_properties(Volume.model_validate(inputs)), unsaid)
    assert told.model_fields_set == {*Volume.model_fields} - {"allocation", "libvirt"}


def test_the_identity_tells_volumes_of_one_name_apart() -> None:
    first, second = (identity({"Name": "a", "Labels": {"virtwright.operation": each}}) for each in ("1", "2"))
    assert first == "a@6b86b273ff34"
    assert first != second
    assert name_of(first) == name_of(second) == name_of("a") == identity({"Name": "a"}) == "a"


DATED = {"virtwright.operation": "1", "virtwright.dated": "1"}
MADE = "2026-12-01T08:00:00Z"


@pytest.mark.parametrize(
    ("created", "same"),
    [
        ("2026-12-01T09:00:00+01:00", True),
        ("2026-12-01T08:00:00.123456789Z", True),
        ("2026-12-01T08:00:01Z", False),
        ("", False),
        (None, False),
        ("yesterday", False),
    ],
)
def test_so_does_when_a_volume_was_made_where_its_labels_say_that_it_counts(created: str | None, same: bool) -> None:
    """Older volumes lack that label, and keep the ids that their states know."""
    found = {"Name": "a", "Labels": DATED, "CreatedAt": MADE}
    assert (identity({**found, "CreatedAt": created}) == identity(found)) is same
    older = {"Name": "a", "Labels": {"virtwright.operation": "1"}, "CreatedAt": MADE}
    assert identity(older) == "a@6b86b273ff34" != identity(found)
    assert name_of(identity(found)) == "a"


@pytest.mark.parametrize(
    ("more", "outputs"),
    [
        ({}, {"path": "/v/shop_data/_data", "size": 5}),
        ({"Mountpoint": ""}, {"path": None, "size": 5}),
        ({"Labels": None}, {"id": "shop_data", "path": "/v/shop_data/_data", "size": None}),
    ],
)
def test_what_is_reported_of_a_volume(more: dict[str, Any], outputs: dict[str, Any]) -> None:
    listed = found(Volume(size=5, docker=DockerVolume(driver="rexray")), **more)
    expected = {"id": identity(listed), "name": "shop_data", **outputs}
    assert read_outputs(listed) == VolumeOutputs.model_validate(expected)


@dataclass
class FakeEngine:
    """Has one volume, or none, and writes down what is removed."""

    there: dict[str, Any] | None
    refuses: str = ""
    removed: list[str] = field(default_factory=list)

    def handler(self) -> VolumeHandler:
        docker = FakeDocker(
            inspect_volume=self._inspect,
            remove_volume=self._remove,
            volumes=lambda filters: {"Volumes": [{"Labels": {NOTED: identity(OURS)}}]},
            containers=lambda all, filters: [{"Names": ["/db"]}, {"Names": ["/backup"]}],
        )
        return VolumeHandler(cast(DockerConnection, docker))

    def _inspect(self, name: str) -> dict[str, Any]:
        assert name == "shop_data"
        if self.there is None:
            raise GoneError("there is none")
        return self.there

    def _remove(self, name: str) -> None:
        if self.refuses:
            raise ConflictError(self.refuses)
        self.removed.append(name if name == "shop_data" else "its note")


OURS: Final = found(Volume(), CreatedAt="2026-12-01T08:00:00Z")
OTHER_LABELS: Final = {**OURS, "Labels": {**OURS["Labels"], "virtwright.operation": "another"}}


@pytest.mark.parametrize(
    ("there", "removed"),
    [
        pytest.param(OURS, ["shop_data", "its note"], id="the very one"),
        pytest.param({**OURS, "CreatedAt": "2026-12-01T09:00:00+01:00"}, ["shop_data", "its note"], id="another zone"),
        pytest.param({**OURS, "CreatedAt": "2026-12-02T08:00:00Z"}, [], id="made anew with the same labels"),
        pytest.param(OTHER_LABELS, [], id="of another operation"),
        pytest.param({**OURS, "Labels": None}, [], id="of somebody else"),
        pytest.param(None, [], id="gone"),
    ],
)
def test_only_the_very_volume_is_deleted(there: dict[str, Any] | None, removed: list[str]) -> None:
    """What has its name now is another one, and its data somebody's."""
    engine = FakeEngine(there)
    engine.handler().delete(identity(OURS), Context())
    assert engine.removed == removed


@pytest.mark.parametrize(
    ("refusal", "told"),
    [
        ("volume is in use - [1]", "the volume shop_data is in use by backup, db"),
        ("the driver is busy", "the driver is busy"),
    ],
)
def test_who_uses_a_volume_is_told(refusal: str, told: str) -> None:
    engine = FakeEngine(OURS, refusal)
    with pytest.raises(HostError) as caught:
        engine.handler().delete(identity(OURS), Context())
    assert (caught.value.message, engine.removed) == (told, [])
