"""``host check`` for people."""

from rich.console import Console
from rich.text import Text

from virtwright.cli.hosts import HostReport
from virtwright.cli.render.layout import hanging, pad
from virtwright.cli.render.problems import render_problems
from virtwright.cli.render.text import safe


def print_report(console: Console, report: HostReport) -> None:
    """The host, then its facts, each marked; what to do stands below what is wrong."""
    uri = "" if report.uri == report.name else f"  {report.uri}"
    console.print(Text.assemble(safe(report.name, "bold"), safe(uri, "dim")), soft_wrap=True)
    width = max((safe(fact.name).cell_len for fact in report.facts), default=0)
    for fact in report.facts:
        mark = Text("  ✓ ", "green") if fact.ok else Text("  ✗ ", "bold red")
        prefix = Text.assemble(mark, pad(safe(fact.name), width), "  ")
        for line in hanging(console, prefix, safe(fact.value, "" if fact.ok else "red")):
            console.print(line, soft_wrap=True)
        for words in (fact.hint or "").split("\n") if not fact.ok else ():
            console.print(Text.assemble("      ", safe(words)), soft_wrap=True)
    if report.problems:
        console.print(render_problems(report.problems), soft_wrap=True)
