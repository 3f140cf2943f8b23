"""From the document that ``pulumi stack export`` writes to a state."""

import uuid
from collections.abc import Mapping
from dataclasses import field
from typing import Any, Final

from virtwright.engine.hashing import inputs_hash
from virtwright.engine.state.integrity import check_operations, check_resources
from virtwright.engine.state.lease import Lease
from virtwright.engine.state.pulumi.document import (
    PASSPHRASE,
    Deployment,
    Resource,
    damaged,
    parse,
    parse_urn,
    stack_name,
)
from virtwright.engine.state.pulumi.names import Names
from virtwright.engine.state.pulumi.rules import check
from virtwright.engine.state.pulumi.seal import Notes, OperationNote, ResourceNote, opened
from virtwright.engine.state.pulumi.sorting import Sorted, kind_of, sort
from virtwright.engine.state.pulumi.values import Values
from virtwright.engine.state.pulumi.writing import HOOKS
from virtwright.engine.state.records import Changes, OperationRecord, ResourceRecord
from virtwright.engine.state.stack import StackState
from virtwright.engine.state.traits import Traits
from virtwright.errors import InputError, SecretsError, StateError, Where
from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.dynamic import CODE
from virtwright.schemas.host import Host, from_texts
from virtwright.schemas.host_models import host_model
from virtwright.schemas.kinds import DYNAMIC, EVERY_KIND, KINDS
from virtwright.schemas.model import Model
from virtwright.schemas.properties import normalise
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import Path, Properties, has_unknown, render_path, reveal
from virtwright.stacks.base import COMPONENT_KIND, HOST_KIND, StackName
from virtwright.stacks.cipher import Cipher
from virtwright.stacks.keys import Keys

_SPENT: Final = ("initErrors", "taint", "snippetID", "extensionRef", "viewOf")
"""Fields that speak of a moment, or of what only Pulumi's engine has: not passed on by a later export."""
_ENGINES: Final = ("version", "pluginDownloadURL", "pluginChecksums")
"""What Pulumi's engine adds to the inputs of a provider."""
_WRONG_PASSPHRASE: Final = (
    "give the one that the stack has in Pulumi, as --passphrase-file FILE, or:\n    export PULUMI_CONFIG_PASSPHRASE=..."
)


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import has to say."""

    resources: int
    remarks: tuple[str, ...] = ()


def deployment_name(document: Mapping[str, Any]) -> StackName | None:
    """Whose deployment it is; None where it holds nothing. Raises ``InputError`` and ``StateError``."""
    return stack_name(parse(document))


def import_deployment(state: StackState, document: Mapping[str, Any], keys: Keys, lease: Lease) -> Imported:
    """Put the deployment in the place of what the state holds, in one commit.

    All is checked, and every secret decrypted with the key of ``keys``, before anything is written. Raises ``InputError``
    for another form and for resources of other packages, ``StateError`` for what is damaged or of another stack,
    ``SecretsError`` for a wrong passphrase.
    """
    deployment = parse(document)
    name = stack_name(deployment)
    if name not in (None, state.name):
        raise StateError(f"this is the deployment of {name}, not of {state.name}", hint="import it into its own stack")
    check(deployment)
    cipher = _cipher(deployment, keys)
    notes = opened(document, cipher) if cipher is not None else None
    reader = _Reader(state, deployment, sort(deployment), Values(cipher), notes)
    changes = reader.changes()
    state.replace(changes, lease)
    return Imported(len(changes.put), tuple(reader.remarks))


def _cipher(deployment: Deployment, keys: Keys) -> Cipher | None:
    provider = deployment.secrets_providers
    if provider is None or not provider.type:
        return None
    if provider.type != PASSPHRASE:
        raise SecretsError(
            f"the secrets of this deployment are encrypted by {provider.type!r}, which virtwright can't ask",
            hint="use a passphrase for them:\n    pulumi stack change-secrets-provider passphrase",
        )
    if provider.salt is None:
        raise damaged("its secrets provider has no salt")
    cipher = Cipher.from_keys(keys, provider.salt)
    try:
        _ = cipher.salt  # a wrong passphrase is told before all else
    except SecretsError as error:
        raise SecretsError(error.message, hint=_WRONG_PASSPHRASE) from error
    return cipher


@dataclass(slots=True)
class _Reader:
    state: StackState
    deployment: Deployment
    found: Sorted
    values: Values
    notes: Notes | None
    remarks: list[str] = field(default_factory=list)
    names: Names = field(init=False)
    kinds: dict[str, str] = field(init=False)
    """Of what is kept, by URN."""

    def __post_init__(self) -> None:
        resources = self.deployment.resources or []
        self.kinds = {each.urn: kind for _, each, kind in self.found.kept}
        self.names = Names.of(resources)
        if self.notes is not None and len(self.notes.resources) != len(resources):
            raise damaged("the notes of virtwright are not of these resources")

    def changes(self) -> Changes:
        records = [self._record(*each) for each in self.found.kept]
        operations = self._operations({note.row: record.row for note, record in self._noted(records)})
        outputs = self._outputs()
        self._tell_of_code(records)
        self.values.check_places()
        check_resources(self.state.name, records)
        check_operations(self.state.name, operations)
        identity = self.notes.identity if self.notes is not None else None
        return Changes(begin=tuple(operations), put=tuple(records), outputs=outputs, identity=identity)

    def _tell_of_code(self, records: list[ResourceRecord]) -> None:
        """Pulumi's engine does not write down where a program's own code runs."""
        hosts = {record.urn for record in records if record.kind == HOST_KIND}
        names = sorted(record.urn.name for record in records if record.urn.is_dynamic and record.host not in hosts)
        if names:
            self.remarks.append(
                f"where the code of {', '.join(names)} runs is not in this deployment: apply the program once before"
                " you delete them"
            )

    def _noted(self, records: list[ResourceRecord]) -> list[tuple[ResourceNote, ResourceRecord]]:
        positions = [position for position, _, _ in self.found.kept]
        return [(self._note(position), record) for position, record in zip(positions, records, strict=True)]

    def _note(self, position: int) -> ResourceNote:
        return ResourceNote() if self.notes is None else self.notes.resources[position]

    def _outputs(self) -> Properties:
        if self.found.stack is None:
            return {}
        stack = self.found.stack
        return self.values.read_map(stack.urn, "outputs", stack.outputs)

    def _record(self, position: int, resource: Resource, kind: str) -> ResourceRecord:
        note = self._note(position)
        if (resource.model_extra or {}).get("taint"):
            self.remarks.append(f"{resource.urn} was marked to be replaced; say so again: virtwright apply --replace")
        return ResourceRecord(
            row=uuid.uuid4().hex,
            urn=self._urn(resource.urn),
            kind=kind,
            host=self._host(resource, kind),
            id=None if kind == COMPONENT_KIND else resource.id or None,
            inputs=self._inputs(resource, kind),
            outputs=self._told(resource, kind),
            dependencies=self._dependencies(resource, kind, [*(resource.dependencies or ()), *resource.uses]),
            references=self._dependencies(resource, COMPONENT_KIND, resource.uses),
            protect=resource.protect,
            retain_on_delete=resource.retain_on_delete,
            created=resource.created,
            modified=resource.modified,
            doomed=resource.delete,
            pending_replacement=resource.pending_replacement,
            inputs_hash=note.inputs_hash,
            traits=self._traits(resource, kind, note),
        )

    def _urn(self, text: str) -> Urn:
        return parse_urn(self.names.current(text))

    def _host(self, resource: Resource, kind: str) -> Urn | None:
        if kind not in EVERY_KIND:
            return None
        urn, _, _ = resource.provider.rpartition("::")
        if not urn:
            raise damaged("it has no provider", resource.urn)
        return self._urn(urn)

    def _inputs(self, resource: Resource, kind: str) -> Properties:
        read = self.values.read_map(resource.urn, "inputs", resource.inputs)
        if kind == COMPONENT_KIND:
            return read
        if has_unknown(read):
            raise InputError.one(
                "an input of this resource is not known yet",
                where=Where(urn=resource.urn),
                hint="finish the update first:\n    pulumi up",
            )
        if kind == HOST_KIND:
            own = {name: each for name, each in read.items() if name not in _ENGINES and not name.startswith("__")}
            model = host_model(own)
            return _checked(model, from_texts(own) if model is Host else own, resource.urn, "inputs")
        if kind == DYNAMIC.name and CODE not in read:  # Pulumi deletes by what is among the outputs
            read |= {name: each for name, each in self._reported(resource).items() if name == CODE}
        return _checked(EVERY_KIND[kind].inputs, read, resource.urn, "inputs")

    def _reported(self, resource: Resource) -> Properties:
        return self.values.read_map(resource.urn, "outputs", resource.outputs)

    def _told(self, resource: Resource, kind: str) -> Properties:
        """The outputs, without the inputs that Pulumi keeps among them."""
        read = self._reported(resource)
        if kind == COMPONENT_KIND:
            return {name: each for name, each in read.items() if not has_unknown(each)}
        if kind == HOST_KIND:
            former = {"former": read["former"]} if isinstance(read.get("former"), list) else {}
            return {"name": self._urn(resource.urn).name, **former}
        if kind == DYNAMIC.name:
            told = {name: each for name, each in read.items() if name != CODE}
        else:
            told = {name: each for name, each in read.items() if name in KINDS[kind].outputs.model_fields}
        if not told or has_unknown(told):
            return {}
        return _checked(EVERY_KIND[kind].outputs, {**told, "id": resource.id}, resource.urn, "outputs")

    def _dependencies(self, resource: Resource, kind: str, names: list[str]) -> frozenset[Urn]:
        """Hosts, components and what was only read are no part of them; a parent of our kinds is."""
        parent = [resource.parent] if kind in EVERY_KIND and resource.parent else []
        urns = {self._urn(name) for name in (*names, *parent) if self.kinds.get(self.names.current(name)) in EVERY_KIND}
        return frozenset(urns) - {self._urn(resource.urn)}

    def _traits(self, resource: Resource, kind: str, note: ResourceNote) -> Traits:
        parent = self.names.current(resource.parent) if resource.parent else None
        stack = self.found.stack
        hooks = resource.resource_hooks or {}
        timeouts = resource.custom_timeouts
        return Traits(
            imported=note.imported if self.notes is not None else kind in KINDS,
            parent=None if stack is not None and parent == stack.urn else parent,
            deleted_with=self.names.current(resource.deleted_with) if resource.deleted_with else None,
            trigger=note.trigger if self.notes is not None else self._trigger(resource),
            delete_timeout=(timeouts.delete or None) if timeouts is not None else None,
            hooks={moment: tuple(hooks[theirs]) for moment, theirs in HOOKS.items() if hooks.get(theirs)},
            operation=note.operation,
            identity=note.identity,
            pulumi=_passed_on(resource),
        )

    def _trigger(self, resource: Resource) -> str | None:
        trigger = self.values.read(resource.urn, "replacementTrigger", resource.replacement_trigger)
        if trigger is None or has_unknown(trigger):
            return None
        return inputs_hash({"trigger": reveal(trigger)}, self.state.cipher.mac)

    def _operations(self, rows: Mapping[str, str]) -> list[OperationRecord]:
        pending = self.deployment.pending_operations or []
        if self.notes is None:
            self.remarks += [
                f"{each.resource.urn} was {each.type}; the next apply finds its object on the host by its stamp"
                for each in pending
            ]
            return []
        if len(self.notes.operations) != len(pending):
            raise damaged("the notes of virtwright are not of these operations")
        return [
            self._operation(each.resource, note, rows)
            for each, note in zip(pending, self.notes.operations, strict=True)
        ]

    def _operation(self, resource: Resource, note: OperationNote, rows: Mapping[str, str]) -> OperationRecord:
        kind = kind_of(resource) or ""
        return OperationRecord(
            id=note.id,
            run=note.run,
            urn=self._urn(resource.urn),
            op=note.op,
            kind=kind,
            host=self._host(resource, kind),
            object_id=note.object_id,
            row=rows.get(note.row or ""),
            inputs=self._inputs(resource, kind),
            dependencies=self._dependencies(resource, kind, list(resource.dependencies or ())),
            references=frozenset(map(parse_urn, note.references)),
            protect=resource.protect,
            retain_on_delete=resource.retain_on_delete,
            inputs_hash=note.inputs_hash,
            traits=Traits.from_json(note.traits),
            started=note.started,
        )


def _passed_on(resource: Resource) -> dict[str, Any]:
    """What ours has no word for, but for what is spent."""
    extra = {name: value for name, value in (resource.model_extra or {}).items() if name not in _SPENT}
    timeouts = resource.custom_timeouts
    rest = timeouts.model_dump(exclude_defaults=True, exclude={"delete"}) if timeouts is not None else {}
    return {**extra, **({"customTimeouts": rest} if rest else {})}


def _checked(model: type[Model], properties: Properties, urn: str, section: str) -> Properties:
    def locate(path: Path) -> Where:
        return Where(path=render_path((section, *path)), urn=urn)

    return normalise(model, properties, locate)
