"""What a service was made from, kept in a label of it, so that what the swarm fills in or others change can be told from it.
It holds no values of variables and no contents of files."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from virtwright.providers.label_json import parse_object
from virtwright.schemas.service import Service

LABEL: Final = "virtwright.record"
ALIAS: Final = "alias"
"""The name that the service has on its networks besides its aliases."""
HOLDS: Final = "holds"
"""Names of the secrets and configs that hold its files."""
KEPT: Final = "kept"
"""What it had without a word for it, when it was taken over."""
_ELSEWHERE: Final = frozenset({"environment", "files", "labels", "namespace", "replicas"})


def record_label(inputs: Service, alias: str, holds: Sequence[str], kept: Mapping[str, Any]) -> dict[str, str]:
    told = inputs.model_dump(mode="json", exclude={*_ELSEWHERE}, exclude_defaults=True, warnings=False)
    told |= {ALIAS: alias, HOLDS: sorted(holds), **({KEPT: kept} if kept else {})}
    return {LABEL: json.dumps(told, separators=(",", ":"))}


def recorded(labels: Mapping[str, str] | None) -> dict[str, Any]:
    """Empty where the label is damaged."""
    found = parse_object((labels or {}).get(LABEL))
    known = {*Service.model_fields, ALIAS, HOLDS, KEPT}
    return {name: value for name, value in found.items() if name in known}
