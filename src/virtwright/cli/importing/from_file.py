"""A machine that was exported, made again on a host of a stack, and taken into it."""

from contextlib import closing
from pathlib import Path
from typing import Final

from virtwright.cli.ask import agreed
from virtwright.cli.cancelling import cancellable
from virtwright.cli.hosts import NamedHost, chosen_host, hosts_of_program
from virtwright.cli.importing.one import OneRequest, import_one, refuse_known, yaml_stack
from virtwright.cli.records import records_of
from virtwright.cli.render.bar import Bar
from virtwright.cli.session import Session
from virtwright.cli.state_edit import hold_or_make
from virtwright.engine.hosts import open_provider
from virtwright.engine.selection import address
from virtwright.errors import InputError, UnsupportedError, Where
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.contract import operations_of
from virtwright.providers.exports.contract import Destination
from virtwright.providers.exports.manifest import Manifest
from virtwright.providers.exports.reading import ExportReader
from virtwright.providers.exports.sealing import Unseal
from virtwright.providers.hooks import Exports, offers
from virtwright.schemas.kinds import SECTIONS
from virtwright.stacks.cipher import Cipher
from virtwright.stacks.yaml.outline import is_name
from virtwright.stacks.yaml.program import YamlProgram

_KIND: Final = "VirtualMachine"


@dataclass(frozen=True, slots=True)
class FileRequest:
    """What the user asks for."""

    export: Path
    stack: Path | None
    resource: str | None
    name: str | None
    host: str | None
    copy: bool
    start: bool
    networks: tuple[str, ...]
    dry: bool
    yes: bool
    wait: float


def import_file(session: Session, request: FileRequest) -> int:
    """Returns the exit code. Raises ``VirtwrightError``; nothing is left on the host then."""
    with ExportReader(request.export) as reader:
        file, program = yaml_stack(session, request.stack)
        resource = _resource(program, reader.manifest, request, file)
        named = chosen_host(hosts_of_program(program), request.host)
        refuse_known(session, program, resource)
        _refuse_twice(session, program, reader.manifest, request)
        _tell(session, reader.manifest, named, resource)
        if request.dry:
            return 0
        if not agreed(session, "Its disks are sent to that host, and the stack has it then.", yes=request.yes):
            return 1
        with closing(open_provider(named.name, named.host)) as provider:
            operations = operations_of(provider, _KIND)
            if not offers(operations, Exports):
                raise UnsupportedError(
                    f"{named.host.uri} can't take in a machine that was exported", hint="libvirt hosts can"
                )
            destination = _destination(session, program, request, named)
            with (
                hold_or_make(session.store, program.name, request.wait),
                Bar(session) as bar,
                cancellable(bar.report) as context,
            ):
                reader.verify(context)
                id = operations.rebuild(reader, destination, context)
            code = import_one(session, _taking(reader.manifest, request, resource, named, id))
            if code == 0:
                operations.rebuilt(id)
    if code == 0 and not request.start:
        session.warn(f"{resource} is stopped. To start it: take power: stopped out of its entry, and apply.")
    return code


def _taking(manifest: Manifest, request: FileRequest, resource: str, named: NamedHost, id: str) -> OneRequest:
    """The machine that is there now, as any that somebody else made."""
    addresses = {each.mac: each.address for each in manifest.interfaces if each.address is not None}
    return OneRequest(
        request.stack,
        resource,
        id,
        named.name,
        protect=False,
        dry=False,
        yes=True,
        more=manifest.inputs,
        addresses={} if request.copy else addresses,
    )


def _resource(program: YamlProgram, manifest: Manifest, request: FileRequest, file: Path) -> str:
    resource = request.resource or manifest.resource
    section, _, name = resource.partition(".")
    if section not in SECTIONS or SECTIONS[section].name != _KIND or not is_name(name):
        raise InputError.one(f"{resource!r} is not the name of a machine", hint="say it as --as vms.db")
    if (section, name) in program.declared:
        raise InputError.one(
            f"{resource} stands in the stack already",
            where=Where(file=str(file)),
            hint="choose another name, or take that entry out first:\n    virtwright import FILE --as vms.NAME",
        )
    return resource


def _refuse_twice(session: Session, program: YamlProgram, manifest: Manifest, request: FileRequest) -> None:
    """A stack knows its machines by their UUIDs, whatever host they are on."""
    if request.copy:
        return
    for record in records_of(session.store, program.name):
        if record.id == manifest.uuid:
            raise InputError.one(
                f"the stack has this very machine, as {address(record.urn)}",
                hint="to have it twice, with a UUID and MAC addresses of its own:\n    virtwright import FILE --copy --name NAME --as vms.NAME",
            )


def _tell(session: Session, manifest: Manifest, named: NamedHost, resource: str) -> None:
    session.warn(
        f"{manifest.resource} of {manifest.stack}, saved {manifest.made}, becomes {resource} on {named.name} "
        f"({named.host.uri}): {len(manifest.disks)} disks, {manifest.stored / 1024**2:.1f} MiB"
    )
    for each in manifest.left_out:
        session.warn(f"warning: not in the file: {each}")


def _destination(session: Session, program: YamlProgram, request: FileRequest, named: NamedHost) -> Destination:
    def unseal(salt: str, text: str, place: str) -> str:
        return Cipher.from_keys(session.keys, salt).decrypt(text, place)

    return Destination(
        stack=str(program.name),
        unseal=Unseal(unseal),
        name=request.name,
        copy=request.copy,
        networks={**_stack_networks(session, program, named.name), **dict(map(_pair, request.networks))},
        start=request.start,
    )


def _pair(text: str) -> tuple[str, str]:
    old, equals, new = text.partition("=")
    if not (old and equals and new):
        raise InputError.one(f"{text!r} does not say which network is taken for which", hint="    --network back=NAME")
    return old, new


def _stack_networks(session: Session, program: YamlProgram, host: str) -> dict[str, str]:
    """Those that the stack has on the host: its names, and the host's."""
    return {
        each.urn.name: str(each.outputs.get("name"))
        for each in records_of(session.store, program.name)
        if each.kind == "Network" and each.host is not None and each.host.name == host and each.id is not None
    }
