"""Creates, updates and deletes that are killed at any of their steps: seen as incomplete, removed whole, or finished."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests import image_archives as make
from tests.container_lab import STACK, ContainerLab, container_lab

from virtwright.errors import CreateFailedError, HostError
from virtwright.providers.namespace import supervisor
from virtwright.schemas.container import Container

pytestmark = pytest.mark.root
INPUTS: dict[str, Any] = {
    "image": "host",
    "command": ["sleep", "1000"],
    "networks": ["test-back"],
    "ports": ["127.0.0.1:8080:80"],
    "volumes": ["test-data:/data"],
    "files": [{"path": "/etc/x", "content": "y"}],
    "stop_timeout": "0s",
}


@pytest.fixture
def lab() -> Iterator[ContainerLab]:
    with container_lab() as lab:
        lab.create("Network", "back", cidr="10.77.1.0/24")
        lab.create("Volume", "data")
        yield lab


def killed_at(step: int, module: str, work: Callable[[], object]) -> bool:
    """Do the work in a fork that is killed at the ``step``-th call of a function of ``module``; whether it came so far."""
    pid = os.fork()
    if pid == 0:
        left = step

        def trace(frame: Any, event: str, argument: object) -> None:
            nonlocal left
            if event == "call" and frame.f_code.co_filename.endswith(module):
                left -= 1
                if left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        try:
            sys.setprofile(trace)
            work()
        finally:
            os._exit(0)
    _, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status)


MODULES = ["containers/lifecycle.py", "namespace/records.py", "network/attach.py", "namespace/supervisor.py"]


@pytest.mark.parametrize("module", MODULES)
def test_a_killed_create_is_incomplete_and_removed_whole(lab: ContainerLab, module: str) -> None:
    step = 0
    alive = True
    while alive:
        stamp = lab.stamp("Container", "web")
        inputs = lab.checked("Container", **INPUTS)
        alive = killed_at(step, module, partial(lab.handler("Container").create, stamp, inputs, lab.context))
        found = list(lab.handler("Container").observe(STACK))
        for each in found:
            assert each.complete or not lab.handler("Container").diff(each.inputs, inputs)
            lab.delete("Container", each.id)
        assert list(lab.handler("Container").observe(STACK)) == []
        assert list(lab.root.netns.iterdir()) == []
        step += 1 if step < 3 else 6
    assert step > 3
    made = lab.create("Container", "web", **INPUTS)
    assert lab.changes("Container", made.id, **INPUTS) == []


@pytest.mark.parametrize("module", MODULES)
def test_a_killed_create_can_be_repeated(lab: ContainerLab, module: str) -> None:
    stamp = lab.stamp("Container", "web")
    inputs = lab.checked("Container", **INPUTS)
    for step in (3, 9):
        killed_at(step, module, partial(lab.handler("Container").create, stamp, inputs, lab.context))
    made = lab.handler("Container").create(stamp, inputs, lab.context)
    assert lab.changes("Container", made.id, **INPUTS) == []


@pytest.mark.parametrize("module", MODULES)
def test_a_killed_update_can_be_repeated(lab: ContainerLab, module: str) -> None:
    made = lab.create("Container", "web", **INPUTS)
    goals = [INPUTS | {"resources": {"pids": 40}, "ports": ["127.0.0.1:8081:80"], "labels": {"a": "b"}}, INPUTS]
    for step in range(0, 24, 6):
        goal = goals[step // 6 % 2]
        killed_at(step, module, partial(lab.update, "Container", "web", made.id, **goal))
        lab.update("Container", "web", made.id, **goal)
        assert lab.changes("Container", made.id, **goal) == []


@pytest.mark.parametrize("module", MODULES)
def test_a_killed_delete_can_be_repeated(lab: ContainerLab, module: str) -> None:
    for step in (1, 4):
        made = lab.create("Container", "web", **INPUTS)
        killed_at(step, module, partial(lab.delete, "Container", made.id))
        lab.delete("Container", made.id)
        assert list(lab.handler("Container").observe(STACK)) == []
        assert list(lab.root.netns.iterdir()) == []


@pytest.mark.parametrize("error", [HostError("stuck"), OSError("stuck")], ids=type)
def test_a_create_whose_remains_can_not_be_removed_says_which(
    lab: ContainerLab, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def stuck(folder: object) -> None:
        raise error

    monkeypatch.setattr(supervisor, "remove", stuck)
    with pytest.raises(CreateFailedError, match="could not be removed: stuck") as caught:
        lab.create("Container", "web", **(INPUTS | {"command": ["/no/such"]}))
    monkeypatch.undo()
    (found,) = lab.handler("Container").observe(STACK)
    assert (found.id, found.complete) == (caught.value.id, False)
    assert isinstance(found.inputs, Container)


def test_a_killed_unpacking_leaves_nothing_that_is_not_removed(lab: ContainerLab, tmp_path: Path) -> None:
    archive = tmp_path / "i.tar"
    archive.write_bytes(make.docker_archive([make.tar([make.entry(f"f{number}", b"x") for number in range(9)])]))
    inputs = {"source": {"archive": str(archive)}}
    goal = lab.checked("Image", **inputs)
    folder = lab.root.kind_folder("Image")
    for module, step in (
        ("images/layer.py", 5),
        ("images/layer.py", 30),
        ("images/store.py", 8),
        ("images/store.py", 14),
    ):
        create = partial(lab.handler("Image").create, lab.stamp("Image", "base"), goal, lab.context)
        assert killed_at(step, module, create)
        (left,) = lab.handler("Image").observe(STACK)
        assert not left.complete
        lab.delete("Image", left.id)
        assert list(folder.iterdir()) == []
    made = lab.create("Image", "base", **inputs)
    assert lab.changes("Image", made.id, **inputs) == []
