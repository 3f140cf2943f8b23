"""What the processes of a campaign need, imported once for all of them."""

import pyroute2  # noqa: F401
from tests.contract import registry  # noqa: F401

from virtwright.providers.docker.client import transports  # noqa: F401
from virtwright.providers.docker.containers import handler as docker_containers  # noqa: F401
from virtwright.providers.docker.swarm import handler as swarm_services  # noqa: F401
from virtwright.providers.namespace.containers import container_handler, machine_handler  # noqa: F401
from virtwright.providers.namespace.images import handler as images  # noqa: F401
from virtwright.providers.namespace.network import handler as networks  # noqa: F401
from virtwright.providers.namespace.volumes import handler as volumes  # noqa: F401
