"""Containers: the bodies of each, and what is read back from them."""

import io
import math
import tarfile
from pathlib import Path
from typing import Any, Final

import pytest
from tests.docker_answers import INFO, inspected
from tests.golden import Cases, as_json
from tests.impacts import impacts
from tests.model_fields import unseen

from virtwright.providers.base import Stamp
from virtwright.providers.docker.containers.check import canonical
from virtwright.providers.docker.containers.files import archive
from virtwright.providers.docker.containers.foreign.settings import Daemon
from virtwright.providers.docker.containers.foreign.telling import tell
from virtwright.providers.docker.containers.impacts import container_diff
from virtwright.providers.docker.containers.mapping import create_body, update_body
from virtwright.providers.docker.containers.reading import read_inputs, read_limits
from virtwright.providers.docker.containers.record import record_label
from virtwright.providers.docker.containers.writing import memory_binds
from virtwright.providers.docker.labels import stamped_labels
from virtwright.schemas.container import Container
from virtwright.schemas.docker_container import DockerContainer
from virtwright.schemas.model import to_properties

CASES: Final = Cases(Path(__file__).parent / "golden/containers", made=(".json", ".impacts.json"))
URN: Final = "urn:pulumi:shop::shop::virtwright:index:Container::web"
STAMP: Final = Stamp("shop/shop", URN, "op", "00")
NOT_IN_A_BODY: Final = {
    "description",  # the state alone holds it
    "wait_for.address", "wait_for.tcp", "wait_for.healthy", "wait_for.completed", "wait_for.timeout",  # asked afterwards
    "wait_for.ssh", "wait_for.guest_agent", "wait_for.cloud_init", "networks.model", "networks.boot_order", "ports.mode",
    "docker.cpu_reservation",  # refused: golden/refusals/containers.json
    "files.source",  # is content by then
    "namespace.host_folders",  # nothing on a Docker host; what the others are is kept in the record alone
}  # fmt: skip

UNSAID: Final[dict[str, Any]] = {"files": [], "description": "", "wait_for": None, "namespace": None}
"""What no container tells."""


def given(name: str) -> Container:
    return Container.model_validate(CASES.read(name))


def body(inputs: Container, **labels: str) -> dict[str, Any]:
    return create_body(inputs, "web", labels, memory_binds(inputs, "op"))


def own_body(inputs: Container) -> dict[str, Any]:
    """With the labels that a container of ours has."""
    return body(inputs, **stamped_labels(STAMP, "shop_web", inputs.labels), **record_label(inputs))


def written(inputs: Container) -> list[str]:
    """The files as the archive holds them."""
    data = archive([(each.path, each) for each in inputs.files], lambda kind, name: int(name))
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        return [
            f"{info.name} {info.mode:04o} {info.uid}:{info.gid} {stream.read()!r}"
            for info in tar
            if (stream := tar.extractfile(info)) is not None
        ]


def made(inputs: Container) -> dict[str, Any]:
    return {"create": own_body(inputs), "update": update_body(inputs), "files": written(inputs)}


@pytest.mark.parametrize("name", CASES.names())
def test_a_container_becomes_the_golden_bodies(name: str) -> None:
    CASES.check(name, as_json(made(given(name))))


def test_each_change_costs_what_the_golden_file_says() -> None:
    CASES.check("everything", as_json(impacts(given("everything"), container_diff)), ".impacts.json")


def test_each_field_shows_in_a_body() -> None:
    assert unseen(Container, map(given, CASES.names()), made) == NOT_IN_A_BODY


def test_no_golden_file_is_left_over() -> None:
    assert CASES.strays() == []


@pytest.mark.parametrize("name", CASES.names())
def test_what_is_read_back_is_what_was_asked_for(name: str) -> None:
    inputs = given(name)
    wanted = inputs.model_copy(update={"docker": _said(canonical(inputs)), **UNSAID, "namespace": inputs.namespace})
    read = read_inputs(inspected(own_body(inputs)), URN)
    assert to_properties(read) == to_properties(wanted)
    assert read.model_fields_set == {*Container.model_fields} - {*UNSAID}


@pytest.mark.parametrize("name", CASES.names())
def test_a_container_of_somebody_else_is_told_as_it_would_be_written(name: str) -> None:
    inputs = given(name).model_copy(update=UNSAID)
    made = create_body(inputs, "", inputs.labels)
    told, unsaid = tell(inspected(made), {}, Daemon.of(INFO), {})
    check = inputs.healthcheck
    if check is not None and not check.disabled:  # how a port is looked at is a command by then
        check = check.model_copy(update={"command": made["Healthcheck"]["Test"][1:], "tcp": None, "http": None})
    docker = canonical(inputs) or DockerContainer()
    log = docker.log_driver or ("json-file" if docker.log_options else None)  # the engine says its own, too
    more = {
        "docker": _said(docker, platform=None, log_driver=log),
        "healthcheck": check,
        "stop_timeout": math.ceil(inputs.stop_timeout),
    }
    assert to_properties(told) == to_properties(inputs.model_copy(update=more))
    assert unsaid == ()
    assert told.model_fields_set == {*Container.model_fields} - {"description", "wait_for", "namespace"}


@pytest.mark.parametrize("name", CASES.names())
def test_limits_are_read_back(name: str) -> None:
    inputs = given(name)
    read = read_limits(inspected(own_body(inputs)))
    kept = ("cpu_shares", "cpu_set", "memory_reservation", "memory_swap")
    docker = canonical(inputs) or DockerContainer()
    expected = DockerContainer(**{field: getattr(docker, field) for field in kept})
    assert read.docker == (expected if expected != DockerContainer() else None)
    assert (read.resources, read.restart) == (inputs.resources, inputs.restart)
    assert read.model_fields_set == {"resources", "docker", "restart"}


def _said(docker: DockerContainer | None, **changes: Any) -> DockerContainer | None:
    """None where it says nothing."""
    changed = docker.model_copy(update=changes) if docker else None
    return changed if changed != DockerContainer() else None
