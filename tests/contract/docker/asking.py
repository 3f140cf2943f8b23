"""Questions to the daemon, and to what runs in its containers."""

from collections.abc import Callable
from typing import Any

from tests.docker_lab import DockerLab
from tests.waiting import until

Holds = Callable[[Any], None]
"""Asserts that a change is in force; the argument is the ``DockerSubject``."""


def container(lab: DockerLab, name: str) -> dict[str, Any]:
    """The container of the resource ``name``, inspected; empty where there is none."""
    for each in lab.api.containers(all=True, filters={"label": "virtwright.urn"}):
        if (
            each["Labels"]["virtwright.urn"].endswith(f"::{name}")
            and each["Names"][0][1:] == each["Labels"]["virtwright.name"]
        ):
            found: dict[str, Any] = lab.api.inspect_container(each["Id"])
            return found
    return {}


def inside(lab: DockerLab, name: str, script: str) -> str:
    """What a shell in the container writes."""
    return lab.execute(container(lab, name)["Id"], "/bin/sh", "-c", script)


def says(name: str, script: str, *wanted: str, without: str = "") -> Holds:
    """Holds when what the script writes inside has all of ``wanted``."""

    def holds(subject: Any) -> None:
        text = inside(subject.lab, name, script)
        assert all(part in text for part in wanted), text
        assert not without or without not in text, text

    return holds


def has(name: str, *path: str, value: Any) -> Holds:
    """Holds when the daemon tells this value of the container."""

    def holds(subject: Any) -> None:
        found: Any = container(subject.lab, name)
        for part in path:
            found = found[part]
        assert found == value, found

    return holds


def network(lab: DockerLab, name: str) -> dict[str, Any]:
    (found,) = [
        each for each in lab.api.networks() if (each["Labels"] or {}).get("virtwright.urn", "").endswith(f"::{name}")
    ]
    return dict(found)


def volume(lab: DockerLab, name: str) -> dict[str, Any] | None:
    found = lab.api.volumes(filters={"label": "virtwright.urn"})["Volumes"] or ()
    mine = [each for each in found if each["Labels"]["virtwright.urn"].endswith(f"::{name}")]
    return next((each for each in mine if each["Labels"]["virtwright.name"] == each["Name"]), None)


def only_noted(subject: Any) -> None:
    """Nothing on the host shows such a value; that the next plan is empty is all there is."""


def comes_back(name: str) -> Holds:
    def holds(subject: Any) -> None:
        before = container(subject.lab, name)["State"]["Pid"]
        subject.lab.run("nsenter", f"--target={subject.lab.init}", "--pid", "kill", "-9", str(before))
        until("it is started again", lambda: container(subject.lab, name)["State"]["Pid"] not in (0, before))

    return holds
