"""References of a YAML stack as Python expressions."""

import builtins
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Final

from virtwright.codegen.forms import Choice, Field, Form, Object, Scalar, fields_of
from virtwright.codegen.vocabulary import output_fields
from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.declarations import ConfigType
from virtwright.schemas.host import Host
from virtwright.schemas.kinds import SECTIONS
from virtwright.schemas.model import Model
from virtwright.schemas.values import Path
from virtwright.stacks.yaml.expressions import CONFIG, HOSTS, INDEX, Expression, Key, Reference
from virtwright.stacks.yaml.to_python.code import Code, identifier, in_lines, in_quotes, lines_of, literal

_TAKEN: Final = frozenset({"vw", "pulumi", "config", "cast", "Any", "Path", "HERE", "index", *dir(builtins)})
_TYPES: Final[Mapping[ConfigType, frozenset[type]]] = {
    "string": frozenset({str}),
    "integer": frozenset({int}),
    "number": frozenset({float}),
    "boolean": frozenset({bool}),
    "list": frozenset(),
    "map": frozenset(),
}


@dataclass(slots=True)
class Variables:
    """The variable of each resource and configuration key."""

    entries: dict[Key, str] = field(default_factory=dict)
    config: dict[str, tuple[str, ConfigType, bool]] = field(default_factory=dict)
    """Variable, type, and whether it is secret."""
    counted: Mapping[Key, int] = field(default_factory=dict)
    _used: set[str] = field(default_factory=set)

    def add(self, key: Key) -> None:
        section, name = key
        self.entries[key] = self.new(name, section.removesuffix("s"))

    def add_config(self, name: str, type_: ConfigType, *, secret: bool) -> None:
        self.config[name] = (self.new(name, "setting"), type_, secret)

    def new(self, name: str, kind: str) -> str:
        """A variable that nothing else has, called as ``name`` where that is free."""
        plain = identifier(name)
        choices = (plain, f"{plain}_{kind}", *(f"{plain}_{kind}_{number}" for number in range(2, 1000)))
        chosen = next(each for each in choices if each not in self._used and each not in _TAKEN)
        self._used.add(chosen)
        return chosen

    def of(self, key: Key) -> str:
        """The expression for one resource, also one of a counted entry."""
        if key in self.entries and key not in self.counted:
            return self.entries[key]
        section, name = key
        base, _, number = name.rpartition("-")
        return f"{self.entries[(section, base)]}[{int(number)}]"


def reference(found: Reference, variables: Variables) -> Code:
    """The value of one ``${...}``."""
    if found.section == INDEX:
        return Code("index", frozenset({int}))
    if found.section == CONFIG:
        return _config(found, variables)
    base = variables.of(found.key)
    first, *rest = found.attribute
    text = f"{base}.{first}" + "".join(f"[{literal(part)}]" for part in rest)
    if first == "id":
        return Code(text, frozenset({str}), is_output=True)
    types, nullable = _attribute(Host if found.section == HOSTS else SECTIONS[found.section].inputs, found.attribute)
    return Code(text, types, is_output=True, nullable=nullable)


def _config(found: Reference, variables: Variables) -> Code:
    variable, type_, secret = variables.config[found.name]
    steps = "".join(f"[{literal(part)}]" for part in found.attribute)
    if not steps:
        return Code(variable, _TYPES[type_], is_output=secret)
    text = f"{variable}.apply(lambda value: value{steps})" if secret else f"{variable}{steps}"
    return Code(text, is_output=secret)


def _attribute(model: type[Model], path: Path) -> tuple[frozenset[type], bool]:
    fields = {each.name: each for each in output_fields(model)}
    if model is Host:
        fields["name"] = fields["uri"]
    found: Field | None = fields.get(str(path[0]))
    for part in path[1:]:
        form = found.output if found else None
        inside = {each.name: each for each in fields_of(form.model)} if isinstance(form, Object) else {}
        found = inside.get(str(part))
    if found is None or len(path) > 1:
        return frozenset(), False
    return _scalars(found.output), found.nullable


def _scalars(form: Form) -> frozenset[type]:
    if isinstance(form, Scalar):
        return frozenset({form.type})
    return frozenset({str}) if isinstance(form, Choice) else frozenset()


def expression(found: Expression, variables: Variables) -> Code:
    """The value of a text with references in it."""
    if found.whole:
        (only,) = found.references
        return reference(only, variables)
    parts = [part if isinstance(part, str) else reference(part, variables) for part in found.parts]
    if any(isinstance(part, Code) and part.is_output for part in parts):
        joined = [_joined(part) for part in parts]
        broken = in_lines("pulumi.Output.concat(", [f"{part}," for part in joined])
        return Code(f"pulumi.Output.concat({', '.join(joined)})", frozenset({str}), is_output=True, broken=broken)
    return Code(_text(parts), frozenset({str}), broken=in_lines("(", [_text(line) for line in _in_lines(parts)]))


def _in_lines(parts: Sequence[str | Code]) -> list[list[str | Code]]:
    """The parts of each line of the text that they are together."""
    lines: list[list[str | Code]] = [[]]
    for part in parts:
        for piece in lines_of(part) if isinstance(part, str) else [part]:
            lines[-1].append(piece)
            if isinstance(piece, str) and piece.endswith("\n"):
                lines.append([])
    return [line for line in lines if line]


def _text(parts: Sequence[str | Code]) -> str:
    if all(isinstance(part, str) for part in parts):
        return literal("".join(map(str, parts)))
    return 'f"' + "".join(map(_in_text, parts)) + '"'


def settled(code: Code) -> str:
    """An output that must be set."""
    return f"vw.known({code.text})" if code.nullable else code.text


def _joined(part: str | Code) -> str:
    if isinstance(part, str):
        return literal(part)
    if part.types == {str}:
        return settled(part)
    return f"vw.text({settled(part)})" if part.is_output or part.types != {int} else f"str({part.text})"


def _in_text(part: str | Code) -> str:
    if isinstance(part, str):
        return in_quotes(part).replace("{", "{{").replace("}", "}}")
    inner = part.text if part.types and part.types <= {str, int} else f"vw.text({part.text})"
    return "{" + inner.replace('"', "'") + "}"
