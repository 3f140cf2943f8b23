"""The keyed hash of a resource's inputs that goes into its stamp."""

import json

from virtwright.engine.masking import Mac
from virtwright.schemas.values import Properties


def inputs_hash(plain: Properties, mac: Mac) -> str:
    """HMAC over the canonical JSON of the inputs, secrets in clear: nobody without the key can guess them from it."""
    return mac(json.dumps(plain, sort_keys=True, separators=(",", ":")).encode())
