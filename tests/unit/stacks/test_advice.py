"""What programs do wrong most often, and the hint that they get: the messages are Python's own."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

import virtwright as vw
from virtwright.stacks.python.advice import advice


class Network:
    """Stands for the class of the SDK, whose message is the same."""


class Output:
    """As well: a real one belongs to a loop."""


async def _in_a_loop() -> None:
    waiting = asyncio.sleep(0)
    try:
        asyncio.run(waiting)
    finally:
        waiting.close()


def _given(kind: Any, name: str) -> Callable[[], object]:
    return lambda: kind("web", image="host", **{name: 1})


@pytest.mark.parametrize(
    ("do", "hint"),
    [
        (_given(vw.Container, "comand"), "did you mean command?"),
        (_given(vw.Container, "memory"), 'did you mean resources={"memory": ...}?'),
        (lambda: vw.Cluster("web", machines=2), "vw.Cluster(NAME, vw.ClusterArgs(machines=...))"),  # type: ignore[call-arg]
        (lambda: vw.DiskArgs(sise=1), "did you mean size?"),  # type: ignore[call-arg]
        (lambda: Network().cdir, "did you mean cidr?"),  # type: ignore[attr-defined]
        (lambda: "h-" + Output(), "use pulumi.Output.concat"),  # type: ignore[operator]
        (lambda: Output() + "-h", "use pulumi.Output.concat"),  # type: ignore[operator]
        (lambda: json.dumps({"a": Output()}), "use pulumi.Output.json_dumps"),
        (lambda: asyncio.run(_in_a_loop()), "use pulumi.run(main)"),
    ],
)
def test_a_mistake_gets_its_hint(do: Callable[[], object], hint: str) -> None:
    with pytest.raises(Exception) as caught:
        do()
    told = advice(type(caught.value).__name__, str(caught.value))
    assert told is not None and hint in told


def test_what_is_not_known_gets_none() -> None:
    for message in (
        "f() got an unexpected keyword argument 'x'",
        "Rocket.__init__() got an unexpected keyword argument 'image'",
        "Container.__init__() got an unexpected keyword argument 'zzzzzz'",
    ):
        assert advice("TypeError", message) is None
    assert advice("AttributeError", "'Disk' object has no attribute 'sise'") is None
    assert advice("ValueError", "Object of type Output is not JSON serializable") is None
