"""One program that uses all that a registration can say, and what the engine is told for it, field by field."""

import asyncio
import dataclasses
from typing import Any

from tests.python_stacks import PythonBench

from virtwright.schemas.options import Timeouts
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import UNKNOWN, Secret
from virtwright.stacks.base import COMPONENT_KIND, Goal, Registered

PROGRAM = """
import pulumi, virtwright as vw
from pulumi import Alias, CustomTimeouts, Output, ResourceHook, ResourceHookBinding, ResourceOptions

one = vw.Host("one", uri="fake://one", max_parallel=16)
two = vw.Host("two", uri="fake://two")

class Team(pulumi.ComponentResource):
    def __init__(self, name, opts):
        super().__init__("my:index:Team", name, {"size": 3}, opts)
        self.net = vw.Network(f"{name}-net", cidr="10.0.0.0/24", opts=ResourceOptions(parent=self))
        self.register_outputs({"net": self.net.name})

team = Team("team", ResourceOptions(providers=[one], protect=True, retain_on_delete=True, aliases=[Alias(name="crew")]))
data = vw.Volume("data", size="1GiB", opts=ResourceOptions(provider=two))
spare = vw.Volume("spare", size=2 * 1024**3, opts=ResourceOptions(provider=two, parent=team, protect=False))
web = vw.Container(
    "web",
    image="host",
    command=["serve", "80"],
    networks=[{"network": team.net.name, "address": "10.0.0.9"}],
    volumes=[{"volume": data, "mount": "/data"}],
    environment={"PASSWORD": Output.secret("s3cret"), "PEER": Output.concat("http://", team.net.name)},
    labels={"a": "b"},
    description=None,
    opts=ResourceOptions(
        provider=two,
        depends_on=[spare],
        ignore_changes=["labels"],
        replace_on_changes=["command"],
        delete_before_replace=True,
        deleted_with=team.net,
        replace_with=[data],
        replacement_trigger="v1",
        additional_secret_outputs=["address"],
        hide_diffs=["environment"],
        custom_timeouts=CustomTimeouts(create="1m", update="90s", delete="1h"),
        import_="0123",
        aliases=["urn:pulumi:shop::shop::virtwright:index:Container::site", Alias(name="page"), Alias(parent=team)],
        hooks=ResourceHookBinding(before_create=[ResourceHook("ready", lambda args: None)]),
    ),
)
pulumi.export("web", web.name)
"""


def _urn(type: str, name: str) -> Urn:
    return Urn("shop", "shop", type, name)


ONE, TWO = (_urn("pulumi:providers:virtwright", name) for name in ("one", "two"))
TEAM = _urn("my:index:Team", "team")
NET = _urn("my:index:Team$virtwright:index:Network", "team-net")
SPARE = _urn("my:index:Team$virtwright:index:Volume", "spare")
DATA = _urn("virtwright:index:Volume", "data")
WEB = _urn("virtwright:index:Container", "web")
CONTAINER = "virtwright:index:Container"
UNSAID = {each.name: each.default for each in dataclasses.fields(Goal) if each.default is not dataclasses.MISSING}
UNSAID |= {
    each.name: each.default_factory()
    for each in dataclasses.fields(Goal)
    if each.default_factory is not dataclasses.MISSING
}
"""What a goal has that says nothing of it."""

RECORDED: dict[Urn, dict[str, Any]] = {
    ONE: {"kind": "Host", "inputs": {"uri": "fake://one", "max_parallel": 16}},
    TWO: {"kind": "Host", "inputs": {"uri": "fake://two"}},
    TEAM: {
        "kind": "Component",
        "inputs": {"size": 3},
        "protect": True,
        "aliases": frozenset({_urn("my:index:Team", "crew")}),
    },
    NET: {
        "kind": "Network",
        "host": ONE,
        "inputs": {"cidr": "10.0.0.0/24"},
        "parent": TEAM,
        "protect": True,
        "retain_on_delete": True,
        "aliases": frozenset({_urn("my:index:Team$virtwright:index:Network", "crew-net")}),
    },
    DATA: {"kind": "Volume", "host": TWO, "inputs": {"size": "1GiB"}},
    SPARE: {
        "kind": "Volume",
        "host": TWO,
        "inputs": {"size": 2 * 1024**3},
        "parent": TEAM,
        "retain_on_delete": True,
    },
    WEB: {
        "kind": "Container",
        "host": TWO,
        "inputs": {
            "image": "host",
            "command": ["serve", "80"],
            "networks": [{"network": "name of team-net", "address": "10.0.0.9"}],
            "volumes": [{"volume": "name of data", "mount": "/data"}],
            "environment": {"PASSWORD": Secret("s3cret"), "PEER": "http://name of team-net"},
            "labels": {"a": "b"},
        },
        "dependencies": frozenset({NET, DATA, SPARE}),
        "references": frozenset({NET, DATA}),
        "ignore_changes": ("labels",),
        "replace_on_changes": ("command",),
        "delete_before_replace": True,
        "deleted_with": NET,
        "replace_with": frozenset({DATA}),
        "replacement_trigger": "v1",
        "secret_outputs": frozenset({"address"}),
        "hide_changes": ("environment",),
        "timeouts": Timeouts(create=60.0, update=90.0, delete=3600.0),
        "import_id": "0123",
        "aliases": frozenset(
            {_urn(CONTAINER, "site"), _urn(CONTAINER, "page"), _urn(f"my:index:Team${CONTAINER}", "web")}
        ),
        "hooks": {"before_create": ("ready",)},
    },
}


def test_every_field_of_every_registration_is_what_the_protocol_prescribes(bench: PythonBench) -> None:
    goals: list[Goal] = []

    async def register(goal: Goal) -> Registered:
        goals.append(goal)
        return Registered(goal.urn, f"id of {goal.urn.name}", {**goal.inputs, "name": f"name of {goal.urn.name}"})

    outputs = asyncio.run(bench.program(PROGRAM, prelude="").run(register))
    assert outputs == {"web": "name of web"}
    assert {goal.urn for goal in goals} == set(RECORDED)
    for goal in goals:
        told = {each.name: getattr(goal, each.name) for each in dataclasses.fields(goal) if each.name != "locate"}
        wanted = {**UNSAID, "urn": goal.urn, **RECORDED[goal.urn]}
        wanted["folder"] = "" if goal.kind == COMPONENT_KIND else str(bench.folder)
        wanted.pop("locate", None)
        assert told == wanted, goal.urn.name
        assert goal.locate(()).file == str(bench.folder / "shop.py")
    order = [goal.urn for goal in goals]
    for later, earlier in ((NET, TEAM), (NET, ONE), (WEB, NET), (WEB, DATA), (WEB, SPARE), (WEB, TWO)):
        assert order.index(later) > order.index(earlier)


def test_in_a_plan_what_is_not_known_is_told_as_such(bench: PythonBench) -> None:
    goals: dict[str, Goal] = {}

    async def register(goal: Goal) -> Registered:
        goals[goal.urn.name] = goal
        return Registered(goal.urn, None, {**goal.inputs, "name": UNKNOWN})

    asyncio.run(bench.program(PROGRAM, prelude="").run(register))
    inputs = goals["web"].inputs
    assert inputs["networks"] == [{"network": UNKNOWN, "address": "10.0.0.9"}]
    assert inputs["volumes"] == [{"volume": UNKNOWN, "mount": "/data"}]
    assert goals["web"].dependencies == RECORDED[WEB]["dependencies"]
