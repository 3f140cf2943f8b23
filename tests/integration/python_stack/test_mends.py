"""The SDK's faults are still there, so the mends are still needed; and the mended SDK does the same, faster.

Where a test here fails because the SDK as it is passes, its mend can go.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.python_stacks import PythonBench

HOST = Path(__file__).parents[3] / "stacks" / "python" / "host"
SETUP = """
import asyncio, importlib.util, json, sys
import pulumi
from pulumi.runtime import mocks, resource, rpc, settings, stack

def load(name):
    spec = importlib.util.spec_from_file_location(name, f"{HOST}/{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args):
        return args.name, args.inputs

    def call(self, args):
        return {}, []

class Box(pulumi.CustomResource):
    size: pulumi.Output[int]

    def __init__(self, name, opts=None, **props):
        super().__init__("virtwright:index:Box", name, props, opts)

counts = dict.fromkeys(("debug", "callbacks", "types", "stats", "settings", "asked", "urns"), 0)
def log(engine, severity, *rest):
    counts["debug"] += severity == 0
pulumi.log._log = log
pulumi.runtime.set_mocks(Mocks())
"""


def _run(mend: str, body: str) -> dict[str, object]:
    """Run in a process of its own, with a mend, a text that mends, or neither; returns what it prints last, as JSON."""
    call = mend if "(" in mend or not mend else f"load('mends').{mend}()"
    text = SETUP.replace("{HOST}", str(HOST)) + f"{call}\n" + body
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != 0:
        return {"error": done.stderr.strip().splitlines()[-1]}
    told: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return told


PROGRAM = """
async def main():
    for index in range(200):
        Box(f"b{index}", size=index)
    await stack.wait_for_rpcs()
loop = asyncio.get_event_loop()
"""
WAITS = """
class Counted(asyncio.futures._PyFuture):
    def add_done_callback(self, *arguments, **options):
        counts["callbacks"] += 1
        return super().add_done_callback(*arguments, **options)

async def main():
    pending = [Counted() for _ in range(100)]
    settings.SETTINGS.outputs.update(pending)
    waiting = asyncio.ensure_future(stack.wait_for_rpcs())
    for each in pending:
        await asyncio.sleep(0.001)
        each.set_result(None)
    await waiting

loop = asyncio.get_event_loop()
loop.run_until_complete(main())
print(json.dumps(counts))
"""
CHAIN = """
from pulumi.runtime.resource_cycle_breaker import declare_dependency
class Node:
    pass
sys.setrecursionlimit(150)
nodes = [Node() for _ in range(200)]
for one, next in zip(nodes, nodes[1:]):
    assert declare_dependency(next, one)
assert not declare_dependency(nodes[0], nodes[-1])
assert not declare_dependency(nodes[0], nodes[0])
assert declare_dependency(nodes[-1], nodes[0])
print(json.dumps({"ok": True}))
"""
TYPES = """
from pulumi import _types
count = _types._types_from_annotations
def counted(*arguments):
    counts["types"] += 1
    return count(*arguments)
_types._types_from_annotations = counted
for _ in range(5):
    assert _types.resource_types(Box) == {"size": int}
print(json.dumps(counts))
"""
TRACES = """
import pathlib
made = pathlib.Path.__new__
def counted(cls, *arguments, **options):
    counts["stats"] += 1
    return made(cls, *arguments, **options)
pathlib.Path.__new__ = counted
for _ in range(50):
    resource._get_stack_trace()
print(json.dumps(counts))
"""
SETTINGS = """
from pulumi._utils import ContextProperty
get = ContextProperty.fget
def counted(self, *arguments):
    counts["settings"] += 1
    return get(self, *arguments)
ContextProperty.fget = counted
settings.SETTINGS.lock
ContextProperty.fget = get
"""
PLAIN = """
from pulumi.runtime import known_types
ask = known_types.is_asset
def counted(value):
    counts["asked"] += 1
    return ask(value)
known_types.is_asset = counted
async def main():
    values = ["a", 1, 2.5, True, None, {"a": ["b", "c"]}]
    return [await rpc.serialize_property(each, [], "key") for each in values]
assert asyncio.get_event_loop().run_until_complete(main()) == ["a", 1, 2.5, True, None, {"a": ["b", "c"]}]
known_types.is_asset = ask
"""
URNS = """
made = pulumi.Output.all
def counted(*arguments, **named):
    counts["urns"] += 1
    return made(*arguments, **named)
pulumi.Output.all = resource.Output.all = counted
async def main():
    for index in range(20):
        Box(f"b{index}", size=index)
    await stack.wait_for_rpcs()
asyncio.get_event_loop().run_until_complete(main())
print(json.dumps(counts))
"""


def _debug_messages(mend: str) -> int:
    told = _run(mend, PROGRAM + "loop.run_until_complete(main())\nprint(json.dumps(counts))\n")["debug"]
    assert isinstance(told, int)
    return told


def test_debug_messages_are_still_sent_for_each_resource() -> None:
    assert _debug_messages("") >= 400
    assert _debug_messages("drop_internal_debug_logs") <= 1


def test_waiting_still_arms_every_pending_output_again_and_again() -> None:
    stock, mended = (_run(mend, WAITS)["callbacks"] for mend in ("", "wait_once_for_each_output"))
    assert isinstance(stock, int) and isinstance(mended, int)
    assert stock > 10 * mended


def test_the_search_for_cycles_is_still_recursive() -> None:
    assert "RecursionError" in str(_run("", CHAIN)["error"])
    assert _run("look_for_cycles_without_recursion", CHAIN) == {"ok": True}


def test_types_are_still_evaluated_for_each_resource() -> None:
    assert _run("", TYPES)["types"] == 5
    assert _run("remember_the_types_of_each_class", TYPES)["types"] == 1


def test_traces_still_hold_every_frame() -> None:
    stock, mended = (_run(mend, TRACES)["stats"] for mend in ("", "trace_the_users_own_frames"))
    assert isinstance(stock, int) and isinstance(mended, int)
    assert mended < 10


def test_work_that_is_done_for_nothing() -> None:
    names = ("read_settings_once", "send_plain_values_as_they_are", "make_up_no_urns")
    stock = _run("", SETTINGS + PLAIN + URNS)
    mended = _run("\n".join(f"load('mends').{name}()" for name in names), SETTINGS + PLAIN + URNS)
    assert [stock[what] for what in ("settings", "asked", "urns")] == [2, 8, 20]
    assert [mended[what] for what in ("settings", "asked", "urns")] == [1, 1, 0]


def test_lazy_outputs_are_as_the_sdk_makes_them(bench: PythonBench) -> None:
    text = """
        web = vw.Container("web", image="host", opts=on)
        early = web.user
        assert isinstance(early, pulumi.Output)
        pulumi.export("early", early.apply(lambda value: [value]))
        pulumi.export("hostname", web.hostname)
        pulumi.export("given", web.image)
        pulumi.export("restart", web.id.apply(lambda id: web.restart))
        try:
            web.nonsense
        except AttributeError as error:
            pulumi.export("error", str(error))
    """
    bench.apply(text)
    assert bench.outputs()["error"] == "'Container' object has no attribute 'nonsense'"
    lazy = dict(bench.outputs())
    program = bench.program(text)
    program.mend = False
    bench.engine.apply(program)
    assert {**bench.outputs(), "error": ""} == {**lazy, "error": ""}


@pytest.mark.parametrize("count", [400, pytest.param(2000, marks=pytest.mark.long)])
def test_many_resources_and_a_long_chain(bench: PythonBench, count: int) -> None:
    plan = bench.plan(f"""
        before = "host"
        for index in range({count}):
            web = vw.Container(f"web{{index}}", image="host", description=before, opts=on)
            before = web.name
    """)
    assert len(plan.steps) == count


@pytest.mark.long
def test_what_a_plan_takes_grows_in_a_straight_line(bench: PythonBench) -> None:
    """In processor time of both processes: five times as many resources take less than eight times as much."""

    def spent(count: int) -> float:
        before = os.times()
        plan = bench.plan(f"""
            for index in range({count}):
                vw.Container(f"web{{index}}", image="host", hostname=f"web{{index}}", opts=on)
        """)
        assert len(plan.steps) == count
        return sum(os.times()[:4]) - sum(before[:4])

    spent(10)
    assert spent(5000) < 8 * spent(1000)
