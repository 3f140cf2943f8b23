"""The fields of a step: what was, what will be, in units people use."""

import difflib
from collections.abc import Iterator, Mapping, Sequence

from rich.console import Console
from rich.text import Text

from virtwright.cli.render.layout import hanging, pad
from virtwright.cli.render.text import escape_line, safe, shorten
from virtwright.cli.render.words import IMPACT_STYLES
from virtwright.engine.masking import HASH, SIZE
from virtwright.engine.step import Op, Step
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.diff import Change, Impact
from virtwright.schemas.display import describe_output, describe_value
from virtwright.schemas.quantities import format_size
from virtwright.schemas.text import named
from virtwright.schemas.values import Secret, Unknown, Value, render_path

_WIDEST_NAME = 30
_LONGEST_VALUE = 300
_MOST_LINES = 20
_SHOWN_HASH = 8


@dataclass(slots=True)
class Extent:
    """How much of long values is shown."""

    whole: bool = False
    cut: bool = False
    """Whether something was left out until now."""

    def value(self, kind: str, path: tuple[str | int, ...], value: Value) -> str:
        full = escape_line(describe_value(kind, path, value, whole=True))
        return full if self.whole else self._noted(escape_line(describe_value(kind, path, value)), full)

    def output(self, value: Value) -> str:
        """One of the stack's own outputs."""
        return "(none)" if value is None else self.line(describe_output(value))

    def line(self, text: str) -> str:
        full = escape_line(text)
        return full if self.whole else self._noted(full, full)

    def lines(self, lines: Sequence[str]) -> Sequence[str]:
        shown = lines if self.whole else lines[:_MOST_LINES]
        self.cut |= len(shown) < len(lines)
        return shown

    def _noted(self, text: str, full: str) -> str:
        text = shorten(text, _LONGEST_VALUE)
        self.cut |= text != full
        return text


def field_lines(console: Console, step: Step, margin: Text, extent: Extent) -> Iterator[Text]:
    """One line for each changed field (or a text diff), below ``margin``."""
    changes = [change for change in step.changes if not _empty(change.prior) or not _empty(change.goal)]
    widest = min(_WIDEST_NAME, max(0, console.width // 2 - margin.cell_len))
    width = min(widest, max((len(field_name(change)) for change in changes), default=0))
    for change in changes:
        name = pad(safe(field_name(change)), width)
        if _is_diff(change, extent):
            yield Text.assemble(margin, name, "  ", _cost(step, change))
            for line in _text_diff(change, extent):
                yield from hanging(console, Text.assemble(margin, "  "), line, rest=margin)
        else:
            body = Text.assemble(change_text(step.kind, change, extent), _cost(step, change))
            yield from hanging(console, Text.assemble(margin, name, "  "), body, rest=margin)


def field_name(change: Change) -> str:
    """As ``Change.field``. Names that the stack chose stand in quotes where they could be taken for more."""
    return render_path(tuple(part if isinstance(part, int) else named(part) for part in change.path))


def _empty(value: Value) -> bool:
    return value is None or value == [] or value == {}


def change_text(kind: str, change: Change, extent: Extent) -> Text:
    """``64MiB → 128MiB``; one value alone where there was none before. What was read from a file says which."""
    if change.source is None:
        return _values_text(kind, change, extent)
    return Text.assemble(_values_text(kind, change, extent), ("  from ", "dim"), safe(named(change.source)))


def _values_text(kind: str, change: Change, extent: Extent) -> Text:
    def said(value: Value, style: str) -> Text:
        return _value_text(kind, change.path, value, style, extent)

    if _empty(change.prior):
        return said(change.goal, "green")
    if _empty(change.goal):
        return Text.assemble(said(change.prior, "red"), (" → ", "dim"), ("(none)", "dim"))
    return Text.assemble(said(change.prior, "red"), (" → ", "dim"), said(change.goal, "green"))


def _value_text(kind: str, path: tuple[str | int, ...], value: Value, style: str, extent: Extent) -> Text:
    """One value in the units of its field. Secrets and what is not known yet are said in words."""
    if isinstance(value, Secret | Unknown):
        return Text(_hidden(value), style="italic")
    return Text(extent.value(kind, path, value), style=style)


def _hidden(value: Secret | Unknown) -> str:
    """Of a file's content, how large it is, and what tells it from another: ``[secret, 1.2KiB, #3fa9c1d2]``."""
    content = value.value if isinstance(value, Secret) else None
    if not isinstance(content, Mapping) or content.keys() != {SIZE, HASH}:
        return repr(value)
    return f"[secret, {format_size(content[SIZE])}, #{content[HASH][:_SHOWN_HASH]}]"


def _cost(step: Step, change: Change) -> Text:
    """The impact of one field, said where the step's own line does not say it already."""
    if step.op is Op.CREATE or change.impact is Impact.NONE or len(step.changes) == 1:
        return Text()
    return Text(f"  {change.impact.label}", IMPACT_STYLES[change.impact])


def _is_diff(change: Change, extent: Extent) -> bool:
    """A text that was not there before, or goes, is one too where it is to be seen whole."""
    long = _is_long_text(change.prior), _is_long_text(change.goal)
    return all(long) or (extent.whole and any(long) and (_empty(change.prior) or _empty(change.goal)))


def _is_long_text(value: Value) -> bool:
    return isinstance(value, str) and "\n" in value.rstrip("\n")


def _lines(value: Value) -> list[str]:
    return value.removesuffix("\n").split("\n") if isinstance(value, str) else []


def _text_diff(change: Change, extent: Extent) -> Iterator[Text]:
    old, new = (_lines(value) for value in (change.prior, change.goal))
    lines = list(difflib.unified_diff(old, new, n=1, lineterm=""))[2:]
    shown = [line for line in lines if not line.startswith("@@")]
    styles = {"+": "green", "-": "red"}
    told = extent.lines(shown)
    for line in told:
        yield Text(extent.line(line), styles.get(line[:1], "dim"))
    if len(shown) > len(told):
        yield Text(f"... {len(shown) - len(told)} more lines", "dim")
