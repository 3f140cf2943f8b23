"""One resource: its goal is checked, its object looked up, the step decided, allowed and carried out."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from virtwright.engine import openness, recorded, sealed
from virtwright.engine.actor import Task, with_secrets
from virtwright.engine.carry_out import carry_out
from virtwright.engine.copied import copied_hash
from virtwright.engine.created import created_changes
from virtwright.engine.decide import GONE, Decision, Situation, current_inputs, decide
from virtwright.engine.desired import Desired, prepare
from virtwright.engine.displaced import check_name
from virtwright.engine.events import Warned
from virtwright.engine.existing import is_existing, use
from virtwright.engine.finding import Found, find
from virtwright.engine.hashing import with_untold
from virtwright.engine.host_check import check_host
from virtwright.engine.hosts import Connection
from virtwright.engine.left_behind import left_behind
from virtwright.engine.local_files import relative
from virtwright.engine.local_reads import sources_of
from virtwright.engine.lost import lost_home
from virtwright.engine.masking import leaks_of, mask_changes
from virtwright.engine.moving import check_whereabouts, passage
from virtwright.engine.observing import known
from virtwright.engine.paths import parse_path
from virtwright.engine.permits import check_import, check_loss, check_protection
from virtwright.engine.replacing import replacement_cause, with_trigger
from virtwright.engine.run import Run, host_name
from virtwright.engine.sealed import Comparison
from virtwright.engine.selection import address
from virtwright.engine.state.records import ResourceRecord
from virtwright.engine.step import Op, Step
from virtwright.errors import InputError, Problem, VirtwrightError
from virtwright.providers.diff import NO_DIFF, Change, Diff
from virtwright.providers.hooks import Recalls, Warns, WarnsStanding, offers
from virtwright.providers.moves import Passage
from virtwright.schemas.kinds import EVERY_KIND
from virtwright.schemas.model import to_properties
from virtwright.schemas.values import Properties, has_unknown, reveal, secret_paths
from virtwright.stacks.base import Goal, Registered

T = TypeVar("T")


async def bring_about(run: Run, goal: Goal, prior: ResourceRecord | None) -> Registered:
    """Do for one goal whatever it takes. Raises the ``VirtwrightError`` that prevents it."""
    check_whereabouts(run, goal.urn, *((prior.urn,) if prior is not None else ()))
    if (missing := run.failed_host(goal.host)) is not None:
        _prepare(run, goal, prior, None)
        return run.skip(goal, f"it needs {missing}")
    place = run.places.connection(goal.host)
    trigger, goal = goal.replacement_trigger, with_trigger(run, goal)
    desired = await _thought(run, place, goal, lambda: _prepare(run, goal, prior, place))
    if not desired.complete and not run.planning:
        return run.skip(goal, "something it needs is not known")
    run.ranges.add(desired)
    if is_existing(desired):
        return await use(run, goal, desired, prior, place)
    found = await find(run, desired, prior, place) if run.observing else None
    known = prior if found is None or found.is_of(prior) else None
    if found is not None and known is None and not found.foreign:
        handler = found.place.handler(goal.kind)
        found = replace(found, observed=with_untold(found.observed, desired, handler, run.mac))
    inputs = current_inputs(known, found.observed) if found is not None else {}
    inputs = relative(desired.kind.inputs, inputs, goal.folder)
    if found is not None and goal.ignore_changes and run.trust.limited:
        desired = sealed.kept(desired, prior)
    elif found is not None and goal.ignore_changes:
        desired = desired.keeping(inputs, secret_paths(prior.inputs) if prior is not None else frozenset())
    comparison = Comparison(inputs, desired.plain)
    if run.trust.limited and found is not None:
        comparison = sealed.compare(desired, prior)
        found = _veiled(found, desired, inputs, prior)
    inputs = dict(comparison.current)
    way = await _passage(run, desired, _away(found, place), inputs, place)
    situation = _situation(run, desired, prior, found, comparison, place, way)
    decision = await _thought(run, place, goal, lambda: decide(situation))
    step = _step(run, desired, prior, decision, situation)
    if step.op in (Op.CREATE, Op.REPLACE) and not run.trust.limited:
        step = replace(step, copied=await copied_hash(run, desired))
    if run.trust.limited and found is not None:
        unsure = sealed.uncompared(desired, comparison, prior, trigger)
        step = replace(step, uncompared=openness.shown(unsure, desired, run.mac))
    _permit(run, step, goal, takes_over=prior is None and found is not None and found.foreign)
    if run.planning:
        await check_name(run, goal, step, found)
    run.announce(step)
    if place is not None:
        _warn(run, desired, place.handler(goal.kind), same=decision.op is Op.SAME)
    if step.cascade and prior is not None:
        run.foreseen[prior.urn] = desired
    task = Task(step, desired, place, prior, decision.diff, inputs, bool(situation.another), way)
    record = await carry_out(run, task, found.observed if found else None, found.place if found else None)
    if run.planning and place is not None:
        await check_host(run, place, desired, step)
    run.count(step.op)
    if record.id is not None and decision.op in (Op.CREATE, Op.REPLACE):
        run.made.add(record.id)
    outputs = with_secrets({**desired.properties, **record.outputs}, goal.secret_outputs)
    return Registered(goal.urn, record.id, outputs)


async def _thought(run: Run, place: Connection | None, goal: Goal, work: Callable[[], T]) -> T:
    """``work``, on a thread where the program's own code is asked for it."""
    if place is None or not offers(place.handlers.get(goal.kind), Recalls):
        return work()
    return await run.hosts.call(place, work)


def _prepare(run: Run, goal: Goal, prior: ResourceRecord | None, place: Connection | None) -> Desired:
    if place is None and not run.planning:
        raise InputError.one(f"{address(goal.urn)} names a host that is not there", where=goal.locate(("host",)))
    kind = EVERY_KIND[goal.kind]
    try:
        handler = place.handler(kind.name) if place is not None else None
    except VirtwrightError as error:
        error.problem = replace(error.problem, where=goal.locate(()))
        raise
    return prepare(goal, kind, handler, known(prior) if prior is not None else None)


def _veiled(found: Found, desired: Desired, inputs: Properties, prior: ResourceRecord | None) -> Found:
    """With what a stranger may learn of it."""
    handler = found.place.handler(desired.kind.name)
    drift = sealed.drift(desired, inputs, prior, handler.diff) if prior is not None else NO_DIFF
    return replace(found, observed=sealed.told(found.observed, drift))


def _situation(
    run: Run,
    desired: Desired,
    prior: ResourceRecord | None,
    found: Found | None,
    comparison: Comparison,
    place: Connection | None,
    way: Passage | None,
) -> Situation:
    goal, kind, away, inputs = desired.goal, desired.kind, _away(found, place), comparison.current

    def compare(current: Properties, wanted: Properties) -> Diff:
        if place is None:
            return NO_DIFF
        model = desired.portable if wanted is desired.plain else kind.inputs.model_validate(wanted)
        handler = place.handler(kind.name)
        if prior is not None and offers(handler, Recalls):
            return handler.compare(known(prior), model)
        return handler.diff(kind.inputs.model_validate(current), model)

    force = _cause(run, goal, prior)
    if not force and run.selection.forces(goal.urn):
        force = "asked for"
    force = force or replacement_cause(run, goal, prior)
    return Situation(
        prior=prior,
        observed=found.observed if found is not None else None,
        current=inputs,
        goal=comparison.goal,
        compare=compare,
        holds_data=kind.holds_data,
        force=force,
        replace_on=tuple(parse_path(text) for text in goal.replace_on_changes),
        moved=prior is not None and prior.urn != goal.urn,
        imports=found is not None and found.foreign,
        another=found.another if found is not None else "",
        elsewhere=_homes_of(away, place) if away is not None else None,
        from_host=away.place.name if away is not None else None,
        passage=way,
        gone=_why_gone(run, prior),
        left_behind=left_behind(goal.kind, inputs, _outputs(run, away, prior)) if away is not None else "",
    )


def _outputs(run: Run, found: Found, prior: ResourceRecord | None) -> Properties:
    told = to_properties(found.observed.outputs)
    if not run.trust.limited:
        return told
    return {name: each for name, each in sealed.known_outputs(told, prior).items() if not has_unknown(each)}


def _away(found: Found | None, place: Connection | None) -> Found | None:
    """What was found on another host than the goal's."""
    return found if found is not None and found.place is not place else None


def _homes_of(away: Found, place: Connection | None) -> tuple[str, str]:
    """What tells the two hosts apart: their names, or the URIs of one whose URI has changed."""
    if place is None:
        return away.place.name, ""
    if away.place.name == place.name:
        return away.place.host.uri, place.host.uri
    return away.place.name, place.name


def _why_gone(run: Run, prior: ResourceRecord | None) -> str:
    lost = lost_home(run, prior)
    return f"its host {lost} was declared lost" if lost is not None else GONE


async def _passage(
    run: Run, desired: Desired, away: Found | None, inputs: Properties, place: Connection | None
) -> Passage | None:
    if place is None or away is None:
        return None
    prior = desired.prior(inputs)
    return await passage(run, desired.goal, place, away.place, away.observed, prior, desired.model)


def _cause(run: Run, goal: Goal, prior: ResourceRecord | None) -> str:
    """Why it is replaced for the sake of something that it uses: as this run found out, or as the plan says."""
    known = run.causes.get(goal.urn) or (run.causes.get(prior.urn) if prior is not None else None)
    return known or (run.agreement.cascade(goal.urn) if run.agreement is not None else "")


def _step(run: Run, desired: Desired, prior: ResourceRecord | None, decision: Decision, situation: Situation) -> Step:
    goal = desired.goal
    changes = decision.diff.changes
    if decision.op is Op.CREATE:
        changes = created_changes(desired.kind.inputs, desired.plain)
    cause = _cause(run, goal, prior)
    return Step(
        op=decision.op,
        urn=goal.urn,
        kind=goal.kind,
        host=host_name(goal.host),
        changes=_masked(run, desired, prior, changes, drifted=decision.drifted) if changes else (),
        impact=decision.impact,
        delete_before_create=decision.diff.delete_before_create or bool(cause) or _goes_first(goal, decision),
        reason=cause or decision.reason,
        drifted=decision.drifted,
        moved_from=prior.urn if prior is not None and prior.urn != goal.urn else None,
        from_host=situation.from_host if decision.op is Op.MOVE else None,
        cascade=bool(cause) and decision.op is Op.REPLACE,
        recorded=_recorded(run, desired, prior, decision, situation) if prior is not None else (),
    )


def _recorded(
    run: Run, desired: Desired, prior: ResourceRecord, decision: Decision, situation: Situation
) -> tuple[Change, ...]:
    if decision.op not in (Op.SAME, Op.UPDATE, Op.MOVE):
        return ()
    if run.trust.limited:
        before, now = situation.current, situation.goal
    else:
        before, now = reveal(prior.inputs), desired.plain
    inputs = tuple(recorded.inputs(before, now, decision.diff.changes, unknown=run.trust.limited))
    told = _masked(run, desired, prior, inputs, drifted=decision.drifted) if inputs else ()
    return (*recorded.options(desired, prior), *told)


def _masked(
    run: Run, desired: Desired, prior: ResourceRecord | None, changes: tuple[Change, ...], *, drifted: bool
) -> tuple[Change, ...]:
    if run.trust.limited:
        return openness.shown(changes, desired, run.mac)
    secrets = desired.secrets | (secret_paths(prior.inputs) if prior is not None else frozenset())
    secrets |= {parse_path(text) for text in desired.goal.hide_changes}
    sources = sources_of(desired.goal)
    if drifted:
        return mask_changes(
            changes, secrets, run.mac, run.redactor.finds, sources
        )  # looks for all secrets of the stack
    if not secrets:
        return changes
    leaks = leaks_of(desired.properties, prior.inputs if prior is not None else {})
    return mask_changes(changes, secrets, run.mac, leaks, sources)


def _goes_first(goal: Goal, decision: Decision) -> bool:
    return goal.delete_before_replace and decision.op is Op.REPLACE


def _warn(run: Run, desired: Desired, handler: object, *, same: bool) -> None:
    """Show what the provider finds unwise, with its place in the stack."""
    goal = desired.goal
    problems: list[Problem] = []
    if offers(handler, Warns) and not same:
        problems += handler.warnings(desired.declared_secrets)
    if offers(handler, WarnsStanding):
        problems += handler.standing_warnings(desired.declared_secrets)
    for problem in problems:
        path = parse_path(problem.where.path) if problem.where.path else ()
        place = replace(goal.locate(path), urn=str(goal.urn))
        run.listen(Warned(run.redactor.scrub_problem(replace(problem, where=place))))


def _permit(run: Run, step: Step, goal: Goal, *, takes_over: bool) -> None:
    """Raise what forbids the step; a plan shows it all the same."""
    try:
        check_protection(step, protected=goal.protect)
        check_loss(step, run.selection, run.typed)
        check_import(step, takes_over=takes_over)
    except VirtwrightError as error:
        run.announce(step)
        error.problem = replace(error.problem, where=replace(goal.locate(()), urn=str(goal.urn)))
        raise
    if run.agreement is not None:
        run.agreement.check(step)
