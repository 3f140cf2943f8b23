"""What Pulumi demands of a deployment before it uses it (``Snapshot.VerifyIntegrity``). Pure."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence

from virtwright.engine.state.pulumi.document import Deployment, Resource, damaged, parse_urn

PROVIDERS = "pulumi:providers:"


def magic(version: str) -> str:
    """What a manifest of ``version`` must hold as its magic."""
    return hashlib.sha256(version.encode()).hexdigest() if version else ""


def check(deployment: Deployment) -> None:
    """Raises ``StateError`` where Pulumi would refuse the deployment."""
    if deployment.manifest.magic != magic(deployment.manifest.version):
        raise damaged("its magic does not belong to its version")
    resources = deployment.resources or []
    for each in (*resources, *(each.resource for each in deployment.pending_operations or ())):
        _check_itself(each)
    _check_order(resources)
    _check_unique(resources)


def _check_itself(resource: Resource) -> None:
    if not resource.type:
        raise damaged("it has no type", resource.urn)
    if parse_urn(resource.urn).own_type != resource.type:
        raise damaged("its type is not that of its URN", resource.urn)
    if not resource.custom and resource.id:
        raise damaged("it has an id but is no resource of a provider", resource.urn)


def _check_order(resources: Sequence[Resource]) -> None:
    """What a resource needs comes before it."""
    seen: set[str] = set()
    providers: set[str] = set()
    for each in resources:
        if each.type.startswith(PROVIDERS):
            providers.add(f"{each.urn}::{each.id}")
        if each.provider and each.provider not in providers and not each.pending_replacement:
            raise damaged(f"it refers to the provider {each.provider}, which does not come before it", each.urn)
        for what, urn in needs(each):
            if urn not in seen:
                raise damaged(f"its {what} {urn} does not come before it", each.urn)
        seen.update((each.urn, *(each.aliases or ())))


def needs(resource: Resource) -> Iterator[tuple[str, str]]:
    """What a resource names, and as what."""
    if resource.parent:
        yield "parent", resource.parent
    yield from (("dependency", urn) for urn in (*(resource.dependencies or ()), *resource.uses))
    if resource.deleted_with:
        yield "resource to be deleted with", resource.deleted_with
    others = (resource.model_extra or {}).get("replaceWith")
    if isinstance(others, list):
        yield from (("resource to be replaced with", str(urn)) for urn in others)


def _check_unique(resources: Sequence[Resource]) -> None:
    live = Counter(each.urn for each in resources if not each.delete)
    for urn, count in live.items():
        if count > 1:
            raise damaged("two resources have this URN, and neither is to be deleted", urn)
