"""What a container may ask of this runtime."""

from collections.abc import Iterator

from virtwright.errors import InputError, Where
from virtwright.providers.namespace.containers.common_checks import (
    check_disk_limit,
    check_image,
    check_networks,
    host_folder_refusals,
    network_refusals,
)
from virtwright.providers.namespace.containers.refusal import Refusal, differs, given, listed, refuse
from virtwright.providers.namespace.images.reference import HOST
from virtwright.providers.namespace.kernel.capabilities import NAMES
from virtwright.schemas.container import Container
from virtwright.schemas.readiness import Healthcheck, WaitFor


def check_container(inputs: Container) -> Container:
    """Raises ``UnsupportedError`` and ``InputError``."""
    check_image(inputs.image)
    refuse(_refusals(inputs))
    check_networks(inputs.networks, inputs.ports)
    check_disk_limit(inputs.namespace)
    if inputs.image == HOST and inputs.command is None and inputs.entrypoint is None:
        raise InputError.one(
            "the host's root file system names no command", where=Where(path="command"), hint="give the field command"
        )
    if isinstance(inputs.wait_for, WaitFor) and inputs.wait_for.completed is True:
        _check_it_ends(inputs)
    for index, name in listed(inputs.capabilities):
        check_capability(name, f"capabilities[{index}]")
    return inputs


def _check_it_ends(inputs: Container) -> None:
    if differs(inputs.restart, "no", "on-failure"):
        raise InputError.one(
            f"restart: {inputs.restart} starts it again, so it never counts as completed",
            where=Where(path="restart"),
            hint="set restart: on-failure",
        )


def check_capability(name: object, path: str) -> None:
    """Raises ``InputError`` for a capability that the kernel doesn't know."""
    if isinstance(name, str) and name != "ALL" and name not in NAMES:
        raise InputError.one(f"there is no capability {name}", where=Where(path=path))


def _refusals(inputs: Container) -> Iterator[Refusal]:
    yield from network_refusals(inputs.networks, inputs.ports)
    yield from host_folder_refusals(inputs.image, inputs.namespace)
    for index, file in listed(inputs.files):
        yield f"files[{index}].in_memory", given(file.in_memory), "leave it out: the file is readable by root alone"
    check = inputs.healthcheck
    if isinstance(check, Healthcheck):
        hint = "leave it out: checks come every interval"
        yield "healthcheck.start_interval", given(check.start_interval), hint
    wait = inputs.wait_for
    if isinstance(wait, WaitFor):
        yield "wait_for.guest_agent", given(wait.guest_agent), "use tcp, ssh or healthy"
        yield "wait_for.cloud_init", given(wait.cloud_init), "use tcp, ssh or healthy"
