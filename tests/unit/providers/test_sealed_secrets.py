"""A plan without any key compares inputs in which secrets are sealed, on either side: no provider may fail at it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from virtwright.providers.diff import Diff
from virtwright.providers.docker.containers.impacts import container_diff
from virtwright.providers.docker.swarm.check import service_diff
from virtwright.providers.libvirt.machines.drivers import ABILITIES
from virtwright.providers.libvirt.machines.impacts import machine_diff
from virtwright.providers.namespace.containers.container_handler import ContainerHandler
from virtwright.providers.namespace.containers.machine_handler import MachineHandler
from virtwright.providers.namespace.paths import Root
from virtwright.schemas.container import Container
from virtwright.schemas.machine import VirtualMachine
from virtwright.schemas.service import Service
from virtwright.schemas.values import Sealed

ROOT = Root(Path("/nowhere"))
NOBODY: Any = None


def container(secret: Any) -> dict[str, Any]:
    return {
        "image": "x",
        "command": [secret],
        "environment": {"A": secret},
        "files": [{"path": "/a", "content": secret}],
        "labels": {"l": secret},
        "healthcheck": {"command": [secret]},
    }


def machine(secret: Any, **more: Any) -> dict[str, Any]:
    return {"image": "x", "memory": "1GiB", "cpus": 1, "description": secret, "labels": {"l": secret}, **more}


def typed(secret: Any) -> dict[str, Any]:
    users = [{"name": "x", "password_hash": secret, "ssh_authorized_keys": [secret]}]
    files = [{"path": "/a", "content": secret}]
    return machine(secret, cloud_init={"users": users, "write_files": files, "runcmd": [[secret]]})


def document(secret: Any) -> dict[str, Any]:
    return machine(secret, cloud_init={"user_data": secret}, graphics={"type": "vnc", "password": secret})


CASES: list[tuple[Callable[[Any, Any], Diff], Callable[[Any], Any]]] = [
    (container_diff, lambda secret: Container.model_validate(container(secret))),
    (service_diff, lambda secret: Service.model_validate(container(secret))),
    (ContainerHandler(ROOT, NOBODY).diff, lambda secret: Container.model_validate(container(secret))),
    *(
        (diff, lambda secret, made=made: VirtualMachine.model_validate(made(secret)))
        for diff in (
            MachineHandler(ROOT, NOBODY).diff,
            *(lambda prior, goal, each=each: machine_diff(prior, goal, each) for each in ABILITIES.values()),
        )
        for made in (typed, document)
    ),
]


@pytest.mark.parametrize(("diff", "made"), CASES)
def test_sealed_secrets_are_compared_by_their_origins(
    diff: Callable[[Any, Any], Diff], made: Callable[[Any], Any]
) -> None:
    assert diff(made(Sealed("a")), made(Sealed("a"))).changes == ()
    for prior, goal in ((Sealed("a"), Sealed("b")), (Sealed("a"), "$6$x"), ("$6$x", Sealed("a")), (Sealed(), Sealed())):
        assert diff(made(prior), made(goal)).changes
