"""Looking for services: those of a stack, and those that somebody else made."""

from collections.abc import Collection, Iterator

from virtwright.providers.base import Found as Taken
from virtwright.providers.docker.labels import STACK, of_stack, stamp_of
from virtwright.providers.docker.swarm.asking import Found, Manager
from virtwright.providers.docker.swarm.files import FileObjects
from virtwright.providers.docker.swarm.foreign.telling import is_job, tell
from virtwright.providers.docker.swarm.keeping import settings
from virtwright.providers.docker.swarm.reading import Listing, read_outputs, unfinished
from virtwright.schemas.service import Service, ServiceOutputs


def list_services(manager: Manager, files: FileObjects, stack: str) -> Listing:
    """All that bear the stack's stamp, with what is needed to tell them."""
    services = manager.services(of_stack(stack))
    if not services:
        return Listing((), {}, {})
    tasks: dict[str, list[Found]] = {}
    for task in manager.tasks():
        tasks.setdefault(str(task.get("ServiceID")), []).append(task)
    held: dict[str, list[str]] = {}
    for each in files.listed(f"{STACK}={stack}"):
        held.setdefault(each.service, []).append(each.name)
    return Listing(services, tasks, network_names(manager), held)


def find_services(manager: Manager, names: Collection[str] | None) -> Iterator[Taken[Service, ServiceOutputs]]:
    """By ids or names; all with None. Jobs are none."""
    networks: dict[str, str] | None = None
    for found in manager.services():
        id, name = str(found["ID"]), str(found["Spec"]["Name"])
        if is_job(found) or (names is not None and not {id, name} & {*names}):
            continue
        networks = network_names(manager) if networks is None else networks
        inputs, kept = tell(found, networks)
        stamp, outputs = stamp_of(found["Spec"].get("Labels"), name), read_outputs(found, manager.tasks(id))
        yield Taken(id, name, inputs, outputs, stamp, tuple(unfinished(found)), tuple(settings(kept)))


def network_names(manager: Manager) -> dict[str, str]:
    """From the ids of the swarm's networks to their names."""
    return {id: name for name, id in manager.networks().items()}


def stacks_of_services(manager: Manager) -> set[str]:
    """The full names of all stacks that a service bears the stamp of."""
    found = manager.services({"label": STACK})
    return {
        str(each["Spec"]["Labels"][STACK]) for each in found if stamp_of(each["Spec"]["Labels"], each["Spec"]["Name"])
    }
