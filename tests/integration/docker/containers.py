"""Programs for tests that apply containers to a private engine."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.contract.stage import Desk, Stage
from tests.docker_lab import DockerLab
from tests.programs import Item

from virtwright.engine.hosts import open_provider


class _Host:
    """Stands where the contract's tests have a subject."""

    def __init__(self, lab: DockerLab) -> None:
        self.lab = lab
        self.uri = lab.uri
        self.opener = open_provider


def stage_on(lab: DockerLab, folder: Path) -> Stage:
    subject: Any = _Host(lab)
    return Stage(subject, Desk(folder / "home", lab.uri, open_provider))


def container(name: str, inputs: Mapping[str, Any], **more: Any) -> Item:
    quick = {"stop_timeout": "0s", "docker": {"network_mode": "none"}}
    return Item("Container", name, {**quick, **inputs}, **more)
