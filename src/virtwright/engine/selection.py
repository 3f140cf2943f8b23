"""Which resources a run is about: names and patterns from the command line against URNs."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase

from virtwright.engine.plan import RunOptions
from virtwright.errors import InputError
from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.kinds import DYNAMIC, TYPES
from virtwright.schemas.urn import Urn

_MOST_NAMED = 10


def address(urn: Urn) -> str:
    """The short form of a URN, as in a stack: ``vms.db``, ``hosts.here``."""
    if urn.is_host:
        return f"hosts.{urn.name}"
    if urn.is_dynamic:
        return f"{DYNAMIC.section}.{urn.name}"
    kind = TYPES.get(urn.own_type)
    return f"{kind.section if kind else urn.own_type}.{urn.name}"


def matches(pattern: str, urn: Urn) -> bool:
    """``vms.db``, ``db``, a URN, or any of these with ``*`` and ``?``."""
    return any(fnmatchcase(form, pattern) for form in (urn.name, address(urn), str(urn)))


def names_exactly(name: str, urn: Urn) -> bool:
    """As ``matches``, but without patterns: what may cost data is never matched by accident."""
    return name in (urn.name, address(urn), str(urn))


def find(pattern: str, urns: Iterable[Urn]) -> list[Urn]:
    """All that match. Raises ``InputError`` with near names where none does."""
    urns = list(urns)
    found = [urn for urn in urns if matches(pattern, urn)]
    if not found:
        near = get_close_matches(pattern, [form for urn in urns for form in (urn.name, address(urn))], n=1)
        hint = f"did you mean {near[0]}?" if near else "`virtwright state list` shows what there is"
        raise InputError.one(f"no resource is named {pattern!r}", hint=hint)
    return found


@dataclass(frozen=True, slots=True)
class Selection:
    """What a run acts on. ``needed`` is what the targets need, which is then acted on too."""

    options: RunOptions
    needed: frozenset[Urn] | None = None
    """None: no target was given, everything is acted on."""
    excluded: frozenset[Urn] = frozenset()

    @property
    def is_whole(self) -> bool:
        """Whether it is about the whole stack."""
        return not (self.options.targets or self.options.exclude)

    def includes(self, urn: Urn) -> bool:
        return urn not in self.excluded and (self.needed is None or urn in self.needed)

    def includes_delete(self, urn: Urn) -> bool:
        """Deletes are never dragged in by what needs them; only by their own name."""
        if urn in self.excluded or any(matches(pattern, urn) for pattern in self.options.exclude):
            return False
        return not self.options.targets or any(matches(pattern, urn) for pattern in self.options.targets)

    def includes_old(self, urn: Urn) -> bool:
        """Whether the old object of a replacement is deleted."""
        return self.includes(urn) or self.includes_delete(urn)

    def lets_go(self, urn: Urn) -> bool:
        """Whether it may be replaced for another's sake."""
        return self.includes(urn) or (bool(self.options.targets) and self.includes_delete(urn))

    def imports(self, urn: Urn) -> str | None:
        """The id or name of the object that it takes over."""
        return self.options.imports.get(str(urn))

    def forces(self, urn: Urn) -> bool:
        return any(matches(pattern, urn) for pattern in self.options.replace)

    def allows_loss(self, urn: Urn) -> bool:
        return any(names_exactly(name, urn) for name in self.options.allow_data_loss)

    def takes_over(self, urn: Urn) -> bool:
        """Whether what is in its place, and is not what the state has, becomes its object."""
        return any(names_exactly(name, urn) for name in self.options.take_over)


def select(options: RunOptions, dependencies: Mapping[Urn, frozenset[Urn]], known: Iterable[Urn] = ()) -> Selection:
    """Work out the closure of the options over the program's graph. ``known`` are URNs in the state, for names of
    resources that left the program. Raises ``InputError`` for a name that matches nothing; one whose data may be lost
    may be gone already, so that a command can be given again after it was killed."""
    everything = {*dependencies, *known}
    chosen = {urn for pattern in options.targets for urn in find(pattern, everything)}
    banned = {urn for pattern in options.exclude for urn in find(pattern, everything)}
    for pattern in (*options.replace, *options.take_over):
        find(pattern, everything)
    _refuse_patterns("--allow-data-loss", options.allow_data_loss, everything)
    _refuse_patterns("--take-over", options.take_over, everything)
    needed = _reach(chosen, dependencies) if options.targets else None
    return Selection(options, needed, _reach(banned, reverse(dependencies)))


def _refuse_patterns(option: str, names: Iterable[str], urns: Iterable[Urn]) -> None:
    """Raises ``InputError``: what may cost data, or is another's, is named, never matched."""
    for name in names:
        if any(sign in name for sign in "*?["):
            found = sorted(address(urn) for urn in urns if matches(name, urn) and not urn.is_host)
            named = "".join(f"\n    {option} {each}" for each in found[:_MOST_NAMED])
            raise InputError.one(
                f"{option} takes exact names only, no pattern such as {name!r}",
                hint=f"name each resource:{named}" if named else "it matches no resource anyhow",
            )


def reverse(edges: Mapping[Urn, frozenset[Urn]]) -> dict[Urn, frozenset[Urn]]:
    """Dependants by dependency."""
    result: dict[Urn, set[Urn]] = {}
    for urn, targets in edges.items():
        for target in targets:
            result.setdefault(target, set()).add(urn)
    return {urn: frozenset(sources) for urn, sources in result.items()}


def _reach(start: Iterable[Urn], edges: Mapping[Urn, frozenset[Urn]]) -> frozenset[Urn]:
    seen: set[Urn] = set()
    queue = list(start)
    while queue:
        urn = queue.pop()
        if urn not in seen:
            seen.add(urn)
            queue.extend(edges.get(urn, ()))
    return frozenset(seen)
