"""The life of a resource: checked, compared, created, read, updated, deleted. On plain property values, without gRPC."""

import threading
import time
from collections.abc import Callable, Collection
from contextlib import nullcontext
from dataclasses import field, replace
from pathlib import Path as FilePath
from typing import Any, Self

from virtwright.engine.decide import in_force
from virtwright.engine.existing import FIELD
from virtwright.engine.hashing import inputs_hash
from virtwright.engine.host_check import refuse
from virtwright.engine.masking import Mac, Redactor
from virtwright.engine.selection import address
from virtwright.errors import (
    CreateFailedError,
    HostError,
    InputError,
    RefusedError,
    UnsupportedError,
    VirtwrightError,
    Where,
)
from virtwright.failpoints import reach
from virtwright.lazy_dataclasses import dataclass
from virtwright.plugin.adoption import Seen, new_operation
from virtwright.plugin.connection import Connection
from virtwright.plugin.consent import TAKE_OVER, check_loss, takes_over
from virtwright.plugin.creations import Creations
from virtwright.plugin.lost_sight import LostSight
from virtwright.plugin.place import Place
from virtwright.plugin.property_path import property_path
from virtwright.providers.base import Observed, Stamp
from virtwright.providers.context import Context
from virtwright.providers.diff import Diff
from virtwright.providers.hooks import StampsOnce, offers
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


@dataclass(frozen=True, slots=True)
class Compared:
    """How an object differs from its goal."""

    diff: Diff
    present: bool
    """It is there, and whole."""
    renamed: bool = False
    """Its stamp bears the name that the resource had before (an alias, another parent), and an update writes it anew."""


@dataclass(slots=True)
class Operations:
    """All that is done on one host. Methods may be called from many threads at once."""

    connection: Connection
    mac: Mac
    redactor: Redactor
    warn: Callable[[str, str], None]
    """Tells the user: a URN and a message."""
    lost_sight: LostSight
    cancelled: threading.Event = field(default_factory=threading.Event)

    @classmethod
    def on(
        cls,
        connection: Connection,
        mac: Mac,
        redactor: Redactor,
        warn: Callable[[str, str], None],
        home: FilePath,
        cancelled: threading.Event,
    ) -> Self:
        """``home`` is virtwright's folder on this machine."""
        lost_sight = LostSight(connection, Creations(home, connection.host.uri), warn)
        return cls(connection, mac, redactor, warn, lost_sight, cancelled)

    def check(self, place: Place, news: Properties) -> Told:
        """The inputs in their one form with defaults; passwords as secrets. Raises ``VirtwrightError``."""
        self.lost_sight.wants(place)
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
        self.lost_sight.speaks_of(id)
        with self.connection.at_work():
            observed = self.connection.find(place, id, known=True)
        if observed is None or not observed.complete:
            if observed is not None:
                check_loss(place, "replaced")
            return Compared(Diff(), present=False)
        diff = self._diff(place, self._applied(place, prior), observed, self._model(place, goal))
        if diff.replaces:
            check_loss(place, "replaced")
        return Compared(diff, present=True, renamed=self._is_renamed(place, observed))

    def foresee(self, place: Place, inputs: Properties) -> Told:
        """What is known of a resource before it is created. Raises ``UnsupportedError`` for what the host can't do, and
        ``RefusedError`` where its place is taken."""
        self._check_host(place, inputs, None)
        with self.connection.at_work():
            self.lost_sight.of(place)
        return {**inputs, **{name: UNKNOWN for name in place.kind.outputs.model_fields if name != "id"}}

    def foresee_update(self, place: Place, id: str, prior: Properties, olds: Properties, goal: Properties) -> Told:
        """What is known of a resource before it is updated."""
        diff = self.compare(place, id, prior, goal).diff
        if diff.changes:
            self._check_host(place, goal, [change.path for change in diff.changes])
        outputs = {name: olds.get(name, UNKNOWN) for name in place.kind.outputs.model_fields if name != "id"}
        return {**goal, **{name: UNKNOWN if name in diff.unsettles else value for name, value in outputs.items()}}

    def create(
        self, place: Place, inputs: Properties, context: Context, is_heard: Callable[[], bool]
    ) -> tuple[str, Told]:
        """Make the object, or take over one that a killed run left behind. Returns its id and outputs. ``is_heard`` says whether
        the engine still waits for them.

        Raises ``CreateFailedError`` where an object is left that is not as it should be.
        """
        self.redactor.learn(inputs)
        goal = self._model(place, inputs)
        with self.connection.at_work():
            taken = self._take_over(place, goal, context)
            id, outputs = taken or self._make(place, goal, context, is_heard)
            if is_heard():
                self.lost_sight.settled(place)
        self.connection.touch(place, id)
        return id, self._told(inputs, outputs)

    def read(self, place: Place, id: str, prior: Properties) -> tuple[Told, Told] | None:
        """The inputs that are in force, and the outputs. None where the object is gone."""
        self.lost_sight.speaks_of(id)
        with self.connection.at_work():
            observed = self.connection.find(place, id, known=bool(prior))
        if observed is None or not observed.complete:
            return None
        inputs = self._marked(place, in_force(prior or None, observed), prior)
        return inputs, self._told(inputs, observed.outputs)

    def update(self, place: Place, id: str, prior: Properties, goal: Properties, context: Context) -> Told:
        """Change the object in place, and heal it."""
        self.lost_sight.speaks_of(id)
        self.redactor.learn(goal)
        model = self._model(place, goal)
        with self.connection.at_work():
            observed = self.connection.find(place, id, known=True)
            if observed is None:
                raise HostError(
                    f"{id} is not on the host any more", hint="run `pulumi up` again: it will be created anew"
                )
            current = self._model(place, in_force(self._applied(place, prior), observed))
            outputs = self._changed(place, id, new_operation(), current, model, context)
        return self._told(goal, outputs)

    def delete(self, place: Place, id: str, context: Context) -> None:
        """Delete the object; what is gone already is deleted."""
        self.lost_sight.speaks_of(id)
        with self.connection.at_work():
            self.lost_sight.remove(place.stack, context)
            if self.connection.find(place, id, known=True) is not None:
                check_loss(place, "deleted")
            elif self.connection.is_there(place, id):
                self.warn(str(place.urn), f"{id} is left alone: it bears the stamp of another stack")
                return
            self.connection.handler(place).delete(id, context)
        self.connection.touch(place, id)

    def context(self, place: Place, report: Any, timeout: float) -> Context:
        """``timeout`` in seconds; 0 means the usual."""
        from virtwright.engine.hands import DEFAULT_TIMEOUT

        deadline = time.monotonic() + (timeout or DEFAULT_TIMEOUT)
        return Context(report, deadline, self.cancelled, identity=place.identity)

    def _check_host(self, place: Place, goal: Properties, changed: Collection[Path] | None) -> None:
        with self.connection.at_work():
            refuse(self.connection.handler(place), self._model(place, goal), changed)

    def _make(self, place: Place, goal: Model, context: Context, is_heard: Callable[[], bool]) -> tuple[str, Model]:
        creations, operation = self.lost_sight.creations, new_operation()
        with creations.begun(place, operation):
            try:
                reach("plugin.before-create")
                stamp = self._stamp(place, goal, operation)
                outputs = self.connection.handler(place).create(stamp, goal, context)
                reach("plugin.created")
            except VirtwrightError as error:
                if is_heard() or not isinstance(error, CreateFailedError):
                    creations.end(operation)
                raise
            if is_heard():
                creations.end(operation)
        return str(to_properties(outputs)["id"]), outputs

    def _take_over(self, place: Place, goal: Model, context: Context) -> tuple[str, Model] | None:
        """The object that a killed run left, or that the user named, once it is what is wanted. What a killed run left and can't
        become that is removed."""
        found = self.lost_sight.of(place)
        taken = next((each for each in found.left if self._becomes(place, each, goal)), None)
        for each in found.left:
            if each is not taken:
                check_loss(place, "deleted, since an earlier run left it as something else")
                self.connection.handler(place).delete(each.id, context)
                self.connection.touch(place, each.id)
        if taken is not None:
            return self._taken_over(place, taken, goal, context, noted=True)
        if found.whole and takes_over(place):
            fitting = next((each for each in found.whole if self._becomes(place, each, goal)), None)
            if fitting is None:
                raise RefusedError(
                    f"{address(place.urn)} can't take over {found.whole[0].id}, which would have to be replaced",
                    hint="make the program fit what is there, or let another one be made beside it: leave it out of\n"
                    f"    {TAKE_OVER}",
                )
            return self._taken_over(place, fitting, goal, context, noted=False)
        return None

    def _becomes(self, place: Place, found: Seen, goal: Model) -> bool:
        return found.complete and not self._diff(place, self._applied_to(found, goal), found, goal).replaces

    def _applied_to(self, found: Seen, goal: Model) -> Properties:
        """What the host can't tell of an object was applied where its stamp says so."""
        told = to_properties(goal)
        return told if found.stamp.inputs_hash == inputs_hash(told, self.mac) else {}

    def _taken_over(
        self, place: Place, found: Seen, goal: Model, context: Context, *, noted: bool
    ) -> tuple[str, Model]:
        """``noted``: so that a run which is killed meanwhile leaves it as one that was cut off."""
        applied, operation = self._applied_to(found, goal), new_operation()
        current, outputs = self._model(place, in_force(applied or None, found)), found.outputs
        if self._diff(place, applied, found, goal):
            with self.lost_sight.creations.begun(place, operation) if noted else nullcontext():
                outputs = self._changed(place, found.id, operation, current, goal, context)
        assert isinstance(outputs, Model)
        return found.id, outputs

    def _changed(self, place: Place, id: str, operation: str, current: Model, goal: Model, context: Context) -> Model:
        stamp = self._stamp(place, goal, operation)
        try:
            outputs = self.connection.handler(place).update(id, stamp, current, goal, context)
        finally:
            self.connection.touch(place, id)
        assert isinstance(outputs, Model)
        return outputs

    def _is_renamed(self, place: Place, observed: Seen) -> bool:
        named = (observed.stamp.stack, observed.stamp.urn) != (place.stack, str(place.urn))
        return named and not offers(self.connection.handler(place), StampsOnce)

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

    def _stamp(self, place: Place, goal: Model, operation: str) -> Stamp:
        hash = inputs_hash(to_properties(goal), self.mac)
        return Stamp(place.stack, str(place.urn), operation, hash, place.identity)

    def _marked(self, place: Place, inputs: Properties, prior: Properties) -> Told:
        marked = from_model(self._model(place, inputs), prior) if prior else dict(inputs)
        secret: Told = mark_secrets(marked, sensitive_paths(place.kind.inputs, reveal(marked)))
        return secret

    def _told(self, inputs: Properties, outputs: Model) -> Told:
        reported = {name: value for name, value in to_properties(outputs).items() if name != "id"}
        wrapped: Told = self.redactor.wrap(reported)
        return {**inputs, **wrapped}
