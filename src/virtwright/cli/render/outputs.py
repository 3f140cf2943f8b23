"""Values for people: a stack's outputs, a resource's inputs and outputs."""

import json
from collections.abc import Iterator, Mapping

from rich.text import Text

from virtwright.cli.json_lines import to_json
from virtwright.cli.render.layout import pad
from virtwright.cli.render.text import escape, safe
from virtwright.schemas.display import describe_output
from virtwright.schemas.text import named
from virtwright.schemas.values import Properties, Unknown, Value, reveal

_NOT_KNOWN = "(not known yet)"


def output_lines(outputs: Properties, *, margin: str = "") -> Iterator[Text]:
    """One line an output; secrets are masked."""
    width = max((safe(named(name)).cell_len for name in outputs), default=0)
    for name, value in sorted(outputs.items()):
        said = safe(describe_output(value, unknown=_NOT_KNOWN))
        yield Text.assemble(margin, pad(safe(named(name), "bold"), width), " = ", said)


def value_line(value: Value) -> str:
    """Text as it is, everything else as JSON on one line."""
    plain = to_json(_said(value))
    return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)


def _said(value: Value) -> Value:
    """What is not known yet, at any depth, in words."""
    if isinstance(value, Unknown):
        return _NOT_KNOWN
    if isinstance(value, Mapping):
        return {key: _said(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_said(item) for item in value]
    return value


def property_lines(properties: Mapping[str, Value], *, margin: str = "") -> Iterator[Text]:
    """Properties as an indented outline; what is empty is left out."""
    for name, value in properties.items():
        if value is None or value == [] or value == {}:
            continue
        yield from _property(str(name), value, margin)


def _property(name: str, value: Value, margin: str) -> Iterator[Text]:
    label = Text.assemble(margin, safe(name, "cyan"), ":")
    if isinstance(value, Mapping):
        yield label
        yield from property_lines(value, margin=margin + "  ")
    elif isinstance(value, list) and any(isinstance(item, Mapping | list) for item in value):
        for number, item in enumerate(value):
            yield from _property(f"{name}[{number}]", item, margin)
    elif isinstance(value, str) and "\n" in value:
        yield label
        for line in escape(value).removesuffix("\n").split("\n"):
            yield Text(f"{margin}  {line.expandtabs(4)}")
    else:
        yield Text.assemble(label, " ", safe(value_line(value)))


def shown(value: Value, *, secrets: bool) -> Value:
    """The value with its secrets in clear, where that was asked for."""
    return reveal(value) if secrets else value
