"""The package's components, as its schema describes them."""

from typing import Any, Final

from virtwright.schemas.kinds import KINDS
from virtwright.schemas.urn import type_token

CLUSTER: Final = type_token("Cluster")


def _reference(kind: str) -> dict[str, str]:
    return {"$ref": f"#/resources/{KINDS[kind].type}"}


_INPUTS: Final[dict[str, Any]] = {
    "machines": {"type": "integer", "description": "How many machines, at least 1.", "plain": True},
    "image": {"type": "string", "description": "What each machine is made from: an image, a path or ``host``."},
    "cpus": {"type": "integer", "description": "CPUs of each machine. Default: 1."},
    "memory": {
        "oneOf": [{"type": "integer"}, {"type": "string"}],
        "description": "Memory of each machine in bytes, as ``2GiB``. Default: 1GiB.",
    },
    "cidr": {"type": "string", "description": "The IPv4 network of the machines. Default: chosen by the provider."},
    "volume_size": {
        "oneOf": [{"type": "integer"}, {"type": "string"}],
        "description": "Gives each machine a volume of this size in bytes, as ``10GiB``. Default: no volumes.",
    },
    "volume_mount": {"type": "string", "description": "Where that volume is mounted. Default: /var/lib/data."},
    "cloud_init": {
        "$ref": f"#/types/{type_token('CloudInit')}",
        "description": "What each machine does at its first start. Default: nothing.",
    },
}

COMPONENTS: Final[dict[str, Any]] = {
    CLUSTER: {
        "description": "Machines of one kind on a network of their own.",
        "isComponent": True,
        "properties": {
            "network": {**_reference("Network"), "description": "Their network."},
            "addresses": {
                "type": "array",
                "items": {"type": "string"},
                "description": "The address of each machine, in their order.",
            },
        },
        "required": ["network", "addresses"],
        "inputProperties": _INPUTS,
        "requiredInputs": ["machines"],
    }
}
