"""What a daemon says of a registry, as an error that a user can act on."""

from typing import Final

from virtwright.errors import HostError
from virtwright.providers.docker.images.references import HUB, ImageName

_LOGIN: Final = ("no basic auth", "unauthorized", "authentication required", "denied", "incorrect username")
_MISSING: Final = ("manifest unknown", "not found", "name unknown", "no such", "does not exist")
_SILENT: Final = (
    "connection refused",
    "no such host",
    "i/o timeout",
    "deadline exceeded",
    "no route to host",
    "network is unreachable",
    "client.timeout exceeded",
    "connection reset",
)
_DAMAGED: Final = (
    "unexpected eof",
    "verification failed",
    "did not match",
    "does not match",
    "mismatch",
    "invalid character",
    "unsupported media type",
    "missing signature",
    "invalid content digest",
    "malformed",
    "invalid tar header",
)


class RegistryError(HostError):
    """A registry can't be reached, refuses, or answers with something that is no image."""


def registry_error(what: str, name: ImageName, said: str, user: str) -> HostError:
    """``what`` could not be done with ``name``: ``pull``, ``push``. ``user`` is who logged in, empty for nobody."""
    lower = said.lower()
    registry = name.domain
    if "no space left" in lower:
        return HostError(
            f"could not {what} {name}: the disk of the Docker host is full ({said})",
            hint="to see what takes the space:\n    docker system df",
        )
    if any(sign in lower for sign in _SILENT):
        return RegistryError(
            f"could not {what} {name}: the registry {registry} can't be reached from the Docker host ({said})",
            hint="the registry must be up, and reachable from there; to see it answer:\n"
            f"    curl -sS https://{_reachable(registry)}/v2/",
        )
    if "http response to https" in lower:
        return RegistryError(
            f"could not {what} {name}: the registry {registry} speaks HTTP, and Docker wants HTTPS",
            hint=f"give it a certificate, or add it to insecure-registries in the Docker host's /etc/docker/daemon.json: "
            f'"{registry}"',
        )
    if "x509" in lower or "certificate" in lower:
        return RegistryError(
            f"could not {what} {name}: the Docker host does not trust the registry's certificate ({said})",
            hint=f"put the authority's certificate on the Docker host, at\n    /etc/docker/certs.d/{registry}/ca.crt",
        )
    if any(sign in lower for sign in _LOGIN):
        return RegistryError(
            f"could not {what} {name}: {_refusal(registry, user)} ({said})", hint=_login(registry, user)
        )
    if any(sign in lower for sign in _MISSING):
        return RegistryError(
            f"could not {what} {name}: the registry {registry} has no {name.version!r} of {name.path!r} ({said})",
            hint="look at the name and the tag; a registry that wants a login may also hide what is there",
        )
    if any(sign in lower for sign in _DAMAGED):
        return RegistryError(
            f"could not {what} {name}: what the registry {registry} sent is damaged or cut short ({said})",
            hint="apply again; if it stays, something between the host and the registry changes what is sent",
        )
    return RegistryError(f"could not {what} {name}: {said}")


def _refusal(registry: str, user: str) -> str:
    return f"the registry {registry} refused the login of {user}" if user else f"the registry {registry} wants a login"


def _login(registry: str, user: str) -> str:
    where = "" if registry == HUB else f" {registry}"
    stack = f'    registries: {{"{registry}": {{username: NAME, password: "${{config.PASSWORD}}"}}}}'
    asked = "see whether name and password are right, and whether they may do this" if user else "give it"
    return f"{asked}: below the host in the stack\n{stack}\nor in Docker's own configuration\n    docker login{where}"


def _reachable(registry: str) -> str:
    return "registry-1.docker.io" if registry == HUB else registry
