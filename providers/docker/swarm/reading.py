"""What the swarm says of a service, in the terms of the inputs. Pure.

The record in the service's label says what was asked for; what can be told from the specification itself is read from there.
What then still differs from the specification that these inputs make was changed by somebody else, and is drift.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any, Final

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.base import Observed, Stamp
from virtwright.providers.diff import Change, Impact, differences
from virtwright.providers.docker.containers.mapping import BILLION
from virtwright.providers.docker.images.references import parse
from virtwright.providers.docker.labels import own_labels, told_time
from virtwright.providers.docker.names import host_name
from virtwright.providers.docker.swarm.files import names, references
from virtwright.providers.docker.swarm.record import ALIAS, HOLDS, KEPT, recorded
from virtwright.providers.docker.swarm.spec import Surroundings, service_spec
from virtwright.schemas.service import Service, ServiceOutputs
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import Value

Found = Mapping[str, Any]
UNTOLD: Final = frozenset({"files", "namespace"})
_UNDONE: Final = ("paused", "rollback_paused", "updating", "rollback_started")
"""States of an update."""
_FILLED_IN: Final = frozenset({"Runtime", "Isolation"})
"""What the daemon writes into a specification by itself."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What was asked of the swarm at once."""

    services: Sequence[Found]
    tasks: Mapping[str, Sequence[Found]]
    """By the service's id."""
    networks: Mapping[str, str]
    """From ids to names."""
    files: Mapping[str, Collection[str]] = field(default_factory=dict)
    """By the service's name: the secrets and configs that are there for it."""


def observed(found: Found, stamp: Stamp, listing: Listing) -> Observed[Service, ServiceOutputs]:
    """What the record in its label says counts for nothing where virtwright can't have written it."""
    try:
        return _observed(found, stamp, listing, recorded(found["Spec"].get("Labels")))
    except (ValueError, TypeError, AttributeError, KeyError):
        return _observed(found, stamp, listing, {})


def _observed(found: Found, stamp: Stamp, listing: Listing, told: dict[str, Any]) -> Observed[Service, ServiceOutputs]:
    spec = found["Spec"]
    alias, holds = told.pop(ALIAS, host_name(Urn.parse(stamp.urn).name)), told.pop(HOLDS, [])
    kept = told.pop(KEPT, {})
    inputs = read_inputs(spec, told, alias, listing.networks)
    left = {*listing.files.get(spec["Name"], ())} - names(spec)
    drift = [*_drift(spec, inputs, alias, kept, listing.networks), *unfinished(found, left)]
    if names(spec) != {*holds}:
        drift.append(Change(("files",), sorted(names(spec)), holds, Impact.LIVE))
    outputs = read_outputs(found, listing.tasks.get(found["ID"], ()))
    partial = Service.model_construct({*Service.model_fields} - UNTOLD, **dict(inputs))
    return Observed(stamp, found["ID"], partial, outputs, tuple(drift), made=told_time(found.get("CreatedAt")))


def read_inputs(spec: Found, told: Mapping[str, Any], alias: str, networks: Mapping[str, str]) -> Service:
    template = spec["TaskTemplate"]
    container, placement = template["ContainerSpec"], template.get("Placement") or {}
    limits = (template.get("Resources") or {}).get("Limits") or {}
    values = {
        **told,
        "image": plain_image(container["Image"], told.get("image")),
        "environment": dict(text.partition("=")[::2] for text in container.get("Env") or ()),
        "labels": own_labels(spec.get("Labels")),
        "mode": "global" if "Global" in spec["Mode"] else "replicated",
        "replicas": (spec["Mode"].get("Replicated") or {}).get("Replicas", 1),
        "placement": {
            "constraints": placement.get("Constraints") or [],
            "spread": [each["Spread"]["SpreadDescriptor"] for each in placement.get("Preferences") or ()],
            "max_per_host": placement.get("MaxReplicas") or None,
        },
        "resources": {
            "cpus": limits["NanoCPUs"] / BILLION if limits.get("NanoCPUs") else None,
            "memory": limits.get("MemoryBytes") or None,
            "pids": limits.get("Pids") or None,
        },
        "networks": [_join(each, alias, networks) for each in template.get("Networks") or ()],
    }
    return Service.model_validate(values)


def _join(each: Found, alias: str, networks: Mapping[str, str]) -> dict[str, Any]:
    aliases = [name for name in each.get("Aliases") or () if name != alias]
    return {"network": networks.get(each["Target"], each["Target"]), "aliases": aliases}


def plain_image(running: str, declared: str | None) -> str:
    """The image without the digest that was found for its tag, and as it was declared where it is the same."""
    if running == declared:
        return declared
    plain = running.partition("@")[0]
    return declared if declared is not None and parse(plain) == parse(declared) else plain


def read_outputs(found: Found, tasks: Sequence[Found]) -> ServiceOutputs:
    addresses = [each["Addr"].partition("/")[0] for each in _virtual(found) if each.get("Addr")]
    return ServiceOutputs(
        id=found["ID"],
        name=found["Spec"]["Name"],
        replicas=sum(1 for task in tasks if runs(task)),
        addresses=addresses or sorted(_addresses(tasks)),
    )


def _virtual(found: Found) -> list[Found]:
    """The addresses that stand for all copies, but for the one on the network that ports are published by."""
    joined = {each["Target"] for each in found["Spec"]["TaskTemplate"].get("Networks") or ()}
    return [each for each in (found.get("Endpoint") or {}).get("VirtualIPs") or () if each.get("NetworkID") in joined]


def _addresses(tasks: Sequence[Found]) -> Iterator[str]:
    for task in filter(runs, tasks):
        yield from task_addresses(task)


def task_addresses(task: Found) -> Iterator[str]:
    """On the networks that it joins."""
    for each in task.get("NetworksAttachments") or ():
        if not (each["Network"]["Spec"] or {}).get("Ingress"):
            yield from (address.partition("/")[0] for address in each.get("Addresses") or ())


def runs(task: Found) -> bool:
    return task.get("DesiredState") == "running" and (task.get("Status") or {}).get("State") == "running"


def is_of(task: Found, spec: Found) -> bool:
    """Made from this specification of its service. Its placement does not count: the swarm leaves a copy alone that
    would be placed where it is."""
    made, due = ({**each, "Placement": None} for each in (task["Spec"], spec["TaskTemplate"]))
    is_same: bool = said(made) == said(due)
    return is_same


def has_ended(task: Found) -> bool:
    return task["Status"]["State"] in ("complete", "shutdown", "failed", "rejected", "remove", "orphaned")


def _drift(spec: Found, inputs: Service, alias: str, kept: Found, networks: Mapping[str, str]) -> Iterator[Change]:
    template = spec["TaskTemplate"]
    held = references(spec)
    around = Surroundings(
        spec["Name"], alias, spec.get("Labels") or {}, template["ContainerSpec"]["Image"],
        {name: id for id, name in networks.items()}, held["Secret"], held["Config"], kept, template.get("ForceUpdate"),
    )  # fmt: skip
    order = Impact.LIVE if inputs.update.order == "start-first" else Impact.REBOOT
    for path, now, goal in differences(said(spec), said(service_spec(inputs, around))):
        yield Change(("swarm", *path), now, goal, order if path[0] == "TaskTemplate" else Impact.LIVE)


def unfinished(found: Found, left: Collection[str] = ()) -> Iterator[Change]:
    """An update that stands still, that nobody waits for any more, or that left what holds files of another version. One change
    for all, as the swarm goes from one to the other between a plan and its apply."""
    if is_undone(found) or left:
        seen = (
            found["UpdateStatus"]["State"]
            if is_undone(found)
            else f"{len(left)} secrets or configs of another version are left"
        )
        yield Change(("update_status",), seen, "completed", Impact.LIVE)


def is_undone(found: Found) -> bool:
    """Whether its update is not over, so that the specification before it is still needed."""
    return (found.get("UpdateStatus") or {}).get("State") in _UNDONE


def needed(found: Found) -> set[str]:
    """The secrets and configs of a service as it is, and as it may have to be again."""
    return names(found["Spec"]) | (names(found.get("PreviousSpec")) if is_undone(found) else set())


def said(value: Any) -> Value:
    """A part of a specification without what says nothing, and what the daemon fills in."""
    if isinstance(value, Mapping):
        parts = {str(key): said(each) for key, each in value.items() if key not in _FILLED_IN}
        return {
            key: each for key, each in parts.items() if each not in (None, "", 0, False) and each != {} and each != []
        }
    if isinstance(value, list | tuple):
        return [said(each) for each in value]
    found: Value = value
    return found
