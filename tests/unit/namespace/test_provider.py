"""The provider class: what it offers, what it refuses, and what it costs to import."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from virtwright.errors import HostError, InputError
from virtwright.providers.base import Stamp
from virtwright.providers.conformance import faults
from virtwright.providers.context import Context
from virtwright.providers.hooks import HANDLER, offers
from virtwright.providers.namespace.guard import AsRoot
from virtwright.providers.namespace.kernel.errors import SandboxError
from virtwright.providers.namespace.provider import NamespaceProvider
from virtwright.providers.namespace.supervisor import Supervisor
from virtwright.schemas.host import Host
from virtwright.schemas.kinds import KINDS
from virtwright.schemas.network import Network

STAMP = Stamp("s/s", "urn:pulumi:s::s::virtwright:index:Network::n", "op", "00")


def provider(uri: str = "namespace:///nowhere/at/all") -> NamespaceProvider:
    return NamespaceProvider.open("here", Host(uri=uri))


def test_it_serves_every_kind_but_services() -> None:
    assert set(provider().handlers) == set(KINDS) - {"Service"}
    assert {kind for kind in KINDS if provider().operations(kind)} == {"Container", "VirtualMachine"}


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"Service"}))
def test_the_edge_hides_no_hook_of_a_handler(kind: str) -> None:
    edge = provider().handlers[kind]
    assert isinstance(edge, AsRoot)
    inner = edge._handler
    assert faults(type(inner), HANDLER, inner) == ()
    assert [hook for hook in HANDLER.hooks if offers(inner, hook) and not offers(edge, hook)] == []


def test_its_supervisor_is_one_for_all_threads() -> None:
    for _ in range(50):
        here, start = provider(), threading.Barrier(8)

        def ask(here: NamespaceProvider = here, start: threading.Barrier = start) -> Supervisor:
            start.wait()
            return here._supervisor

        with ThreadPoolExecutor(8) as pool:
            asked = [pool.submit(ask) for _ in range(8)]
        assert len({id(each.result()) for each in asked}) == 1


@pytest.mark.parametrize("uri", ["namespace://host/x", "namespace:///a/../b", "namespace:///x?y=z"])
def test_other_uris_are_refused(uri: str) -> None:
    with pytest.raises(InputError):
        provider(uri)


class Failing:
    """A fake handler whose every call meets the same exception."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def fail(*arguments: object) -> None:
            raise self._error

        return fail


CALLS: dict[str, Callable[[AsRoot[Any, Any]], object]] = {
    "create": lambda handler: handler.create(STAMP, Network(), Context()),
    "update": lambda handler: handler.update("id", STAMP, Network(), Network(), Context()),
    "delete": lambda handler: handler.delete("id", Context()),
    "observe": lambda handler: handler.observe("s/s"),
}


@pytest.mark.parametrize("call", CALLS)
def test_who_is_not_root_is_told_what_to_do(call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(HostError, match="needs root") as caught:
        CALLS[call](AsRoot(lambda: Failing(AssertionError()), lambda: None, lambda _: True))
    assert "sudo" in (caught.value.hint or "")


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("error", "text"),
    [
        (SandboxError("no such namespace"), "no such namespace"),
        (OSError(28, "No space left on device", "/var/lib/x"), "/var/lib/x: No space left on device"),
    ],
)
def test_no_lower_exception_passes(call: str, error: Exception, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(HostError, match=text) as caught:
        CALLS[call](AsRoot(lambda: Failing(error), lambda: None, lambda _: True))
    assert caught.value.__cause__ is error


def test_facts_say_what_is_found_and_what_to_do() -> None:
    facts = {fact.name: fact for fact in provider().facts()}
    wanted = {"user", "kernel", "cgroups", "user namespaces", "overlay", "nftables", "seccomp", "disk"}
    assert set(facts) == wanted
    assert all(fact.value for fact in facts.values())
    assert facts["user"].ok == (os.geteuid() == 0)
    assert all(fact.ok or fact.hint for fact in facts.values())


def test_opening_it_imports_nothing_heavy() -> None:
    program = (
        "import sys; from virtwright.providers.namespace.provider import NamespaceProvider as P;"
        "from virtwright.schemas.host import Host; P.open('x', Host(uri='namespace:///'));"
        "print([m for m in ('pyroute2', 'seccomp', 'ruamel', 'urllib.request', 'ssl') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
