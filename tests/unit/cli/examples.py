"""Plans and events to render in the tests."""

import io

from rich.console import Console

from virtwright.cli.render.plan import render_plan
from virtwright.engine.plan import Plan, RunOptions
from virtwright.engine.step import Op, Step
from virtwright.providers.diff import Change, Impact
from virtwright.schemas.urn import HOST_TYPE, Urn, type_token
from virtwright.schemas.values import UNKNOWN, Secret

MIB = 1024**2


def urn(kind: str, name: str) -> Urn:
    type_ = HOST_TYPE if kind == "Host" else type_token(kind)
    return Urn("shop", "shop", type_, name)


CREATE_DB = Step(
    Op.CREATE,
    urn("VirtualMachine", "db"),
    "VirtualMachine",
    "here",
    changes=(
        Change(("cpus",), None, 2, Impact.NONE),
        Change(("memory",), None, 512 * MIB, Impact.NONE),
        Change(("networks", 0, "address"), None, UNKNOWN, Impact.NONE),
        Change(("labels",), None, {}, Impact.NONE),
    ),
)
UPDATE_WEB = Step(
    Op.UPDATE,
    urn("Container", "web"),
    "Container",
    "here",
    changes=(
        Change(("resources", "memory"), 64 * MIB, 128 * MIB, Impact.LIVE),
        Change(("environment", "PASSWORD"), Secret("aa"), Secret("bb"), Impact.REBOOT),
    ),
    impact=Impact.REBOOT,
)
REPLACE_NET = Step(
    Op.REPLACE,
    urn("Network", "back"),
    "Network",
    "here",
    changes=(Change(("cidr",), "10.40.0.0/24", "10.41.0.0/24", Impact.RECREATE),),
    impact=Impact.RECREATE,
    delete_before_create=True,
)
DELETE_DATA = Step(
    Op.DELETE, urn("Volume", "data"), "Volume", "far", impact=Impact.DATA_LOSS, reason="not in the stack"
)
DRIFTED = Step(
    Op.UPDATE,
    urn("Container", "job"),
    "Container",
    "far",
    changes=(Change(("state",), "exited (1)", "running", Impact.LIVE),),
    impact=Impact.LIVE,
    drifted=True,
)
SAME = Step(Op.SAME, urn("Image", "base"), "Image", "here")
MOVED = Step(Op.MOVE, urn("Volume", "new"), "Volume", "here", moved_from=urn("Volume", "old"))
ALL = (CREATE_DB, UPDATE_WEB, REPLACE_NET, SAME, MOVED, DELETE_DATA, DRIFTED)


def plan(*steps: Step, options: RunOptions | None = None) -> Plan:
    return Plan("shop/shop", "plan", steps, 7, options or RunOptions())


def rendered(plan: Plan, *, width: int = 80, verbose: bool = False, refused: bool = False) -> str:
    console = Console(file=io.StringIO(), width=width, color_system=None, markup=False, emoji=False, highlight=False)
    return "".join(line.plain + "\n" for line in render_plan(console, plan, verbose=verbose, refused=refused))
