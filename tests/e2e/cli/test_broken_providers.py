"""A provider of somebody else's that does not keep to the contract: errors in words, and nothing is touched."""

import sys
from pathlib import Path

import pytest
from tests.e2e.cli.conftest import Shop

BROKEN = """
from tests.fake_provider import FakeHandler
from tests.fake_scheme import FakeOperations, FakeSchemeProvider


class Handler(FakeHandler):
    def check_hosts(self, inputs):
        pass

    def tidy(self, extra):
        pass

    def polish(self):
        pass


class Operations(FakeOperations):
    def screen_shot(self, id):
        pass


class BrokenProvider(FakeSchemeProvider):
    def __init__(self, world, uri):
        super().__init__(world, uri)
        self._handlers["Network"].__class__ = Handler

    def operations(self, kind):
        return Operations() if kind == "Container" else None
"""
FAULTS = (
    ("Handler.check_hosts is no hook of a handler", 7, "did you mean check_host(inputs)?"),
    ("Handler.tidy takes (self, extra): the engine wants tidy(self, stack, identity)", 10, ""),
    ("Handler.polish is no hook of a handler", 13, "begins with an underscore: _polish"),
    ("Operations.screen_shot is no hook of operations", 18, "did you mean screenshot(id)?"),
)


def _install(shop: Shop, name: str, text: str) -> Path:
    """As pip would: a module, and what is said of it."""
    sys.modules.pop(name, None)
    folder = shop.folder.parent / "plugin"
    info = folder / "virtwright_broken-0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: virtwright-broken\nVersion: 0\n")
    (info / "entry_points.txt").write_text(f"[virtwright.providers]\nbroken = {name}:BrokenProvider\n")
    module = folder / f"{name}.py"
    module.write_text(text)
    shop.edit("fake://", "broken://")
    return module


@pytest.mark.parametrize("command", [("plan",), ("apply", "--yes"), ("host", "check")])
def test_all_its_faults_are_told(shop: Shop, command: tuple[str, ...]) -> None:
    module = _install(shop, "broken_provider", BROKEN)
    answer = shop.type(*command)
    told = answer.out + answer.err
    assert answer.code == 1
    assert "Traceback" not in told
    for message, line, hint in FAULTS:
        assert f"broken_provider.{message}" in told
        assert f"{module}:{line}" in told
        assert hint in told
    assert shop.world.objects() == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import no_such_module\n", "broken_loaded:BrokenProvider of virtwright-broken, can't be loaded"),
        ("BrokenProvider = 5\n", "broken_loaded:BrokenProvider of virtwright-broken, is no class but 5"),
        ("class BrokenProvider:\n    pass\n", "broken_loaded.BrokenProvider lacks open(name, host)"),
    ],
)  # fmt: skip
def test_what_is_no_provider_at_all(shop: Shop, text: str, message: str) -> None:
    _install(shop, "broken_loaded", text)
    answer = shop.type("plan")
    assert answer.code == 1
    assert message in answer.out + answer.err
    assert "Traceback" not in answer.out + answer.err
