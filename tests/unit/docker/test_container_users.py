"""Who would keep a network or a volume from going when the stack's own containers have gone for its sake."""

from typing import Any, Final, cast

import pytest
from tests.docker_answers import FakeDocker

from virtwright.providers.context import Context, Known
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.containers.listing import staying

NETWORK: Final = Known("urn:pulumi:prod::shop::virtwright:index:Network::back", "net", {}, {})


def listed(name: str, stack: str | None) -> dict[str, Any]:
    labels = {"virtwright.stack": stack} if stack is not None else None
    return {"Id": f"id-{name}", "Names": [f"/{name}", f"/{name}/alias"], "Labels": labels}


@pytest.mark.parametrize(
    ("found", "names"),
    [
        ([], []),
        ([listed("own", "shop/prod")], []),
        ([listed("stranger", None)], ["stranger"]),
        ([listed("other", "shop/test"), listed("blog", "blog/prod")], ["blog", "other"]),
        ([listed("known", None)], []),
        ([listed("own", "shop/prod"), listed("known", "blog/prod"), listed("z", None), listed("b", "a")], ["b", "z"]),
    ],
)
@pytest.mark.parametrize("all", [True, False])
def test_who_stays(found: list[dict[str, Any]], names: list[str], all: bool) -> None:
    """Neither the stack's own containers, nor those that it has taken over."""
    asked: list[Any] = []

    def containers(**how: Any) -> list[dict[str, Any]]:
        asked.append(how)
        return found

    docker = cast(DockerConnection, FakeDocker(containers=containers))
    context = Context(known=NETWORK, users=frozenset({"id-known"}))
    assert staying(docker, context, all=all, network="net") == names
    assert asked == [{"all": all, "filters": {"network": "net"}}]
