"""The options of one entry as ``pulumi.ResourceOptions``."""

from collections.abc import Mapping
from typing import Final

from virtwright.stacks.yaml.declared import Declared
from virtwright.stacks.yaml.evaluate import Template, expressions
from virtwright.stacks.yaml.expressions import Expression
from virtwright.stacks.yaml.to_python.code import Code, Piece, call
from virtwright.stacks.yaml.to_python.references import Variables, expression

_SAME: Final = ("protect", "retain_on_delete", "ignore_changes")


def options(template: Mapping[str, Template], declared: Declared, variables: Variables) -> list[tuple[str, Piece]]:
    """Each option with its value."""
    found: list[tuple[str, Piece]] = [("provider", _host(template.get("host"), declared, variables))]
    if after := _needs(template.get("depends_on"), declared, variables):
        found.append(("depends_on", [Code(text) for text in after]))
    for name in _SAME:
        if (value := template.get(name)) is not None:
            found.append((name, _filled(value, variables)))
    if (taken := template.get("import_id")) is not None:
        found.append(("import_", _filled(taken, variables)))
    if timeouts := template.get("timeouts"):
        limits = [(name, _limit(value, variables)) for name, value in timeouts.items() if value is not None]
        found.append(("custom_timeouts", Code(call("pulumi.CustomTimeouts", limits, 0))))
    if declared.aliases:
        aliases = [Code(f'pulumi.Alias(name="{urn.name}")') for urn in sorted(declared.aliases)]
        found.append(("aliases", aliases))
    return found


def _host(written: Template, declared: Declared, variables: Variables) -> Code:
    if isinstance(written, Expression):
        return Code(f"hosts[{expression(written, variables).text}]")
    assert declared.host is not None, "a stack with resources has hosts"
    return Code(variables.of(declared.host))


def needs_hosts(template: Mapping[str, Template]) -> bool:
    """Whether the entry chooses its host by an expression."""
    return isinstance(template.get("host"), Expression)


def _needs(written: Template, declared: Declared, variables: Variables) -> list[str]:
    if not written:
        return []
    if any(True for _ in expressions(written)):
        return [variables.of(key) for key in declared.after]
    texts = [variables.of(key) for key in declared.after]
    for base, count in variables.counted.items():
        variable = variables.entries[base]
        members = [f"{variable}[{index}]" for index in range(count)]
        if count and set(members) <= set(texts):
            texts = [f"*{variable}", *(text for text in texts if text not in members)]
    return texts


def _limit(value: Template, variables: Variables) -> Piece:
    filled = _filled(value, variables)
    return filled if isinstance(filled, Code | str) else f"{filled}s"


def _filled(value: Template, variables: Variables) -> Piece:
    if isinstance(value, Expression):
        return expression(value, variables)
    if isinstance(value, list):
        return [_filled(item, variables) for item in value]
    return value
