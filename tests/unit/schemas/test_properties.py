"""From declared properties to a model and back."""

import pytest

from virtwright.errors import InputError, Where
from virtwright.schemas.container import Container
from virtwright.schemas.network import Network
from virtwright.schemas.properties import carried, from_model, normalise, to_model
from virtwright.schemas.values import UNKNOWN, Path, Secret


def test_defaults_are_filled_in_and_values_get_their_one_form() -> None:
    made = normalise(Container, {"image": "host", "resources": {"memory": "64MiB"}})
    assert made["resources"] == {"cpus": None, "memory": 64 * 2**20, "pids": None}
    assert made["stop_timeout"] == 10.0


def test_a_normal_form_is_its_own() -> None:
    made = normalise(Container, {"image": "host", "command": "x", "ports": [80], "environment": {"A": Secret("b")}})
    assert normalise(Container, made) == made


def test_secrets_and_unknowns_stay() -> None:
    made = normalise(Container, {"image": UNKNOWN, "environment": {"A": Secret("b"), "C": UNKNOWN}})
    assert made["image"] is UNKNOWN
    assert made["environment"] == {"A": Secret("b"), "C": UNKNOWN}


def test_a_secret_that_a_shorthand_unfolds_stays_whole() -> None:
    made = normalise(Container, {"image": "host", "command": Secret("run --key k"), "networks": [Secret("back")]})
    assert made["command"] == Secret(["/bin/sh", "-c", "run --key k"])
    assert isinstance(made["networks"][0], Secret)


def test_a_secret_whose_place_is_gone_covers_what_took_it() -> None:
    assert carried(frozenset({("a", "b", 0)}), {"a": {"b": ["x"]}}, {"a": {"c": "x"}}) == {("a",)}


def test_all_problems_are_raised_at_once_each_in_its_place() -> None:
    def locate(path: Path) -> Where:
        return Where(file="shop.yaml", line=len(path))

    with pytest.raises(InputError) as caught:
        to_model(Network, {"mtu": 1, "dns": {"domain": "-"}}, locate)
    assert [(each.message, each.where.line) for each in caught.value.problems] == [
        ("expected a host name, as db.example.org, got '-'", 2),
        ("expected a whole number from 576 to 65535, got 1", 1),
    ]


def test_without_a_locator_the_path_is_the_place() -> None:
    with pytest.raises(InputError) as caught:
        to_model(Network, {"dns": {"domain": "-"}})
    assert caught.value.where.path == "dns.domain"


def test_what_a_provider_filled_in_is_no_secret() -> None:
    model = to_model(Network, {"labels": {"a": Secret("b")}})
    made = from_model(model.model_copy(update={"cidr": "10.0.0.0/24"}), {"labels": {"a": Secret("b")}})
    assert made["cidr"] == "10.0.0.0/24"
    assert made["labels"] == {"a": Secret("b")}
