"""Which fields name another resource of the stack, and which of its outputs the host is told."""

from typing import Final

from virtwright.schemas.kinds import EVERY_KIND
from virtwright.schemas.references import RefersTo
from virtwright.stacks.yaml.fields import marked_fields

NETWORK: Final = RefersTo("Network", "name", optional=False)
VOLUME: Final = RefersTo("Volume", "name", optional=False)
IMAGE: Final = RefersTo("Image", "reference", optional=True)
"""Also one of a registry, which is no resource."""
RUNS: Final = {"image": IMAGE, "networks[].network": NETWORK, "volumes[].volume": VOLUME}


def test_the_fields_that_name_a_resource() -> None:
    found = {
        name: {
            ".".join(part or "[]" for part in field.pattern).replace(".[]", "[]"): field.mark
            for field in marked_fields(kind.inputs)
            if isinstance(field.mark, RefersTo)
        }
        for name, kind in EVERY_KIND.items()
    }
    assert {name: fields for name, fields in found.items() if fields} == {
        "Container": RUNS,
        "Service": RUNS,
        "VirtualMachine": {
            "image": IMAGE,
            "disks[].image": IMAGE,
            "disks[].volume": VOLUME,
            "networks[].network": NETWORK,
        },
        "Volume": {"backing": RefersTo("Volume", "name", optional=True), "source.clone": VOLUME, "source.image": IMAGE},
    }


def test_a_field_names_a_resource_by_its_name_unless_it_says_otherwise() -> None:
    assert RefersTo("Network") == NETWORK
