"""The life of a resource: checked, compared, created, read, updated, deleted. On plain property values, without gRPC."""

import threading
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import field, replace
from pathlib import Path as FilePath
from typing import Any

from virtwright.engine.decide import in_force
from virtwright.engine.existing import FIELD
from virtwright.engine.hashing import inputs_hash
from virtwright.engine.host_check import refuse
from virtwright.engine.masking import Mac, Redactor
from virtwright.engine.selection import address
from virtwright.errors import HostError, InputError, RefusedError, UnsupportedError, VirtwrightError, Where
from virtwright.failpoints import reach
from virtwright.lazy_dataclasses import dataclass
from virtwright.plugin.adoption import left_over, new_operation
from virtwright.plugin.connection import Connection
from virtwright.plugin.losses import check_loss
from virtwright.plugin.place import Place
from virtwright.plugin.property_path import property_path
from virtwright.providers.base import Observed, Stamp
from virtwright.providers.context import Context
from virtwright.providers.diff import Diff
from virtwright.schemas.model import Model, to_properties
from virtwright.schemas.properties import from_model, to_model
from virtwright.schemas.sensitive import sensitive_paths
from virtwright.schemas.values import UNKNOWN, Path, Properties, Value, mark_secrets, reveal
from virtwright.stacks.yaml.check import shape
from virtwright.stacks.yaml.files import FileProblem, Texts, read_contents

Told = dict[str, Value]
"""A resource's outputs: its inputs and what the host reports, together."""


def _at_property(path: Path) -> Where:
    return Where(path=property_path(path))


def _with_contents(inputs: Model, news: Properties) -> Properties:
    """The inputs with the content of the files that they name, as secrets. Raises ``InputError``."""
    try:
        formed = shape(inputs, news)
        read = read_contents(type(inputs), formed, FilePath.cwd(), Texts())
    except FileProblem as error:
        raise InputError.one(str(error), where=_at_property(error.path)) from error
    marked: Properties = mark_secrets(dict(read.plain), read.secrets)
    return marked if read is not formed else news


def _refuse_taken(place: Place, objects: Iterable[Observed[Any, Any]], known: Collection[str]) -> None:
    """Raises ``RefusedError`` where a state of virtwright's own has something in the place of what is to be made."""
    other = next((each for each in objects if each.stamp.is_signed and each.id not in known), None)
    if other is not None:
        raise RefusedError(
            f"{address(place.urn)} ({other.id}) is there already, and belongs to a state of virtwright's own: its stack"
            f" {other.stamp.stack} has the identity {other.stamp.identity}",
            hint="give the stack another name or the resource another host, or bring that state here:\n"
            "    virtwright state export --pulumi\n    pulumi stack import",
        )


@dataclass(frozen=True, slots=True)
class Compared:
    """How an object differs from its goal."""

    diff: Diff
    present: bool
    """It is there, and whole."""


@dataclass(slots=True)
class Operations:
    """All that is done on one host. Methods may be called from many threads at once."""

    connection: Connection
    mac: Mac
    redactor: Redactor
    warn: Callable[[str, str], None]
    """Tells the user: a URN and a message."""
    cancelled: threading.Event = field(default_factory=threading.Event)
    _known: dict[str, set[str]] = field(default_factory=dict)
    """By URN: the ids that the engine spoke of."""
    _adopted: set[str] = field(default_factory=set)
    """Objects that this process adopted, and that the engine has not spoken of since."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def check(self, place: Place, news: Properties) -> Told:
        """The inputs in their one form with defaults; passwords as secrets. Raises ``VirtwrightError``."""
        inputs = to_model(place.kind.inputs, news, _at_property)
        if getattr(inputs, FIELD, None) is not None:
            raise UnsupportedError(
                f"{FIELD} is for stacks that virtwright runs itself",
                where=_at_property((FIELD,)),
                hint=f"Pulumi has a word of its own for what somebody else made:\n    vw.{place.kind.name}.get(NAME, ID)",
            )
        read = _with_contents(inputs, news)
        model = self.connection.handler(place).check(to_model(place.kind.inputs, read, _at_property))
        checked = from_model(model, read)
        marked: Told = mark_secrets(checked, sensitive_paths(place.kind.inputs, to_properties(model)))
        return marked

    def compare(self, place: Place, id: str, prior: Properties, goal: Properties) -> Compared:
        """What has to change. Asks the host, so that what somebody else changed is seen too.

        Raises ``RefusedError`` where data would be lost that the user did not name.
        """
        self._speaks_of(place, id)
        with self.connection.at_work():
            observed = self.connection.find(place, id)
        if observed is None or not observed.complete:
            if observed is not None:
                check_loss(place, "replaced")
            return Compared(Diff(), present=False)
        diff = self._diff(place, self._applied(place, prior), observed, self._model(place, goal))
        if diff.replaces:
            check_loss(place, "replaced")
        return Compared(diff, present=True)

    def foresee(self, place: Place, inputs: Properties) -> Told:
        """What is known of a resource before it is created. Raises ``UnsupportedError`` for what the host can't do."""
        self._check_host(place, inputs, None)
        return {**inputs, **{name: UNKNOWN for name in place.kind.outputs.model_fields if name != "id"}}

    def foresee_update(self, place: Place, id: str, prior: Properties, olds: Properties, goal: Properties) -> Told:
        """What is known of a resource before it is updated."""
        diff = self.compare(place, id, prior, goal).diff
        if diff.changes:
            self._check_host(place, goal, [change.path for change in diff.changes])
        outputs = {name: olds.get(name, UNKNOWN) for name in place.kind.outputs.model_fields if name != "id"}
        return {**goal, **{name: UNKNOWN if name in diff.unsettles else value for name, value in outputs.items()}}

    def create(self, place: Place, inputs: Properties, context: Context) -> tuple[str, Told]:
        """Make the object, or take over one that a killed run left behind. Returns its id and outputs.

        Raises ``CreateFailedError`` where an object is left that is not as it should be.
        """
        self.redactor.learn(inputs)
        goal = self._model(place, inputs)
        with self.connection.at_work():
            objects, known, own = self._candidates(place)
            _refuse_taken(place, objects, {*known, *own})
            for found in left_over(objects, known, own):
                outputs = self._take_over(place, found, goal, inputs, context)
                if outputs is not None:
                    return found.id, self._told(inputs, outputs)
            reach("plugin.before-create")
            outputs = self.connection.handler(place).create(self._stamp(place, goal), goal, context)
            id = str(to_properties(outputs)["id"])
            reach("plugin.created")
        self.connection.touch(place, id)
        return id, self._told(inputs, outputs)

    def read(self, place: Place, id: str, prior: Properties) -> tuple[Told, Told] | None:
        """The inputs that are in force, and the outputs. None where the object is gone."""
        self._speaks_of(place, id)
        with self.connection.at_work():
            observed = self.connection.find(place, id)
        if observed is None or not observed.complete:
            return None
        inputs = self._marked(place, in_force(prior or None, observed), prior)
        return inputs, self._told(inputs, observed.outputs)

    def update(self, place: Place, id: str, prior: Properties, goal: Properties, context: Context) -> Told:
        """Change the object in place, and heal it."""
        self._speaks_of(place, id)
        self.redactor.learn(goal)
        model = self._model(place, goal)
        with self.connection.at_work():
            observed = self.connection.find(place, id)
            if observed is None:
                raise HostError(
                    f"{id} is not on the host any more", hint="run `pulumi up` again: it will be created anew"
                )
            current = self._model(place, in_force(self._applied(place, prior), observed))
            outputs = self._changed(place, id, current, model, context)
        return self._told(goal, outputs)

    def delete(self, place: Place, id: str, context: Context) -> None:
        """Delete the object; what is gone already is deleted."""
        if id in self._adopted:
            self.warn(str(place.urn), f"{id} was taken over from a run that was killed, and is kept, not replaced")
            return
        self._speaks_of(place, id)
        with self.connection.at_work():
            if self.connection.find(place, id) is not None:
                check_loss(place, "deleted")
            self.connection.handler(place).delete(id, context)
        self.connection.touch(place, id)

    def context(self, report: Any, timeout: float) -> Context:
        """``timeout`` in seconds; 0 means the usual."""
        from virtwright.engine.hands import DEFAULT_TIMEOUT

        return Context(report, time.monotonic() + (timeout or DEFAULT_TIMEOUT), self.cancelled)

    def _check_host(self, place: Place, goal: Properties, changed: Collection[Path] | None) -> None:
        with self.connection.at_work():
            refuse(self.connection.handler(place), self._model(place, goal), changed)

    def _candidates(self, place: Place) -> tuple[list[Observed[Any, Any]], set[str], frozenset[str]]:
        objects = self.connection.listing(place).of_urn(place.urn)
        with self._lock:
            known = set(self._known.get(str(place.urn), ()))
        return objects, known, frozenset(self.connection.own())

    def _take_over(
        self, place: Place, found: Observed[Any, Any], goal: Model, inputs: Properties, context: Context
    ) -> Model | None:
        """None where it can't become the goal, and was removed."""
        current = self._model(place, in_force(None, found))
        diff = self._diff(place, to_properties(current), found, goal)
        if not found.complete or diff.replaces:
            check_loss(place, "deleted, since an earlier run left it as something else")
            self.connection.handler(place).delete(found.id, context)
            self.connection.touch(place, found.id)
            return None
        outputs = self._changed(place, found.id, current, goal, context) if diff else found.outputs
        self.connection.touch(place, found.id)
        self._adopted.add(found.id)
        assert isinstance(outputs, Model)
        return outputs

    def _changed(self, place: Place, id: str, current: Model, goal: Model, context: Context) -> Model:
        stamp = self._stamp(place, goal)
        outputs = self.connection.handler(place).update(id, stamp, current, goal, context)
        self.connection.touch(place, id)
        assert isinstance(outputs, Model)
        return outputs

    def _diff(self, place: Place, applied: Properties, observed: Observed[Any, Any], goal: Model) -> Diff:
        current = self._model(place, in_force(applied, observed))
        diff = self.connection.handler(place).diff(current, goal)
        return replace(diff, changes=(*diff.changes, *observed.amends)) if observed.amends else diff

    def _applied(self, place: Place, prior: Properties) -> Properties:
        """The inputs that were last applied: without fields that this version does not know."""
        known = {name: value for name, value in prior.items() if name in place.kind.inputs.model_fields}
        self.redactor.learn(known)
        try:
            return to_properties(to_model(place.kind.inputs, known))
        except VirtwrightError:
            return {}

    def _model(self, place: Place, properties: Properties) -> Model:
        return to_model(place.kind.inputs, properties)

    def _stamp(self, place: Place, goal: Model) -> Stamp:
        hash = inputs_hash(to_properties(goal), self.mac)
        return Stamp(place.stack, str(place.urn), new_operation(), hash, place.identity)

    def _marked(self, place: Place, inputs: Properties, prior: Properties) -> Told:
        marked = from_model(self._model(place, inputs), prior) if prior else dict(inputs)
        secret: Told = mark_secrets(marked, sensitive_paths(place.kind.inputs, reveal(marked)))
        return secret

    def _told(self, inputs: Properties, outputs: Model) -> Told:
        reported = {name: value for name, value in to_properties(outputs).items() if name != "id"}
        wrapped: Told = self.redactor.wrap(reported)
        return {**inputs, **wrapped}

    def _speaks_of(self, place: Place, id: str) -> None:
        with self._lock:
            self._known.setdefault(str(place.urn), set()).add(id)
            self._adopted.discard(id)
