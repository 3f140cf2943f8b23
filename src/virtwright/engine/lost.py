"""Hosts that the user says are gone for good, so that what they held can be made anew on others."""

from difflib import get_close_matches

from virtwright.engine.events import Warned
from virtwright.engine.run import Run
from virtwright.engine.state.records import ResourceRecord
from virtwright.errors import InputError, Problem, Where
from virtwright.schemas.values import reveal


def lost_home(run: Run, record: ResourceRecord | None) -> str | None:
    """The lost host that the record's object was on."""
    if not run.places.lost or record is None:
        return None
    return next((each.name for each in run.places.of(record) if each.lost), None)


def check_lost(run: Run) -> None:
    """Warn of what may still run there. Raises ``InputError`` for a host that the state does not know."""
    known = {record.urn.name: record for record in run.snapshot.hosts()}
    for name in sorted(run.places.lost):
        if (record := known.get(name)) is None:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"it knows: {', '.join(sorted(known)) or 'none'}"
            raise InputError.one(f"the state knows no host {name!r}", hint=hint)
        uri = (run.places.former(record.urn) or [reveal(record.inputs)])[0].get("uri")
        message = f"the host {name} ({uri}) is taken to be lost: nothing is asked of it, and what it held is made anew"
        hint = (
            "be sure that it is off: what still runs there runs twice. Should it come back, see what is on it with:\n"
            f"    virtwright host gc {uri}"
        )
        run.listen(Warned(Problem(message, Where(urn=str(record.urn)), hint)))
