"""What is said where a program could not be started."""

from virtwright.providers.namespace.containers.refusal import start_failure
from virtwright.schemas.urn import Urn, type_token

WEB = Urn("shop", "shop", type_token("Container"), "web")


def test_the_resource_is_named_as_in_the_stack() -> None:
    error = start_failure(WEB, ["foo"], "command not found: foo")
    assert error.message == "could not start containers.web: command not found: foo"
    assert error.hint is None


def test_a_whole_command_in_one_item_is_noticed() -> None:
    error = start_failure(WEB, ["sh -c x"], "command not found: sh -c x")
    assert error.hint
    assert "each item of a list is one word" in error.hint
    assert start_failure(WEB, ["sh", "-c x"], "command not found: sh").hint is None
