"""One object, and what it needs, into the stack of a file."""

import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import field, replace
from pathlib import Path
from typing import Any

from virtwright.cli.hosts import NamedHost, chosen_host, hosts_of_program, select_host
from virtwright.cli.importing.asking import Host, needs
from virtwright.cli.importing.carrying_out import carry_out, show, tell_unsaid
from virtwright.cli.importing.draft import Draft
from virtwright.cli.records import records_of
from virtwright.cli.session import Session
from virtwright.engine.hosts import open_provider
from virtwright.errors import InputError, RefusedError, UnsupportedError, Where
from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.kinds import KINDS, SECTIONS
from virtwright.schemas.model import Model, to_properties
from virtwright.schemas.urn import Urn
from virtwright.stacks.find import find_stack
from virtwright.stacks.yaml.insert import add_entry
from virtwright.stacks.yaml.outline import is_name
from virtwright.stacks.yaml.program import YamlProgram
from virtwright.stacks.yaml.source import read_text
from virtwright.stacks.yaml.write import write_key


@dataclass(frozen=True, slots=True)
class OneRequest:
    """What the user asks for."""

    file: Path | None
    resource: str
    """``containers.web``."""
    id: str
    host: str | None
    protect: bool
    dry: bool
    yes: bool
    more: Mapping[str, Any] = field(default_factory=dict)
    """Inputs that the host does not tell."""
    addresses: Mapping[str, str] = field(default_factory=dict)
    """Those that it is to have fixed on its networks, by MAC address."""


def import_one(session: Session, request: OneRequest) -> int:
    """Returns the exit code. Raises ``VirtwrightError`` before anything is written."""
    section, name = _key(request.resource)
    kind = SECTIONS[section].name
    file, program = yaml_stack(session, request.file)
    refuse_known(session, program, request.resource)
    hosts = hosts_of_program(program)
    named = _host(program, hosts, section, name, request.host)
    draft = Draft(request.protect, named.name if len(hosts) > 1 else None)
    draft.reserved = {*program.declared, *(("config", key) for key in program.config)}
    with closing(open_provider(named.name, named.host)) as provider:
        host = Host(named.host.uri, provider)
        found = host.one(kind, request.id)
        if request.more or request.addresses:
            found = replace(found, inputs=_completed(found.inputs, request))
        if (section, name) not in program.declared:
            draft.names |= _names_in_state(session, program, named.name)
            for each in needs(found):
                if each not in draft.names:
                    _take_needed(draft, host, program, *each)
        draft.take(kind, found, name, declared=(section, name) in program.declared)
    entries, texts = draft.entries(), []
    before = text = read_text(file)
    for part, lines in [*entries.items(), ("config", [write_key(*each) for each in draft.config.items()])]:
        texts += [f"{part}:\n", *lines] if lines else []
        for line in lines:
            text = add_entry(text, part, line)
    if request.dry:
        tell_unsaid(session, draft)
        sys.stdout.write("".join(texts))
        return 0
    if texts:
        show(session, [f"To be added to {file}:\n\n", *texts])
    return carry_out(session, text, file, draft, before=before, yes=request.yes)


def yaml_stack(session: Session, chosen: Path | None) -> tuple[Path, YamlProgram]:
    """The stack that is written to, and its file. Raises ``InputError``; ``UnsupportedError`` for one in another language."""
    file, program = find_stack(chosen), session.program(chosen)
    if not isinstance(program, YamlProgram):
        raise UnsupportedError("only YAML stacks are written to", where=Where(file=str(file)))
    return file, program


def _completed(inputs: Model, request: OneRequest) -> Model:
    """With what only the request knows."""
    checked = type(inputs).model_validate({**to_properties(inputs), **request.more})
    changes: dict[str, Any] = {name: getattr(checked, name) for name in request.more}
    if request.addresses:
        changes["networks"] = [
            join.model_copy(update={"address": request.addresses.get(join.mac, join.address)})
            for join in getattr(inputs, "networks", ())
        ]
    return inputs.model_copy(update=changes)


def _key(resource: str) -> tuple[str, str]:
    section, _, name = resource.partition(".")
    if section not in SECTIONS or not is_name(name):
        raise InputError.one(
            f"{resource!r} is not the name of a resource",
            hint="say its section and what it is to be called, as containers.web or volumes.data",
        )
    return section, name


def refuse_known(session: Session, program: YamlProgram, resource: str) -> None:
    """Raises ``RefusedError`` where the stack has an object of that name by now."""
    section, name = _key(resource)
    known = {(each.kind, each.urn.name) for each in records_of(session.store, program.name) if each.id}
    if (SECTIONS[section].name, name) in known:
        raise RefusedError(f"{resource} is in the stack already, with an object of its own", hint="choose another name")


def _host(program: YamlProgram, hosts: list[NamedHost], section: str, name: str, chosen: str | None) -> NamedHost:
    declared = program.declared.get((section, name))
    if declared is not None and declared.host is not None:
        return select_host(hosts, declared.host[1])
    return chosen_host(hosts, chosen)


def _names_in_state(session: Session, program: YamlProgram, host: str) -> dict[tuple[str, str], str]:
    """The resources that the stack has on the host, by kind and name there."""
    return {
        (each.kind, str(each.outputs.get("name"))): each.urn.name
        for each in records_of(session.store, program.name)
        if each.host is not None and _host_name(each.host) == host and not each.doomed
    }


def _host_name(urn: Urn) -> str:
    return urn.name


def _take_needed(draft: Draft, host: Host, program: YamlProgram, kind: str, name: str) -> None:
    """What a container needs comes with it; under the name that the file may have for it already."""
    declared = (KINDS[kind].section, name) in program.declared
    draft.take(kind, host.one(kind, name), name if declared else None, declared=declared)
