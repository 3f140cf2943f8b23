"""The life of resources on one host, and its functions and components, as messages: what ``Provider`` answers with."""

import threading
from collections.abc import Callable
from pathlib import Path as FilePath
from typing import Any, TypeVar

import grpc
from google.protobuf import empty_pb2

from virtwright.engine.masking import Mac
from virtwright.errors import CreateFailedError, InputError, VirtwrightError
from virtwright.plugin import configuration, constructing
from virtwright.plugin.connection import Connection
from virtwright.plugin.detailed_diff import made_anew, nothing_changed, to_response
from virtwright.plugin.failures import Status, check_failures, half_done, status_of
from virtwright.plugin.messages import Messages
from virtwright.plugin.operations import Operations
from virtwright.plugin.place import Place
from virtwright.plugin.property_path import property_path
from virtwright.plugin.redaction import SharedRedactor
from virtwright.providers.functions import answer
from virtwright.providers.hooks import WarnsOfWay, offers
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import Properties
from virtwright.stacks.python.messages import provider_pb2
from virtwright.stacks.python.special import WireError
from virtwright.stacks.python.wire import decode, encode

T = TypeVar("T")


class Answers:
    """Of one process, which serves one host, once it was configured. Every method answers with a whole message of what is wrong."""

    def __init__(self, mac: Mac, home: FilePath, messages: Messages, cancelled: threading.Event) -> None:
        self.messages = messages
        self.cancelled = cancelled
        self.engine = ""
        """Its address, which components are made on."""
        self._mac = mac
        self._home = home
        self._redactor = SharedRedactor()
        self._operations: Operations | None = None

    # its configuration

    def CheckConfig(self, request: Any, context: Any) -> Any:
        return self._answered(context, lambda: _checked(lambda: configuration.normalised(decode(request.news))))

    def DiffConfig(self, request: Any, context: Any) -> Any:
        def diff() -> Any:
            prior = decode(request.old_inputs if request.HasField("old_inputs") else request.olds)
            goal = decode(request.news)
            paths = configuration.changed(prior, goal)
            if not paths:
                return nothing_changed()
            kinds = provider_pb2.PropertyDiff
            replaces = ["uri"] if configuration.moves(prior, goal) else []
            detailed = {
                property_path(path): kinds(
                    kind=kinds.UPDATE_REPLACE if path[0] in replaces else kinds.UPDATE, inputDiff=True
                )
                for path in paths
            }
            names = list(dict.fromkeys(str(path[0]) for path in paths))
            return provider_pb2.DiffResponse(
                changes=provider_pb2.DiffResponse.DIFF_SOME,
                replaces=replaces,
                diffs=names,
                detailedDiff=detailed,
                hasDetailedDiff=True,
            )

        return self._answered(context, diff)

    def Configure(self, request: Any, context: Any) -> Any:
        def configure() -> Any:
            args = decode(request.args) if request.HasField("args") else {}
            self._redactor.learn(configuration.split(args)[0])
            host = configuration.to_host(args, request.variables)
            connection = Connection(request.name or "virtwright", host)
            if offers(connection.provider, WarnsOfWay):
                for problem in connection.provider.way_warnings():
                    self.messages.warn("", f"{problem.message}; {problem.hint}" if problem.hint else problem.message)
            self._operations = Operations.on(
                connection, self._mac, self._redactor, self.messages.warn, self._home, self.cancelled
            )
            if request.urn:
                urn = Urn.parse(request.urn)
                self._operations.lost_sight.tell(f"{urn.project}/{urn.stack}")
            return provider_pb2.ConfigureResponse(
                acceptSecrets=True, supportsPreview=True, acceptResources=True, acceptOutputs=False
            )

        return self._answered(context, configure)

    # the life of a resource

    def Check(self, request: Any, context: Any) -> Any:
        def check() -> Any:
            host, place, news = self._host(), Place.of(request.urn), decode(request.news)
            return _checked(lambda: host.check(place, news))

        return self._answered(context, check)

    def Diff(self, request: Any, context: Any) -> Any:
        def diff() -> Any:
            place = Place.of(request.urn)
            compared = self._host().compare(place, request.id, _prior(request), decode(request.news))
            if not compared.present:
                return made_anew()
            return to_response(place, compared.diff) if compared.diff or compared.renamed else nothing_changed()

        return self._answered(context, diff)

    def Create(self, request: Any, context: Any) -> Any:
        def create() -> Any:
            place, inputs = Place.of(request.urn), decode(request.properties)
            if request.preview:
                return provider_pb2.CreateResponse(properties=encode(self._host().foresee(place, inputs)))
            work = self._host().context(place, self._progress(request.urn), request.timeout)
            try:
                id, outputs = self._host().create(place, inputs, work, context.is_active)
            except CreateFailedError as error:
                scrub = self._redactor.scrub
                raise _Half(half_done(error, error.id, encode(inputs), encode(inputs), scrub)) from error
            return provider_pb2.CreateResponse(id=id, properties=encode(outputs))

        return self._answered(context, create)

    def Read(self, request: Any, context: Any) -> Any:
        def read() -> Any:
            found = self._host().read(Place.of(request.urn), request.id, _given(request))
            if found is None:
                return provider_pb2.ReadResponse()
            inputs, outputs = found
            return provider_pb2.ReadResponse(id=request.id, inputs=encode(inputs), properties=encode(outputs))

        return self._answered(context, read)

    def Update(self, request: Any, context: Any) -> Any:
        def update() -> Any:
            place, goal, prior = Place.of(request.urn), decode(request.news), _prior(request)
            host = self._host()
            if request.preview:
                outputs = host.foresee_update(place, request.id, prior, decode(request.olds), goal)
            else:
                work = host.context(place, self._progress(request.urn), request.timeout)
                outputs = host.update(place, request.id, prior, goal, work)
            return provider_pb2.UpdateResponse(properties=encode(outputs))

        return self._answered(context, update)

    def Delete(self, request: Any, context: Any) -> Any:
        def delete() -> Any:
            place = Place.of(request.urn)
            work = self._host().context(place, self._progress(request.urn), request.timeout)
            self._host().delete(place, request.id, work)
            return empty_pb2.Empty()

        return self._answered(context, delete)

    # functions and components

    def Invoke(self, request: Any, context: Any) -> Any:
        def invoke() -> Any:
            connection = self._host().connection
            try:
                with connection.at_work():
                    told = answer(
                        request.tok, decode(request.args), connection.provider, connection.name, connection.host
                    )
            except InputError as error:
                return provider_pb2.InvokeResponse(failures=check_failures(error))
            response = provider_pb2.InvokeResponse()
            getattr(response, "return").CopyFrom(encode(told))
            return response

        return self._answered(context, invoke)

    def Construct(self, request: Any, context: Any) -> Any:
        return self._answered(context, lambda: constructing.construct(request, self.engine))

    # common to all

    def close(self) -> None:
        if self._operations is not None:
            self._operations.connection.close()

    def _host(self) -> Operations:
        if self._operations is None:
            raise InputError.one(
                "the provider has not been configured",
                hint="set its uri:\n    pulumi config set virtwright:uri namespace:///",
            )
        return self._operations

    def _progress(self, urn: str) -> Any:
        report = self.messages.progress(urn)
        return lambda message, fraction=None: report(self._redactor.scrub(message), fraction)

    def _answered(self, context: Any, work: Callable[[], T]) -> T:
        try:
            return work()
        except _Half as half:
            status = half.status
        except WireError as error:
            status = Status(grpc.StatusCode.INVALID_ARGUMENT, f"malformed request: {error}")
        except Exception as error:  # noqa: BLE001 - an engine that gets no answer would hold it for a crash
            status = status_of(error, self._redactor.scrub)
        context.abort_with_status(status)
        raise AssertionError("abort_with_status raises")


class _Half(Exception):
    """A create that left an object behind; carries its whole status."""

    def __init__(self, status: Status) -> None:
        super().__init__(status.details)
        self.status = status


def _checked(work: Callable[[], Properties]) -> Any:
    try:
        return provider_pb2.CheckResponse(inputs=encode(work()))
    except VirtwrightError as error:
        return provider_pb2.CheckResponse(failures=check_failures(error))


def _prior(request: Any) -> Properties:
    """The inputs that were last applied; older engines send only the outputs, of which the inputs are a part."""
    return decode(request.old_inputs if request.HasField("old_inputs") else request.olds)


def _given(request: Any) -> Properties:
    return decode(request.inputs) or decode(request.properties)
