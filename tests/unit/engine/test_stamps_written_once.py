"""Where a stamp can't be changed after its object was made, its hash is made of what lasts, and stands for what can't be told."""

from collections.abc import Mapping
from typing import Any

from virtwright.engine.desired import Desired, prepare
from virtwright.engine.hashing import stamp_hash, with_untold
from virtwright.providers.base import Observed, Stamp
from virtwright.providers.diff import Diff, compare
from virtwright.schemas.container import Container, ContainerOutputs
from virtwright.schemas.kinds import KINDS
from virtwright.schemas.urn import Urn, type_token
from virtwright.stacks.base import Goal

URN = Urn("shop", "shop", type_token("Container"), "web")


def fake_mac(data: bytes) -> str:
    return data.decode()


class FakeOnceHandler:
    """Changes limits in place, and can't tell what files hold."""

    def check(self, inputs: Container) -> Container:
        return inputs

    def diff(self, prior: Container, goal: Container) -> Diff:
        return compare(prior, goal, {})

    def lasting(self, inputs: Container) -> Mapping[str, Any]:
        return inputs.model_dump(exclude={"resources"})


HANDLER: Any = FakeOnceHandler()


def desired(**inputs: Any) -> Desired:
    return prepare(Goal(URN, "Container", {"image": "nginx", **inputs}), KINDS["Container"], HANDLER)


def seen(made_of: Desired, **now: Any) -> Observed[Any, Any]:
    whole = Container.model_validate({"image": "nginx", **now})
    told = Container.model_construct({*Container.model_fields} - {"files"}, **dict(whole))
    stamp = Stamp("shop/shop", str(URN), "op", stamp_hash(HANDLER, made_of, fake_mac))
    return Observed(stamp, "1", told, ContainerOutputs(id="1", name="web"))


FILES = [{"path": "/a", "content": "s3cret"}]


def test_an_update_in_place_leaves_the_hash_as_it_is() -> None:
    before, after = desired(files=FILES), desired(files=FILES, resources={"pids": 9})
    assert stamp_hash(HANDLER, before, fake_mac) == stamp_hash(HANDLER, after, fake_mac)
    assert stamp_hash(HANDLER, before, fake_mac) != stamp_hash(HANDLER, desired(), fake_mac)


def test_what_cannot_be_told_is_the_goals_where_the_hash_agrees() -> None:
    goal = desired(files=FILES, resources={"pids": 9})
    found = with_untold(seen(desired(files=FILES), resources={"pids": 5}), goal, HANDLER, fake_mac)
    assert found.inputs.files == goal.model.files  # type: ignore[attr-defined]
    assert found.inputs.resources.pids == 5, "what is told is as it is told"
    assert found.inputs.model_fields_set == {*Container.model_fields}


def test_what_cannot_be_told_stays_open_where_it_was_made_of_something_else() -> None:
    observed = seen(desired(files=[{"path": "/a", "content": "older"}]))
    assert with_untold(observed, desired(files=FILES), HANDLER, fake_mac) is observed
