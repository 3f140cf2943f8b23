"""Names that are taken: by whom decides whether a new object may stand beside."""

from dataclasses import replace

import pytest

from virtwright.providers.base import Stamp, named_identity
from virtwright.providers.context import Context
from virtwright.providers.names import other_name
from virtwright.providers.taken import Holder, TakenError, name_beside

OWN = Stamp("shop/prod", "urn:pulumi:prod::shop::virtwright:index:Volume::data", "two", "", "a" * 16)
THEIRS = replace(OWN, operation="one", identity="b" * 16)


def test_the_same_resource_of_another_state_is_refused() -> None:
    with pytest.raises(TakenError, match="identity " + THEIRS.identity) as caught:
        name_beside("shop_prod_data", OWN, Holder(THEIRS, "it"), Context())
    assert caught.value.holder == Holder(THEIRS, "it")


@pytest.mark.parametrize(
    "holder",
    [
        None,
        replace(OWN, operation="one"),
        replace(THEIRS, identity=""),
        replace(THEIRS, identity=named_identity("shop/prod")),
        replace(THEIRS, stack="shop/test"),
        replace(THEIRS, urn=OWN.urn + "2"),
    ],
    ids=["a stranger", "own", "unsigned", "the plugin's", "another stack's", "another resource"],
)
def test_beside_anybody_else_it_has_another_name(holder: Stamp | None) -> None:
    there = Holder(holder, "it") if holder is not None else None
    assert name_beside("shop_prod_data", OWN, there, Context()) == other_name("shop_prod_data", "two")


def test_what_was_taken_over_gives_way_to_what_replaces_it() -> None:
    context = Context(replaced_identity=THEIRS.identity)
    assert name_beside("shop_prod_data", OWN, Holder(THEIRS, "it"), context) == other_name("shop_prod_data", "two")
