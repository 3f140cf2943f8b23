"""Components that run inside the plugin, for programs in other languages."""

import asyncio
from typing import Any

from virtwright.errors import InputError
from virtwright.schemas.urn import type_token

_CLUSTER = type_token("Cluster")
_FIELDS = ("machines", "image", "cpus", "memory", "cidr", "volume_size", "volume_mount", "cloud_init")


def construct(request: Any, engine: str) -> Any:
    """Make the component that the request names, on the engine that asks. Raises ``InputError`` for an unknown type."""
    from pulumi.provider.server import ProviderServicer

    if request.type != _CLUSTER:
        raise InputError.one(f"virtwright has no component {request.type}", hint=f"it has {_CLUSTER}")
    servicer = ProviderServicer(_provider(), [], engine)
    return asyncio.run(servicer._construct(request, None))


def _components() -> Any:
    from pulumi.provider import ConstructResult, Provider

    class Components(Provider):
        """What Pulumi's own servicer calls."""

        def construct(self, name: str, resource_type: str, inputs: Any, options: Any = None) -> ConstructResult:
            from virtwright.sdk.cluster import Cluster, ClusterArgs

            given = {field: inputs[field] for field in _FIELDS if field in inputs}
            cluster = Cluster(name, ClusterArgs(**{**given, "machines": _count(given.get("machines"))}), options)
            return ConstructResult(cluster.urn, {"network": cluster.network, "addresses": cluster.addresses})

    return Components


def _count(value: Any) -> int:
    if not isinstance(value, int | float) or isinstance(value, bool) or value < 1 or int(value) != value:
        raise InputError.one("machines must be a whole number of at least 1, known from the start")
    return int(value)


def _provider() -> Any:
    from importlib.metadata import version

    return _components()(version("virtwright"))
