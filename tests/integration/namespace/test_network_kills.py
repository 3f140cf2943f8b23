"""kill -9 at any moment of making and unmaking networks, members and volumes: what is left is known and can be removed."""

import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from functools import partial
from itertools import count

import pytest
from tests.kills import assert_share
from tests.namespace_lab import Lab, stamp

from virtwright import failpoints
from virtwright.providers.context import Context
from virtwright.providers.namespace.network.attach import detach
from virtwright.providers.namespace.network.handler import NetworkHandler
from virtwright.providers.namespace.volumes.filesystem import loop_device
from virtwright.providers.namespace.volumes.handler import VolumeHandler
from virtwright.schemas.attachments import PublishedPort
from virtwright.schemas.network import Network
from virtwright.schemas.volume import Volume

pytestmark = [pytest.mark.root, pytest.mark.soak]
KILLS = 25 * int(os.environ.get("VIRTWRIGHT_SOAK", "1"))


def killed_during(work: Callable[[], None], after: float) -> bool:
    """Do it in a child and kill that ``after`` seconds; False where it was done before."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    deadline = time.monotonic() + after
    while time.monotonic() < deadline:
        if os.waitpid(child, os.WNOHANG) != (0, 0):
            return False
        time.sleep(0.001)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def build(lab: Lab) -> None:
    back = NetworkHandler(lab.root).create(stamp("Network", "back"), Network(cidr6="fd00:7::/64"), Context())
    lab.container("web", back.name, ports=[PublishedPort(port=80, host_port=8080)])
    lab.container("app", back.name)


def unbuild(lab: Lab) -> None:
    for record in lab.records.list("Container"):
        detach(lab.root, "Container", record.id)
        lab.records.remove("Container", record.id)
    for item in list(NetworkHandler(lab.root).observe("shop/shop")):
        NetworkHandler(lab.root).delete(item.id, Context())


def remains(lab: Lab) -> list[str]:
    rules = subprocess.run(["nft", "list", "ruleset"], capture_output=True, text=True, check=True).stdout
    devices = [name for _, name in socket.if_nameindex() if name != "lo"]
    folders = [
        str(path) for kind in ("networks", "containers", "volumes") for path in (lab.root.path / kind).glob("[!.]*")
    ]
    return [*devices, *folders, *(path.name for path in lab.root.netns.iterdir()), *rules.splitlines()]


def test_networks_and_members(lab: Lab) -> None:
    dice = random.Random(7)
    start = time.monotonic()
    build(lab)
    whole = time.monotonic() - start
    unbuild(lab)
    assert remains(lab) == []
    kills, number = 0, 0
    while kills < KILLS:
        number += 1
        if killed_during(lambda: build(lab), dice.uniform(0, whole)):
            kills += 1
        else:
            whole *= 0.8  # the machine is quicker now than at first
        if number % 2:
            kills += killed_during(lambda: unbuild(lab), dice.uniform(0, whole))
        unbuild(lab)
        assert remains(lab) == []
    build(lab)
    assert [item.drift for item in NetworkHandler(lab.root).observe("shop/shop")] == [()]
    assert_share("networks and members", kills)


def killed_at(point: str, work: Callable[[], None]) -> bool:
    """Do it in a child that dies at a failpoint; False where it does not come so far."""
    child = os.fork()
    if child == 0:
        try:
            failpoints.configure(f"{point}=kill")
            work()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


@pytest.mark.parametrize(
    ("point", "last"), [("namespace.network", True), ("namespace.record", True), ("namespace.record", False)]
)
def test_a_network_whose_deletion_was_killed_at_any_step_leaves_nothing(lab: Lab, point: str, last: bool) -> None:
    handler = NetworkHandler(lab.root)
    if not last:
        handler.create(stamp("Network", "other"), Network(), Context())
    before = remains(lab)
    for number in count(1):
        back = handler.create(stamp("Network", "back"), Network(cidr="10.7.0.0/24"), Context())
        killed = killed_at(f"{point}:{number}", partial(handler.delete, back.id, Context()))
        handler.delete(back.id, Context())
        assert remains(lab) == before
        if not killed:
            break
    assert number > 1, "no step was reached"


def test_volumes(lab: Lab) -> None:
    handler = VolumeHandler(lab.root)
    dice = random.Random(8)
    old, new = Volume(size=16 * 1024**2), Volume(size=24 * 1024**2)

    def life() -> None:
        outputs = handler.create(stamp("Volume", "data"), old, Context())
        handler.update(outputs.id, stamp("Volume", "data"), old, new, Context())
        handler.delete(outputs.id, Context())

    start = time.monotonic()
    life()
    whole = time.monotonic() - start
    kills = 0
    while kills < KILLS:
        if killed_during(life, dice.uniform(0, whole)):
            kills += 1
        else:
            whole *= 0.8
        for item in list(handler.observe("shop/shop")):
            disk = lab.root.folder("Volume", item.id) / "disk.ext4"
            if item.complete and not any(change.field == "data" for change in item.drift):
                handler.update(item.id, item.stamp, item.inputs, new, Context())
                assert [(again.inputs.size, again.drift) for again in handler.observe("shop/shop")] == [(new.size, ())]
            handler.delete(item.id, Context())
            assert loop_device(disk) is None
        assert remains(lab) == []
    assert_share("volumes", kills)
