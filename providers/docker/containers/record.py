"""What a container was made from, kept in a label of it: image and daemon fill in so much that nothing else tells what the
user had said. It holds no values of variables and no contents of files."""

import json
from collections.abc import Mapping
from typing import Any, Final

from virtwright.providers.docker.containers.endpoints import asked_endpoints
from virtwright.providers.label_json import parse_object
from virtwright.schemas.container import Container

LABEL: Final = "virtwright.container"
ELSEWHERE: Final = ("environment", "files", "restart", "resources", "networks", "labels", "description", "wait_for")
"""Fields that are read from the container itself, or only known to the state."""
VARIABLES: Final = "variables"
MARKS: Final = "marks"
"""Names of the labels that the user gave; others are the image's."""
ENDPOINTS: Final = "endpoints"
"""What ``asked_endpoints`` says."""


def record_label(inputs: Container) -> dict[str, str]:
    """The label, for a new container."""
    kept = inputs.model_dump(mode="json", exclude=set(ELSEWHERE), exclude_defaults=True, warnings=False)
    asked = asked_endpoints(inputs.networks)
    names = {VARIABLES: list(inputs.environment), MARKS: list(inputs.labels), **({ENDPOINTS: asked} if asked else {})}
    return {LABEL: json.dumps({**kept, **names}, separators=(",", ":"))}


def recorded(labels: Mapping[str, str]) -> dict[str, Any]:
    """The fields that ``record_label`` wrote, and the names of the variables and labels. Empty where the label is damaged."""
    found = parse_object(labels.get(LABEL))
    known = {*Container.model_fields, VARIABLES, MARKS, ENDPOINTS}
    return {name: value for name, value in found.items() if name in known}
