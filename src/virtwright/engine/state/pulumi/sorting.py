"""What of a deployment is ours: the stack itself, hosts, resources, components; what was only read; and what is foreign."""

from dataclasses import field
from typing import Final

from virtwright.engine.state.pulumi.document import Deployment, Resource
from virtwright.engine.state.pulumi.rules import PROVIDERS
from virtwright.errors import InputError, Problem, Where
from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.kinds import DYNAMIC, KINDS
from virtwright.schemas.urn import DYNAMIC_HOST_TYPE, DYNAMIC_PREFIX, HOST_TYPE, PACKAGE, STACK_TYPE
from virtwright.stacks.base import COMPONENT_KIND, HOST_KIND

_KIND_OF: Final = {
    HOST_TYPE: HOST_KIND,
    DYNAMIC_HOST_TYPE: HOST_KIND,
    **{kind.type: name for name, kind in KINDS.items()},
}
_OWN_PROVIDER: Final = f"{PROVIDERS}pulumi"
"""Of stack references, which only read."""
_MOST_SHOWN: Final = 20


@dataclass(slots=True)
class Sorted:
    """The resources of a deployment by what becomes of them. Positions count as the deployment does."""

    stack: Resource | None = None
    kept: list[tuple[int, Resource, str]] = field(default_factory=list)
    """Position, resource, kind."""
    passed_over: list[str] = field(default_factory=list)
    """URNs of what was only read."""


def kind_of(resource: Resource) -> str | None:
    """The kind that the resource is of; None where it is foreign, or stands for the stack."""
    if not resource.custom and resource.type != STACK_TYPE:
        return COMPONENT_KIND
    return DYNAMIC.name if resource.type.startswith(DYNAMIC_PREFIX) else _KIND_OF.get(resource.type)


def sort(deployment: Deployment) -> Sorted:
    """Raises ``InputError`` that names what belongs to other packages."""
    found, foreign = Sorted(), []
    for position, each in enumerate(deployment.resources or ()):
        if each.type == STACK_TYPE and not each.parent:
            found.stack = each
        elif each.external or each.type == _OWN_PROVIDER or _is_pulumis_code_host(each):
            found.passed_over.append(each.urn)
        elif (kind := kind_of(each)) is not None:
            found.kept.append((position, each, kind))
        else:
            foreign.append(each)
    foreign += [each.resource for each in deployment.pending_operations or () if _is_foreign(each.resource)]
    if foreign:
        raise InputError([_problem(each) for each in foreign[:_MOST_SHOWN]])
    return found


def _is_pulumis_code_host(resource: Resource) -> bool:
    """The process of the program's own code, of which Pulumi keeps nothing: the next run of the program tells it."""
    return resource.type == DYNAMIC_HOST_TYPE and "interpreter" not in (resource.inputs or {})


def _is_foreign(resource: Resource) -> bool:
    return not resource.external and resource.type != STACK_TYPE and kind_of(resource) is None


def _problem(resource: Resource) -> Problem:
    if resource.type.startswith(f"{PACKAGE}:"):
        kinds = ", ".join(kind.type for kind in KINDS.values())
        return Problem(f"there is no kind {resource.type}", Where(urn=resource.urn), f"this virtwright has {kinds}")
    return Problem(
        f"{resource.type} belongs to another package, which virtwright does not run",
        Where(urn=resource.urn),
        "leave this stack to Pulumi, or take the resource out of the deployment's stack first:\n"
        "    pulumi state delete URN",
    )
