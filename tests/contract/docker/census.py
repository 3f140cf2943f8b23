"""What is on an engine, asked of the daemon and of the kernel, not of virtwright."""

import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.docker_lab import DockerLab
from tests.programs import Item

_LET_GO = 10.0
"""Seconds after which the cable of a build's step is gone: dockerd answers first, and takes it away then."""


def census(lab: DockerLab) -> Counter[str]:
    end = time.monotonic() + _LET_GO
    while (found := _count(lab))["device veth"] > _places(lab.api) and time.monotonic() < end:
        time.sleep(0.1)
    return found


def _places(api: Any) -> int:
    """How many places on networks the running containers have."""
    networks = (name for each in api.containers() for name in each["NetworkSettings"]["Networks"])
    return sum(name not in ("host", "none") for name in networks)


def _count(lab: DockerLab) -> Counter[str]:
    found = Counter(_objects(lab))
    for device in json.loads(lab.run("ip", "-j", "-d", "link") or "[]"):
        sort = device.get("linkinfo", {}).get("info_kind")
        if sort in ("bridge", "veth") and device["ifname"] != "docker0":
            found[f"device {sort}"] += 1
    found["control group"] += sum(
        1 for path in Path("/sys/fs/cgroup/pids", lab.group).glob("*/") if len(path.name) == 64
    )
    found["file in memory"] += len(
        lab.run("find", "/run", "-path", "/run/virtwright/*", "-type", "f", "-size", "+0").split()
    )
    return +found


def _objects(lab: DockerLab) -> Iterator[str]:
    for each in lab.api.containers(all=True):
        yield f"container {each['State']}"
    yield from kept(lab)


def kept(lab: DockerLab) -> Iterator[str]:
    """What an engine has whether anything runs or not."""
    for each in lab.api.networks():
        if each["Name"] not in lab.built_in:
            yield "network"
    volumes = lab.api.volumes()["Volumes"] or ()
    ids = {each["Id"] for each in (*lab.api.networks(), *lab.api.containers(all=True))} | {
        each["Name"] for each in volumes
    }
    for each in volumes:
        noted = (each["Labels"] or {}).get("virtwright.owner-of")
        if noted is None or noted.partition("@")[0] not in ids:
            yield "volume"
    for each in lab.api.images(all=True):
        if not lab.is_own(each):
            yield "image"


def expected(items: Sequence[Item]) -> Counter[str]:
    found: Counter[str] = Counter()
    for item in items:
        inputs = item.inputs
        if item.kind == "Network":
            found += Counter({"network": 1, "device bridge": 1})
        elif item.kind == "Volume":
            found["volume"] += 1
        elif item.kind == "Image":
            found["image"] += 1
        elif item.kind == "Container":
            alone = "network_mode" in (inputs.get("docker") or {})
            found += Counter({"container running": 1, "control group": 1})
            found["device veth"] += 0 if alone else len(inputs.get("networks") or ()) or 1
            found["file in memory"] += sum(bool(file.get("in_memory")) for file in inputs.get("files", ()))
    return +found
