"""From inputs to Docker's terms and back, without an engine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from virtwright.errors import InputError, UnsupportedError, VirtwrightError
from virtwright.providers.base import Stamp
from virtwright.providers.diff import Impact
from virtwright.providers.docker.client.address import Address, address_of
from virtwright.providers.docker.containers.check import check_container, engine_refusals
from virtwright.providers.docker.containers.health import docker_health
from virtwright.providers.docker.containers.impacts import container_diff, lasting
from virtwright.providers.docker.containers.mapping import create_body, update_body
from virtwright.providers.docker.labels import stamp_of, stamped_labels
from virtwright.providers.docker.names import object_name, other_name
from virtwright.providers.docker.networks.mapping import check_network
from virtwright.providers.docker.operating.frames import frames, lines
from virtwright.providers.docker.volumes.mapping import check_volume
from virtwright.schemas.container import Container
from virtwright.schemas.host import Host
from virtwright.schemas.network import Network
from virtwright.schemas.readiness import Healthcheck
from virtwright.schemas.volume import Volume


def stamp(name: str, project: str = "shop", stack: str = "shop") -> Stamp:
    return Stamp(f"{project}/{stack}", f"urn:pulumi:{stack}::{project}::virtwright:index:Container::{name}", "op", "00")


def web(**inputs: Any) -> Container:
    return Container.model_validate({"image": "nginx", **inputs})


def test_names_are_readable_short_and_never_shared() -> None:
    assert object_name(stamp("web")) == "shop_web"
    assert object_name(stamp("web", stack="prod")) == "shop_prod_web"
    assert object_name(stamp("web"), "2") == "shop_web_2"
    tricky = [stamp("a_b"), stamp("b", stack="a"), stamp("b", project="shop_a", stack="shop_a"), stamp("x" * 200), stamp("x" * 201),
              stamp("$(x)"), stamp("../x"), stamp("ä")]  # fmt: skip
    names = [object_name(each) for each in tricky]
    assert len(set(names)) == len(names)
    assert all(len(name) <= 63 and name.isascii() and name[0].isalnum() for name in names)
    assert other_name("shop_web", "op1") != other_name("shop_web", "op2")


def test_a_stamp_holds_on_its_own_object_only() -> None:
    labels = stamped_labels(stamp("web"), "shop_web", {"a": "b"})
    assert stamp_of(labels, "shop_web") == stamp("web")
    assert stamp_of(labels, "copy") is None
    assert stamp_of({"a": "b"}, "shop_web") is None


@pytest.mark.parametrize(
    ("uri", "address"),
    [
        ("docker+unix:///run/x.sock", Address("unix", "/run/x.sock")),
        ("docker:///", Address("unix", "/var/run/docker.sock")),
        ("docker+tcp://h", Address("tcp", hostname="h", port=2375)),
        ("docker+ssh://root@h:22", Address("ssh", "/var/run/docker.sock", "h", 22)),
        ("swarm+ssh://root@h/run/y.sock", Address("ssh", "/run/y.sock", "h")),
    ],
)
def test_a_uri_names_one_engine(uri: str, address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    assert address_of(Host(uri=uri)) == address


def test_docker_host_is_asked_only_where_nothing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///elsewhere.sock")
    assert address_of(Host(uri="docker:///")).socket == "/elsewhere.sock"
    assert address_of(Host(uri="docker+unix:///run/x.sock")).socket == "/run/x.sock"
    assert address_of(Host(uri="docker+tcp://h:2376")).tls is not None


@pytest.mark.parametrize(
    "uri",
    ["docker://h", "docker:///run/x.sock", "docker+tcp://", "docker+ssh:///x", "docker+tcp://h/x", "docker:///?a=b"],
)
def test_a_uri_that_means_nothing_is_refused(uri: str) -> None:
    with pytest.raises(InputError):
        address_of(Host(uri=uri))


@pytest.mark.parametrize(
    ("inputs", "field"),
    [
        ({"image": "host"}, "image"),
        ({"image": "Nginx:1.27"}, "'Nginx:1.27' is no name of an image"),
        ({"networks": [{"network": "n", "model": "virtio"}]}, "model"),
        ({"wait_for": {"ssh": True}}, "wait_for.ssh"),
        ({"ports": [{"port": 80, "mode": "host"}]}, "ports"),
        ({"read_only": True, "files": [{"path": "/a", "content": "x"}]}, "files"),
        ({"docker": {"cpu_reservation": 1}}, "cpu_reservation"),
        ({"resources": {"memory": "2MiB"}}, "memory"),
        ({"docker": {"memory_swap": "64MiB"}}, "memory_swap"),
        ({"docker": {"network_mode": "host"}, "networks": ["n"]}, "network_mode"),
        ({"docker": {"network_mode": "none"}, "ports": [80]}, "ports"),
        ({"wait_for": {"completed": True}}, "restart"),
    ],
)
def test_what_docker_cannot_do_is_refused_before_anything_is_touched(inputs: dict[str, Any], field: str) -> None:
    with pytest.raises((InputError, UnsupportedError)) as caught:
        check_container(web(**inputs))
    assert field in f"{caught.value.message} {caught.value.where}"


@pytest.mark.parametrize(
    "inputs",
    [
        {"size": "1GiB"},
        {"format": "raw"},
        {"pool": "p"},
        {"backing": "b"},
        {"source": {"image": "i"}},
        {"allocation": "full"},
    ],
)
def test_what_a_volume_cannot_be(inputs: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedError):
        check_volume(Volume.model_validate(inputs))


@pytest.mark.parametrize(
    "inputs",
    [
        {"mode": "bridge", "bridge": "br0"},
        {"dhcp": {}},
        {"uplink": "eth0"},
        {"vlan": 4},
        {"dns": {"domain": "x"}},
        {"docker": {"encrypted": True}},
    ],
)
def test_what_a_network_cannot_be(inputs: dict[str, Any]) -> None:
    with pytest.raises(VirtwrightError):
        check_network(Network.model_validate(inputs))


@dataclass(frozen=True)
class FakeEngine:
    """Says of itself what it is told to."""

    version: tuple[int, int] = (1, 45)
    engine: str = "Docker"
    told: Mapping[str, Any] = field(
        default_factory=lambda: {"NCPU": 2, "Runtimes": {"runc": {}}, "Plugins": {"Log": ["json-file"]}}
    )

    def speaks(self, version: tuple[int, int]) -> bool:
        return self.version >= version


@pytest.mark.parametrize(
    ("inputs", "engine", "refused"),
    [
        (
            {"healthcheck": {"command": ["true"], "start_interval": 1}},
            FakeEngine((1, 43)),
            "healthcheck.start_interval",
        ),
        ({"healthcheck": {"command": ["true"], "start_interval": 1}}, FakeEngine((1, 44)), None),
        ({"healthcheck": {"command": ["true"]}}, FakeEngine((1, 41)), None),
        ({"resources": {"cpus": 2.5}}, FakeEngine(), "resources.cpus"),
        ({"resources": {"cpus": 2}}, FakeEngine(), None),
        ({"resources": {"cpus": 99}}, FakeEngine(told={}), None),
        ({"docker": {"runtime": "kata"}}, FakeEngine(), "docker.runtime"),
        ({"docker": {"runtime": "runc", "log_driver": "none"}}, FakeEngine(), None),
        ({"docker": {"log_driver": "syslogd"}}, FakeEngine(), "docker.log_driver"),
        ({"docker": {"log_driver": "syslogd"}}, FakeEngine(engine="Podman"), None),
    ],
)
def test_what_one_engine_can_not_do(inputs: dict[str, Any], engine: FakeEngine, refused: str | None) -> None:
    asked = [path for path, asked, _ in engine_refusals(web(**inputs), engine) if asked]
    assert asked == ([refused] if refused else [])


def test_only_what_the_user_says_goes_to_the_daemon() -> None:
    body = create_body(web(), "web", {})
    assert set(body) == {
        "Env",
        "Hostname",
        "StopTimeout",
        "Tty",
        "OpenStdin",
        "Image",
        "Labels",
        "ExposedPorts",
        "HostConfig",
        "NetworkingConfig",
    }
    assert "Memory" not in body["HostConfig"]


def test_an_update_says_in_full_what_the_api_takes_for_unchanged() -> None:
    body = update_body(web(resources={"memory": "64MiB"}))
    assert (body["PidsLimit"], body["CpuShares"], body["MemorySwap"]) == (-1, 1024, 128 * 1024**2)


def test_the_order_of_networks_says_nothing_and_a_fixed_mac_needs_a_new_container() -> None:
    two = web(networks=["a", "b"])
    assert not container_diff(two, web(networks=["b", "a"]))
    assert container_diff(two, web(networks=["b"])).impact is Impact.LIVE
    assert (
        container_diff(two, web(networks=["a", {"network": "b", "mac": "02:00:00:00:00:01"}])).impact is Impact.RECREATE
    )


def test_a_limit_can_be_set_in_place_and_lifted_by_a_new_container() -> None:
    limited = web(resources={"memory": "64MiB", "cpus": 1, "pids": 9})
    assert container_diff(web(), limited).impact is Impact.LIVE
    assert container_diff(limited, web(resources={"memory": "64MiB", "cpus": 1})).impact is Impact.LIVE
    assert container_diff(limited, web(resources={"memory": "64MiB", "pids": 9})).impact is Impact.RECREATE


def test_what_lasts_is_what_no_update_changes() -> None:
    assert lasting(web()) == lasting(
        web(resources={"pids": 9}, restart="no", description="x", docker={"cpu_shares": 512})
    )
    assert lasting(web()) != lasting(web(files=[{"path": "/a", "content": "x"}]))
    assert lasting(web()) != lasting(web(docker={"init": True}))


@pytest.mark.parametrize(
    ("http", "port", "path"),
    [("8080/health", "8080", "/health"), ("http://:81/x", "81", "/x"), ("/x", "80", "/x"), ("8080", "8080", "/")],
)
def test_an_http_check_names_port_and_path(http: str, port: str, path: str) -> None:
    health = docker_health(Healthcheck(http=http))
    assert health is not None and health["Test"][-2:] == [port, path]


def test_frames_become_lines_also_where_they_are_cut() -> None:
    data = (
        bytes([1, 0, 0, 0, 0, 0, 0, 5])
        + b"T1 on"
        + bytes([2, 0, 0, 0, 0, 0, 0, 7])
        + b"T2 bad\n"
        + bytes([1, 0, 0, 0, 0, 0, 0, 3])
        + b"e\nT"
    )
    left = [data]

    def read(size: int) -> bytes:
        part, left[0] = left[0][:size], left[0][size:]
        return part

    assert [(line.time, line.stream, line.text) for line in lines(frames(read))] == [
        ("T2", "stderr", "bad"),
        ("T1", "stdout", "one"),
        ("T", "stdout", ""),
    ]
