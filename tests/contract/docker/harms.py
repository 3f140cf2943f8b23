"""What others may do to the objects of a stack on a Docker host."""

from collections.abc import Callable
from typing import Any

from tests.contract.docker.asking import container, network, volume
from tests.contract.docker.items import APP, SHOP, STALL
from tests.contract.namespace.items import altered, swapped
from tests.contract.subject import Harm
from tests.waiting import until

LIMITED = swapped(STALL, altered(APP, resources={"pids": 50}))
SECRET = swapped(STALL, altered(APP, files=[{"path": "/etc/token", "content": "s3cret", "in_memory": True}]))
UNWELL = swapped(STALL, altered(APP, healthcheck={"command": "test ! -e /tmp/ill", "interval": "0.2s", "retries": 1}))
ONCE = swapped(STALL, altered(APP, restart="no"))


def _call(method: str, name: str = "app", **more: Any) -> Callable[[Any], None]:
    return lambda subject: getattr(subject.lab.api, method)(container(subject.lab, name)["Id"], **more)


def _leave(subject: Any) -> None:
    subject.lab.api.disconnect_container_from_network(
        container(subject.lab, "web")["Id"], network(subject.lab, "back")["Id"]
    )


def _join(subject: Any) -> None:
    subject.lab.api.connect_container_to_network(container(subject.lab, "web")["Id"], "bridge")


def _remove_network(subject: Any) -> None:
    _leave(subject)
    subject.lab.api.remove_network(network(subject.lab, "back")["Id"])


def _make_ill(subject: Any) -> None:
    made = subject.lab.api.exec_create(container(subject.lab, "app")["Id"], ["touch", "/tmp/ill"])
    subject.lab.api.exec_start(made["Id"])
    until("it is unwell", lambda: container(subject.lab, "app")["State"]["Health"]["Status"] == "unhealthy")


def _reboot(subject: Any) -> None:
    """What a boot takes from a container: it ended, and what was in memory is gone."""
    subject.lab.api.stop(container(subject.lab, "app")["Id"], timeout=0)
    subject.lab.run("rm", "-rf", "/run/virtwright")


def _rename(subject: Any) -> None:
    subject.lab.api.rename(container(subject.lab, "app")["Id"], "app-old")


def _rename_and_stop(subject: Any) -> None:
    subject.lab.api.stop(container(subject.lab, "app")["Id"], timeout=0)
    _rename(subject)


def _remove_volume(subject: Any) -> None:
    """Docker keeps one that is in use, so that the container goes first."""
    subject.lab.api.remove_container(container(subject.lab, "app")["Id"], force=True)
    found = volume(subject.lab, "data")
    assert found is not None
    subject.lab.api.remove_volume(found["Name"])


def _harm(name: str, items: Any, do: Any, *seen: str, data: Any = "kept") -> Harm:
    return Harm(name, items, do, frozenset(seen), data)


WELL_AGAIN = swapped(UNWELL, altered(UNWELL[-1], docker={"network_mode": "none", "tmpfs": [{"mount": "/tmp"}]}))
HARMS = (
    _harm("stopped", STALL, _call("stop", timeout=0), "app.state"),
    _harm("killed", ONCE, _call("kill"), "app.state"),
    _harm("paused", STALL, _call("pause"), "app.state"),
    _harm("renamed", STALL, _rename, "app.name"),
    _harm("renamed-and-stopped", STALL, _rename_and_stop, "app.name", "app.state"),
    _harm("removed", STALL, _call("remove_container", force=True), "app"),
    _harm("volume-removed", STALL, _remove_volume, "data", "app", data="lost"),
    _harm("network-left", SHOP, _leave, "web.networks"),
    _harm("network-joined", SHOP, _join, "web.networks"),
    _harm("network-removed", SHOP, _remove_network, "back", "web.networks"),
    _harm("limit-changed", LIMITED, _call("update_container", restart_policy={"Name": "no"}), "app.restart"),
    _harm("limit-lifted", swapped(STALL, altered(APP, resources={"memory": "64MiB"})),
          _call("update_container", mem_limit="32m", memswap_limit="64m"), "app.resources.memory"),
    _harm("unwell", WELL_AGAIN, _make_ill, "app.health"),
    _harm("rebooted", SECRET, _reboot, "app.state"),
)  # fmt: skip
