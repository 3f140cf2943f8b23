"""Everything on a host into a new stack."""

import re
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from virtwright.cli.hosts import hosts_by_name
from virtwright.cli.importing.asking import Host, needs
from virtwright.cli.importing.carrying_out import carry_out, tell_unsaid
from virtwright.cli.importing.draft import Draft
from virtwright.cli.session import Session
from virtwright.engine.hosts import open_provider
from virtwright.errors import InputError, RefusedError, Where
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Found
from virtwright.schemas.kinds import KINDS, SECTIONS
from virtwright.stacks.base import StackName
from virtwright.stacks.yaml.outline import is_name
from virtwright.stacks.yaml.write import write_stack

STDOUT = Path("-")
_USUAL = ("Network", "Volume", "Container", "Service", "VirtualMachine")
"""A container names the image of its registry by itself."""
_RUNNING = ("Container", "Service", "VirtualMachine")
"""A host has some of them."""
_ORDER = ("Network", "Volume", "Image", *_RUNNING)


@dataclass(frozen=True, slots=True)
class WholeRequest:
    """What the user asks for."""

    uri: str
    output: Path | None
    name: str | None
    kinds: Sequence[str]
    protect: bool
    dry: bool
    yes: bool


def import_all(session: Session, request: WholeRequest) -> int:
    """Returns the exit code. Raises ``VirtwrightError`` before anything is written."""
    [named] = hosts_by_name(request.uri if "://" in request.uri else f"{request.uri}://", list)
    name = request.name or _stack_name(request.uri)
    if not is_name(name):
        raise InputError.one(f"{name!r} is no name for a stack", where=Where(path="--name"))
    file, asked = request.output or Path(f"{name}.yaml"), _kinds(request.kinds)
    dry = request.dry or file == STDOUT
    if not dry:
        _refuse_existing(session, file, name)
    draft = Draft(request.protect)
    with closing(open_provider(named.name, named.host)) as provider:
        host = Host(request.uri, provider)
        usual = [kind for kind in _USUAL if kind not in _RUNNING or host.offers(kind)]
        _collect(session, draft, host, asked or usual)
    if not draft.taken:
        raise InputError.one(f"there is nothing on {request.uri} to take over")
    entries = draft.entries()
    text = write_stack(
        name, request.uri, draft.config, entries, f"# Made from {request.uri} by: virtwright import --all\n"
    )
    if dry:
        tell_unsaid(session, draft)
        sys.stdout.write(text)
        return 0
    return carry_out(session, text, file, draft, before=None, yes=request.yes)


def _stack_name(uri: str) -> str:
    place = re.sub(r"^[a-z+]*://", "", uri).rpartition("@")[2]
    words = re.sub(r"[^A-Za-z0-9]+", "-", place.partition(":")[0].removesuffix(".sock")).strip("-")
    return (words or "host")[-63:].strip("-")


def _kinds(words: Sequence[str]) -> list[str]:
    chosen = []
    for word in words:
        kind = next(
            (each.name for each in SECTIONS.values() if word.lower() in (each.section, each.name.lower())), None
        )
        if kind not in _ORDER:
            raise InputError.one(
                f"{word!r} can't be imported",
                where=Where(path="--kind"),
                hint="networks, volumes, images, containers, services, vms",
            )
        chosen.append(kind)
    return [kind for kind in _ORDER if kind in chosen]


def _refuse_existing(session: Session, file: Path, name: str) -> None:
    if file.exists():
        raise RefusedError(
            f"{file} is there already", where=Where(file=str(file)), hint="choose another name with --output"
        )
    if StackName(name, name) in session.store.stacks():
        raise RefusedError(f"the state has a stack {name} already", hint="choose another name with --name")


def _collect(session: Session, draft: Draft, host: Host, kinds: list[str]) -> None:
    for kind in kinds:
        for found in host.all(kind):
            reason = _reason(found) or _missing(draft, host, found)
            if reason:
                session.warn(f"left out: {KINDS[kind].section[:-1]} {found.name}: {reason}")
            else:
                draft.take(kind, found, _apart(host, kind, found))


def _reason(found: Found[Any, Any]) -> str:
    """Why it is not taken over; empty where it is."""
    if found.stamp is not None:
        return f"it belongs to the stack {found.stamp.stack}"
    if found.drift:
        told = ", ".join(f"{each.field} is {each.prior}" for each in found.drift)
        return f"{told}, and a stack would start it; import it by its name where that is wanted"
    return ""


def _missing(draft: Draft, host: Host, found: Found[Any, Any]) -> str:
    """What it needs comes with it, also where its kind was not asked for."""
    for kind, name in needs(found):
        if (kind, name) in draft.names:
            continue
        needed = next((each for each in host.all(kind) if each.name == name), None)
        if needed is None or needed.stamp is not None:
            owner = (
                f" of the stack {needed.stamp.stack}" if needed is not None and needed.stamp else ", which is not there"
            )
            return f"it needs the {kind.lower()} {name}{owner}"
        draft.take(kind, needed)
    return ""


def _apart(host: Host, kind: str, found: Found[Any, Any]) -> str | None:
    """A name for an image that no container's own reference can be taken for; None where any will do."""
    if kind != "Image":
        return None
    base = re.sub(r"[^A-Za-z0-9.-]+", "-", found.name.rpartition("/")[2].partition("@")[0]).strip("-.")
    return f"{base[:50]}-image"
