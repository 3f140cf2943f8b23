"""What processes of tests need, imported once for all of them (``tests/forks.py``)."""

from contextlib import suppress

import pyroute2  # noqa: F401
import sqlalchemy.dialects.postgresql.psycopg  # noqa: F401

from tests import crashes  # noqa: F401
from tests.contract import killing, registry  # noqa: F401
from tests.e2e import typing_in_a_fork  # noqa: F401
from tests.integration.state import worker  # noqa: F401
from virtwright.cli import app  # noqa: F401
from virtwright.errors import HostError
from virtwright.providers.docker.client import transports  # noqa: F401
from virtwright.providers.docker.containers import handler as docker_containers  # noqa: F401
from virtwright.providers.docker.swarm import handler as swarm_services  # noqa: F401
from virtwright.providers.namespace.containers import container_handler, machine_handler  # noqa: F401
from virtwright.providers.namespace.images import handler as images  # noqa: F401
from virtwright.providers.namespace.network import handler as networks  # noqa: F401
from virtwright.providers.namespace.volumes import handler as volumes  # noqa: F401

with suppress(HostError):  # after `make setup` alone there is no libvirt, and no test that asks for this
    from tests.integration.libvirt import two_hosts  # noqa: F401
