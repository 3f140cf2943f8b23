"""Which names of an image go with a resource, and which stay."""

from dataclasses import replace
from hashlib import sha256
from typing import Any, Final, cast

import pytest
from tests.docker_answers import FakeDocker

from virtwright.errors import HostError
from virtwright.providers.base import Stamp
from virtwright.providers.context import Context
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.images.identity import Mark, new_id
from virtwright.providers.docker.images.listing import HostImages
from virtwright.providers.docker.images.removing import Remover

IMAGE: Final = f"sha256:{'ab' * 32}"
DIGEST: Final = f"app@sha256:{'cd' * 32}"


def mark(operation: str, *tags: str, name: str = "app") -> Mark:
    stamp = Stamp("shop/shop", f"urn:pulumi:shop::shop::virtwright:index:Image::{name}", operation, "00")
    return Mark(stamp, new_id(stamp), image=IMAGE, tags=tags)


OWN: Final = mark("one", "app:1", "app:latest")
NEXT: Final = mark("two", "app:1")
"""Of the same resource: it takes the place of the first."""
OTHER: Final = mark("three", "docker.io/library/app:latest", name="web")
STAMPED: Final = {
    "Names": ["/web"],
    "Labels": Stamp("shop/shop", "urn:pulumi:shop::shop::virtwright:index:Container::web", "op", "00").to_labels(),
}


def removed(*names: str, users: tuple[dict[str, Any], ...] = ()) -> list[str]:
    """What is taken off an image with the marks' names and these, when the first mark's resource is deleted."""
    gone: list[str] = []
    docker = FakeDocker(
        images=lambda: [{"Id": IMAGE, "RepoTags": names, "RepoDigests": [DIGEST]}],
        containers=lambda all, filters: [{"ImageID": IMAGE, **each} for each in users],
        remove_image=lambda name, force: gone.append(f"{name} by force" if force else name),
    )
    Remover(HostImages(cast(DockerConnection, docker))).remove(OWN.id, Context())
    return gone


MARKS: Final = OWN.names()


@pytest.mark.parametrize(
    ("names", "gone"),
    [
        ([*MARKS, "app:1", "app:latest"], ["app:1", "app:latest", DIGEST, *MARKS]),
        ([*MARKS, "app:1"], ["app:1", DIGEST, *MARKS]),
        ([*MARKS, *NEXT.names(), "app:1", "app:latest"], ["app:latest", *MARKS]),
        ([*MARKS, *OTHER.names(), "app:1", "app:latest"], ["app:1", *MARKS]),
        ([*MARKS, "app:1", "somebody:else"], ["app:1", *MARKS]),
        ([*NEXT.names(), "app:1"], []),
    ],
)
def test_the_names_that_nobody_else_has_declared_go(names: list[str], gone: list[str]) -> None:
    assert len(MARKS) == 1
    assert removed(*names) == gone


def test_an_image_that_a_container_uses() -> None:
    """One of a stack keeps it; without one it loses its names, and stays as what it is."""
    with pytest.raises(HostError, match="the image app is in use by web"):
        removed(*MARKS, "app:1", users=(STAMPED,))
    assert removed(*MARKS, "app:1", users=({"Names": ["/x"], "Labels": None},)) == ["app:1", f"{MARKS[0]} by force"]
    assert removed(*MARKS, "somebody:else", users=(STAMPED,)) == MARKS, "it keeps a name"


def test_the_part_that_a_stamp_can_not_do_without_goes_last() -> None:
    """Whatever is left after a kill is found again, so that the next run goes on."""
    long = replace(OWN, tags=tuple(f"app:{sha256(bytes([index])).hexdigest()}" for index in range(24)))
    changed = replace(OWN, serial=11)
    first, second = long.names(), changed.names()
    assert len(first) > 10, "as a text the tenth comes before the second"
    assert removed(*second, *first, "somebody:else") == [*reversed(second), *reversed(first)]


def test_names_that_make_no_whole_stamp_go_as_well() -> None:
    (name,) = MARKS
    cut = f"{name.rpartition('.')[0]}.{'A' * 8}"
    assert removed(cut, "app:1") == [cut], "what it declared is not known any more"
