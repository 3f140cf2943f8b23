"""The two services that a Pulumi program talks to: ``ResourceMonitor`` and ``Engine``, every method of them."""

from collections.abc import Mapping
from typing import Any, Final, Literal
from uuid import uuid4

from google.protobuf import empty_pb2

from virtwright.errors import InputError, UnsupportedError
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import Value
from virtwright.stacks.python.assets import hashed
from virtwright.stacks.python.messages import engine_pb2, resource_pb2
from virtwright.stacks.python.monitor.callbacks import Callbacks, error_hook, resource_hook
from virtwright.stacks.python.monitor.components import Components
from virtwright.stacks.python.monitor.deployment import ORGANIZATION, Deployment
from virtwright.stacks.python.monitor.reading import Reader
from virtwright.stacks.python.monitor.registering import Registrar
from virtwright.stacks.python.monitor.server import Server
from virtwright.stacks.python.monitor.service import Answer, responders
from virtwright.stacks.python.monitor.versions import SERVED, satisfies
from virtwright.stacks.python.plugins import Plugins
from virtwright.stacks.python.texts import config_texts, secret_keys
from virtwright.stacks.python.wire import decode

_FEATURES: Final = (
    "SECRETS", "RESOURCE_REFERENCES", "OUTPUT_VALUES", "ALIAS_SPECS", "REPLACEMENT_TRIGGER", "DELETED_WITH", "REPLACE_WITH",
    "TRANSFORMS", "INVOKE_TRANSFORMS", "PARAMETERIZATION", "RESOURCE_HOOKS", "ERROR_HOOKS", "INVOKE_PARENT",
)  # fmt: skip
_OLD_NAMES: Final = {
    "".join(word.capitalize() if place else word for place, word in enumerate(name.lower().split("_"))): name
    for name in _FEATURES
}
"""``aliasSpecs``: how older SDKs ask for ``ALIAS_SPECS``."""
_SEVERITIES: Final[Mapping[int, Literal["debug", "info", "warning", "error"]]] = {
    0: "debug", 1: "info", 2: "warning", 3: "error",
}  # fmt: skip
_RESOURCE_MARK: Final = "@isPulumiResource"


class Monitor:
    """Answers the requests of one program in one pass."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.callbacks = Callbacks(trust=deployment.trust)
        self.plugins = Plugins(
            deployment.services,
            config_texts(deployment.config),
            self._address,
            deployment.sources,
            deployment.interpreter,
            deployment.trust,
        )
        self._components = Components(deployment, self.plugins)
        self._registrar = Registrar(deployment, self.callbacks, self._components)
        self._reader = Reader(deployment, self.callbacks)
        self.services: Final = {
            service.full_name: responders(service, answers, deployment.refusals.append)
            for service, answers in (
                (resource_pb2.DESCRIPTOR.services_by_name["ResourceMonitor"], self.resource_monitor()),
                (engine_pb2.DESCRIPTOR.services_by_name["Engine"], self.engine()),
            )
        }
        """The methods of both services, by the services' full names."""
        self.server = Server(self.services)

    async def close(self) -> None:
        """Let go of all that the program's pass needed."""
        await self.plugins.close()
        await self.callbacks.close()
        await self.server.close()

    async def _address(self) -> str:
        self.deployment.trust.refuse("a service for functions of the program is begun")
        return await self.server.address()

    def resource_monitor(self) -> Mapping[str, Answer]:
        return {
            "GetDeploymentInfo": self._info,
            "SupportsFeature": self._supports,
            "Invoke": self._reader.invoke,
            "Call": self._components.call,
            "ReadResource": self._reader.read,
            "ExistsResource": self._reader.exists,
            "RegisterResource": self._registrar.register,
            "RegisterResourceOutputs": self._register_outputs,
            "RegisterStackTransform": self._add_transform,
            "RegisterStackInvokeTransform": self._add_invoke_transform,
            "RegisterResourceHook": self._add_hook,
            "RegisterErrorHook": self._add_error_hook,
            "RegisterPackage": self._register_package,
            "SignalAndWaitForShutdown": self._shut_down,
        }

    def engine(self) -> Mapping[str, Answer]:
        return {
            "Log": self._log,
            "GetRootResource": self._get_root,
            "SetRootResource": self._set_root,
            "StartDebugging": self._start_debugging,
            "RequirePulumiVersion": self._require_version,
        }

    # ResourceMonitor

    async def _info(self, request: Any) -> Any:
        deployment = self.deployment
        return resource_pb2.DeploymentInfo(
            project=deployment.name.project,
            stack=deployment.name.stack,
            organization=ORGANIZATION,
            config=config_texts(deployment.config),
            configSecretKeys=secret_keys(deployment.config),
            dryRun=deployment.services.planning,
            parallel=deployment.parallel,
            supportedFeatures=[
                getattr(resource_pb2, f"RESOURCE_MONITOR_FEATURE_{name}")
                for name in _FEATURES
                if hasattr(resource_pb2, f"RESOURCE_MONITOR_FEATURE_{name}")
            ],
        )

    async def _supports(self, request: Any) -> Any:
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id in _OLD_NAMES)

    async def _register_outputs(self, request: Any) -> Any:
        self.deployment.check_open()
        entry = self.deployment.entry(request.urn, "the resource with outputs")
        if entry.custom:
            raise InputError.one(f"{request.urn} is no component: its outputs are what its host says")
        told = await hashed(decode(request.outputs), self.deployment.folder, self.deployment.trust)
        outputs = {name: _without_marks(value) for name, value in told.items()}
        if entry.is_stack:
            self.deployment.outputs = outputs
        else:
            entry.outputs = outputs
            await self.deployment.services.put_outputs(entry.urn, outputs)
        return empty_pb2.Empty()

    async def _add_transform(self, request: Any) -> Any:
        self.deployment.stack_transforms.append(request)
        return empty_pb2.Empty()

    async def _add_invoke_transform(self, request: Any) -> Any:
        self.deployment.invoke_transforms.append(request)
        return empty_pb2.Empty()

    async def _add_hook(self, request: Any) -> Any:
        self.deployment.services.add_hook(request.name, resource_hook(self.callbacks, request))
        return empty_pb2.Empty()

    async def _add_error_hook(self, request: Any) -> Any:
        self.deployment.services.add_hook(request.name, error_hook(self.callbacks, request))
        return empty_pb2.Empty()

    async def _register_package(self, request: Any) -> Any:
        """A package is only a name until one of its resources is registered, which is then refused."""
        key = request.SerializeToString(deterministic=True)
        return resource_pb2.RegisterPackageResponse(ref=self.deployment.packages.setdefault(key, str(uuid4())))

    async def _shut_down(self, request: Any) -> Any:
        self.deployment.over.set()
        await self.deployment.released.wait()
        return empty_pb2.Empty()

    # Engine

    async def _log(self, request: Any) -> Any:
        self.deployment.told.say_all(_SEVERITIES.get(request.severity, "info"), request.message, _urn(request.urn))
        return empty_pb2.Empty()

    async def _get_root(self, request: Any) -> Any:
        return engine_pb2.GetRootResourceResponse(urn=self.deployment.root)

    async def _set_root(self, request: Any) -> Any:
        self.deployment.root = str(self.deployment.entry(request.urn, "the root").urn)
        return engine_pb2.SetRootResourceResponse()

    async def _start_debugging(self, request: Any) -> Any:
        raise UnsupportedError("virtwright attaches no debugger", hint="start one in the program, as breakpoint()")

    async def _require_version(self, request: Any) -> Any:
        if not satisfies(request.pulumi_version_range):
            served = ".".join(map(str, SERVED))
            raise UnsupportedError(
                f"the program needs Pulumi {request.pulumi_version_range}, and virtwright serves the protocol of {served}"
            )
        return engine_pb2.RequirePulumiVersionResponse()


def _without_marks(value: Value) -> Value:
    """A preview marks what was a resource; that is no part of the outputs."""
    if isinstance(value, dict):
        return {key: _without_marks(item) for key, item in value.items() if key != _RESOURCE_MARK}
    return [_without_marks(item) for item in value] if isinstance(value, list) else value


def _urn(text: str) -> Urn | None:
    try:
        return Urn.parse(text) if text else None
    except ValueError:
        return None
