"""A root that was copied to another folder of its machine: what the original runs is none of the copy's."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.container_lab import ContainerLab, container_lab

from virtwright.errors import HostError
from virtwright.providers.namespace import supervisor
from virtwright.providers.namespace.provider import NamespaceProvider
from virtwright.schemas.host import Host

pytestmark = pytest.mark.root
WEB = {"image": "host", "command": ["sleep", "1000"], "stop_timeout": "0s"}


@pytest.fixture
def lab() -> Iterator[ContainerLab]:
    with container_lab() as lab:
        yield lab


@pytest.fixture
def copy(lab: ContainerLab, tmp_path: Path) -> Iterator[tuple[ContainerLab, str]]:
    """The copy of a lab with one container, and the container's id."""
    id = lab.create("Container", "web", **WEB).id
    with copied_root(lab, tmp_path) as copied:
        yield copied, id


@contextmanager
def copied_root(lab: ContainerLab, tmp_path: Path) -> Iterator[ContainerLab]:
    subprocess.run(["cp", "-a", lab.root.path, tmp_path / "copy"], check=True)
    uri = f"namespace://{tmp_path / 'copy'}"
    provider = NamespaceProvider.open("copy", Host(uri=uri))
    copied = ContainerLab(provider, uri)
    try:
        yield copied
    finally:
        copied.clear()
        provider.close()


def test_what_the_original_runs_is_not_the_copys(lab: ContainerLab, copy: tuple[ContainerLab, str]) -> None:
    copied, id = copy
    original = supervisor.status(lab.folder("Container", id))

    assert supervisor.status(copied.folder("Container", id)).state == "gone"
    with pytest.raises(HostError):
        copied.execute("Container", id, "true")
    supervisor.stop(copied.folder("Container", id), 0.0)

    assert supervisor.status(lab.folder("Container", id)) == original


def test_the_copy_starts_and_removes_its_own(lab: ContainerLab, copy: tuple[ContainerLab, str]) -> None:
    copied, id = copy
    original = supervisor.status(lab.folder("Container", id))

    copied.update("Container", "web", id, **WEB)
    started = supervisor.status(copied.folder("Container", id))
    assert started.alive and started.process != original.process
    copied.delete("Container", id)

    assert supervisor.status(lab.folder("Container", id)) == original
    assert lab.execute("Container", id, "true") == 0


def test_the_copy_leaves_the_networks_of_the_original(lab: ContainerLab, tmp_path: Path) -> None:
    back = lab.create("Network", "back", cidr="10.77.1.0/24")
    joined = {**WEB, "networks": ["test-back"]}
    id = lab.create("Container", "web", **joined).id
    with copied_root(lab, tmp_path) as copied:
        with pytest.raises(HostError, match="another root"):
            copied.update("Network", "back", back.id, cidr="10.77.1.0/24", mtu=1400)
        with pytest.raises(HostError, match="another root"):
            copied.update("Container", "web", id, **joined)
        copied.delete("Container", id)
        copied.delete("Network", back.id)

    assert lab.fields("Network", back.id, cidr="10.77.1.0/24") == []
    assert lab.fields("Container", id, **joined) == []
