"""The hosts that a stack names, and what they say of themselves."""

import asyncio
import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import Any

from virtwright.engine.goals import collect_hosts
from virtwright.engine.hosts import open_provider
from virtwright.engine.state.stack import StackState
from virtwright.errors import InputError, Problem, VirtwrightError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import HostFact
from virtwright.providers.schemes import check_claims
from virtwright.schemas.exposure import check_exposure
from virtwright.schemas.host import Host
from virtwright.schemas.host_models import host_model
from virtwright.schemas.properties import to_model
from virtwright.stacks.base import Program, nowhere


@dataclass(frozen=True, slots=True)
class NamedHost:
    """A host and its name in the stack."""

    name: str
    host: Host


@dataclass(frozen=True, slots=True)
class HostReport:
    """What a check found. ``problems`` where the host could not be asked."""

    name: str
    uri: str
    facts: tuple[HostFact, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def well(self) -> bool:
        return not self.problems and all(fact.ok for fact in self.facts)

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "well": self.well}


def hosts_of_program(program: Program) -> list[NamedHost]:
    """The hosts that a program declares. Raises ``InputError``."""
    goals = asyncio.run(collect_hosts(program))
    for goal in goals:
        check_exposure(Host, goal.inputs, goal.locate)
    return [NamedHost(goal.urn.name, to_model(host_model(goal.inputs), goal.inputs, goal.locate)) for goal in goals]


def hosts_of_state(state: StackState) -> list[NamedHost]:
    """The hosts that a state remembers. Raises ``InputError`` where one of them is damaged."""
    records = [record for record in state.resources() if record.urn.is_host]
    return [
        NamedHost(record.urn.name, to_model(host_model(record.inputs), record.inputs, nowhere)) for record in records
    ]


def select_host(hosts: Sequence[NamedHost], name: str) -> NamedHost:
    """The host called ``name``, also as ``hosts.NAME``. Raises ``InputError``."""
    wanted = name.removeprefix("hosts.")
    for each in hosts:
        if each.name == wanted:
            return each
    raise InputError.one(f"the stack has no host {name!r}", hint=_near(wanted, [each.name for each in hosts]))


def chosen_host(hosts: Sequence[NamedHost], name: str | None) -> NamedHost:
    """The host called ``name``, or the only one. Raises ``InputError``."""
    if name is not None:
        return select_host(hosts, name)
    if len(hosts) != 1:
        names = ", ".join(each.name for each in hosts)
        raise InputError.one(f"the stack has {len(hosts)} hosts", hint=f"say which one with --host: {names}")
    return hosts[0]


def hosts_by_name(name: str | None, hosts: Callable[[], list[NamedHost]]) -> list[NamedHost]:
    """The host that a command line names, by a URI or by its name among the stack's ``hosts``; all of these without a
    name. Raises ``InputError``."""
    if name is None:
        return hosts()
    if "://" in name:
        return [NamedHost(name, to_model(Host, {"uri": name}, nowhere))]
    return [select_host(hosts(), name)]


def _near(name: str, names: Iterable[str]) -> str:
    names = list(names)
    near = difflib.get_close_matches(name, names, n=1)
    return f"did you mean {near[0]}?" if near else f"it has: {', '.join(names) or 'none'}"


def check_host(named: NamedHost) -> HostReport:
    """Connect and ask. A host that can't be reached is a report too, not an error."""
    try:
        check_claims(named.host.uri.partition("://")[0])
        provider = open_provider(named.name, named.host)
        try:
            return HostReport(named.name, named.host.uri, facts=tuple(provider.facts()))
        finally:
            provider.close()
    except VirtwrightError as error:
        return HostReport(named.name, named.host.uri, problems=tuple(error.located(host=named.name).problems))
