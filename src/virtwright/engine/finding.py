"""Which object on a host is a resource's: the one with the id in its record; else what bears its stamp; else what the user names.

What is not the record's is never passed off as it: ``Found.another`` says what it is, and the step shows that.
"""

from collections.abc import Iterator
from typing import Any

from virtwright.engine.copies import latest_made, refusal_of_copy
from virtwright.engine.desired import Desired
from virtwright.engine.events import Warned
from virtwright.engine.hosts import Connection
from virtwright.engine.importing import to_import
from virtwright.engine.lost import lost_home
from virtwright.engine.ownership import refusal
from virtwright.engine.run import Run
from virtwright.engine.selection import address
from virtwright.engine.state.records import ResourceRecord
from virtwright.errors import Problem, RefusedError, Where
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import UNREADABLE, Observed
from virtwright.providers.hooks import NotesOwners, StampsOnce, offers
from virtwright.schemas.kinds import EVERY_KIND
from virtwright.schemas.urn import Urn
from virtwright.stacks.base import Goal


@dataclass(frozen=True, slots=True)
class Found:
    """A resource's object, and where it is."""

    observed: Observed[Any, Any]
    place: Connection
    another: str = ""
    """Why it is not the object that the state has, for people; empty where it is, or where the state has none."""

    @property
    def foreign(self) -> bool:
        """Made by somebody else."""
        return not self.observed.stamp.operation

    def is_of(self, prior: ResourceRecord | None) -> bool:
        """Whether what the record says holds for it."""
        return prior is not None and not self.another


async def find(run: Run, desired: Desired, prior: ResourceRecord | None, place: Connection | None) -> Found | None:
    """The object, on the goal's host, or where it was before. Raises ``RefusedError`` where something else is in its place."""
    goal = desired.goal
    if prior is not None and prior.pending_replacement:
        return None
    found = await _by_id(run, goal, prior, place) or await _by_stamp(run, goal, prior, place)
    if found is not None and found.place is place:
        return found
    if found is None and prior is None and place is not None and goal.import_id is not None:
        run.trust.refuse(f"{goal.import_id!r}, which the stack has not made, is taken over", goal.locate(()))
        return Found(await to_import(run, desired, goal.import_id, place), place)
    if place is not None and goal.kind in place.handlers:
        return await _in_its_place(run, goal, prior, place, found) or found
    return found


async def _by_id(run: Run, goal: Goal, prior: ResourceRecord | None, place: Connection | None) -> Found | None:
    if prior is None or prior.id is None:
        return None
    for home in _homes(run, goal, prior, place):
        if goal.kind not in home.handlers:
            continue
        listing = await run.places.listing(home, goal.kind)
        seen = listing.by_id.get(prior.id)
        if seen is not None and not _was_made_since(prior, seen, home):
            own = (each for each in listing.of_urn(prior.urn) if each.id == prior.id)
            return Found(next(own, seen), home)
    return None


def _was_made_since(prior: ResourceRecord, seen: Observed[Any, Any], home: Connection) -> bool:
    """Whether what has the record's id is another object, as where ids are names: a stamp that is written once names the operation
    that made it. Of what holds no data it makes no difference."""
    if not EVERY_KIND[prior.kind].holds_data or not offers(home.handler(prior.kind), StampsOnce):
        return False
    made, operation = prior.traits.operation, seen.stamp.operation
    return made is not None and operation not in ("", UNREADABLE, made)


async def _by_stamp(run: Run, goal: Goal, prior: ResourceRecord | None, place: Connection | None) -> Found | None:
    names = (goal.urn, *sorted(goal.aliases)) if prior is None else (goal.urn,)
    for home in _homes(run, goal, prior, place):
        if goal.kind not in home.handlers:
            continue
        listing = await run.places.listing(home, goal.kind)
        stamped = [each for name in names for each in listing.of_urn(name)]
        if not stamped:
            continue  # as where all is created: the ids of all records are not gathered for each resource
        known = run.snapshot.known_ids() - ({prior.id} if prior is not None else set())
        if (seen := latest_made(each for each in stamped if each.id not in known)) is not None:
            if home is place and lost_home(run, prior) is not None:
                continue  # what was there before its host was lost is of an older time: only the user can say that it takes its place
            return Found(seen, home, _not_the_records(prior) if prior is not None and prior.id is not None else "")
    return None


def _not_the_records(prior: ResourceRecord) -> str:
    return f"it bears this stack's stamp, but is not the object that the state had ({prior.id})"


async def _in_its_place(
    run: Run, goal: Goal, prior: ResourceRecord | None, place: Connection, found: Found | None
) -> Found | None:
    """What keeps the goal from its place, where the user takes it over; ``found`` is the object on another host, if there is one.
    Raises ``RefusedError`` where nobody said so."""
    listing = await run.places.listing(place, goal.kind)
    stands = found is not None or lost_home(run, prior) is not None
    own = next((each for each in listing.of_urn(goal.urn) if stands and each.id not in run.made), None)
    other = own or listing.other((goal.urn, *goal.aliases), prior.id if prior is not None else None)
    if other is None:
        return None
    name = f"{address(goal.urn)} ({other.id})"
    left = f"; {found.observed.id} stays on {found.place.host.uri}" if found is not None else ""
    if run.selection.takes_over(goal.urn):
        whose = "this stack's" if own is not None else f"that of {owner(other)}"
        if own is None and other in listing.others and has_two_owners(place.handler(goal.kind)):
            _warn_of_two_owners(run, goal, other, place)
        return Found(other, place, f"taken over with its stamp, {whose}{left}")
    if own is not None:
        message = (
            f"{name} is on {place.host.uri} with this stack's stamp, but is not the object that the state has there"
        )
        hint = "see what is there:\n    virtwright host gc " + place.host.uri
    elif other in listing.copies:
        message, hint = refusal_of_copy(other, goal.urn, prior.id if prior is not None else None, place.host.uri)
    else:
        message, hint = refusal(other, name, run.hosts.owner.shown)
    take = f"to take it over as it is, for this resource alone:\n    {run.typed} --take-over {address(goal.urn)}"
    raise RefusedError(message, where=goal.locate(()), hint=f"{hint}\n{take}")


def has_two_owners(handler: object) -> bool:
    """Whether the state that an object was taken from can't see that."""
    return offers(handler, StampsOnce) and not offers(handler, NotesOwners)


def _warn_of_two_owners(run: Run, goal: Goal, other: Observed[Any, Any], place: Connection) -> None:
    """In the plan, and when it is carried out: the other state has the id, and nothing on the host tells it."""
    name = address(goal.urn)
    message = (
        f"{name} ({other.id}) has a stamp that can't be written again, so that the state it is taken from ({owner(other)}) goes on to"
        " have it: an apply there can change it, and a destroy there deletes it, also when it was forgotten"
    )
    hint = (
        "with that state, and before anything else is done with it; give that stack another name, or destroy it no more:\n"
        f"    virtwright state forget {address(Urn.parse(other.stamp.urn))}"
    )
    run.listen(Warned(Problem(message, Where(urn=str(goal.urn), host=place.name), hint)))


def owner(seen: Observed[Any, Any]) -> str:
    """Whose an object of another state is, as far as its stamp tells."""
    stamp, made = seen.stamp, f", made {seen.made}" if seen.made else ""
    return f"{stamp.stack}, identity {stamp.identity or 'unknown'}{made}"


def _homes(run: Run, goal: Goal, prior: ResourceRecord | None, place: Connection | None) -> Iterator[Connection]:
    """The places where it may be, the likeliest first: the others are hardly ever asked for."""
    if place is not None:
        yield place
    former = run.places.all(goal.host) if goal.host is not None else []
    before = run.places.of(prior) if prior is not None else []
    yield from (home for home in dict.fromkeys([*former, *before]) if home is not place)
