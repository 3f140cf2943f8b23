"""What others may do to the namespace runtime's objects, and how a plan must show it."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.contract.namespace import census, kernel
from tests.contract.namespace.items import DB, FARM, SHOP, STUDIO, WEB, altered, swapped
from tests.contract.subject import Harm
from tests.waiting import until

from virtwright.providers.namespace.kernel import calls, loopback
from virtwright.providers.namespace.kernel import constants as k
from virtwright.providers.namespace.mounts import mounts_below, unmount

ONCE = swapped(SHOP, altered(WEB, restart="no"))
FILES = swapped(SHOP, altered(WEB, files=[{"path": "/etc/shop.conf", "content": "a=1\n"}], resources={"pids": 50}))
PORTS = swapped(SHOP, altered(WEB, ports=["127.0.0.1:8080:80"]))
PAUSED = swapped(FARM, altered(DB, power="paused"))


def _kill_shim(subject: Any) -> None:
    inner = subject.life()
    for pid in subject.outer_processes():
        os.kill(pid, signal.SIGKILL)
    until("the container ended with its shim", lambda: not set(subject.life()) & set(inner))


def _kill_process_1(name: str) -> Callable[[Any], None]:
    def do(subject: Any) -> None:
        one = subject.alive(name)
        os.kill(one.pid, signal.SIGKILL)
        until("the shim has seen it", lambda: subject.running(name) is None and not subject.outer_processes())

    return do


def _ip(*words: str) -> Callable[[Any], None]:
    return lambda subject: _run("ip", *(word.replace("BRIDGE", subject.bridge()) for word in words))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def _remove_netns(subject: Any) -> None:
    for path in subject.root.netns.iterdir():
        unmount(path, lazily=True)
        path.unlink()


def _flush_filter(subject: Any) -> None:
    _run("nft", "flush", "ruleset")


def _edit_file(subject: Any) -> None:
    Path(f"/proc/{subject.alive('web').pid}/root/etc/shop.conf").write_text("a=2\n")


def _inside(script: str) -> Callable[[Any], None]:
    """As root of the container ``web``."""
    return lambda subject: _run(
        "nsenter", f"--target={subject.alive('web').pid}", "--user", "--mount", "sh", "-c", script
    )


def _lift_limit(subject: Any) -> None:
    one = subject.alive("web")
    for parent in kernel.group_parents():
        if (parent / one.group / "pids.max").exists():
            (parent / one.group / "pids.max").write_text("max")


def _freeze(subject: Any) -> None:
    one = subject.alive("db")
    for parent in kernel.group_parents():
        for name, value in (("freezer.state", "FROZEN"), ("cgroup.freeze", "1")):
            if (parent / one.group / name).exists():
                (parent / one.group / name).write_text(value)


def _thaw(subject: Any) -> None:
    kernel.thaw(subject.alive("db").group)


def _unmount_data(subject: Any) -> None:
    unmount(subject.folder("data") / "data", lazily=True)


def _remove_data(subject: Any) -> None:
    unmount(subject.folder("data") / "data", lazily=True)
    subject.kill_all()
    (subject.folder("data") / "disk.ext4").unlink()


def _remove_folder(name: str) -> Callable[[Any], None]:
    def do(subject: Any) -> None:
        subject.kill_all()
        shutil.rmtree(subject.folder(name))

    return do


def _remove_image(subject: Any) -> None:
    subject.kill_all()
    for path in (subject.root.path / "images").glob("?" * 64):
        shutil.rmtree(path)


def _remove_group(group: Path) -> None:
    until("the group is empty", lambda: not kernel.read(group / "cgroup.procs"))
    with suppress(FileNotFoundError):
        group.rmdir()


def reboot(subject: Any) -> None:
    """What a boot of the machine leaves: the root's folders as they were on disk, and nothing else. Every process ends, every
    mount and loop device goes, /run is empty, the control groups and the network devices are gone. The network
    namespace that is the "host" is exchanged for a new one."""
    subject.kill_all()
    for group in census.groups(subject.root):
        for parent in kernel.group_parents():
            _remove_group(parent / group)
    for folder in (subject.root.volatile, subject.root.path):
        for mount in mounts_below(folder):
            unmount(mount, lazily=True)
    shutil.rmtree(subject.root.volatile)
    calls.unshare(k.CLONE_NEWNET)
    loopback.bring_up()
    until("the loop device is let go", lambda: not list(census._loops(subject.root)))


def _harm(name: str, items: Any, do: Callable[[Any], None], *seen: str, data: Any = "kept") -> Harm:
    return Harm(name, items, do, frozenset(seen), data)


HARMS = (
    _harm("shim-killed", SHOP, _kill_shim, "web.state"),
    _harm("machine-shim-killed", FARM, _kill_shim, "db.power"),
    _harm("process-1-killed", ONCE, _kill_process_1("web"), "web.state"),
    _harm("container-folder-removed", SHOP, _remove_folder("web"), "web"),
    _harm("bridge-removed", SHOP, _ip("link", "del", "BRIDGE"), "back.bridge", "web.networks[0]"),
    _harm("bridge-down", SHOP, _ip("link", "set", "BRIDGE", "down"), "back.bridge.state"),
    _harm("gateway-removed", SHOP, _ip("addr", "flush", "dev", "BRIDGE"), "back.gateway"),
    _harm("mtu-changed", SHOP, _ip("link", "set", "BRIDGE", "mtu", "1300"), "back.mtu"),
    _harm("netns-removed", SHOP, _remove_netns, "web.networks"),
    _harm("filter-flushed", PORTS, _flush_filter, "back.firewall", "web.ports[0]"),
    _harm("file-edited", FILES, _edit_file, "web.files[0].content"),
    _harm("file-removed", FILES, _inside("rm /etc/shop.conf"), "web.files[0]"),
    _harm("file-made-a-folder", FILES, _inside("rm /etc/shop.conf; mkdir -p /etc/shop.conf/x"), "web.files[0]"),
    _harm("limit-lifted", FILES, _lift_limit, "web.resources.pids"),
    _harm("machine-frozen", FARM, _freeze, "db.power"),
    _harm("machine-thawed", PAUSED, _thaw, "db.power"),
    _harm("volume-unmounted", SHOP, _unmount_data, "data.mounted"),
    _harm("volume-removed", SHOP, _remove_data, "data.data", data="lost"),
    _harm("image-removed", STUDIO, _remove_image, "os.state"),
    _harm("reboot", SHOP, reboot, "back.bridge", "data.mounted", "web.state"),
    _harm("reboot-of-machines", FARM, reboot, "back.bridge", "data.mounted", "db.power"),
)
