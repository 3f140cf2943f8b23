"""What goes wrong with an engine is the host's error; what goes wrong in virtwright itself is not told as one."""

import json

import pytest

from virtwright.errors import HostError
from virtwright.providers.docker.client.errors import docker_errors


def test_an_answer_that_can_not_be_read_is_the_host_s_error() -> None:
    for answer in (b"<html>", b'{"a": "\xff"}'):
        with pytest.raises(HostError, match="could not look: "), docker_errors("look", "it"):
            json.loads(answer)


def test_a_mistake_of_virtwright_s_own_comes_through() -> None:
    with pytest.raises(ValueError, match="invalid literal"), docker_errors("look", "it"):
        int("many")
