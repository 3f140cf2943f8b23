"""Helper containers: they are never started, and lend Docker's archive API a way to what they mount.

The daemon mounts a container's volumes and folders for the archive API also where it does not run.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from virtwright.providers.context import Context
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.client.errors import ConflictError, GoneError
from virtwright.providers.docker.labels import IDENTITY, STACK, is_work_of, work_labels

LABEL: Final = "virtwright.helper"
"""On every helper: the name of what it helps with."""
NEVER_RUN: Final = ["-"]
PLACE: Final = "/virtwright"
"""Where a helper mounts what is to be reached."""


def helper_name(name: str) -> str:
    return f"{name}.virtwright-helper"


def make_helper(
    docker: DockerConnection, stack: str, name: str, image: str, mount: dict[str, Any], context: Context | None = None
) -> str:
    """Create the helper of what is called ``name``, in the place of one that was left; returns its id."""
    body = {
        "Image": image,
        "Cmd": NEVER_RUN,
        "Entrypoint": [],
        "Labels": {**work_labels(stack, context.identity if context is not None else ""), LABEL: name},
        "HostConfig": {"NetworkMode": "none", **mount},
    }
    own = helper_name(name)

    def make() -> str:
        return str(docker.post(f"reach into {name}", "/containers/create", body, context, name=own)["Id"])

    try:
        return make()
    except ConflictError:
        remove_helper(docker, name)
        return make()


def remove_helper(docker: DockerConnection, name: str) -> None:
    """It may be gone already."""
    own = helper_name(name)
    try:
        docker.call(f"remove {own}", lambda client: client.remove_container(own, force=True))
    except GoneError:
        return


@contextmanager
def helper(
    docker: DockerConnection, stack: str, name: str, image: str, mount: dict[str, Any], context: Context | None = None
) -> Iterator[str]:
    """A helper that is gone afterwards; its id."""
    id = make_helper(docker, stack, name, image, mount, context)
    try:
        yield id
    finally:
        remove_helper(docker, name)


def helpers(docker: DockerConnection, stack: str) -> dict[str, Mapping[str, Any]]:
    """As ``helped``: those that are there now."""
    found = docker.call(
        "list what was left", lambda client: client.containers(all=True, filters={"label": [f"{STACK}={stack}", LABEL]})
    )
    return helped(found)


def tidy_helpers(docker: DockerConnection, stack: str, identity: str) -> None:
    """Remove those that this state's stack has left."""
    for name, each in helpers(docker, stack).items():
        if is_work_of(each["Labels"], identity):
            remove_helper(docker, name)


def identity_of(helper: Mapping[str, Any]) -> str:
    """That of the state whose helper it is; empty where an older version made it."""
    return str(helper["Labels"].get(IDENTITY, ""))


def helped(listed: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """By what they help with: the helpers among listed containers."""
    return {str(each["Labels"][LABEL]): each for each in listed if LABEL in (each.get("Labels") or {})}
