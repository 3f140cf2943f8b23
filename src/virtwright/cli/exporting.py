"""A whole machine into a file, at the command line."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

from virtwright.cli.cancelling import cancellable
from virtwright.cli.reach import reach_hosts
from virtwright.cli.render.bar import Bar
from virtwright.cli.session import Session
from virtwright.cli.state_edit import hold
from virtwright.engine.selection import address
from virtwright.engine.state.records import ResourceRecord
from virtwright.engine.state.stack import StackState
from virtwright.errors import InputError, UnsupportedError, Where
from virtwright.providers.exports.contract import Origin
from virtwright.providers.exports.sealing import Seal, SecretsRule
from virtwright.providers.exports.writing import ExportWriter
from virtwright.providers.hooks import Exports, offers
from virtwright.schemas.values import Secret
from virtwright.stacks.cipher import Cipher

UNTOLD: Final = ("labels", "shutdown_timeout", "switch_off", "wait_for")
"""Inputs that no host tells, and that go with the machine."""


def export(session: Session, resource: str, file: Path, *, live: bool, secrets: str, wait: float) -> int:
    """Returns the exit code. Raises ``VirtwrightError``; no file is there then."""
    state = session.state()
    with reach_hosts(session.store, state) as hosts, hold(state, wait):
        source = hosts.operations(resource)
        if not offers(source.operations, Exports):
            raise UnsupportedError(f"{source.name} can't be exported", hint="machines on libvirt hosts can")
        record = source.record
        origin = Origin(str(state.name), address(record.urn), _untold(record), _networks(state, record))
        with (
            _written(file) as draft,
            Bar(session) as bar,
            ExportWriter(draft, _rule(session, secrets)) as writer,
            cancellable(bar.report) as context,
        ):
            writer.words(_words(record))
            source.operations.export(source.id, writer, origin, context, live=live)
    session.warn(f"{source.name}: saved in {file}, {file.stat().st_size / 1024**2:.1f} MiB")
    return 0


def _rule(session: Session, secrets: str) -> SecretsRule:
    if secrets == "seal":
        cipher = Cipher.from_keys(session.keys)
        return SecretsRule(Seal(cipher.encrypt, lambda: cipher.salt))
    return SecretsRule(clear=secrets == "clear")


def _untold(record: ResourceRecord) -> dict[str, Any]:
    from virtwright.schemas.kinds import EVERY_KIND
    from virtwright.schemas.values import reveal

    known = EVERY_KIND[record.kind].inputs.model_validate(reveal(dict(record.inputs)))
    return known.model_dump(mode="json", include=set(UNTOLD), exclude_defaults=True)


def _networks(state: StackState, record: ResourceRecord) -> dict[str, str]:
    return {
        str(each.outputs.get("name")): each.urn.name
        for each in state.resources()
        if each.kind == "Network" and each.host == record.host and each.id is not None
    }


def _words(record: ResourceRecord) -> str:
    """The entry of a stack, for people; its secrets are not in it, nor what was written for cloud-init, as that has them often."""
    from virtwright.schemas.kinds import EVERY_KIND
    from virtwright.schemas.model import to_properties
    from virtwright.schemas.sensitive import sensitive_paths
    from virtwright.schemas.values import mark_secrets
    from virtwright.stacks.yaml.write import write_entry

    kind = EVERY_KIND[record.kind]
    usual = to_properties(kind.inputs())
    inputs = {**record.inputs, **({"cloud_init": Secret(None)} if record.inputs.get("cloud_init") else {})}
    inputs = mark_secrets(inputs, sensitive_paths(kind.inputs, record.inputs))
    values = {name: _masked(value) for name, value in inputs.items() if value != usual.get(name)}
    return f"{kind.section}:\n{write_entry(record.urn.name, values)}"


def _masked(value: Any) -> Any:
    if isinstance(value, Secret):
        return repr(value)
    if isinstance(value, dict):
        return {key: _masked(each) for key, each in value.items() if each is not None}
    return [_masked(each) for each in value] if isinstance(value, list) else value


@contextmanager
def _written(file: Path) -> Iterator[BinaryIO]:
    """A file that gets its name when it is whole. Raises ``InputError`` where it can't be written, or is there."""
    if file.exists():
        raise InputError.one("is there already", where=Where(file=str(file)), hint="choose another name, or remove it")
    draft = file.with_name(f".{file.name}.part")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as opened:
            yield opened
            opened.flush()
            os.fsync(opened.fileno())
        draft.replace(file)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise InputError.one(f"can't be written: {error.strerror or error}", where=Where(file=str(file))) from error
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
