"""Where a secret would be told to whoever listens."""

import pytest

from virtwright.errors import InputError, Problem, Where
from virtwright.schemas.container import Container
from virtwright.schemas.exposure import HINT, MESSAGE, check_exposure, exposed
from virtwright.schemas.host import Host
from virtwright.schemas.model import Model
from virtwright.schemas.values import Path, Secret

EVERY = [("uri",), ("ssh", "jump"), ("peer_address",), ("tls", "server_name")]


@pytest.mark.parametrize(
    ("model", "secrets", "found"),
    [
        (Host, [], []),
        (Host, [("uri",)], [("uri",)]),
        (Host, [("ssh", "jump")], [("ssh", "jump")]),
        (Host, [("ssh", "jump", 0)], [("ssh", "jump")]),
        (Host, [("peer_address",), ("labels", "uri")], [("peer_address",)]),
        (Host, [("tls", "server_name")], [("tls", "server_name")]),
        (Host, [("ssh",), ("tls",)], []),
        (Host, [("ssh", "password")], []),
        (Host, [*reversed(EVERY)], EVERY),
        (Container, EVERY, []),
    ],
)
def test_names_and_addresses_of_hosts_are_told(model: type[Model], secrets: list[Path], found: list[Path]) -> None:
    assert [*exposed(model, frozenset(secrets))] == found


def test_each_is_a_problem_in_its_place() -> None:
    inputs = {"uri": Secret("docker+tcp://a"), "ssh": {"jump": "b"}, "tls": {"server_name": Secret("c")}}
    with pytest.raises(InputError) as caught:
        check_exposure(Host, inputs, lambda path: Where(path="/".join(map(str, path))))
    assert [*caught.value.problems] == [Problem(MESSAGE, Where(path=path), HINT) for path in ("uri", "tls/server_name")]
    check_exposure(Host, {"uri": "docker+tcp://a", "ssh": {"password": Secret("x")}}, lambda path: Where())
