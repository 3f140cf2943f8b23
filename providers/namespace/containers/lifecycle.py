"""The life of a container or machine on this host: its record, its place on the networks, its sandbox."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final, Generic

from virtwright.errors import CreateFailedError, HostError, VirtwrightError
from virtwright.failpoints import reach
from virtwright.providers.base import Stamp
from virtwright.providers.context import Context
from virtwright.providers.namespace import layer_disk, supervisor
from virtwright.providers.namespace.cgroups.group import Group, detect
from virtwright.providers.namespace.containers import orphans
from virtwright.providers.namespace.containers.hidden_paths import start_hint
from virtwright.providers.namespace.containers.image_source import find_image
from virtwright.providers.namespace.containers.inner_files import are_inside, take_back
from virtwright.providers.namespace.containers.readiness import Started, wait_until_ready
from virtwright.providers.namespace.containers.refusal import start_failure
from virtwright.providers.namespace.containers.resolver import host_resolvers, resolver_text
from virtwright.providers.namespace.containers.setting import Setting
from virtwright.providers.namespace.containers.workload import InputsT, Workload
from virtwright.providers.namespace.images.store import ImageStore
from virtwright.providers.namespace.network import attach as network
from virtwright.providers.namespace.network.netns import exists
from virtwright.providers.namespace.paths import Root
from virtwright.providers.namespace.records import Record, Records, boot_id
from virtwright.providers.namespace.sandbox.spec import SandboxSpec
from virtwright.providers.namespace.sandbox.status import Status
from virtwright.providers.namespace.supervisor import nothing
from virtwright.providers.namespace.volumes.use import volume_path
from virtwright.schemas.model import to_properties

Start = Callable[[SandboxSpec, Callable[[], None], Context], Status]
"""Starts a sandbox (``Supervisor.start``)."""
STEP: Final = "namespace.step"
"""The failpoint between any two steps."""
_RESOLVER: Final = "resolv.conf"
_LIVE: Final = ("limits", "disk_limit", "restart", "stop_signal", "stop_timeout", "healthcheck")
"""Fields of a spec that a running sandbox can take over."""


class Lifecycle(Generic[InputsT]):
    """Creates, changes and deletes the objects of one kind in one root."""

    def __init__(self, root: Root, workload: Workload[InputsT], start: Start) -> None:
        self.root = root
        self.records = Records(root)
        self.workload = workload
        self._images = ImageStore(root)
        self._start = start

    @property
    def kind(self) -> str:
        return self.workload.kind

    def folder(self, id: str) -> Path:
        return self.root.folder(self.kind, id)

    def create(self, stamp: Stamp, inputs: InputsT, context: Context) -> Record:
        """Leaves nothing when it fails, or raises ``CreateFailedError``."""
        record = Record.new(self.kind, stamp, to_properties(inputs))
        with self.root.lock():
            orphans.sweep(self.root)
            record = self.records.create(record, context)
        try:
            reach(STEP)
            context.progress("connecting it to its networks")
            place = network.reserve(self.root, record, inputs.networks, inputs.ports, self._names(record, inputs))
            spec = self._spec(record, inputs, place.attached)
            context.check()
            reach(STEP)
            connect = partial(network.connect, self.root, place)
            self._bring_up(record, inputs, spec, place.attached, context, meanwhile=connect)
            reach(STEP)
        except BaseException as error:
            self._undo(record, error)
            raise
        return self.records.finish(record)

    def update(self, id: str, stamp: Stamp, goal: InputsT, context: Context) -> Record:
        """Bring the object to ``goal``, live where that is possible, else by a restart. Repeating it is fine."""
        record = self.records.get(self.kind, id)
        if record is None:
            raise HostError(f"the {self.kind} {id} is gone", hint="apply again: it will be made anew")
        cut_off = not exists(self.root.netns / id)
        attached = network.attach(self.root, record, goal.networks, goal.ports, self._names(record, goal))
        reach(STEP)
        spec = self._spec(record, goal, attached)
        status = supervisor.status(self.folder(id))
        fits = self._fit_layer(id, spec, status)
        if status.state == "absent" and self.workload.power(goal) == "stopped":
            supervisor.save(spec)
        elif self.workload.power(goal) == "stopped":
            self._stop(id, context)
            self._fit_layer(id, spec, supervisor.status(self.folder(id)))
            supervisor.save(spec)
        elif self.workload.finished(goal, status) and self._same(id, spec):
            supervisor.save(spec)
        elif (
            fits and not cut_off and self._is_well(goal, status) and self._same(id, spec) and self._has_files(id, spec)
        ):
            self._change_live(id, goal, spec, status)
        else:
            self._stop(id, context)
            self._deliver_again(id, spec)
            self._bring_up(record, goal, spec, attached, context)
        reach(STEP)
        changed = replace(record, stamp=stamp, inputs=to_properties(goal), boot=boot_id(), complete=True)
        self.records.replace(changed)
        return changed

    def stop(self, id: str, context: Context) -> None:
        """As it asks for. Nobody but an update starts it again."""
        if self.records.get(self.kind, id) is not None:
            context.progress("stopping")
            self._stop(id, context)

    def delete(self, id: str, context: Context) -> None:
        """Stop it gracefully, then delete its own layer, its networks and its record. Volumes stay."""
        if self.records.get(self.kind, id) is not None:
            context.progress("stopping")
            self._stop(id, context)
            reach(STEP)
            self._remove(id)
            reach(STEP)
        self.records.remove(self.kind, id)

    def _spec(self, record: Record, inputs: InputsT, attached: network.Attached) -> SandboxSpec:
        folder = self.folder(record.id)
        resolver = folder / _RESOLVER
        resolver.write_text(resolver_text(host_resolvers()))
        resolver.chmod(0o644)  # whatever the umask is: unprivileged programs inside read it
        names = self.workload.volumes(inputs)
        setting = Setting(
            id=record.id,
            folder=folder,
            name=record.urn.name,
            image=find_image(self._images, inputs.image or ""),
            netns=attached.netns,
            hosts_file=attached.hosts_file,
            resolver_file=resolver,
            volumes={name: volume_path(self.root, name) for name in names},
        )
        return self.workload.spec(inputs, setting)

    def _names(self, record: Record, inputs: InputsT) -> list[str]:
        return list(dict.fromkeys(name for name in (record.urn.name, self.workload.hostname(inputs)) if name))

    def _bring_up(
        self,
        record: Record,
        inputs: InputsT,
        spec: SandboxSpec,
        attached: network.Attached,
        context: Context,
        *,
        meanwhile: Callable[[], None] = nothing,
    ) -> None:
        power = self.workload.power(inputs)
        if power == "stopped":
            meanwhile()
            supervisor.save(spec)
            return
        context.progress("starting")
        if supervisor.status(self.folder(record.id)).alive:  # left over by a create that was killed
            supervisor.kill(self.folder(record.id))
        try:
            self._start(spec, meanwhile, context)
        except supervisor.StartFailedError as error:
            elsewhere = start_hint(spec.argv, spec.layers, spec.host_folders)
            raise start_failure(record.urn, spec.argv, error.reason, elsewhere) from error
        if power == "paused":
            supervisor.pause(self.folder(record.id))
            return
        started = Started(record.name, self.folder(record.id), attached.netns, attached.address)
        wait_until_ready(started, inputs.wait_for, context)

    def _is_well(self, goal: InputsT, status: Status) -> bool:
        return status.state in ("running", "paused") and not self.workload.drift(goal, status, frozen=False)

    def _same(self, id: str, spec: SandboxSpec) -> bool:
        """Whether ``spec`` differs from what it was started with only in what can change while it runs."""
        old = supervisor.load(self.folder(id))
        live: dict[str, Any] = {name: getattr(spec, name) for name in _LIVE}
        return replace(old, **live) == spec

    def _fit_layer(self, id: str, spec: SandboxSpec, status: Status) -> bool:
        """Let its layer grow to what the stack says; False where that has to wait until it does not run."""
        folder, limit = self.folder(id), spec.disk_limit
        if limit is None:
            return True
        if status.alive and not layer_disk.grows_live():
            return not layer_disk.is_smaller(folder, limit)
        layer_disk.fit(folder, limit)
        return True

    def _has_files(self, id: str, spec: SandboxSpec) -> bool:
        return are_inside(self.folder(id), spec.files)

    def _deliver_again(self, id: str, spec: SandboxSpec) -> None:
        """Have the files written at the next start: a program that was not restarted would go on with the old ones."""
        folder = self.folder(id)
        if supervisor.status(folder).state != "absent":
            wanted = {file.path for file in spec.files}
            take_back(folder, [file.path for file in supervisor.load(folder).files if file.path not in wanted])
        if spec.files:
            supervisor.renew(folder)

    def _change_live(self, id: str, goal: InputsT, spec: SandboxSpec, status: Status) -> None:
        folder = self.folder(id)
        paused = self.workload.power(goal) == "paused"
        if status.state == "running" and Group(status.cgroup, detect()).frozen:
            supervisor.pause(folder)  # frozen by somebody else: make it a pause, which can be undone
        if not paused:
            supervisor.resume(folder)
        supervisor.adopt(folder, spec)
        if paused:
            supervisor.pause(folder)

    def _stop(self, id: str, context: Context) -> None:
        folder = self.folder(id)
        if supervisor.status(folder).alive:
            supervisor.stop(folder, context.remaining(supervisor.load(folder).stop_timeout))

    def _remove(self, id: str) -> None:
        supervisor.remove(self.folder(id))
        network.detach(self.root, self.kind, id)

    def _undo(self, record: Record, error: BaseException) -> None:
        """Remove all of a create that failed. Where that fails too, the object must be tracked."""
        try:
            self._remove(record.id)
            self.records.remove(self.kind, record.id)
        except (VirtwrightError, OSError) as second:
            message = f"{error}; and what was made could not be removed: {second}"
            raise CreateFailedError(message, id=record.id, hint="apply again: it will be removed first") from error
