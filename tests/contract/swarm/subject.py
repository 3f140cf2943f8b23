"""A swarm of one node as a subject, shared by the tests of one process and empty for each. What is the engine's alone, as
images, was held to the contract on a Docker host already."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Self

from tests.contract.docker.subject import DockerSubject, left_alone
from tests.contract.subject import FieldChange, Harm, Sample
from tests.contract.swarm import asking, tables
from tests.contract.swarm.items import BACK, DATA, JOURNEY, WEB
from tests.programs import Item
from tests.swarm_lab import SHARED, sweep

from virtwright.engine.state.records import ResourceRecord


def _true_network(subject: "SwarmSubject", outputs: Mapping[str, Any]) -> None:
    found = subject.lab.api.inspect_network(outputs["id"])
    assert (found["Name"], found["Scope"], found["Driver"]) == (outputs["name"], "swarm", "overlay")
    assert outputs["cidr"] == "10.40.0.0/24"


def _true_service(subject: "SwarmSubject", outputs: Mapping[str, Any]) -> None:
    found = asking.service(subject.lab, "web")
    assert (outputs["id"], outputs["name"], outputs["replicas"]) == (found["ID"], found["Spec"]["Name"], 1)
    (task,) = asking.running(subject.lab, "web")
    assert "s3cret-token" in task["Spec"]["ContainerSpec"]["Env"][0]


class SwarmSubject(DockerSubject):
    """One swarm, emptied."""

    name: ClassVar[str] = "swarm"
    samples: ClassVar[Mapping[str, Sample]] = {
        "Network": Sample(BACK, (), _true_network),
        "Service": Sample(WEB, (BACK, DATA), _true_service),
    }
    changes: ClassVar[Sequence[FieldChange]] = tables.CHANGES
    harms: ClassVar[Sequence[Harm]] = tables.HARMS
    in_use: ClassVar[Sequence[tuple[tuple[Item, ...], str]]] = tables.IN_USE
    broken: ClassVar[Sequence[tuple[Item, ...]]] = tables.BROKEN
    journey: ClassVar[tuple[tuple[Item, ...], tuple[Item, ...]]] = JOURNEY
    failpoints: ClassVar[Sequence[str]] = ("docker.swarm",)
    stride: ClassVar[int] = 60

    def __enter__(self) -> Self:
        self.lab = SHARED.get()
        sweep(self.lab)
        return self

    @property
    def uri(self) -> str:
        return f"swarm+unix://{self.lab.socket}"

    def census(self) -> Counter[str]:
        return asking.census(self.lab)

    def expected(self, items: Sequence[Item]) -> Counter[str]:
        return asking.expected(items)

    def life(self) -> Sequence[str]:
        """The first copy of each service; on a node, of one that is everywhere."""
        found = [each for name in ("web", "app") for each in asking.running(self.lab, name)]
        return sorted(str(each["ID"]) for each in found if each.get("Slot", 1) == 1)

    def copy(self, record: ResourceRecord) -> Callable[[], bool]:
        return self._copy_service(record) if record.kind == "Service" else super().copy(record)

    def copy_as_own(self, record: ResourceRecord) -> Callable[[], bool]:
        if record.kind != "Service":
            return super().copy_as_own(record)
        api = self.lab.api
        spec = {**api.inspect_service(record.id)["Spec"], "Name": "copy"}
        spec["Labels"] = {**spec["Labels"], "virtwright.name": "copy"}
        spec["TaskTemplate"]["ContainerSpec"].pop("Mounts", None)
        spec["TaskTemplate"].pop("Networks", None)
        id = api._result(api._post_json(api._url("/services/create"), data=spec), json=True)["ID"]
        return left_alone(lambda: api.inspect_service(id)["Spec"], lambda: api.remove_service(id))

    def _copy_service(self, record: ResourceRecord) -> Callable[[], bool]:
        """As somebody makes a service from what the manager tells of another, which uses nothing of the stack's."""
        api = self.lab.api
        spec = {**api.inspect_service(record.id)["Spec"], "Name": "copy"}
        assert spec["Labels"]["virtwright.urn"] == str(record.urn)
        del spec["TaskTemplate"]["ContainerSpec"]["Mounts"], spec["TaskTemplate"]["Networks"]
        id = api._result(api._post_json(api._url("/services/create"), data=spec), json=True)["ID"]

        def untouched() -> bool:
            same = bool(api.inspect_service(id)["Spec"] == spec)
            sweep(self.lab)
            return same

        return untouched
