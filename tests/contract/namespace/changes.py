"""Single fields changed on the namespace runtime, with the impacts of docs/providers.md copied by hand."""

from tests.contract.namespace.container_changes import CONTAINERS
from tests.contract.namespace.machine_changes import MACHINES
from tests.contract.namespace.network_changes import NETWORKS
from tests.contract.namespace.storage_changes import IMAGES, VOLUMES
from tests.contract.subject import FieldChange

CHANGES: tuple[FieldChange, ...] = (*NETWORKS, *VOLUMES, *IMAGES, *CONTAINERS, *MACHINES)
