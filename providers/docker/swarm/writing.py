"""The specification of a service, with the secrets and configs that hold its files made."""

from collections.abc import Mapping
from typing import Any

from virtwright.errors import HostError
from virtwright.providers.base import Stamp
from virtwright.providers.context import Context
from virtwright.providers.docker.labels import stamp_of, stamped_labels
from virtwright.providers.docker.names import host_name
from virtwright.providers.docker.swarm.asking import Found, Manager
from virtwright.providers.docker.swarm.files import FileObjects, names
from virtwright.providers.docker.swarm.foreign.telling import tell
from virtwright.providers.docker.swarm.listing import network_names
from virtwright.providers.docker.swarm.reading import plain_image
from virtwright.providers.docker.swarm.record import KEPT, record_label, recorded
from virtwright.providers.docker.swarm.sending import Sender
from virtwright.providers.docker.swarm.spec import Surroundings, service_spec
from virtwright.schemas.service import Service
from virtwright.schemas.urn import Urn


class Writer:
    """For one swarm. Methods may raise ``HostError``."""

    def __init__(self, manager: Manager, files: FileObjects, sender: Sender) -> None:
        self._manager = manager
        self._files = files
        self._sender = sender

    def new(self, name: str, stamp: Stamp, inputs: Service, context: Context) -> dict[str, Any]:
        image = self._sender.pinned(inputs.image, None, context)
        return self._spec(name, stamp, inputs, image, {}, 0, context)

    def changed(self, before: Found, stamp: Stamp, inputs: Service, context: Context) -> dict[str, Any]:
        """``before`` is the service as it is. Its image is looked up anew only where another is asked for."""
        template, labels = before["Spec"]["TaskTemplate"], before["Spec"].get("Labels")
        runs = str(template["ContainerSpec"]["Image"])
        same = recorded(labels).get("image", inputs.image) == inputs.image == plain_image(runs, inputs.image)
        image = self._sender.pinned(inputs.image, runs if same else None, context)
        force = int(template.get("ForceUpdate") or 0)
        return self._spec(before["Spec"]["Name"], stamp, inputs, image, self._kept(before), force, context)

    def _spec(
        self,
        name: str,
        stamp: Stamp,
        inputs: Service,
        image: str,
        kept: Mapping[str, Any],
        force: int,
        context: Context,
    ) -> dict[str, Any]:
        networks = self._manager.networks() if inputs.networks else {}
        for join in inputs.networks:
            if join.network not in networks:
                raise HostError(f"the swarm has no network {join.network}", hint="see:\n    docker network ls")
        held = self._files.put(name, stamp, inputs.files, context)
        holds = {str(each[f"{sort}Name"]) for sort, listed in held.items() for each in listed} | names(kept)
        alias = host_name(Urn.parse(stamp.urn).name)
        labels = {**stamped_labels(stamp, name, inputs.labels), **record_label(inputs, alias, [*holds], kept)}
        around = Surroundings(name, alias, labels, image, networks, held["Secret"], held["Config"], kept, force)
        return service_spec(inputs, around)

    def _kept(self, before: Found) -> Mapping[str, Any]:
        """What a service has that somebody else made, and that no input says."""
        labels = before["Spec"].get("Labels")
        if stamp_of(labels, before["Spec"]["Name"]) is None:
            return tell(before, network_names(self._manager))[1]
        kept: Mapping[str, Any] = recorded(labels).get(KEPT, {})
        return kept
