"""A resource's record for people."""

from collections.abc import Iterator
from datetime import UTC, datetime

from rich.text import Text

from virtwright.cli.render.outputs import property_lines, shown
from virtwright.cli.render.text import safe
from virtwright.engine.selection import address
from virtwright.engine.state.records import FinishedOperation, ResourceRecord


def record_lines(record: ResourceRecord, last: FinishedOperation | None, *, secrets: bool) -> Iterator[Text]:
    """What ``show`` prints."""
    yield Text.assemble(safe(address(record.urn), "bold"), "  ", (record.kind, "dim"))
    facts = {
        "urn": str(record.urn),
        "id": record.id,
        "host": record.host.name if record.host else None,
        "needs": ", ".join(sorted(address(urn) for urn in record.dependencies)) or None,
        "protected": "yes" if record.protect else None,
        "kept when it leaves the stack": "yes" if record.retain_on_delete else None,
        "created": record.created,
        "last change": f"{last.op} {last.outcome}, {last.finished}, run {last.run}" if last else record.modified,
    }
    yield from property_lines(facts)
    for title, values in (("inputs", record.inputs), ("outputs", record.outputs)):
        if values:
            yield Text()
            yield Text(title, "bold")
            yield from property_lines(shown(values, secrets=secrets), margin="  ")


def moment(time: str) -> str:
    """A recorded time to the second, in UTC as it was recorded. Text that is no time stays as it is."""
    try:
        return datetime.fromisoformat(time).strftime("%Y-%m-%d %H:%M:%S")
    except ValueError:
        return time


def age(created: str, now: datetime | None = None) -> str:
    """How long ago, in one unit: ``45s``, ``12m``, ``5h``, ``3d``. Empty where it is not known."""
    try:
        then = datetime.fromisoformat(created)
    except ValueError:
        return ""
    seconds = max(0, int(((now or datetime.now(UTC)) - then).total_seconds()))
    for unit, length in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"
