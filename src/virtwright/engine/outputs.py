"""The outputs of a stack: what is kept of them, and what is shown."""

from collections.abc import Mapping

from virtwright.schemas.values import Secret, Value, has_unknown


def known(outputs: Mapping[str, Value], before: Mapping[str, Value]) -> dict[str, Value]:
    """The outputs; those that a run on a part of the stack could not tell keep their value of before."""
    told = {name: before.get(name) if has_unknown(value) else value for name, value in outputs.items()}
    return {name: value for name, value in told.items() if value is not None or outputs[name] is None}


def masked(outputs: Mapping[str, Value]) -> dict[str, Value]:
    """The outputs without what is inside their secrets."""
    return {name: _mask(value) for name, value in outputs.items()}


def _mask(value: Value) -> Value:
    if isinstance(value, Secret):
        return Secret(None)
    if isinstance(value, Mapping):
        return {key: _mask(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_mask(item) for item in value]
    return value
