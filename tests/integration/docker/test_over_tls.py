"""A Docker engine behind TLS: both sides show a certificate, and what does not fit is said."""

import json
from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from tests.certificates import Authority, Pair
from tests.docker_lab import BUSYBOX, DockerLab

from virtwright.engine.api import Engine
from virtwright.engine.state.store import StateStore
from virtwright.errors import HostError, InputError
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.schemas.host import Host
from virtwright.stacks.keys import Keys
from virtwright.stacks.load import load_stack

pytestmark = pytest.mark.root
URI = "docker+tcp://127.0.0.1:2376"
OPTIONS = ("--tlsverify", "--tlscacert={folder}/tls/ca.pem", "--tlscert={folder}/tls/engine.example.pem",
           "--tlskey={folder}/tls/engine.example.key", "--host=tcp://127.0.0.1:2376")  # fmt: skip


class Secure:
    """An engine that lets in whom its authority has signed."""

    def __init__(self) -> None:
        self.lab = DockerLab(*OPTIONS)
        self.authority = Authority.make(self.lab.folder / "tls", "ours")
        self.authority.sign("engine.example", IPv4Address("127.0.0.1"))
        self.client = self.authority.sign("operator")

    def host(self, uri: str = URI, **tls: Any) -> Host:
        return Host.model_validate({"uri": uri, "tls": {**self.shown(self.client), **tls}})

    def shown(self, pair: Pair | None) -> dict[str, str]:
        own = {"cert_file": str(pair.certificate), "key_file": str(pair.key)} if pair is not None else {}
        return {"ca_file": str(self.authority.file), **own}

    def ask(self, host: Host) -> str:
        """The engine's id, asked in its own network."""

        def work() -> str:
            connection = DockerConnection("it", host)
            try:
                return str(connection.call("ask", lambda client: client.info())["ID"])
            finally:
                connection.close()

        return self.lab.inside(work)


@pytest.fixture(scope="module")
def secure() -> Iterator[Secure]:
    secure = Secure()
    with secure.lab:
        yield secure


def test_a_stack_is_applied_over_tls(secure: Secure, tmp_path: Path) -> None:
    assert secure.ask(secure.host()) == str(secure.lab.api.info()["ID"])
    web = {"image": BUSYBOX, "command": ["sleep", "1000"], "stop_timeout": "0s"}
    hosts = {"one": {"uri": URI, "tls": secure.shown(secure.client)}}
    file = tmp_path / "stack.yaml"
    file.write_text(json.dumps({"stack": "shop", "hosts": hosts, "containers": {"web": web}}))

    def work() -> None:
        keys = Keys({"VIRTWRIGHT_HOME": str(tmp_path)})
        with StateStore.open(None, keys) as store:
            program = load_stack(file, stack=None, config=(), keys=keys)
            assert Engine(store).apply(program).succeeded
            assert Engine(store).plan(program).changes == ()

    secure.lab.inside(work)
    assert [each["Names"] for each in secure.lab.api.containers()] == [["/shop_web"]]


def test_the_name_on_the_certificate_may_be_another_than_the_address(secure: Secure) -> None:
    assert secure.ask(secure.host(server_name="engine.example"))
    with pytest.raises(HostError, match=r"engine\.other") as wrong:
        secure.ask(secure.host(server_name="engine.other"))
    assert "tls.server_name" in (wrong.value.hint or "")


def test_what_does_not_fit_is_said(secure: Secure, tmp_path: Path) -> None:
    other = Authority.make(tmp_path / "other", "theirs")
    with pytest.raises(HostError, match="certificate verify failed") as unknown:
        secure.ask(secure.host(ca_file=str(other.file)))
    assert "tls.ca_file" in (unknown.value.hint or "")
    for pair in (None, other.sign("operator")):  # of a TLS 1.3 server, a client may hear why, or just that it hung up
        with pytest.raises(HostError, match="can't be reached") as refused:
            secure.ask(Host.model_validate({"uri": URI, "tls": secure.shown(pair)}))
        assert "tls.cert_file" in (refused.value.hint or "")
    with pytest.raises(InputError, match="there is no file"):
        secure.ask(secure.host(cert_file=str(tmp_path / "none.pem")))
