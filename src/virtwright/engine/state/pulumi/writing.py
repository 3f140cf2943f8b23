"""From a state to the document that ``pulumi stack import`` takes."""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any, Final

from virtwright.engine.state.pulumi.document import PASSPHRASE, VERSION, WITH_FEATURES
from virtwright.engine.state.pulumi.names import is_default, to_pulumi
from virtwright.engine.state.pulumi.order import ordered
from virtwright.engine.state.pulumi.rules import magic
from virtwright.engine.state.pulumi.seal import Notes, OperationNote, ResourceNote, sealed
from virtwright.engine.state.pulumi.values import Values
from virtwright.engine.state.records import OperationRecord, ResourceRecord, utc_now
from virtwright.engine.state.stack import StackState
from virtwright.errors import StateError, Where
from virtwright.schemas.dynamic import CODE
from virtwright.schemas.kinds import DYNAMIC
from virtwright.schemas.signatures import BYTES
from virtwright.schemas.urn import STACK_TYPE, Urn
from virtwright.schemas.values import Properties
from virtwright.stacks.base import COMPONENT_KIND, HOST_KIND, StackName
from virtwright.stacks.cipher import Cipher
from virtwright.stacks.keys import Keys

HOOKS: Final = {"before_delete": "BeforeDelete", "after_delete": "AfterDelete"}
_PENDING: Final = {"create": "creating", "replace": "creating", "delete": "deleting"}
"""Every other operation is an update to Pulumi."""
_FEATURES: Final = {
    "resourceHooks": "hooks", "replaceWith": "replaceWith", "refreshBeforeUpdate": "refreshBeforeUpdate",
}  # fmt: skip


def export_deployment(state: StackState, keys: Keys) -> dict[str, Any]:
    """The whole state, its secrets encrypted as Pulumi's passphrase provider does with the key of ``keys``. The same state
    gives the same document. Raises ``StateError`` for a state that is damaged, or holds what Pulumi has no form for."""
    writer = _Writer(state, Cipher.from_keys(keys, pulumi=True, seed=f"deployment {state.name}"))
    return writer.document()


class _Writer:
    def __init__(self, state: StackState, cipher: Cipher) -> None:
        self._cipher = cipher
        self._values = Values(cipher)
        self._name = state.name
        self._stack_identity = state.identity
        self._records = ordered(state.resources())
        self._operations = state.open_operations()
        self._outputs = state.outputs()
        self._hosts = {each.urn: each for each in self._records if each.kind == HOST_KIND}

    def document(self) -> dict[str, Any]:
        entries: list[dict[str, Any]] = [self._stack()]
        before = {entries[0]["urn"]}
        for record in self._records:
            entries.append(self._resource(record, before))
            before.add(entries[-1]["urn"])
        pending = [self._operation(each, before) for each in self._operations]
        deployment = {
            "manifest": self._manifest(),
            "secrets_providers": {"type": PASSPHRASE, "state": {"salt": self._cipher.salt}},
            "resources": entries,
            **({"pending_operations": pending} if pending else {}),
            "metadata": {},
        }
        notes = Notes(
            resources=[ResourceNote(), *map(_note, self._records)],
            operations=list(map(_operation_note, self._operations)),
            identity=self._stack_identity,
        )
        features = sorted({feature for entry in entries for feature in _features(entry)})
        document = {
            "version": WITH_FEATURES if features else VERSION,
            **({"features": features} if features else {}),
            "deployment": deployment,
        }
        return sealed(document, notes, self._cipher)

    def _manifest(self) -> dict[str, str]:
        mine = f"virtwright {version('virtwright')}"
        times = [record.modified for record in self._records if record.modified]
        return {"time": max(times, default=utc_now()), "magic": magic(mine), "version": mine}

    def _stack(self) -> dict[str, Any]:
        urn = stack_urn(self._name)
        outputs = self._values.write(str(urn), "outputs", self._outputs)
        entry = {"urn": str(urn), "custom": False, "type": STACK_TYPE, "outputs": outputs}
        return {name: value for name, value in entry.items() if value != {}}

    def _resource(self, record: ResourceRecord, before: set[str]) -> dict[str, Any]:
        traits = record.traits
        inputs, outputs = self._properties(record, record.inputs), self._properties(record, _outputs(record), "outputs")
        kept = _kept(traits.pulumi, before)
        entry = {
            **kept,
            **self._identity(record.urn, record.kind, record.id, record.host, traits.parent, before),
            "delete": record.doomed,
            "inputs": inputs,
            "outputs": outputs,
            "protect": record.protect,
            **_dependencies(record.dependencies, record.references, inputs, before),
            "pendingReplacement": record.pending_replacement,
            "customTimeouts": _timeouts(kept.get("customTimeouts"), traits.delete_timeout),
            "importID": record.id if traits.imported else None,
            "retainOnDelete": record.retain_on_delete,
            "deletedWith": traits.deleted_with if traits.deleted_with in before else None,
            "created": record.created,
            "modified": record.modified,
            "resourceHooks": {HOOKS[moment]: list(names) for moment, names in traits.hooks.items()},
        }
        return _without_empty(entry)

    def _operation(self, operation: OperationRecord, before: set[str]) -> dict[str, Any]:
        inputs = self._properties(operation, operation.inputs)
        entry = {
            **self._identity(
                operation.urn, operation.kind, operation.object_id, operation.host, operation.traits.parent, before
            ),
            "inputs": inputs,
            "protect": operation.protect,
            **_dependencies(operation.dependencies, frozenset(), inputs, before),
            "retainOnDelete": operation.retain_on_delete,
        }
        return {"resource": _without_empty(entry), "type": _PENDING.get(operation.op, "updating")}

    def _identity(
        self, urn: Urn, kind: str, id: str | None, host: Urn | None, parent: str | None, before: set[str]
    ) -> dict[str, Any]:
        stack = None if is_default(urn) else str(stack_urn(self._name))
        return {
            "urn": str(to_pulumi(urn)),
            "custom": kind != COMPONENT_KIND,
            "id": id if kind != COMPONENT_KIND else None,
            "type": urn.own_type,
            "parent": parent if parent in before else stack,
            "provider": self._provider(urn, host),
        }

    def _provider(self, urn: Urn, host: Urn | None) -> str | None:
        if host is None:
            return None
        known = self._hosts.get(host)
        if known is None or known.id is None:
            raise StateError(f"its host {host.name} is not in the state", where=Where(urn=str(urn)))
        return f"{to_pulumi(host)}::{known.id}"

    def _properties(
        self, record: ResourceRecord | OperationRecord, values: Properties, section: str = "inputs"
    ) -> dict[str, Any]:
        written: dict[str, Any] = self._values.write(str(to_pulumi(record.urn)), section, values)
        return written


def stack_urn(name: StackName) -> Urn:
    """Of the resource that stands for the stack itself."""
    return Urn(name.stack, name.project, STACK_TYPE, f"{name.project}-{name.stack}")


def _outputs(record: ResourceRecord) -> Properties:
    """Pulumi has inputs and outputs in one, and the id apart."""
    reported = {name: value for name, value in record.outputs.items() if name != "id"}
    if record.kind == DYNAMIC.name:
        return {**reported, **{name: value for name, value in record.inputs.items() if name == CODE}}
    return reported if record.kind == COMPONENT_KIND else {**record.inputs, **reported}


def _dependencies(
    dependencies: frozenset[Urn], references: frozenset[Urn], inputs: Mapping[str, Any], before: set[str]
) -> dict[str, Any]:
    """Which property uses what is not known to our state: each may use all, as where Pulumi itself does not know."""
    uses = sorted(str(urn) for urn in references if str(urn) in before)
    names = [name for name, value in inputs.items() if value not in (None, [], {})]
    return {
        "dependencies": sorted(str(urn) for urn in dependencies if str(urn) in before),
        "propertyDependencies": dict.fromkeys(names, uses) if uses else {},
    }


def _kept(fields: Mapping[str, Any], before: set[str]) -> dict[str, Any]:
    """What Pulumi told and we only pass on, without names of what is not there any more."""
    kept = dict(fields)
    if isinstance(others := kept.get("replaceWith"), list):
        kept["replaceWith"] = [urn for urn in others if urn in before]
    return kept


def _timeouts(kept: Any, delete: float | None) -> dict[str, Any]:
    others = kept if isinstance(kept, dict) else {}
    return {**others, **({"delete": delete} if delete else {})}


def _features(entry: Mapping[str, Any]) -> list[str]:
    found = [feature for field, feature in _FEATURES.items() if entry.get(field)]
    return [*found, "byteString"] if _holds_bytes(entry) else found


def _holds_bytes(value: Any) -> bool:
    items: Sequence[Any] = (
        list(value.values()) if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    )
    return any(item == BYTES or _holds_bytes(item) for item in items)


def _without_empty(entry: Mapping[str, Any]) -> dict[str, Any]:
    always = ("urn", "custom", "type")
    return {name: value for name, value in entry.items() if name in always or value not in (None, "", False, [], {})}


def _note(record: ResourceRecord) -> ResourceNote:
    traits = record.traits
    return ResourceNote(
        inputs_hash=record.inputs_hash,
        trigger=traits.trigger,
        imported=traits.imported,
        operation=traits.operation,
        identity=traits.identity,
        row=record.row,
    )


def _operation_note(record: OperationRecord) -> OperationNote:
    return OperationNote(
        id=record.id,
        run=record.run,
        op=record.op,
        object_id=record.object_id,
        row=record.row,
        started=record.started,
        inputs_hash=record.inputs_hash,
        references=sorted(map(str, record.references)),
        traits=record.traits.to_json(),
    )
