"""Names, labels, streams and what one engine says in other words than another."""

import base64
import json
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any, Final, cast

import pytest
from tests.golden import Cases, as_json
from tests.refusals import refusals

from virtwright.errors import InputError
from virtwright.providers.base import LogLine, Stamp
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.images.check import check as check_image
from virtwright.providers.docker.images.references import ImageName, image_name, parse
from virtwright.providers.docker.images.requests import auth_header
from virtwright.providers.docker.labels import (
    check_labels,
    declared_fields,
    foreign_labels,
    of_stack,
    own_labels,
    stamp_of,
    stamped_labels,
)
from virtwright.providers.docker.names import host_name
from virtwright.providers.docker.operating.disk import parse_df
from virtwright.providers.docker.operating.frames import frames, lines, terminal
from virtwright.providers.docker.podman import of_image, of_network, of_volume, refuse_on_podman, update_on_podman
from virtwright.providers.docker.swarm.container_spec import container_spec
from virtwright.schemas.docker_container import DockerService
from virtwright.schemas.image import Image
from virtwright.schemas.network import Network
from virtwright.schemas.service import Service
from virtwright.schemas.values import UNKNOWN
from virtwright.schemas.volume import Volume

REFUSALS: Final = Cases(Path(__file__).parent / "golden/refusals")
STAMP: Final = Stamp("shop/shop", "urn:pulumi:shop::shop::virtwright:index:Container::web", "op", "00")


class FakeEngine:
    """Says which engine it is."""

    def __init__(self, engine: str) -> None:
        self.engine = engine


PODMAN: Final = cast(DockerConnection, FakeEngine("Podman"))
DOCKER: Final = cast(DockerConnection, FakeEngine("Docker"))


def _on(engine: DockerConnection, row: dict[str, Any]) -> None:
    if "network" in row:
        refuse_on_podman(engine, Network.model_validate(row["network"]), of_network)
    elif "volume" in row:
        refuse_on_podman(engine, Volume.model_validate(row["volume"]), of_volume)
    else:
        refuse_on_podman(engine, Image.model_validate(row["image"]), of_image)


def test_what_podman_can_not_do() -> None:
    rows = REFUSALS.read("podman")
    REFUSALS.check("podman", as_json(refusals(rows, lambda row: _on(PODMAN, row))))
    assert not any("error" in each for each in refusals(rows, lambda row: _on(DOCKER, row)))


def test_no_golden_file_is_left_over() -> None:
    assert REFUSALS.strays() == []


def test_a_block_that_is_not_known_is_not_refused() -> None:
    _on(PODMAN, {"network": {}})
    refuse_on_podman(PODMAN, Network().model_copy(update={"docker": UNKNOWN, "mode": UNKNOWN}), of_network)


@pytest.mark.parametrize(
    ("engine", "changes", "told"),
    [
        (DOCKER, {"NanoCpus": 5}, {"NanoCpus": 5}),
        (PODMAN, {"Memory": 5}, {"Memory": 5}),
        (PODMAN, {"NanoCpus": 1_500_000_000, "Memory": 5}, {"CpuPeriod": 100_000, "CpuQuota": 150_000, "Memory": 5}),
    ],
)
def test_podman_takes_the_share_of_cpus_in_other_words(
    engine: DockerConnection, changes: dict[str, Any], told: dict[str, Any]
) -> None:
    assert update_on_podman(engine, changes) == told


def test_what_no_image_of_docker_can_be() -> None:
    rows = refusals(REFUSALS.read("images"), lambda row: check_image(Image.model_validate(row)))
    REFUSALS.check("images", as_json(rows))


@pytest.mark.parametrize(
    ("name", "host"),
    [("web", "web"), ("web_1.x", "web-1-x"), ("-a-", "a"), ("ä", "container"), ("", "container"), ("a" * 64, "a" * 63)],
)
def test_a_name_as_that_of_a_host(name: str, host: str) -> None:
    assert host_name(name) == host


def test_labels_of_an_object() -> None:
    labels = stamped_labels(STAMP, "shop_web", {"a": "b", "com.docker.compose.project": "p"}, ["mtu", "cidr"])
    assert labels == {
        "a": "b", "com.docker.compose.project": "p", "virtwright.stack": "shop/shop", "virtwright.urn": STAMP.urn,
        "virtwright.operation": "op", "virtwright.inputs": "00", "virtwright.name": "shop_web",
        "virtwright.declared": '["cidr", "mtu"]',
    }  # fmt: skip
    assert own_labels(labels) == {"a": "b", "com.docker.compose.project": "p"}
    assert foreign_labels(labels) == {"a": "b"}
    assert declared_fields(labels) == {"cidr", "mtu"}
    assert declared_fields({"virtwright.declared": "["}) == declared_fields({}) == declared_fields(None) == frozenset()
    assert stamp_of(labels, "shop_web") == STAMP
    assert stamp_of(labels, "other") is None and stamp_of(None, "x") is None
    assert "virtwright.declared" not in stamped_labels(STAMP, "x", {})
    assert own_labels(None) == foreign_labels(None) == {}
    assert of_stack("shop/shop") == {"label": "virtwright.stack=shop/shop"}


def test_labels_that_would_be_taken_for_a_stamp() -> None:
    with pytest.raises(InputError) as caught:
        check_labels({"a": "b", "virtwright.x": "y"})
    assert caught.value.where.path == "labels.virtwright.x"
    assert caught.value.message == "labels that begin with 'virtwright.' are virtwright's own"
    check_labels({"a": "b"})
    check_labels(UNKNOWN)


def test_images_in_the_words_of_docker() -> None:
    digest = f"sha256:{'0' * 64}"
    hub, other = parse("nginx:1"), parse("ghcr.io/a/b")
    assert hub is not None and other is not None
    assert (hub.repository, hub.version, other.repository, other.version) == ("nginx", "1", "ghcr.io/a/b", "latest")
    assert hub.at(digest) == ImageName("docker.io", "library/nginx", None, digest)
    assert (str(hub.at(digest)), hub.at(digest).version) == (f"nginx@{digest}", digest)
    assert image_name("nginx:1", "image") == hub
    assert len(str(parse("a" * 246))) > 0 and parse("a" * 247) is None  # docker.io/library/ counts


def test_what_is_no_name_of_an_image() -> None:
    with pytest.raises(InputError) as caught:
        image_name("Nginx", "tags[1]")
    assert (caught.value.message, caught.value.where.path) == ("'Nginx' is no name of an image", "tags[1]")
    assert (caught.value.hint or "").startswith("write it as nginx:1.27, registry.example.org:5000/team/app:1.2 or ")


def test_a_login_goes_in_a_header() -> None:
    login: Any = {"username": "a?b", "password": "ÿÿ>"}
    assert json.loads(base64.urlsafe_b64decode(auth_header(login))) == login


STREAM: Final = (
    b"\x01\0\0\0\0\0\0\x08T1 one\r\n" + b"\x02\0\0\0\0\0\0\x04T2 e" + b"\0\0\0\0\0\0\0\x03T3 " + b"\x02\0\0\0\0\0\0\x03rr\n"
    + b"\x07\0\0\0\0\0\0\x01x"
)  # fmt: skip


def test_frames_of_both_streams() -> None:
    assert list(frames(BytesIO(STREAM).read)) == [
        ("stdout", b"T1 one\r\n"), ("stderr", b"T2 e"), ("stdout", b"T3 "), ("stderr", b"rr\n"), ("stdout", b"x")
    ]  # fmt: skip
    assert list(frames(BytesIO(b"\x01\0\0").read)) == list(frames(BytesIO(b"").read)) == []
    assert list(frames(BytesIO(STREAM[:12]).read)) == [("stdout", b"T1 o")]


def test_frames_that_come_in_pieces() -> None:
    whole = BytesIO(STREAM)
    found = list(frames(lambda size: whole.read(min(size, 3))))
    assert b"".join(data for _, data in found) == b"T1 one\r\nT2 eT3 rr\nx"


def test_lines_of_both_streams() -> None:
    assert list(lines(frames(BytesIO(STREAM).read))) == [
        LogLine("T1", "stdout", "one"), LogLine("T2", "stderr", "err"), LogLine("T3", "stdout", "x")
    ]  # fmt: skip
    assert list(lines(iter([("stdout", b"T1 a b\nT2 \xff\n")]))) == [
        LogLine("T1", "stdout", "a b"), LogLine("T2", "stdout", "\ufffd")
    ]  # fmt: skip


def test_a_terminal_has_one_stream() -> None:
    assert list(terminal(BytesIO(b"a" * 65_537).read)) == [("stdout", b"a" * 65_536), ("stdout", b"a")]


@pytest.mark.parametrize(
    ("told", "free"),
    [
        ("Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sda 100 40 60 40% /\n", 60 * 1024),
        ("", None), ("\n", None), ("df: no", None), ("/dev/sda 100 - 60 40% /", None), ("a b 1 2 3 4% /", None),
    ],
)  # fmt: skip
def test_the_room_that_is_left(told: str, free: int | None) -> None:
    assert parse_df(told) == free


CONTAINERS: Final[list[tuple[dict[str, Any], dict[str, Any]]]] = [
    ({}, {}),
    ({"command": ["a"], "entrypoint": ["b"]}, {"Args": ["a"], "Command": ["b"]}),
    ({"environment": {"A": "b=c"}, "read_only": True}, {"Env": ["A=b=c"], "ReadOnly": True}),
    ({"stop_signal": "SIGTERM", "stop_timeout": 0.5}, {"StopGracePeriod": 500_000_000}),
    ({"stop_signal": "SIGINT"}, {"StopSignal": "SIGINT"}),
    ({"docker": {"extra_hosts": {"db": "10.0.0.1"}}}, {"Hosts": ["10.0.0.1 db"]}),
    ({"docker": {"dns_search": ["s"]}}, {"DNSConfig": {"Search": ["s"]}}),
    ({"docker": {"init": False, "tty": False}}, {"Init": False}),
    ({"volumes": ["a:/b"], "docker": {"tmpfs": [{"mount": "/t"}]}},
     {"Mounts": [{"Type": "volume", "Source": "a", "Target": "/b", "ReadOnly": False},
                 {"Type": "tmpfs", "Target": "/t", "TmpfsOptions": {}}]}),
]  # fmt: skip


@pytest.mark.parametrize(("inputs", "said"), CONTAINERS)
def test_what_runs_in_each_task(inputs: dict[str, Any], said: dict[str, Any]) -> None:
    service = Service.model_validate({"image": "x", **inputs})
    docker = service.docker or DockerService()
    assert container_spec(service, docker, "x@sha256:feed", [], []) == {
        "Image": "x@sha256:feed", "StopGracePeriod": 10_000_000_000, **said
    }  # fmt: skip


def test_the_files_of_a_task() -> None:
    made = container_spec(Service(image="x"), DockerService(), "x", [{"SecretID": "s"}], [{"ConfigID": "c"}])
    assert (made["Secrets"], made["Configs"]) == ([{"SecretID": "s"}], [{"ConfigID": "c"}])


@pytest.mark.parametrize("identity", ["", "0123456789abcdef"])
def test_labels_bear_the_identity_and_those_from_before_have_none(identity: str) -> None:
    stamp = replace(STAMP, identity=identity)
    labels = stamped_labels(stamp, "shop_web", {"mine": "1"})
    assert ("virtwright.identity" in labels) is bool(identity)
    assert stamp_of(labels, "shop_web") == stamp and own_labels(labels) == {"mine": "1"}
