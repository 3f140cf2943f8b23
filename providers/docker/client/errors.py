"""What docker-py and the daemon say, as errors that a user can act on."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from json import JSONDecodeError
from typing import Final

from virtwright.errors import HostError, WaitTimeoutError
from virtwright.http_words import http_words

_FULL: Final = "the disk of the Docker host is full; to see what takes the space:\n    docker system df"
_TAKEN_PORT: Final = (
    "something else listens on that port of the host; to see what, there:\n    docker ps\n    ss -tulpn"
)
_ADVICE: Final = {
    "no space left on device": _FULL,
    "No space left on device": _FULL,
    "port is already allocated": _TAKEN_PORT,
    "address already in use": _TAKEN_PORT,
    "Address already in use": "another container of the network has that address; choose another one, or leave it out",
    "overlaps": "choose another cidr, or see which networks there are:\n    docker network ls",
    "could not select device driver": "the host offers no GPUs to containers; for NVIDIA's, install there"
    " nvidia-container-toolkit and run:\n    nvidia-ctk runtime configure --runtime=docker",
    "executable file not found": "is the program in the image? `command` takes the place of the image's own,"
    " `entrypoint` goes before it",
    "gathering device information": "choose a device that the Docker host has",
    "bind source path does not exist": "make the path on the Docker host, or mount a volume in its place",
    "unable to find user": "name a user that the image has, or give the number",
    "unable to find group": "name a group that the image has, or give the number",
    "does not match the specified platform": "the host has the image for another platform: leave `platform` out, or pull it",
}
"""By a part of what daemons say."""
_TAKEN_ON_PODMAN: Final = "that name is already in use"
"""Said with the status 500."""
_STEPS: Final = re.compile(
    r"failed to create task for container: |failed to create shim task: |OCI runtime create failed: |runc create failed: "
    r"|unable to start container process: |driver failed programming external connectivity on endpoint \S+ \([0-9a-f]{64}\): "
    r"|: unknown$"
)
"""What daemons say of the way to what went wrong."""
_CONNECT: Final = "connect"
_ENGINES_HEADER: Final = "Api-Version"
"""What Docker and Podman put into each answer, of errors too."""
_BODY: Final = re.compile(r"(error parsing HTTP [0-9]+ response body)[\s\S]*")
_CHECK: Final = "to test the host:\n    virtwright host check"


class ConflictError(HostError):
    """The daemon says that what is there now is in the way: a name that is taken, an object in use (HTTP 409)."""


class GoneError(HostError):
    """The daemon knows no such object (HTTP 404)."""


class UnreachableError(HostError):
    """The daemon did not answer, or its connection was cut."""


@contextmanager
def stranger_errors(address: object) -> Iterator[None]:
    """As ``docker_errors``, for the first words with what a stack says is an engine. Nothing of an answer is told that is none
    of an engine's: a service that this machine reaches, and the stack's author does not, may have given it."""
    from virtwright.providers.docker.client.library import APIError

    with docker_errors(_CONNECT, address):
        try:
            yield
        except APIError as error:
            answer = error.response
            if answer is not None and _ENGINES_HEADER not in answer.headers:
                raise stranger(f" (HTTP {answer.status_code})") from error
            raise
        except (JSONDecodeError, UnicodeDecodeError, LookupError, TypeError, AttributeError) as error:
            raise stranger() from error


def stranger(status: str = "") -> HostError:
    """For what answers, and is none."""
    return HostError(f"could not {_CONNECT}: what answers there is no Docker engine{status}", hint=_CHECK)


@contextmanager
def docker_errors(what: str, address: object) -> Iterator[None]:
    """``what`` could not be done: ``create the container web``. Raises ``HostError`` or one of its kinds."""
    import requests.exceptions as unheard
    import urllib3.exceptions as below

    from virtwright.providers.docker.client.library import APIError, DockerException

    try:
        yield
    except APIError as error:
        raise _refused(what, error) from error
    except (unheard.ReadTimeout, unheard.ConnectTimeout, below.TimeoutError, TimeoutError) as error:
        raise WaitTimeoutError(
            f"could not {what}: the Docker daemon at {address} took too long to answer",
            hint="see what it is busy with, or give the resource a longer timeout",
        ) from error
    except (unheard.RequestException, below.HTTPError, ConnectionError) as error:
        raise _unreachable(what, address, error) from error
    except (DockerException, OSError, JSONDecodeError, UnicodeDecodeError) as error:
        raise HostError(f"could not {what}: {error}") from error


def _refused(what: str, error: "object") -> HostError:
    status = getattr(error, "status_code", None)
    said = without_bodies(_STEPS.sub("", str(getattr(error, "explanation", None) or error)).strip())
    taken = status == 409 or _TAKEN_ON_PODMAN in said
    kind = ConflictError if taken else GoneError if status == 404 else HostError
    return kind(f"could not {what}: {said}", hint=_advice(said))


def without_bodies(said: str) -> str:
    """What an engine says without the answers of registries that it repeats: a stack says which registry is asked."""
    return _BODY.sub(r"\1", said)


def _advice(said: str) -> str | None:
    return next((advice for part, advice in _ADVICE.items() if part in said), None)


def _unreachable(what: str, address: object, error: Exception) -> HostError:
    cause = _innermost(error)
    said = http_words(cause)
    return UnreachableError(
        f"could not {what}: the Docker daemon at {address} can't be reached: {said}",
        hint=_way_in(said) or (_certificates(said) if getattr(address, "tls", None) is not None else _CHECK),
    )


def _way_in(said: str) -> str | None:
    if "Permission denied" in said:
        return (
            "this user may not talk to the daemon; on most machines the group docker may:\n    usermod -aG docker USER"
        )
    if "No such file" in said or "refused" in said:
        return "is the daemon running there? To see:\n    docker info"
    return None


def _certificates(said: str) -> str:
    """Where a side does not accept what the other one shows. An engine may also just hang up on a client."""
    if "match" in said:
        return "where the certificate is the right one, say the name that it bears in tls.server_name of the host"
    if "verify failed" in said:
        return "name the authority that signed the engine's certificate in tls.ca_file of the host"
    return "the engine may want a certificate of an authority that it knows: tls.cert_file and tls.key_file of the host"


def _innermost(error: BaseException) -> BaseException:
    """The last cause in what requests and urllib3 wrap in each other."""
    held = (getattr(error, "reason", None), *error.args, error.__cause__)
    inner = next((each for each in held if isinstance(each, BaseException)), None)
    return error if inner is None else _innermost(inner)
