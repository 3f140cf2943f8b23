"""The handler of the kind Volume on Docker hosts."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from virtwright.errors import CreateFailedError, HostError, VirtwrightError
from virtwright.failpoints import reach
from virtwright.providers.base import Found, Observed, Remain, Stamp
from virtwright.providers.context import Context
from virtwright.providers.diff import Diff, Impact, compare
from virtwright.providers.docker.client.connection import LINGER, DockerConnection
from virtwright.providers.docker.client.errors import ConflictError, GoneError
from virtwright.providers.docker.containers.listing import containers_of_stack, staying
from virtwright.providers.docker.helpers import helped, helper_name, helpers, identity_of, remove_helper, tidy_helpers
from virtwright.providers.docker.labels import OPERATION, of_stack, stamp_of, stamped_labels, told_time
from virtwright.providers.docker.names import object_name
from virtwright.providers.docker.owners import forget, holder_of, is_note, note, owners, with_owner
from virtwright.providers.docker.podman import of_volume, refuse_on_podman
from virtwright.providers.docker.volumes import filling
from virtwright.providers.docker.volumes.mapping import (
    check_volume,
    create_body,
    identity,
    is_anonymous,
    name_of,
    read_outputs,
    read_volume,
    tell_volume,
)
from virtwright.providers.taken import Holder, name_beside, refuse_twin
from virtwright.schemas.model import to_properties
from virtwright.schemas.volume import Volume, VolumeOutputs

IMPACTS: Final = {"labels": Impact.LIVE, "allocation": Impact.LIVE, "libvirt": Impact.NONE}
"""What is not named here can't be changed without a new, empty volume."""
_IN_USE: Final = "in use"


class VolumeHandler:
    """Volumes of one engine."""

    linger: float = LINGER

    def __init__(self, connection: DockerConnection) -> None:
        self._docker = connection

    def check(self, inputs: Volume) -> Volume:
        return check_volume(inputs)

    def check_host(self, inputs: Volume) -> None:
        refuse_on_podman(self._docker, inputs, of_volume)

    def diff(self, prior: Volume, goal: Volume) -> Diff:
        return compare(prior, goal, IMPACTS, default=Impact.DATA_LOSS, delete_before_create=True)

    def lasting(self, inputs: Volume) -> Mapping[str, Any]:
        return {name: value for name, value in to_properties(inputs).items() if name not in IMPACTS}

    def prepare(self, inputs: Volume, context: Context) -> None:
        """Raises ``HostError`` where a stranger would keep the volume from going when the stack's own containers had gone for
        its sake."""
        if context.known is not None:
            name = name_of(context.known.id)
            if others := staying(self._docker, context, all=True, volume=name):
                raise _in_use(name, others)

    def create(self, stamp: Stamp, inputs: Volume, context: Context) -> VolumeOutputs:
        name = object_name(stamp)
        there = self._there(name, context)
        if there is not None:
            name = name_beside(name, stamp, self._holder(there), context)
        body = create_body(inputs, name, stamped_labels(stamp, name, inputs.labels))
        if inputs.source is None:
            made = self._docker.post(f"create the volume {name}", "/volumes/create", body, context)
            self._check_ours(made, stamp, context)
        else:
            made = self._filled(stamp, inputs, body, context)
        reach(filling.STEP)
        return read_outputs(made)

    def update(self, id: str, stamp: Stamp, prior: Volume, goal: Volume, context: Context) -> VolumeOutputs:
        if prior.labels != goal.labels:
            context.progress("Docker can't change the labels of a volume: the new ones are kept in the state alone")
        return read_outputs(self._inspect(name_of(id), context))

    def delete(self, id: str, context: Context) -> None:
        name = name_of(id)
        try:
            if identity(found := self._inspect(name, context)) != id:
                return
            if read_volume(found).source is not None:
                filling.end(self._docker, name)
            self._docker.call(f"delete the volume {name}", lambda client: client.remove_volume(name), context)
        except GoneError:
            return
        except ConflictError as error:
            if _IN_USE not in error.message:
                raise
            raise _in_use(name, self._users(name)) from error
        reach(filling.STEP)
        forget(self._docker, id, context)

    def note_owner(self, id: str, identity: str, context: Context) -> None:
        note(self._docker, id, identity, context)

    def observe(self, stack: str) -> Iterator[Observed[Volume, VolumeOutputs]]:
        found = self._docker.call("list its volumes", lambda client: client.volumes(filters=of_stack(stack)))
        stamped = [(each, stamp_of(each.get("Labels"), each["Name"])) for each in found.get("Volumes") or ()]
        sourced = any(_has_source(each) for each, _ in stamped)
        unfinished = helped(containers_of_stack(self._docker, stack)) if sourced else {}
        noted = owners(self._docker)
        for each, stamp in stamped:
            if stamp is not None:
                complete = each["Name"] not in unfinished
                yield Observed(
                    with_owner(stamp, identity(each), noted),
                    identity(each),
                    read_volume(each),
                    read_outputs(each),
                    (),
                    complete,
                    made=told_time(each.get("CreatedAt")),
                )

    def find(self, names: Collection[str] | None) -> Iterator[Found[Volume, VolumeOutputs]]:
        found = self._docker.call("list its volumes", lambda client: client.volumes())
        for each in found.get("Volumes") or ():
            id, name = identity(each), each["Name"]
            if (
                id in names or name in names
                if names is not None
                else not (is_anonymous(each) or is_note(each.get("Labels")))
            ):
                inputs, unsaid = tell_volume(each)
                yield Found(id, name, inputs, read_outputs(each), stamp_of(each.get("Labels"), name), unsaid=unsaid)

    def tidy(self, stack: str, identity: str) -> None:
        """Remove helpers and their images that a killed create left without a volume."""
        tidy_helpers(self._docker, stack, identity)
        for name in filling.left_images(self._docker, stack, identity):
            filling.remove_image(self._docker, name)

    def remains(self, stack: str) -> Iterator[Remain]:
        """Helpers of volumes and containers."""
        for name, each in helpers(self._docker, stack).items():
            yield Remain(name, f"helper {helper_name(name)}", identity_of(each))

    def remove_remain(self, id: str, context: Context) -> None:
        remove_helper(self._docker, id)

    def _filled(self, stamp: Stamp, inputs: Volume, body: dict[str, Any], context: Context) -> dict[str, Any]:
        assert inputs.source is not None
        name = body["Name"]
        try:
            helper = filling.begin(self._docker, stamp.stack, body, context)
            reach(filling.STEP)
            made = self._inspect(name, context)
            self._check_ours(made, stamp, context)
            filling.fill(self._docker, helper, stamp.stack, name, inputs.source, context)
            filling.end(self._docker, name)
            return made
        except VirtwrightError as error:
            self._undo(name, stamp, error)
            raise

    def _undo(self, name: str, stamp: Stamp, error: VirtwrightError) -> None:
        try:
            filling.end(self._docker, name)
            if _is_ours(self._inspect(name, Context()), stamp):
                self._docker.call(f"delete the volume {name}", lambda client: client.remove_volume(name))
        except GoneError:
            return
        except HostError:
            message = f"{error.message}; and the volume {name} could not be removed"
            id = read_outputs(self._inspect(name, Context())).id
            raise CreateFailedError(message, id=id, where=error.where, hint=error.hint) from error

    def _there(self, name: str, context: Context) -> dict[str, Any] | None:
        try:
            return self._inspect(name, context)
        except GoneError:
            return None

    def _holder(self, found: Mapping[str, Any]) -> Holder | None:
        stamp, made = stamp_of(found.get("Labels"), found["Name"]), told_time(found.get("CreatedAt"))
        return holder_of(self._docker, stamp, identity(found), made)

    def _check_ours(self, found: Mapping[str, Any], stamp: Stamp, context: Context) -> None:
        """Docker answers a creation with the volume that is there already. Raises ``HostError`` where that is another one: nothing
        must be written into it."""
        if not _is_ours(found, stamp):
            refuse_twin(stamp, self._holder(found), context)
            name = found["Name"]
            raise HostError(f"a volume {name} was made by somebody else meanwhile", hint="apply again")

    def _inspect(self, id: str, context: Context) -> dict[str, Any]:
        found: dict[str, Any] = self._docker.call("look at a volume", lambda client: client.inspect_volume(id), context)
        return found

    def _users(self, id: str) -> list[str]:
        filters = {"volume": id}
        found = self._docker.call("list its users", lambda client: client.containers(all=True, filters=filters))
        return sorted(name.lstrip("/") for each in found for name in each.get("Names") or ())


def _is_ours(found: Mapping[str, Any], stamp: Stamp) -> bool:
    return bool((found.get("Labels") or {}).get(OPERATION) == stamp.operation)


def _in_use(name: str, users: Sequence[str]) -> HostError:
    return HostError(
        f"the volume {name} is in use by {', '.join(users) or 'a container'}",
        hint="remove them, or take the volume from them, first",
    )


def _has_source(found: dict[str, Any]) -> bool:
    return read_volume(found).source is not None
