"""Answers to the functions of the package, which ask a host and change nothing."""

from virtwright.errors import HostError, UnsupportedError, Where
from virtwright.providers.base import Provider
from virtwright.providers.contract import handlers_of
from virtwright.providers.hooks import Imports, offers
from virtwright.schemas.functions import GET_HOST, GET_IMAGE, GetHostResult, GetImageArgs, GetImageResult, HostFact
from virtwright.schemas.host import Host
from virtwright.schemas.image import ImageOutputs
from virtwright.schemas.model import to_properties
from virtwright.schemas.properties import to_model
from virtwright.schemas.values import Properties, Value

FUNCTIONS = (GET_IMAGE, GET_HOST)
"""The tokens of all functions."""


def answer(token: str, args: Properties, provider: Provider, name: str, host: Host) -> dict[str, Value]:
    """What the host ``name`` answers to a function. Raises ``InputError`` where the arguments are wrong,
    ``UnsupportedError`` where its provider has no such function, and ``HostError``."""
    if token == GET_HOST:
        return to_properties(_host(provider, name, host))
    if token == GET_IMAGE:
        return to_properties(_image(provider, to_model(GetImageArgs, args)))
    raise UnsupportedError(f"virtwright has no function {token}", hint=f"it has {' and '.join(FUNCTIONS)}")


def _host(provider: Provider, name: str, host: Host) -> GetHostResult:
    facts = [HostFact(name=each.name, value=each.value, ok=each.ok, hint=each.hint) for each in provider.facts()]
    return GetHostResult(name=name, uri=host.uri, facts=facts)


def _image(provider: Provider, args: GetImageArgs) -> GetImageResult:
    handler = handlers_of(provider).get("Image")
    if not offers(handler, Imports):
        raise UnsupportedError("this provider can't look up images that are not the stack's own")
    for found in handler.find([args.reference]):
        outputs = found.outputs
        assert isinstance(outputs, ImageOutputs)
        return GetImageResult(**to_properties(outputs))
    raise HostError(
        f"there is no image {args.reference} on the host",
        where=Where(path="reference"),
        hint="declare it as an Image of the stack, so that it is put there",
    )
