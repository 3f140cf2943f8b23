"""A plan as a tree: hosts, steps, fields; what each change costs, and why it is made."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from rich.console import Console
from rich.text import Text

from virtwright.cli.render.fields import Extent, change_text, field_lines, field_name
from virtwright.cli.render.layout import hanging
from virtwright.cli.render.text import safe
from virtwright.cli.render.words import IMPACT_STYLES, IMPACT_WORDS, SIGNS, STYLES, count_words
from virtwright.engine.plan import Plan
from virtwright.engine.selection import address
from virtwright.engine.step import UNCOMPARED, Op, Step
from virtwright.providers.diff import Change, Impact

_MOST_DETAILED = 500
"""Plans with more changes than this show their fields only when asked to be verbose."""


def render_plan(console: Console, plan: Plan, *, verbose: bool = False, refused: bool = False) -> Iterator[Text]:
    """The lines of a plan, wrapped for ``console``. One that was ``refused`` is no plan, and must not be taken for one where the
    errors are not seen beside it."""
    changes, extent = plan.changes, Extent(verbose)
    if changes:
        detailed = verbose or len(changes) <= _MOST_DETAILED
        for host, steps in _by_host(changes).items():
            yield safe(host, "bold")
            for number, step in enumerate(steps, 1):
                yield from _step(console, step, last=number == len(steps), detailed=detailed, extent=extent)
            yield Text()
        if not detailed:
            yield Text("Fields are not shown for so many changes; --verbose shows them.", style="dim")
    yield from _relocations(console, plan)
    yield from _recorded(console, plan, extent)
    yield from _uncompared(console, plan, extent)
    yield from _outside(console, plan)
    if extent.cut:
        yield from hanging(console, Text(), Text("What is cut short (…) is shown whole with --verbose.", "dim"))
    yield from _summary(console, plan, refused=refused)


def _by_host(steps: Sequence[Step]) -> dict[str, list[Step]]:
    groups: dict[str, list[Step]] = {}
    for step in steps:
        groups.setdefault(f"host {step.host}" if step.host else "hosts", []).append(step)
    return groups


def _step(console: Console, step: Step, *, last: bool, detailed: bool, extent: Extent) -> Iterator[Text]:
    guide = "   " if last else "│  "
    yield from hanging(
        console,
        Text.assemble(("└─ " if last else "├─ ", "dim"), (f"{SIGNS[step.op]} ", STYLES[step.op])),
        Text(" ").join(step_words(step)),
        rest=Text(guide, "dim"),
    )
    margin = Text.assemble((guide, "dim"), "    ")
    for reason in reasons(step):
        yield from hanging(console, margin, Text(reason, "italic"), rest=margin)
    if detailed and (step.op is not Op.DELETE or extent.whole):
        yield from field_lines(console, step, margin, extent)


def step_words(step: Step) -> Iterator[Text]:
    """The name of the resource, what is done, and what that costs."""
    yield safe(address(step.urn), "bold")
    yield Text(step.op.value, STYLES[step.op])
    if step.impact is Impact.DATA_LOSS or (step.impact is not Impact.NONE and step.op is not Op.CREATE):
        yield Text(f"{step.impact.label} ({IMPACT_WORDS[step.impact]})", IMPACT_STYLES[step.impact])
    if step.op is Op.REPLACE:
        yield Text("old one first" if step.delete_before_create else "new one first", "dim")


def reasons(step: Step) -> Iterator[str]:
    """Why the step is made, one reason a line."""
    if step.moved_from:
        yield f"was {safe(address(step.moved_from)).plain}"
    if step.drifted:
        yield f"drift: {safe(step.reason or 'the host no longer has it as the last run left it').plain}"
    elif step.reason:
        yield safe(step.reason).plain


def _relocations(console: Console, plan: Plan) -> Iterator[Text]:
    """Hosts that are other ones now, for all that their names tell."""
    if not plan.relocations:
        return
    yield Text("Hosts whose URI changed:", "bold yellow")
    for each in plan.relocations:
        name = Text.assemble("  ", safe(address(each.host)), "  ")
        yield from hanging(console, name, Text.assemble(safe(each.before), (" → ", "dim"), safe(each.now)))
        told = (
            ("made a second time there: ", ", ".join(each.anew)),
            ("stays where it was: ", ", ".join(each.left)),
            ("what is left there is not known: ", each.unknown),
        )
        for words, what in told:
            if what:
                yield from hanging(console, Text(f"    {words}", "dim"), safe(what))
    yield Text()


def _recorded(console: Console, plan: Plan, extent: Extent) -> Iterator[Text]:
    """What no step on a host shows."""
    changes = [(step, change) for step in plan.steps for change in step.recorded]
    if not changes and not plan.output_changes:
        return
    yield Text("Changes in the state alone:", "bold")
    yield from _listed(console, changes, plan.output_changes, extent)


def _uncompared(console: Console, plan: Plan, extent: Extent) -> Iterator[Text]:
    """What may be as before, and may be anything else."""
    changes = [(step, change) for step in plan.steps for change in step.uncompared]
    if changes or plan.output_uncompared:
        yield Text("Not compared, as no secret is decrypted; may change:", "bold yellow")
        yield from _listed(console, changes, plan.output_uncompared, extent)


def _listed(
    console: Console, changes: Iterable[tuple[Step, Change]], outputs: Iterable[Change], extent: Extent
) -> Iterator[Text]:
    for step, change in changes:
        name = Text.assemble("  ", safe(address(step.urn)), " ", safe(field_name(change)), "  ")
        yield from hanging(console, name, change_text(step.kind, change, extent))
    for change in outputs:
        values = [extent.output(value) for value in (change.prior, change.goal)]
        name = Text.assemble("  output ", safe(field_name(change)), "  ")
        yield from hanging(console, name, Text.assemble((values[0], "red"), (" → ", "dim"), (values[1], "green")))
    yield Text()


def _outside(console: Console, plan: Plan) -> Iterator[Text]:
    """What the stack has virtwright read outside of its folder, whether or not that changed."""
    if not plan.outside:
        return
    yield Text("Read outside of the stack's folder:", "bold")
    for file, uses in groupby(plan.outside, lambda each: each.file):
        fields = ", ".join(f"{address(each.urn)} {each.field}" for each in uses)
        yield from hanging(console, Text.assemble("  ", safe(file)), Text.assemble("  ", (safe(fields).plain, "dim")))
    yield Text()


def _summary(console: Console, plan: Plan, *, refused: bool) -> Iterator[Text]:
    summary = Counter(step.result for step in plan.steps)
    if refused:
        head, found = Text("No plan: ", "bold red"), f" Decided until then: {count_words(summary, planned=True)}."
        yield from hanging(console, head, Text(f"it was refused, see the errors.{found if plan.changes else ''}"))
    elif not plan.changes and (summary[UNCOMPARED] or plan.output_uncompared):
        outputs = f", outputs not compared: {count}" if (count := len(plan.output_uncompared)) else ""
        words = f"{count_words(summary, planned=True)}{outputs}."
        yield from hanging(console, Text("No changes are known: ", "bold yellow"), Text(words))
    elif not plan.changes:
        unchanged = summary[Op.SAME.value]
        where = " on the hosts" if plan.output_changes or any(step.recorded for step in plan.steps) else ""
        yield Text(f"No changes{where}: {unchanged} unchanged.", style="bold green")
    else:
        yield from hanging(console, Text("Plan: ", "bold"), Text(f"{count_words(summary, planned=True)}."))
    lost = [step for step in plan.changes if step.impact is Impact.DATA_LOSS]
    if lost:
        names = ", ".join(address(step.urn) for step in lost)
        yield from hanging(console, Text("Data is lost in: ", "bold red"), safe(names))
