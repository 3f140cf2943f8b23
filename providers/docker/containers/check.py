"""What a container may ask of a Docker host. Pure but for the files that it takes from this machine."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, Protocol

from virtwright.errors import InputError, UnsupportedError, Where
from virtwright.providers.docker.images.references import image_name
from virtwright.providers.docker.refusal import Refusal, given, known, listed, refuse
from virtwright.schemas.container import Container, ContainerResources
from virtwright.schemas.docker_container import DockerContainer
from virtwright.schemas.readiness import Healthcheck, WaitFor
from virtwright.schemas.values import UNKNOWN

HOST_IMAGE: Final = "host"
LEAST_MEMORY: Final = 6 * 1024**2
USUAL_SHARES: Final = 1024
_CHECK_INTERVAL: Final = (1, 44)
"""The version of the API that has it."""
_OTHER_KIND: Final = "leave it out, or use a libvirt host"


def check_container(inputs: Container) -> Container:
    """Says what is a default by leaving it out. Raises ``UnsupportedError`` and ``InputError``."""
    refuse((*common_refusals(inputs), *_refusals(inputs)))
    check_image(inputs)
    _check_resources(inputs)
    _check_modes(inputs)
    _check_it_ends(inputs)
    return inputs.model_copy(update={"docker": canonical(inputs)})


def check_image(inputs: Container) -> None:
    """Raises ``InputError`` where the image has a name that none can have."""
    image = known(inputs.image)
    if image is not None:  # an id, as sha256:0123, is a name and a tag by its form
        image_name(image, "image")


def common_refusals(inputs: Container) -> Iterator[Refusal]:
    """What neither a Docker host nor a Swarm can do."""
    hint = "name an image of the stack or of a registry:\n    image: debian:13"
    yield "image", known(inputs.image) == HOST_IMAGE, hint
    for index, each in listed(inputs.networks):
        yield f"networks[{index}].model", given(each.model), _OTHER_KIND
        yield f"networks[{index}].boot_order", given(each.boot_order), _OTHER_KIND
    wait = inputs.wait_for
    if isinstance(wait, WaitFor):
        yield "wait_for.ssh", given(wait.ssh), "use tcp, healthy or completed"


class Engine(Protocol):
    """What is asked of an engine about itself."""

    @property
    def engine(self) -> str: ...
    @property
    def told(self) -> Mapping[str, Any]: ...
    def speaks(self, version: tuple[int, int]) -> bool: ...


def engine_refusals(inputs: Container, engine: Engine) -> Iterator[Refusal]:
    """What one engine can't do that others can. It is asked about itself only where that matters."""
    check = inputs.healthcheck
    if isinstance(check, Healthcheck) and given(check.start_interval):
        old = not engine.speaks(_CHECK_INTERVAL)
        yield "healthcheck.start_interval", old, "leave it out: Docker 25 and newer know it"
    if engine.engine != "Docker":
        return
    cpus = known(inputs.resources.cpus) if isinstance(inputs.resources, ContainerResources) else None
    if cpus is not None:
        many = engine.told.get("NCPU") or 0
        yield "resources.cpus", 0 < many < cpus, f"its machine has {many} CPUs"
    docker = inputs.docker if isinstance(inputs.docker, DockerContainer) else DockerContainer()
    if (runtime := known(docker.runtime)) and (names := sorted(engine.told.get("Runtimes") or ())):
        yield "docker.runtime", runtime not in names, f"it knows: {', '.join(names)}"
    if (driver := known(docker.log_driver)) and (names := sorted((engine.told.get("Plugins") or {}).get("Log") or ())):
        yield "docker.log_driver", driver not in (*names, "none"), f"it knows: {', '.join(names)}"


def _refusals(inputs: Container) -> Iterator[Refusal]:
    for index, port in listed(inputs.ports):
        yield f"ports[{index}].mode", given(port.mode), "leave it out, or use a Docker Swarm"
    for index, file in listed(inputs.files):
        path = known(file.path)
        colon = known(file.in_memory) is True and path is not None and ":" in path
        yield f"files[{index}].path", colon, "Docker takes no ':' in it"
        kept = known(inputs.read_only) is True and known(file.in_memory) is False
        yield (
            f"files[{index}]",
            kept,
            "Docker can't write into a read-only container; keep it in memory:\n    in_memory: true",
        )
    if isinstance(inputs.docker, DockerContainer):
        yield "docker.cpu_reservation", given(inputs.docker.cpu_reservation), "use docker.cpu_shares, or a Docker Swarm"


def _check_resources(inputs: Container) -> None:
    resources, docker = inputs.resources, inputs.docker
    memory = known(resources.memory) if isinstance(resources, ContainerResources) else None
    if memory is not None and memory < LEAST_MEMORY:
        raise InputError.one("Docker needs at least 6MiB of memory", where=Where(path="resources.memory"))
    if not isinstance(docker, DockerContainer):
        return
    swap, kept = known(docker.memory_swap), known(docker.memory_reservation)
    if swap is not None and isinstance(resources, ContainerResources) and resources.memory is None:
        raise InputError.one("memory_swap needs resources.memory", where=Where(path="docker.memory_swap"))
    if swap is not None and memory is not None and swap < memory:
        raise InputError.one(
            "memory and swap together are less than the memory", where=Where(path="docker.memory_swap")
        )
    if kept is not None and memory is not None and kept > memory:
        raise InputError.one("more is reserved than may be used", where=Where(path="docker.memory_reservation"))


def _check_modes(inputs: Container) -> None:
    docker = inputs.docker
    mode = known(docker.network_mode) if isinstance(docker, DockerContainer) else None
    if mode is None:
        return
    if given(inputs.networks):
        raise InputError.one(
            "networks and docker.network_mode exclude each other", where=Where(path="docker.network_mode")
        )
    if mode == "bridge" or mode == "default":
        raise UnsupportedError(
            f"network_mode: {mode} is what holds without it", where=Where(path="docker.network_mode")
        )
    shared = mode == "host" or mode.startswith("container:")
    for field in ("ports", "hostname") if shared else ("ports",):
        if given(getattr(inputs, field)):
            raise InputError.one(f"{field} can't be given with network_mode: {mode}", where=Where(path=field))


def _check_it_ends(inputs: Container) -> None:
    completes = isinstance(inputs.wait_for, WaitFor) and inputs.wait_for.completed is True
    if completes and known(inputs.restart, "no") not in ("no", "on-failure"):
        raise InputError.one(
            f"restart: {inputs.restart} starts it again, so it never counts as completed",
            where=Where(path="restart"),
            hint="set restart: on-failure",
        )


def canonical(inputs: Container) -> Any:
    """The Docker block without what is the daemon's own choice anyway."""
    docker = inputs.docker
    if not isinstance(docker, DockerContainer):
        return docker
    changes: dict[str, Any] = {}
    if docker.cpu_shares == USUAL_SHARES:
        changes["cpu_shares"] = None
    memory = inputs.resources.memory if isinstance(inputs.resources, ContainerResources) else UNKNOWN
    if isinstance(memory, int) and docker.memory_swap == 2 * memory:
        changes["memory_swap"] = None
    return docker.model_copy(update=changes)
