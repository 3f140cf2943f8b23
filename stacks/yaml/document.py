"""From the text of a stack file to its program, with everything that is wrong told in one go."""

import hashlib
import json
import os.path
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path as FilePath

from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.declarations import ConfigDeclaration
from virtwright.stacks.base import StackName
from virtwright.stacks.config import Configuration, Declarations, DeclaredValue
from virtwright.stacks.yaml.addresses import check_addresses
from virtwright.stacks.yaml.allowance import EvaluationError
from virtwright.stacks.yaml.check import Place, check_model
from virtwright.stacks.yaml.compose import compose
from virtwright.stacks.yaml.declared import Declared
from virtwright.stacks.yaml.evaluate import Template, evaluate
from virtwright.stacks.yaml.expressions import CONFIG, Key, address
from virtwright.stacks.yaml.graph import find_cycle
from virtwright.stacks.yaml.moved import read_moved
from virtwright.stacks.yaml.names import read_names
from virtwright.stacks.yaml.outline import Outline, read_outline
from virtwright.stacks.yaml.ports import check_ports
from virtwright.stacks.yaml.problems import Problems
from virtwright.stacks.yaml.program import YamlProgram
from virtwright.stacks.yaml.resources import Entry, Reading, check_hosts_agree, declare, read_counts, read_entries
from virtwright.stacks.yaml.scope import Scope
from virtwright.stacks.yaml.template import literal, to_template
from virtwright.trust import TRUSTED, Trust

Configure = Callable[[StackName, Declarations], Configuration]
"""Gives the configuration its values."""


def read_declarations(text: str, file: FilePath) -> tuple[str, Declarations]:
    """The project's name and its configuration keys, for commands that need no more. Raises ``InputError``."""
    problems = Problems(str(file))
    outline = read_outline(compose(text, problems), problems)
    declarations = _declarations(outline, problems)
    problems.check()
    return outline.project, declarations


@dataclass(frozen=True, slots=True)
class Document:
    """A whole stack file, read and checked."""

    name: StackName
    declarations: Declarations
    entries: Sequence[Entry]
    """As they are written, before ``count`` is written out."""
    counted: Mapping[Key, int]
    declared: Mapping[Key, Declared]
    outputs: Mapping[str, Template]
    program: YamlProgram


def read_program(
    text: str, file: FilePath, stack: str | None, configure: Configure, trust: Trust = TRUSTED
) -> YamlProgram:
    """Read and check a whole stack file. ``stack`` is the environment; by default it is called as the project.

    Raises ``InputError`` with every problem found.
    """
    return read_document(text, file, stack, configure, trust).program


def read_document(
    text: str, file: FilePath, stack: str | None, configure: Configure, trust: Trust = TRUSTED
) -> Document:
    """As ``read_program``, with all that the program was made of."""
    problems = Problems(str(file))
    outline = read_outline(compose(text, problems), problems)
    name = StackName(outline.project, stack or outline.project)
    declarations = _declarations(outline, problems)
    configuration = configure(name, declarations)
    problems.extend(configuration.problems)
    entries = read_entries(outline, problems)
    counts = read_counts(entries, configuration.values, problems)
    scope = Scope(configuration.values, read_names(outline, counts, problems))
    reading = Reading(name, str(file), file.absolute().parent, scope, problems, trust)
    declared = {each.key: each for entry in entries for each in declare(entry, reading)}
    outputs = _outputs(outline, reading)
    declared = _with_aliases(outline, declared, reading)
    _check_whole(outline, declared, problems)
    problems.check()
    digest = partial(_digest, text, name, configuration, reading)
    program = YamlProgram(name, digest, declared, outputs, configuration.values, trust)
    return Document(name, declarations, entries, scope.names.counted, declared, outputs, program)


def _declarations(outline: Outline, problems: Problems) -> Declarations:
    declarations: dict[str, DeclaredValue] = {}
    for name, node in outline.sections[CONFIG].items():
        place = Place(problems.file, (CONFIG, name), node)
        checked = check_model(ConfigDeclaration, literal(node, problems, place.base), place, problems)
        # A wrong declaration still declares its name, so that its uses are not reported as well.
        declarations[name] = DeclaredValue(checked, place.where(()))
    return declarations


def _outputs(outline: Outline, reading: Reading) -> dict[str, Template]:
    outputs, scope, problems = {}, reading.scope, reading.problems
    for name, node in outline.sections["outputs"].items():
        template, dynamic = to_template(node, problems, ("outputs", name))
        outputs[name] = template
        if dynamic:
            scope.check(template, ("outputs", name), problems, counted=False)
            try:
                evaluate(template, scope.lookup(None), reading.allowance)
            except EvaluationError as error:
                reading.tell(error, f"outputs.{name}")
    return outputs


def _with_aliases(outline: Outline, declared: dict[Key, Declared], reading: Reading) -> dict[Key, Declared]:
    node = outline.root.find(("moved",))
    if node is outline.root:
        return declared
    for key, before in read_moved(node, reading.scope.names, reading.file, reading.problems).items():
        if key in declared:
            aliases = frozenset(reading.urn(each) for each in before)
            declared[key] = replace(declared[key], aliases=aliases)
    return declared


def _check_whole(outline: Outline, declared: Mapping[Key, Declared], problems: Problems) -> None:
    """What can only be seen with all entries in view: hosts and cycles."""
    check_hosts_agree(declared, problems)
    check_addresses(declared, problems)
    check_ports(declared, problems)
    homeless = next((each for each in declared.values() if each.host is None and each.kind != "Host"), None)
    if homeless and not outline.sections["hosts"]:
        hint = 'say where to make them, as\n    hosts:\n      here: {uri: "namespace:///"}'
        problems.add("the stack has resources but no host", outline.root.at, "hosts", hint)
    cycle = find_cycle({key: each.needs for key, each in declared.items()})
    if cycle:
        steps = [
            f"{address(source)} needs {address(target)}: line {declared[source].needs[target].line}, "
            f"column {declared[source].needs[target].column}"
            for source, target in pairwise(cycle)
        ]
        at = declared[cycle[0]].needs[cycle[1]]
        shown = " -> ".join(address(key) for key in cycle)
        problems.add(f"a cycle: {shown}", at, address(cycle[0]), "\n".join(steps))


def _digest(text: str, name: StackName, configuration: Configuration, reading: Reading) -> str:
    """The same in every checkout."""
    files = sorted(
        (os.path.relpath(file, reading.folder), hashlib.sha256(content.encode()).hexdigest())
        for file, content in reading.texts.items()
    )
    parts = [text, str(name), configuration.hash(), files]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
