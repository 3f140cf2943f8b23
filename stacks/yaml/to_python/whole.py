"""A whole YAML stack as a Python one: the program, and the file of its project."""

import os.path
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Final

from virtwright.errors import InputError, Where
from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.declarations import ConfigDeclaration
from virtwright.schemas.kinds import SECTIONS
from virtwright.schemas.values import UNKNOWN, Secret, Value, has_unknown
from virtwright.stacks.base import StackName
from virtwright.stacks.config import Configuration, Declarations
from virtwright.stacks.yaml.declared import Declared
from virtwright.stacks.yaml.document import Document, read_document
from virtwright.stacks.yaml.evaluate import Template
from virtwright.stacks.yaml.expressions import HOSTS, Expression, Key, address
from virtwright.stacks.yaml.resources import Entry
from virtwright.stacks.yaml.source import read_text
from virtwright.stacks.yaml.to_python.code import Code, Piece, call, literal, render
from virtwright.stacks.yaml.to_python.fields import arguments
from virtwright.stacks.yaml.to_python.options import needs_hosts, options
from virtwright.stacks.yaml.to_python.references import Variables, expression, settled
from virtwright.stacks.yaml.to_python.settings import project_text, setting

_HERE: Final = "HERE = Path(__file__).resolve().parent"


@dataclass(frozen=True, slots=True)
class PythonStack:
    """What is to be written."""

    name: str
    program: str
    """``__main__.py``."""
    project: str
    """``Pulumi.yaml``."""


def to_python(file: Path, folder: Path, stack: str | None = None) -> PythonStack:
    """The stack in ``file`` as a program to lie in ``folder``. Configuration is not read: the program asks for it.

    Raises ``InputError`` with every problem of the stack.
    """
    document = read_document(read_text(file), file, stack, _defaults)
    variables = Variables(counted=document.counted)
    for key, each in document.declarations.items():
        assert each.declaration is not None, "a checked stack has no wrong declarations"
        variables.add_config(key, each.declaration.type, secret=each.declaration.secret)
    for entry in document.entries:
        variables.add(entry.key)
    here = _here(file, folder)
    program = _Writer(document, variables, str(file)).text(here)
    return PythonStack(document.name.project, program, project_text(document.name.project, document.declarations))


def _defaults(name: StackName, declarations: Declarations) -> Configuration:
    values: dict[str, Value] = {}
    for key, each in declarations.items():
        declaration = each.declaration or ConfigDeclaration()
        value = UNKNOWN if declaration.default is None else declaration.default
        values[key] = Secret(value) if declaration.secret and value is not UNKNOWN else value
    return Configuration(values, [], lambda: "")


def _here(file: Path, folder: Path) -> str:
    source, target = file.absolute().parent, folder.absolute()
    if source == target:
        return _HERE
    return f"HERE = ({_HERE.removeprefix('HERE = ')} / {literal(os.path.relpath(source, target))}).resolve()"


@dataclass(slots=True)
class _Writer:
    document: Document
    variables: Variables
    file: str
    shared: dict[str, str] = field(default_factory=dict)
    """By the host's variable: the variable of the options that name it and nothing else."""

    def text(self, here: str) -> str:
        body = "\n".join(self._body())
        lines = [f'"""The stack {self.document.name.project}."""', ""]
        lines += ["from pathlib import Path"] if "HERE" in body or "Path(" in body else []
        lines += ["from typing import Any, cast"] if "cast(Any" in body else []
        lines += ["", "import pulumi", "import virtwright as vw", ""]
        lines += [here, ""] if "HERE" in body else []
        return "\n".join(lines).replace('"""\n\n\n', '"""\n\n') + body + "\n"

    def _body(self) -> Iterator[str]:
        yield from self._settings()
        entries = self._ordered()
        hosts = [entry for entry in entries if entry.key[0] == HOSTS]
        resources = [self._resource(entry) for entry in entries if entry.key[0] != HOSTS]
        for entry in hosts:
            yield self._one(entry, self._declared(entry.key))
        if any(needs_hosts(entry.template) for entry in entries):
            named = {name: Code(self.variables.of((HOSTS, name))) for _, name in (entry.key for entry in hosts)}
            yield f"hosts = {render(named, 0, 8)}"
        for host, variable in self.shared.items():
            yield f"{variable} = pulumi.ResourceOptions(provider={host})"
        yield from resources
        if self.document.outputs:
            yield ""
        for name, template in self.document.outputs.items():
            yield f"pulumi.export({literal(name)}, {render(self._output(template), 0, len(name) + 18)})"

    def _settings(self) -> Iterator[str]:
        if self.document.declarations:
            yield "config = pulumi.Config()"
        for key, each in self.document.declarations.items():
            assert each.declaration is not None
            yield f"{self.variables.config[key][0]} = {setting(key, each.declaration)}"
        if self.document.declarations:
            yield ""

    def _resource(self, entry: Entry) -> str:
        if entry.key not in self.document.counted:
            return self._one(entry, self._declared(entry.key))
        section, name = entry.key
        if not self.document.counted[entry.key]:
            raise self._refused(
                entry.key, "its count is 0, so that nothing is known of it", "give the count a default of 1"
            )
        made = self._call(entry, self._declared((section, f"{name}-0")), f'f"{name}-{{index}}"', 4)
        count = entry.template["count"]
        number = settled(expression(count, self.variables)) if isinstance(count, Expression) else literal(count)
        return f"{self.variables.entries[entry.key]} = [\n    {made}\n    for index in range({number})\n]"

    def _one(self, entry: Entry, declared: Declared) -> str:
        variable = self.variables.entries[entry.key]
        return f"{variable} = {self._call(entry, declared, literal(entry.key[1]), 0, len(variable) + 3)}"

    def _call(self, entry: Entry, declared: Declared, name: str, indent: int, used: int = 0) -> str:
        section = entry.key[0]
        words: list[tuple[str, Piece]] = [("", Code(name))]
        sibling = (
            self.document.declared.get((section, f"{entry.key[1]}-1")) if entry.key in self.document.counted else None
        )
        for argument in arguments(entry.template, declared, self.variables, sibling):
            if has_unknown(argument.piece):
                hint = "write the long form, with the reference in a field of its own"
                raise self._refused(entry.key, f"{argument.name} has a reference inside of a short form", hint)
            words.append((argument.name, argument.piece))
        if section != HOSTS:
            words.append(("opts", self._options(entry, declared, indent + 4)))
        return call(f"vw.{'Host' if section == HOSTS else SECTIONS[section].name}", words, indent, used)

    def _options(self, entry: Entry, declared: Declared, indent: int) -> Code:
        chosen = options(entry.template, declared, self.variables)
        if len(chosen) > 1 or needs_hosts(entry.template):
            return Code(call("pulumi.ResourceOptions", chosen, indent, 6))
        host = chosen[0][1].text
        if host not in self.shared:
            self.shared[host] = self.variables.new(f"on_{host}", "options")
        return Code(self.shared[host])

    def _output(self, template: Template) -> Piece:
        if isinstance(template, Expression):
            return expression(template, self.variables)
        if isinstance(template, Mapping):
            return {key: self._output(item) for key, item in template.items()}
        return [self._output(item) for item in template] if isinstance(template, list) else template

    def _declared(self, key: Key) -> Declared:
        return self.document.declared[key]

    def _ordered(self) -> Sequence[Entry]:
        """What is used first, else in the order of the file."""
        left = {entry.key: entry for entry in self.document.entries}
        needs = {key: self._needs(key) - {key} for key in left}
        ordered: list[Entry] = []
        while left:
            ready = next((key for key in left if not needs[key] & left.keys()), None)
            if ready is None:
                raise self._refused(next(iter(left)), "counted entries need each other", "split them")
            ordered.append(left.pop(ready))
        return ordered

    def _needs(self, key: Key) -> set[Key]:
        mine = [key] if key in self.document.declared else []
        if key in self.document.counted:
            mine = [(key[0], f"{key[1]}-{index}") for index in range(self.document.counted[key])]
        return {self._entry(need) for each in mine for need in self.document.declared[each].needs}

    def _entry(self, key: Key) -> Key:
        if key in self.variables.entries and key not in self.document.counted:
            return key
        return key[0], key[1].rpartition("-")[0]

    def _refused(self, key: Key, why: str, hint: str) -> InputError:
        return InputError.one(
            f"{address(key)} can't be converted: {why}", where=Where(self.file, path=address(key)), hint=hint
        )
