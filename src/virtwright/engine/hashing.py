"""The keyed hash of a resource's inputs that goes into its stamp."""

import json
from dataclasses import replace
from typing import Any

from virtwright.engine.desired import Desired
from virtwright.engine.local_files import path_fields
from virtwright.engine.masking import Mac
from virtwright.providers.base import Handler, Observed
from virtwright.providers.hooks import StampsOnce, offers
from virtwright.schemas.values import Properties


def inputs_hash(plain: Properties, mac: Mac) -> str:
    """HMAC over the canonical JSON of the inputs, secrets in clear: nobody without the key can guess them from it."""
    return mac(json.dumps(plain, sort_keys=True, separators=(",", ":")).encode())


def stamp_hash(handler: Handler[Any, Any], desired: Desired, mac: Mac) -> str:
    """What the stamp of an object that was made or changed as ``desired`` holds."""
    lasting = handler.lasting(desired.portable) if offers(handler, StampsOnce) else desired.plain
    return inputs_hash(lasting, mac)


def with_untold(
    observed: Observed[Any, Any], desired: Desired, handler: Handler[Any, Any], mac: Mac
) -> Observed[Any, Any]:
    """For an object that the state does not know: what its host can't tell of it is as the goal says, where its stamp says
    that it was made of that."""
    untold = {*desired.kind.inputs.model_fields} - observed.inputs.model_fields_set
    untold |= {str(field.pattern[0]) for field in path_fields(desired.kind.inputs)}
    if not untold or not desired.complete or stamp_hash(handler, desired, mac) != observed.stamp.inputs_hash:
        return observed
    told = {field: getattr(desired.model, field) for field in untold}
    return replace(observed, inputs=observed.inputs.model_copy(update=told))
