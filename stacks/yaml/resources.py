"""From the entries of a stack file to declared resources."""

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from pathlib import Path as FilePath
from typing import Final, TypeAlias

from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.exposure import HINT, MESSAGE, exposed
from virtwright.schemas.host import Host
from virtwright.schemas.kinds import SECTIONS
from virtwright.schemas.model import Model, to_properties
from virtwright.schemas.options import Options
from virtwright.schemas.urn import HOST_TYPE, Urn, type_token
from virtwright.schemas.values import (
    Path,
    Unknown,
    Value,
    has_unknown,
    mark_secrets,
    render_path,
    reveal,
    secret_paths,
    walk,
)
from virtwright.stacks.base import HOST_KIND, StackName
from virtwright.stacks.yaml.allowance import Allowance, EvaluationError, TooMuchError, weight
from virtwright.stacks.yaml.check import Place, Shape, check_model, shape
from virtwright.stacks.yaml.declared import Declared, Link
from virtwright.stacks.yaml.evaluate import Template, evaluate, expressions, references
from virtwright.stacks.yaml.expressions import CONFIG, HOSTS, INDEX, Expression, Key
from virtwright.stacks.yaml.files import FileProblem, Texts, file_fields, settle_files
from virtwright.stacks.yaml.links import check_ignored, find_dependencies, find_host, find_links
from virtwright.stacks.yaml.names import Names
from virtwright.stacks.yaml.nodes import Node, Position
from virtwright.stacks.yaml.outline import Outline
from virtwright.stacks.yaml.problems import Problems
from virtwright.stacks.yaml.scope import Scope
from virtwright.stacks.yaml.template import to_template
from virtwright.trust import TRUSTED, Trust

OPTIONS: Final = frozenset(Options.model_fields)
Holes: TypeAlias = tuple[tuple[Path, Expression], ...]


@dataclass(slots=True)
class Entry:
    """One entry of a section, before ``count`` is written out."""

    key: Key
    node: Node
    template: Template
    dynamic: bool
    """There is an expression in it."""


@dataclass(slots=True)
class Reading:
    """What all entries of one file share while they are read."""

    name: StackName
    file: str
    folder: FilePath
    scope: Scope
    problems: Problems
    trust: Trust = TRUSTED
    texts: Texts = field(default_factory=Texts)
    """The files that were read, with their content."""
    allowance: Allowance = field(default_factory=Allowance)

    def urn(self, key: Key) -> Urn:
        section, name = key
        token = HOST_TYPE if section == HOSTS else type_token(SECTIONS[section].name)
        return Urn(self.name.stack, self.name.project, token, name)

    def tell(self, error: EvaluationError, path: str) -> None:
        """Raises ``InputError`` where that is the end."""
        self.problems.add(str(error), error.at, path)
        if isinstance(error, TooMuchError):
            self.problems.check()


def read_entries(outline: Outline, problems: Problems) -> list[Entry]:
    """Every host and resource of the file, as templates."""
    return [
        Entry((section, name), node, *to_template(node, problems, (section, name)))
        for section in (HOSTS, *SECTIONS)
        for name, node in outline.sections[section].items()
    ]


def read_counts(entries: list[Entry], config: Mapping[str, Value], problems: Problems) -> dict[Key, int]:
    """The ``count`` of each entry that has one. Where it is no number it is taken as 1, and the check of the entry itself
    says what is wrong."""
    scope = Scope(config, Names())
    counts: dict[Key, int] = {}
    for entry in entries:
        written = entry.template.get("count")
        if written is None or entry.key[0] == HOSTS:
            continue
        if wrong := next((each for each in references(written) if each.section != CONFIG), None):
            problems.add("count may use ${config...} only", wrong.at, render_path((*entry.key, "count")))
        try:
            value = reveal(evaluate(written, scope.lookup(None), Allowance()))
        except EvaluationError:
            value = None
        counts[entry.key] = value if _is_count(value) else 1
    return counts


def _is_count(value: Value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 10_000


def declare(entry: Entry, reading: Reading) -> Iterator[Declared]:
    """The resources of one entry. What is wrong goes to the problems of ``reading``."""
    uses = _check_references(entry, reading)
    varies = entry.dynamic and any(each.section == INDEX for each in references(entry.template))
    first: Declared | None = None
    size, literal = 0, weight(entry.template)
    instances = reading.scope.names.instances(entry.key)
    if not instances:
        _declare(entry, entry.key, 0, uses, reading)  # count is 0: checked all the same
    for key, index in instances:
        before = reading.allowance.taken
        _take(size or literal, entry, reading)
        if first and not varies:
            yield _sibling(first, key, index, reading)
        elif made := _declare(entry, key, index, uses, reading):
            first, size = made, 0 if varies else reading.allowance.taken - before
            yield made


def _take(size: int, entry: Entry, reading: Reading) -> None:
    try:
        reading.allowance.take(size, entry.node.at)
    except EvaluationError as error:
        reading.tell(error, render_path(entry.key))


def _check_references(entry: Entry, reading: Reading) -> dict[Key, Position]:
    if not entry.dynamic:
        return {}
    counted = entry.key in reading.scope.names.counted
    uses: dict[Key, Position] = {}
    for field_name, template in entry.template.items():
        path = (*entry.key, field_name)
        found = reading.scope.check(template, path, reading.problems, counted=counted)
        if found and field_name in OPTIONS and entry.key[0] != HOSTS:
            hint = "only ${config...} and ${index} are known before the run"
            reading.problems.add(
                f"{field_name} can't depend on a resource", next(iter(found.values())), render_path(path), hint
            )
        uses.update(found)
    return uses


def _declare(entry: Entry, key: Key, index: int | None, uses: dict[Key, Position], reading: Reading) -> Declared | None:
    place = Place(reading.file, entry.key, entry.node)
    problems = reading.problems
    values = entry.template
    if entry.dynamic:
        try:
            values = evaluate(values, reading.scope.lookup(index), reading.allowance)
        except EvaluationError as error:
            reading.tell(error, place.path())
            return None
        place = replace(place, secrets=secret_paths(values))
    is_host = key[0] == HOSTS
    model: type[Model] = Host if is_host else SECTIONS[key[0]].inputs
    checked = check_model(Host if is_host else SECTIONS[key[0]].entry, values, place, problems, partial=True)
    if checked is None:
        return None
    options = _known_options(checked)
    formed = _with_files(shape(checked, values, frozenset() if is_host else OPTIONS), model, place, reading)
    for path in exposed(model, formed.secrets):
        problems.add(MESSAGE, place.node.position(path), place.path(path), HINT)
    links = find_links(model, formed.plain, reading.scope.names, place, problems)
    holes, template = _open_places(entry, formed, model) if uses else ((), None)
    _check_file_holes(holes, model, place, problems)
    check_ignored(options, model, place, problems)
    linked = {link.target: place.node.position(link.path) for link in links}
    return Declared(
        key=key,
        kind=HOST_KIND if is_host else SECTIONS[key[0]].name,
        urn=reading.urn(key),
        model=model,
        place=place,
        folder=reading.folder,
        shape=formed,
        holes=holes,
        template=template,
        index=index,
        links=links,
        uses={**uses, **linked},
        after=find_dependencies(options, reading.scope.names, place, problems),
        host=None if is_host else find_host(options, reading.scope.names, place, problems),
        options=options,
    )


def _known_options(checked: Model) -> Options:
    """The options that were given; without what is wrong or not known, which is told elsewhere."""
    given = OPTIONS & checked.model_fields_set
    values = {name: getattr(checked, name) for name in given}
    return Options.model_construct(**{name: value for name, value in values.items() if _is_known(value)})


def _is_known(value: Value) -> bool:
    return not has_unknown(to_properties(value) if isinstance(value, Model) else value)


def _open_places(entry: Entry, formed: Shape, model: type[Model]) -> tuple[Holes, Template | None]:
    """What is filled in during the run; and the whole template, where that alone doesn't give the inputs."""
    options = OPTIONS if entry.key[0] != HOSTS else frozenset()
    template = {name: value for name, value in entry.template.items() if name not in options}
    holes = tuple(
        (path, each)
        for path, each in expressions(template)
        if any(reference.section not in (CONFIG, INDEX) for reference in each.references)
    )
    unknown = {path for path, leaf in walk(formed.plain) if isinstance(leaf, Unknown)}
    paths = {path for path, _ in holes}
    is_file = any(field.matches(path) for field in file_fields(model) for path in paths)
    return holes, None if unknown == paths and not is_file else template


def _check_file_holes(holes: Holes, model: type[Model], place: Place, problems: Problems) -> None:
    for path, expression in holes:
        if any(each.mark == "content" and each.matches(path) for each in file_fields(model)):
            message = "the name of a file that is read with the stack can't depend on a resource"
            problems.add(message, expression.at, place.path(path), "give the text itself, as content")


def _sibling(first: Declared, key: Key, index: int | None, reading: Reading) -> Declared:
    """Another of a counted entry whose inputs are all the same."""
    return replace(first, key=key, urn=reading.urn(key), index=index)


def _with_files(formed: Shape, model: type[Model], place: Place, reading: Reading) -> Shape:
    try:
        settled = settle_files(model, formed, reading.folder, reading.texts, reading.trust)
    except FileProblem as error:
        message = "names a file that can't be read" if place.hides(error.path) else str(error)
        reading.problems.add(message, place.node.position(error.path), place.path(error.path), error.hint)
        return formed
    if settled is not formed:
        check_model(model, mark_secrets(settled.plain, settled.secrets), place, reading.problems)
    return settled


def check_hosts_agree(declared: Mapping[Key, Declared], problems: Problems) -> None:
    """What an entry names as its own (its network, volume, image) must live where it lives itself."""
    for each in declared.values():
        if each.kind == "Service":
            continue  # its copies may be spread over several hosts
        for link in each.links:
            _check_link_host(each, link, declared, problems)


def _check_link_host(each: Declared, link: Link, declared: Mapping[Key, Declared], problems: Problems) -> None:
    target = declared.get(link.target)
    if target is None or each.host is None or target.host is None or target.host == each.host:
        return
    message = f"{'.'.join(link.target)} is on the host {target.host[1]}, but {'.'.join(each.key)} on {each.host[1]}"
    hint = f"put both on one host: host: {target.host[1]}"
    problems.add(message, each.place.node.position(link.path), each.place.path(link.path), hint)
