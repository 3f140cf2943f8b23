"""Configuration as programs, their own code and plugins get it: texts, and JSON for what is none."""

import json
from collections.abc import Mapping

from virtwright.schemas.values import Value, has_secret, reveal


def config_texts(config: Mapping[str, Value]) -> dict[str, str]:
    """By full key; secrets in clear."""
    plain = {key: reveal(value) for key, value in config.items()}
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in plain.items()}


def secret_keys(config: Mapping[str, Value]) -> list[str]:
    """The keys of what is secret."""
    return sorted(key for key, value in config.items() if has_secret(value))
