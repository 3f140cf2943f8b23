"""From the text of a YAML file to its nodes, within limits that hold off alias bombs, deep and huge files.

The parser is ruamel.yaml's (C where it is there); nothing in a file can make it call or import anything, since it gives
events only and every tag beyond YAML's own plain types is refused here.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import field
from typing import Any, Final

from virtwright.errors import InputError, Problem, Where
from virtwright.lazy_dataclasses import dataclass
from virtwright.stacks.yaml.nodes import START, Node, Position, Scalar
from virtwright.stacks.yaml.problems import Problems
from virtwright.stacks.yaml.scalars import is_collection_tag, resolve, resolve_tagged, short_tag

MOST_NODES: Final = 1_000_000
"""Values in one file, with every alias written out."""
MOST_TEXT: Final = 64 * 1024**2
"""Characters of text in one file, with every alias written out."""
MOST_LEVELS: Final = 64
"""Levels of nesting, with every alias written out."""
MERGE_KEY: Final = "<<"
_YAML_LINE_BREAK: Final = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
"""What the parser counts as the end of a line (YAML 1.1, 5.4)."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """What differs between kinds of files that are written in YAML."""

    resolve: Callable[[str], Scalar] = resolve
    """What a plain scalar means. Raises ``ValueError``."""
    tags: frozenset[str] = frozenset()
    """Tags of its own; they are kept in ``Node.tag``."""
    empty_hint: str = "a stack begins with its name:\n    stack: shop"
    """What to do about an empty file."""
    kind: str = "a stack"
    """What such a file is, for messages."""
    pure: bool = False
    """Read by the parser in Python, which knows more of YAML 1.2: ``[data:/var/lib]`` is a list of one text."""


STACK: Final = Dialect()


def compose(text: str, problems: Problems, dialect: Dialect = STACK) -> Node:
    """The root node. What can be read in spite of a problem is read, and the problem added to ``problems``.

    Raises ``InputError`` where the text is no YAML, goes beyond a limit or is empty.
    """
    root = _Composer(problems, dialect).run(_events(text, problems.file, pure=dialect.pure))
    if root is None:
        problems.add("the file is empty", START, hint=dialect.empty_hint)
        problems.check()
    assert root is not None
    return root


@dataclass(slots=True)
class _Open:
    """A collection whose end has not come yet."""

    at: Position
    anchor: str | None
    mapping: dict[str, Node] | None = None
    """None for a sequence."""
    items: list[Node] = field(default_factory=list)
    keys: dict[str, Position] = field(default_factory=dict)
    merged: list[Node] = field(default_factory=list)
    key: str | None = None
    """The key whose value comes next."""
    key_at: Position = START
    skip: bool = False
    """The key was refused, so its value is dropped."""
    expects_value: bool = False
    size: int = 1
    length: int = 0
    height: int = 0
    tag: str | None = None


class _Composer:
    def __init__(self, problems: Problems, dialect: Dialect) -> None:
        self._problems = problems
        self._dialect = dialect
        self._open: list[_Open] = []
        self._anchors: dict[str, Node] = {}
        self._root: Node | None = None

    def run(self, events: Iterator[Any]) -> Node | None:
        handlers: dict[str, Callable[[Any], None]] = {
            "ScalarEvent": self._scalar,
            "MappingStartEvent": self._start_map,
            "SequenceStartEvent": self._start_list,
            "MappingEndEvent": self._end,
            "SequenceEndEvent": self._end,
            "AliasEvent": self._alias,
            "DocumentStartEvent": self._document,
        }
        for event in events:
            if handler := handlers.get(type(event).__name__):
                handler(event)
        return self._root

    def _scalar(self, event: Any) -> None:
        mark = event.start_mark
        at = Position(mark.line + 1, mark.column + 1)
        plain_merge = event.value == MERGE_KEY and not event.style and event.tag is None
        value: bool | int | float | str | None = event.value
        own = event.tag if event.tag in self._dialect.tags else None
        try:
            if event.tag is not None and own is None:
                value = resolve_tagged(event.value, event.tag)
            elif not event.style:
                value = self._dialect.resolve(event.value)
        except ValueError as error:
            self._problems.add(str(error), at)
        node = Node(value, at, length=len(event.value), tag=own)
        if event.anchor:
            self._anchors[event.anchor] = node
        self._place(node, plain_merge)

    def _document(self, event: Any) -> None:
        if self._root is not None:
            self._fatal("the file holds more than one document", event, "remove the line '---' and what follows")

    def _start_map(self, event: Any) -> None:
        self._start(event, {}, "map")

    def _start_list(self, event: Any) -> None:
        self._start(event, None, "seq")

    def _start(self, event: Any, mapping: dict[str, Node] | None, kind: str) -> None:
        mark = event.start_mark
        at = Position(mark.line + 1, mark.column + 1)
        if len(self._open) >= MOST_LEVELS:
            self._fatal(f"nested deeper than {MOST_LEVELS} levels", event)
        own = event.tag if event.tag in self._dialect.tags else None
        if event.tag is not None and own is None and not is_collection_tag(event.tag, kind):
            tag = short_tag(event.tag)
            self._problems.add(f"the tag {tag} is not allowed: {self._dialect.kind} holds plain values only", at)
        if event.anchor:
            self._anchors.pop(event.anchor, None)
        self._open.append(_Open(at, event.anchor, mapping, tag=own))

    def _end(self, event: Any) -> None:
        done = self._open.pop()
        if done.mapping is None:
            node = Node(done.items, done.at, {}, done.size, done.length, done.height + 1, done.tag)
        else:
            _merge(done)
            node = Node(done.mapping, done.at, done.keys, done.size, done.length, done.height + 1, done.tag)
        if done.anchor:
            self._anchors[done.anchor] = node
        self._place(node)

    def _alias(self, event: Any) -> None:
        node = self._anchors.get(event.anchor)
        if node is None:
            inside = any(level.anchor == event.anchor for level in self._open)
            what = "stands inside the value it repeats" if inside else "repeats an anchor that is not there"
            self._fatal(f"the alias *{event.anchor} {what}", event)
        else:
            if len(self._open) + node.height > MOST_LEVELS:
                self._fatal(f"nested deeper than {MOST_LEVELS} levels through the alias *{event.anchor}", event)
            self._place(node)

    def _place(self, node: Node, plain_merge: bool = False) -> None:
        if not self._open:
            self._root = node
            return
        level = self._open[-1]
        if level.mapping is None:
            level.items.append(node)
            self._grow(level, node)
        elif not level.expects_value:
            self._key(level, node, plain_merge)
        else:
            level.expects_value = False
            self._grow(level, node)
            if level.key == MERGE_KEY and level.skip:
                self._merge_source(level, node)
            elif not level.skip and level.key is not None:
                level.mapping[level.key] = node
                level.keys[level.key] = level.key_at

    def _grow(self, level: _Open, node: Node) -> None:
        level.size += node.size
        level.length += node.length
        level.height = max(level.height, node.height)
        if level.size > MOST_NODES:
            self._problems.add(f"holds more than {MOST_NODES:,} values, aliases written out", level.at)
            self._problems.check()
        if level.length > MOST_TEXT:
            self._problems.add(f"holds more than {MOST_TEXT // 1024**2} MiB of text, aliases written out", level.at)
            self._problems.check()

    def _key(self, level: _Open, node: Node, plain_merge: bool) -> None:
        level.expects_value, level.skip, level.key, level.key_at = True, True, None, node.at
        self._grow(level, node)
        if plain_merge:
            level.key = MERGE_KEY
        elif not isinstance(node.value, str):
            shown = "a list or map" if isinstance(node.value, list | dict) else _yaml_word(node.value)
            hint = None if isinstance(node.value, list | dict) else f'put it in quotes: "{shown}"'
            self._problems.add(f"a key must be text, not {shown}", node.at, hint=hint)
        elif (first := level.keys.get(node.value)) is not None:
            self._problems.add(f"the key {node.value!r} is given twice; the first one is in line {first.line}", node.at)
        else:
            level.key, level.skip = node.value, False

    def _merge_source(self, level: _Open, node: Node) -> None:
        sources = node.value if isinstance(node.value, list) else [node]
        if all(isinstance(source.value, dict) for source in sources):
            level.merged.extend(sources)
        else:
            self._problems.add("<< takes a map or a list of maps", level.key_at, hint="write <<: *anchor")

    def _fatal(self, message: str, event: Any, hint: str | None = None) -> None:
        mark = event.start_mark
        self._problems.add(message, Position(mark.line + 1, mark.column + 1), hint=hint)
        self._problems.check()


def _merge(done: _Open) -> None:
    """Take over from ``<<`` what the mapping does not say itself; the first source wins."""
    for source in done.merged:
        assert done.mapping is not None and isinstance(source.value, dict)
        for key, node in source.value.items():
            if key not in done.mapping:
                done.mapping[key] = node
                done.keys[key] = source.keys[key]


def _yaml_word(value: object) -> str:
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _events(text: str, file: str, *, pure: bool) -> Iterator[Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        yield from YAML(typ="safe", pure=pure).parse(text)
    except MarkedYAMLError as error:
        raise _syntax_error(error, text, file) from error
    except YAMLError as error:
        raise _character_error(error, text, file) from error


def _syntax_error(error: Any, text: str, file: str) -> InputError:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    message = " ".join(str(part) for part in (error.context, error.problem) if part)
    lines = _YAML_LINE_BREAK.split(text)
    written = lines[line - 1] if line <= len(lines) else ""
    hint = _syntax_hint(message, written, column)
    return InputError([Problem(f"not valid YAML: {message}", Where(file, line, column), hint)])


def _syntax_hint(message: str, written: str, column: int) -> str | None:
    """``column`` is where the line that was ``written`` could not be read on."""
    indent = len(written) - len(written.lstrip())
    if "\t" in written[:indent]:
        return "YAML is indented by spaces; this line begins with a tab"
    if "block mapping" in message and column == indent + 1:
        if written.lstrip().startswith("- "):
            return "this is an item of a list among the keys of a map: indent it as its neighbours are"
        spaces = f"{indent} space{'' if indent == 1 else 's'}"
        return f"indented by {spaces}, it belongs to no entry above: indent it as its neighbours are"
    if "${" in written:
        return 'put a value with ${...} in quotes inside { } and [ ]: "${vms.db.address}"'
    if "unexpected ':'" in message:
        return 'put a value with a colon in quotes inside { } and [ ]: "nginx:1.27"'
    if "mapping values are not allowed" in message:
        return "put a text with a colon in quotes; or this line is indented further than the one before it"
    return None


def _character_error(error: Any, text: str, file: str) -> InputError:
    position = getattr(error, "position", None)
    character = getattr(error, "character", None)
    shown = f" U+{character:04X}" if isinstance(character, int) else ""
    where = Where(file)
    if isinstance(character, int) and (found := text.find(chr(character))) >= 0:
        before = text[:found]
        where = Where(file, before.count("\n") + 1, found - (before.rfind("\n") + 1) + 1)
    elif isinstance(position, int):
        where = Where(file, 1, position)
    return InputError([Problem(f"not valid YAML: the character{shown} is not allowed", where)])
