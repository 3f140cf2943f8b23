"""What ``convert`` tells: each key that did not become part of the stack as it was, and what to do."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.text import Text

from virtwright.cli.render.text import safe, safe_block
from virtwright.stacks.compose.convert.ledger import Finding
from virtwright.stacks.compose.convert.whole import Converted

_LABELS: Final = {
    "lost": ("not converted", "bold red"),
    "changed": ("differs", "bold yellow"),
    "note": ("note", "cyan"),
}


def render_findings(findings: Sequence[Finding]) -> Text:
    """One block for each, those that matter most first."""
    ranked = sorted(findings, key=lambda each: list(_LABELS).index(each.weight))
    return Text("\n").join(_finding(each) for each in ranked)


def _finding(finding: Finding) -> Text:
    label, style = _LABELS[finding.weight]
    where = finding.where
    file = os.path.relpath(where.file) if where.file else ""
    place = ":".join(str(part) for part in (file, where.line, where.column) if part)
    lines = [Text.assemble((f"{label}: ", style), safe(where.path or "", "bold"), safe(f"  {place}", "dim"))]
    lines.append(Text.assemble("  ", safe_block(finding.means)))
    for number, line in enumerate((finding.instead or "").split("\n")):
        indented = line.startswith("    ")
        lines.append(
            safe(f"  {line}", "bold") if indented else Text.assemble("  -> " if number == 0 else "     ", safe(line))
        )
    return Text("\n").join(lines)


def render_outcome(
    converted: Converted, written: Path | None, beside: Path | None, missing: Sequence[str], *, failed: bool
) -> Text:
    """What was written, and what to do next."""
    count = len(converted.lost)
    keys = f"{count} {'key was' if count == 1 else 'keys were'} not converted"
    lines = [Text(f"{keys}, and --strict allows none: nothing was written." if failed else f"{keys}.")]
    if written is not None:
        lines.append(
            Text.assemble("Wrote ", safe(written), "." if beside is None else ", and its secrets, encrypted, to ")
        )
        if beside is not None:
            lines[-1].append_text(safe(f"{beside}."))
        lines += [Text("See what it would do:"), safe(f"    virtwright plan {written}")]
    if missing:
        lines.append(Text("Its secrets are not printed; give each to the stack:"))
        lines += [safe(f"    virtwright config set --secret {name} VALUE") for name in missing]
    return Text("\n").join(lines)
