"""What Docker's internal networks open and close, as docs/providers.md says it."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.docker_lab import BUSYBOX, DockerLab
from tests.integration.docker.containers import stage_on
from tests.programs import Item
from tests.waiting import until

pytestmark = pytest.mark.root
SERVER = ["busybox", "httpd", "-f", "-p", "80", "-h", "/etc"]


def on(name: str, network: str, port: int) -> Item:
    inputs = {
        "image": BUSYBOX,
        "command": SERVER,
        "networks": [f"shop_{network}"],
        "ports": [f"{port}:80"],
        "stop_timeout": "0s",
    }
    return Item("Container", name, inputs, uses=(network,))


@contextlib.contextmanager
def host_service(lab: DockerLab, port: int) -> Iterator[None]:
    process = lab.begin("busybox", "httpd", "-f", "-p", str(port), "-h", "/usr/share")
    try:
        until("the host's service listens", lambda: f":{port:04X}" in Path(f"/proc/{lab.init}/net/tcp6").read_text())
        yield
    finally:
        process.kill()
        process.communicate()


def reached(lab: DockerLab, container: str, address: str) -> bool:
    """Whether a server answers, be it that it has no such page."""
    call = lab.api.exec_create(container, ["busybox", "wget", "-T", "2", "-qO-", f"http://{address}/"])
    said = lab.api.exec_start(call["Id"]).decode()
    return not lab.api.exec_inspect(call["Id"])["ExitCode"] or "HTTP/1.1 404" in said


def test_an_internal_network_is_closed_to_others_and_open_to_the_host(docker_lab: DockerLab, tmp_path: Path) -> None:
    stage = stage_on(docker_lab, tmp_path)
    vault = Item("Network", "vault", {"mode": "isolated", "cidr": "10.66.1.0/24"})
    front = Item("Network", "front", {"cidr": "10.66.2.0/24"})
    stage.apply((vault, front, on("store", "vault", 8081), on("twin", "vault", 8082), on("web", "front", 8080)))
    found = {each["Names"][0].rpartition("_")[2]: each for each in docker_lab.api.containers()}
    twin, store = found["twin"], found["store"]
    assert not [port for port in store["Ports"] if "PublicPort" in port], "Docker publishes nothing of it"
    with host_service(docker_lab, 9000):
        assert reached(docker_lab, twin["Id"], "10.66.1.1:9000"), "the host, at the gateway's address"
    for address in ("10.66.1.1:8080", "10.66.2.1:8080", "10.66.2.2:80"):
        assert not reached(docker_lab, twin["Id"], address)
