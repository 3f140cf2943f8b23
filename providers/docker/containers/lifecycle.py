"""Containers made, changed and removed."""

from collections.abc import Mapping
from typing import Any, Final

from virtwright.errors import CreateFailedError, HostError
from virtwright.failpoints import reach
from virtwright.providers.base import Stamp
from virtwright.providers.context import Context
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.client.errors import ConflictError, GoneError
from virtwright.providers.docker.containers import reading
from virtwright.providers.docker.containers.endpoints import endpoint
from virtwright.providers.docker.containers.fetching import fetch_image
from virtwright.providers.docker.containers.joining import join, rejoin
from virtwright.providers.docker.containers.mapping import create_body, update_body
from virtwright.providers.docker.containers.readiness import await_ready
from virtwright.providers.docker.containers.record import record_label
from virtwright.providers.docker.containers.writing import (
    Target,
    drop_helper,
    forget_files,
    memory_binds,
    uses_memory,
    write_files,
    write_memory_files,
)
from virtwright.providers.docker.labels import COPY, OPERATION, stamped_labels, told_time
from virtwright.providers.docker.names import host_name, object_name
from virtwright.providers.docker.owners import holder_of
from virtwright.providers.docker.podman import update_on_podman
from virtwright.providers.taken import Holder, name_beside
from virtwright.schemas.container import Container
from virtwright.schemas.docker_container import DockerContainer
from virtwright.schemas.urn import Urn

STEP: Final = "docker.container"
"""The failpoint after each call that changes a container."""
_MANY_NETWORKS: Final = (1, 44)
"""The version of the API that takes more than one network for a new container."""
_GONE: Final = "is already in progress"
Found = dict[str, Any]


class Lifecycle:
    """Containers of one engine."""

    def __init__(self, connection: DockerConnection) -> None:
        self._docker = connection

    def create(
        self,
        stamp: Stamp,
        inputs: Container,
        context: Context,
        *,
        name: str = "",
        marks: Mapping[str, str] | None = None,
    ) -> Found:
        """Make it, write its files, start it and wait until it is ready. ``name`` is its name on the host, where that is
        not told by the stamp alone, and ``marks`` are more labels. Returns the inspected container. Leaves nothing behind when it fails."""
        id, name = self._make(stamp, inputs, name or object_name(stamp), marks or {}, context)
        target = Target(id, name, stamp.stack, _place(stamp.operation, marks or {}), inputs.image)
        try:
            reach(STEP)
            self._join_others(id, inputs, _own_name(stamp.urn), context)
            write_files(self._docker, target, inputs, context)
            self._start(id, name, context)
            reach(STEP)
            return await_ready(self._docker, id, name, inputs, context)
        except HostError as error:
            self._undo(id, name, error)
            raise

    def update(self, id: str, goal: Container, context: Context) -> Found:
        """Put in force what can change in place, and heal what has drifted."""
        found = self._called_as_stamped(self._inspect(id, context), context)
        name, stamp = reading.name_of(found), reading.stamp_on(found)
        if found["State"].get("Paused"):
            self._docker.call(f"let {name} go on", lambda client: client.unpause(id), context)
            reach(STEP)
        if changes := _limit_changes(found, goal):
            body = update_on_podman(self._docker, changes)
            self._docker.post(f"change the limits of {name}", f"/containers/{id}/update", body, context)
            reach(STEP)
        rejoin(self._docker, found, goal.networks, _own_name(stamp.urn) if stamp else "", context)
        if not reading.finished(found) and found["State"].get("Status") not in ("running", "paused"):
            if uses_memory(found):
                write_memory_files(self._docker, _target(found), goal, context)
            self._start(id, name, context)
        elif (found["State"].get("Health") or {}).get("Status") == "unhealthy":
            self._restart(found, context)
        reach(STEP)
        return await_ready(self._docker, id, name, goal, context)

    def _called_as_stamped(self, found: Found, context: Context) -> Found:
        """With the name that it was made with, where somebody gave it another."""
        displaced = reading.displacement(found)
        if not displaced or (context.known is not None and context.known.imported):
            return found
        id, name, meant = found["Id"], reading.name_of(found), str(displaced[0].goal)
        try:
            self._docker.call(f"rename {name} to {meant}", lambda client: client.rename(id, meant), context)
        except ConflictError as error:
            raise HostError(
                f"{name} can't be given back its name {meant}, which another container has on {self._docker.name}",
                hint=f"give that one another name, or remove it:\n    docker rename {meant} NAME",
            ) from error
        reach(STEP)
        return self._inspect(id, context)

    def stop(self, id: str, context: Context) -> None:
        """Stop it as it asks for; the engine starts it no more."""
        try:
            found = self._inspect(id, context)
            body = update_on_podman(self._docker, {"RestartPolicy": {"Name": "no"}})
            self._docker.post(f"let {id[:12]} stay stopped", f"/containers/{id}/update", body, context)
            reach(STEP)
            if found["State"].get("Running"):
                self._stop(found, context)
        except GoneError:
            return

    def delete(self, id: str, context: Context) -> None:
        """Stop it as it asks for, and remove it with its anonymous volumes."""
        try:
            found = self._inspect(id, context)
            if found["State"].get("Running") and not found["State"].get("Paused"):
                self._stop(found, context)
                reach(STEP)
            self._remove(found, context)
        except GoneError:
            return
        reach(STEP)

    def _make(
        self, stamp: Stamp, inputs: Container, name: str, marks: Mapping[str, str], context: Context
    ) -> tuple[str, str]:
        try:
            return self._create(stamp, inputs, name, marks, context), name
        except GoneError as error:
            if "No such image" not in error.message and "image not known" not in error.message:
                raise
            fetch_image(self._docker, inputs.image, _docker(inputs).platform, context)
        except ConflictError:
            name = name_beside(name, stamp, self._holder(name, context), context)
        return self._create(stamp, inputs, name, marks, context), name

    def _holder(self, name: str, context: Context) -> Holder | None:
        try:
            found = self._inspect(name, context)
        except GoneError:
            return None
        return holder_of(self._docker, reading.stamp_on(found), str(found["Id"]), told_time(found.get("Created")))

    def _create(self, stamp: Stamp, inputs: Container, name: str, marks: Mapping[str, str], context: Context) -> str:
        labels = {**stamped_labels(stamp, name, inputs.labels), **record_label(inputs), **marks}
        body = create_body(inputs, _own_name(stamp.urn), labels, memory_binds(inputs, _place(stamp.operation, marks)))
        if len(inputs.networks) > 1 and not self._docker.speaks(_MANY_NETWORKS):
            first = inputs.networks[0].network
            body["NetworkingConfig"] = {"EndpointsConfig": {first: body["NetworkingConfig"]["EndpointsConfig"][first]}}
        platform = _docker(inputs).platform
        params = {"name": name, **({"platform": platform} if platform else {})}
        made = self._docker.post(f"create the container {name}", "/containers/create", body, context, **params)
        for warning in made.get("Warnings") or ():
            context.progress(f"Docker warns: {warning}")
        return str(made["Id"])

    def _join_others(self, id: str, inputs: Container, own_name: str, context: Context) -> None:
        if not self._docker.speaks(_MANY_NETWORKS):
            for each in inputs.networks[1:]:
                join(self._docker, id, each.network, endpoint(each, own_name), context)

    def _start(self, id: str, name: str, context: Context) -> None:
        self._docker.call(f"start the container {name}", lambda client: client.start(id), context)

    def _stop(self, found: Found, context: Context) -> None:
        id, name = found["Id"], found["Name"].lstrip("/")
        patience = float(found["Config"].get("StopTimeout") or 10)
        context.progress("stopping")
        self._docker.call(
            f"stop the container {name}", lambda client: _post(client, id, "stop"), context, extra=patience
        )

    def _restart(self, found: Found, context: Context) -> None:
        id, name = found["Id"], found["Name"].lstrip("/")
        patience = float(found["Config"].get("StopTimeout") or 10)
        self._docker.call(
            f"restart the container {name}", lambda client: _post(client, id, "restart"), context, extra=patience
        )

    def _remove(self, found: Found, context: Context) -> None:
        id, name = found["Id"], found["Name"].lstrip("/")
        if uses_memory(found):
            forget_files(self._docker, _target(found), context)
            drop_helper(self._docker, _target(found))
        try:
            self._docker.call(
                f"remove the container {name}", lambda client: client.remove_container(id, v=True, force=True), context
            )
        except ConflictError as error:
            if _GONE not in error.message:
                raise
            self._await_gone(id, name, context)

    def _await_gone(self, id: str, name: str, context: Context) -> None:
        def probe() -> tuple[bool | None, str]:
            try:
                return None, reading.state_of(self._inspect(id, context))
            except GoneError:
                return True, "gone"

        context.wait(f"the container {name} to be gone", probe)

    def _undo(self, id: str, name: str, error: HostError) -> None:
        """Remove what could not be finished, though the run may be interrupted or out of time."""
        try:
            self._remove(self._inspect(id, Context()), Context())
        except GoneError:
            return
        except HostError:
            message = f"{error.message}; and the container {name} could not be removed"
            raise CreateFailedError(message, id=id, where=error.where, hint=error.hint) from error

    def _inspect(self, id: str, context: Context) -> Found:
        found: Found = self._docker.call("look at a container", lambda client: client.inspect_container(id), context)
        return found


def _own_name(urn: str) -> str:
    return host_name(Urn.parse(urn).name)


def _place(operation: str, labels: Mapping[str, str]) -> str:
    """What the place of its files in memory is told by. All copies of a service are made by one operation."""
    return f"{operation}/{labels[COPY]}" if COPY in labels else operation


def _docker(inputs: Container) -> DockerContainer:
    return inputs.docker or DockerContainer()


def _target(found: Found) -> Target:
    labels = found["Config"]["Labels"]
    return Target(
        found["Id"],
        found["Name"].lstrip("/"),
        labels["virtwright.stack"],
        _place(labels[OPERATION], labels),
        found["Image"],
    )


def _limit_changes(found: Found, goal: Container) -> dict[str, Any]:
    """What of limits and restart policy is not yet as the goal has it. A policy that stays is sent as it is: it keeps what
    somebody else had set with it, and Podman takes none for ``no``."""
    now = update_body(reading.read_limits(found))
    wanted = update_body(goal)
    if now == wanted:
        return {}
    policy = wanted.pop("RestartPolicy")
    same_policy, same_limits = now.pop("RestartPolicy") == policy, now == wanted
    kept = found["HostConfig"].get("RestartPolicy") or policy
    return {**({} if same_limits else wanted), "RestartPolicy": kept if same_policy else policy}


def _post(client: Any, id: str, verb: str) -> None:
    """Without a time of its own, so that the container's ``StopTimeout`` holds."""
    client._raise_for_status(client._post(client._url("/containers/{0}/" + verb, id)))
