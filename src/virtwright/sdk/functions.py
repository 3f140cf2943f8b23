"""Questions that a program asks of a host."""

from collections.abc import Sequence
from typing import Any

import pulumi

_GET_IMAGE = "virtwright:index:getImage"
_GET_HOST = "virtwright:index:getHost"


@pulumi.output_type
class GetImageResult(dict[str, Any]):
    """An image that is on the host already, whoever put it there."""

    id: str
    """The host's own identity of it."""
    name: str
    """Its name on the host."""
    reference: str
    """What a machine or container names to start from this image."""
    digest: str | None
    """The digest of its content, as ``sha256:...``."""


@pulumi.output_type
class HostFact(dict[str, Any]):
    """One thing that a host tells of itself."""

    name: str
    """What it is about."""
    value: str
    """What the host says."""
    ok: bool
    """Whether it is as it should be."""
    hint: str | None
    """What to do where it is not."""


@pulumi.output_type
class GetHostResult(dict[str, Any]):
    """What a host tells of itself, as ``virtwright host check`` shows it."""

    name: str
    """Its name in the stack."""
    uri: str
    """Its URI."""
    facts: Sequence[HostFact]
    """All that it tells."""


def get_image(reference: str, opts: pulumi.InvokeOptions | None = None) -> GetImageResult:
    """An image that is on the host already, by its name or id there. Raises where there is none."""
    result: GetImageResult = pulumi.runtime.invoke(
        _GET_IMAGE, {"reference": reference}, opts=opts, typ=GetImageResult
    ).value
    return result


def get_image_output(
    reference: pulumi.Input[str], opts: pulumi.InvokeOptions | pulumi.InvokeOutputOptions | None = None
) -> pulumi.Output[GetImageResult]:
    """As ``get_image``, where the reference is not known until something was made."""
    result: pulumi.Output[GetImageResult] = pulumi.runtime.invoke_output(
        _GET_IMAGE, {"reference": reference}, opts=opts, typ=GetImageResult
    )
    return result


def get_host(opts: pulumi.InvokeOptions | None = None) -> GetHostResult:
    """What a host tells of itself. ``opts`` names the host, as ``pulumi.InvokeOptions(provider=kvm)``."""
    result: GetHostResult = pulumi.runtime.invoke(_GET_HOST, {}, opts=opts, typ=GetHostResult).value
    return result


def get_host_output(
    opts: pulumi.InvokeOptions | pulumi.InvokeOutputOptions | None = None,
) -> pulumi.Output[GetHostResult]:
    """As ``get_host``, where the host is made in the same run."""
    result: pulumi.Output[GetHostResult] = pulumi.runtime.invoke_output(_GET_HOST, {}, opts=opts, typ=GetHostResult)
    return result
