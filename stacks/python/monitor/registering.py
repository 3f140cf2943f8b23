"""``RegisterResource``: from a request to a goal, and from the engine's answer to a response."""

import re
from dataclasses import replace
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from virtwright.errors import InputError, UnsupportedError, Where
from virtwright.schemas.kinds import DYNAMIC, TYPES
from virtwright.schemas.text import NAME_PATTERN
from virtwright.schemas.urn import HOST_TYPE, PACKAGE, STACK_TYPE, Urn
from virtwright.schemas.values import Path, Properties, render_path
from virtwright.stacks.base import COMPONENT_KIND, HOST_KIND, Goal, Registered
from virtwright.stacks.python.assets import asset_reads, hashed
from virtwright.stacks.python.messages import resource_pb2
from virtwright.stacks.python.monitor.aliases import all_aliases, child_urn
from virtwright.stacks.python.monitor.callbacks import Callbacks
from virtwright.stacks.python.monitor.components import Components
from virtwright.stacks.python.monitor.default_host import default_host
from virtwright.stacks.python.monitor.deployment import Deployment, Entry
from virtwright.stacks.python.monitor.dynamic import code_host, dynamic_inputs, is_dynamic, secret_names
from virtwright.stacks.python.monitor.inputs import Locate, host_inputs, kind_inputs
from virtwright.stacks.python.monitor.options import hook_names, timeouts
from virtwright.stacks.python.monitor.transforms import transformed
from virtwright.stacks.python.wire import decode, decode_value, encode

_NAME: Final = re.compile(NAME_PATTERN)
_LONGEST: Final = 255


class Registrar:
    """Answers the registrations of one pass."""

    def __init__(self, deployment: Deployment, callbacks: Callbacks, components: Components) -> None:
        self._components = components
        self._deployment = deployment
        self._callbacks = callbacks

    async def register(self, request: Any) -> Any:
        """Raises ``InputError`` and ``UnsupportedError`` for what a program must not ask."""
        deployment = self._deployment
        deployment.check_open()
        parent = self._parent(request)
        if request.type == STACK_TYPE and parent is None:
            return self._stack(request)
        _check_supported(request)
        await transformed(request, parent, deployment, self._callbacks)
        if request.remote:  # its parts are registered by requests of their own
            return await self._components.construct(request, parent, self._locator(request)(()))
        deployment.registering += 1
        try:
            return await self._register(request, parent)
        finally:
            deployment.registering -= 1

    async def _register(self, request: Any, parent: Entry | None) -> Any:
        entry = await self._entry(request, parent)
        properties = await self._properties(request)
        goal = self._goal(request, entry, properties)
        answer = await self._deployment.register(goal)
        entry.id, entry.outputs = answer.id, answer.outputs
        self._deployment.entries[str(entry.urn)] = entry
        return _response(request, entry, answer)

    def _parent(self, request: Any) -> Entry | None:
        if not request.parent:
            return None
        return self._deployment.entry(request.parent, f"{request.name} is to be a part of")

    def _stack(self, request: Any) -> Any:
        name = self._deployment.name
        urn = child_urn(name.stack, name.project, STACK_TYPE, request.name, None)
        self._deployment.entries[str(urn)] = Entry(urn, custom=False, transforms=tuple(request.transforms))
        return resource_pb2.RegisterResourceResponse(urn=str(urn))

    async def _entry(self, request: Any, parent: Entry | None) -> Entry:
        """The resource, with what it inherits."""
        name = self._deployment.name
        urn = child_urn(name.stack, name.project, request.type, request.name, parent.urn if parent else None)
        protect = request.protect if request.HasField("protect") else bool(parent and parent.protect)
        retain = (
            request.retainOnDelete if request.HasField("retainOnDelete") else bool(parent and parent.retain_on_delete)
        )
        with_ = self._known(request.deletedWith, "the resource to be deleted with") if request.deletedWith else None
        entry = Entry(
            urn,
            custom=request.custom,
            parent=parent,
            protect=protect,
            retain_on_delete=retain,
            deleted_with=with_ or (parent.deleted_with if parent else None),
            hosts=self._hosts(request, parent),
            aliases=all_aliases(urn, parent, request.aliases, request.aliasURNs),
            transforms=tuple(request.transforms),
        )
        if request.custom and request.type in TYPES and entry.host is None:
            entry.hosts = {PACKAGE: await default_host(self._deployment, self._locator(request))}
        if is_dynamic(request.type):
            entry.hosts = {**entry.hosts, PACKAGE: await code_host(self._deployment)}
        return entry

    def _hosts(self, request: Any, parent: Entry | None) -> dict[str, Urn]:
        hosts = dict(parent.hosts) if parent is not None else {}
        for package, reference in request.providers.items():
            hosts[package] = self._provider(reference)
        if request.provider:
            urn = self._provider(request.provider)
            hosts[urn.own_type.rpartition(":")[2]] = urn
        return hosts

    def _provider(self, reference: str) -> Urn:
        urn, separator, _ = reference.rpartition("::")
        if not separator:
            raise InputError.one(f"{reference!r} does not name a provider")
        return self._known(urn, "the provider")

    def _known(self, urn: str, what: str) -> Urn:
        return self._deployment.entry(urn, what).urn

    async def _properties(self, request: Any) -> Properties:
        try:
            return await hashed(decode(request.object), self._deployment.folder, self._deployment.trust)
        except InputError as error:
            raise InputError.one(error.message, where=self._locator(request)(())) from error

    def _goal(self, request: Any, entry: Entry, properties: Properties) -> Goal:
        locate = self._locator(request)
        common = Goal(
            urn=entry.urn,
            kind=COMPONENT_KIND,
            inputs=properties,
            aliases=frozenset(entry.aliases),
            protect=entry.protect,
            parent=None if entry.parent is None or entry.parent.is_stack else entry.parent.urn,
            locate=locate,
        )
        if not request.custom:
            return common
        if not is_dynamic(request.type):
            _check_name(request, locate)
        dependencies, references = self._dependencies(request, entry)
        common = replace(common, dependencies=dependencies, references=references)
        entries, folder = self._deployment.entries, self._deployment.folder
        if request.type == HOST_TYPE:
            inputs, reads = host_inputs(properties, entries, folder, locate, self._deployment.trust)
            common = replace(common, dependencies=frozenset(), references=frozenset(), folder=str(folder))
            return replace(common, kind=HOST_KIND, inputs=inputs, reads=reads)
        kind = DYNAMIC if is_dynamic(request.type) else TYPES[request.type]
        if kind is DYNAMIC:
            inputs, reads = dynamic_inputs(properties, entries), asset_reads(properties, folder)
        else:
            deployment = self._deployment
            inputs, reads = kind_inputs(kind, properties, entries, folder, locate, deployment.trust, deployment.texts)
        # that of a short content can be guessed
        hidden = [render_path((*read.path, "hash")) for read in reads if kind is DYNAMIC]
        return replace(
            common,
            kind=kind.name,
            inputs=inputs,
            folder=str(folder),
            reads=reads,
            host=entry.host,
            retain_on_delete=entry.retain_on_delete,
            deleted_with=entry.deleted_with,
            ignore_changes=tuple(request.ignoreChanges),
            replace_on_changes=tuple(request.replaceOnChanges),
            delete_before_replace=request.deleteBeforeReplaceDefined and request.deleteBeforeReplace,
            replace_with=frozenset(
                self._known(urn, "the resource to be replaced with") for urn in request.replace_with
            ),
            replacement_trigger=decode_value(request.replacement_trigger),
            secret_outputs=frozenset(request.additionalSecretOutputs) | secret_names(kind.name, inputs),
            hide_changes=(*request.hideDiffs, *hidden),
            timeouts=timeouts(request),
            import_id=request.importId or None,
            hooks=hook_names(request),
        )

    def _dependencies(self, request: Any, entry: Entry) -> tuple[frozenset[Urn], frozenset[Urn]]:
        """What it needs, and the part of that which its inputs use. Hosts and components are no part of either: a host is
        named apart, and a component stands for its children, which the SDK names too."""
        uses = [urn for each in request.propertyDependencies.values() for urn in each.urns]
        if not request.propertyDependencies and request.object.fields:
            uses = list(request.dependencies)
        needs = {*request.dependencies, *uses}
        if entry.parent is not None:
            needs.add(str(entry.parent.urn))
        return self._kinds(needs, request) - {entry.urn}, self._kinds(uses, request) - {entry.urn}

    def _kinds(self, urns: Any, request: Any) -> frozenset[Urn]:
        found = (self._deployment.entry(urn, f"{request.name} depends on") for urn in urns)
        return frozenset(
            each.urn for each in found if (each.urn.own_type in TYPES or each.urn.is_dynamic) and not each.external
        )

    def _locator(self, request: Any) -> Locate:
        file, line, column = _position(request, self._deployment)
        kind = TYPES.get(request.type)
        if is_dynamic(request.type):
            section = DYNAMIC.section
        else:
            section = kind.section if kind else "hosts" if request.type == HOST_TYPE else request.type
        name = request.name

        def locate(path: Path) -> Where:
            return Where(file, line, column, render_path((section, name, *path)))

        return locate


def _check_supported(request: Any) -> None:
    """Raises ``UnsupportedError`` for what only Pulumi's own engine can do."""
    package = request.type.split(":")[0]
    if request.custom and not (request.type == HOST_TYPE or request.type in TYPES or is_dynamic(request.type)):
        known = ", ".join(sorted(TYPES))
        hint = f"its kinds are: {known}" if package == PACKAGE else "run the program with `pulumi up`"
        what = (
            f"virtwright has no kind {request.type}"
            if package == PACKAGE
            else (f"{request.type} belongs to another provider, which virtwright does not run")
        )
        raise UnsupportedError(what, hint=hint)
    if request.state_migrations:
        raise UnsupportedError("state migrations are not supported", hint="run the program with `pulumi up`")
    if request.envVarMappings:
        raise UnsupportedError("environment variables can't be mapped to a provider", hint="give it its settings")
    if not request.name or len(request.name) > _LONGEST:
        raise InputError.one(f"a {request.type} needs a name of at most {_LONGEST} letters")


def _check_name(request: Any, locate: Locate) -> None:
    if _NAME.fullmatch(request.name) is None:
        raise InputError.one(
            f"{request.name!r} is no name for a resource",
            where=locate(()),
            hint="a name has letters, digits, '_', '.' and '-', begins with a letter or digit and is at most 63 long",
        )


def _position(request: Any, deployment: Deployment) -> tuple[str | None, int | None, int | None]:
    """Where in the user's program the resource is made: the innermost frame that is the project's own."""
    positions = [frame.pc for frame in request.stackTrace.frames] or [request.sourcePosition]
    for position in positions:
        file = unquote(urlsplit(position.uri).path)
        if file.startswith(f"{deployment.folder}/") and "/site-packages/" not in file:
            return file, position.line or None, position.column or None
    return None, None, None


def _response(request: Any, entry: Entry, answer: Registered) -> Any:
    failed = answer.result != "done"
    if not request.custom:
        return resource_pb2.RegisterResourceResponse(urn=str(entry.urn))
    return resource_pb2.RegisterResourceResponse(
        urn=str(entry.urn),
        id=answer.id or "",
        object=encode({} if failed else _given(answer.outputs)),
        result=resource_pb2.FAIL if failed else resource_pb2.SUCCESS,
        unknown=failed,
    )


def _given(outputs: Properties) -> Properties:
    """Without what is null, which a program can't tell from what is not there."""
    return {name: value for name, value in outputs.items() if value is not None}
