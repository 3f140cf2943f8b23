"""What the daemon does with registries: ask for a digest, pull, push."""

from typing import Any, Final

from virtwright.errors import HostError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.context import Context
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.images.credentials import Logins
from virtwright.providers.docker.images.messages import RefusedRequestError, clean
from virtwright.providers.docker.images.progress import Layers
from virtwright.providers.docker.images.references import ImageName
from virtwright.providers.docker.images.registry_errors import RegistryError, registry_error
from virtwright.providers.docker.images.requests import AUTH, auth_header, streamed

_DIGEST: Final = "sha256:"


@dataclass(frozen=True, slots=True)
class Registry:
    """Reached through the daemon of one host, with the logins for that host."""

    connection: DockerConnection
    logins: Logins

    def digest(self, name: ImageName, context: Context) -> str:
        """What the registry has under the name now. Raises ``RegistryError``."""
        client, what = self.connection.client, f"look up {name}"
        with self.connection.errors(what, context):
            headers = {AUTH: auth_header(self.logins.at(name.domain))}
            answer = client._get(client._url("/distribution/{0}/json", str(name)), headers=headers)
            told = self._told(answer)
        if answer.status_code >= 400:
            said = clean(str(told.get("message") or f"HTTP status {answer.status_code}"))
            raise self._error("look up", name, said)
        digest = (told.get("Descriptor") or {}).get("digest")
        if not isinstance(digest, str) or not digest.startswith(_DIGEST):
            raise RegistryError(f"could not look up {name}: the registry {name.domain} told no digest")
        return digest

    def pull(self, name: ImageName, platform: str | None, context: Context, shown: str = "") -> None:
        """Raises ``RegistryError``; then nothing has changed but layers that wait for the next attempt."""
        title = shown or str(name)
        layers = Layers(f"pulling {title}", context)
        params = {"fromImage": name.repository, "tag": name.version, **({"platform": platform} if platform else {})}
        headers = {AUTH: auth_header(self.logins.at(name.domain))}
        context.progress(f"pulling {title}")
        try:
            for message in streamed(
                self.connection, f"pull {title}", "/images/create", context, params=params, headers=headers
            ):
                layers.take(message)
        except RefusedRequestError as error:
            raise self._error("pull", name, error.message) from error

    def push(self, name: ImageName, context: Context) -> str:
        """The digest that the registry knows it by. Raises ``RegistryError``. Safe to repeat."""
        layers = Layers(f"pushing {name}", context)
        headers = {AUTH: auth_header(self.logins.at(name.domain))}
        digest = ""
        path = f"/images/{name.repository}/push"
        try:
            for message in streamed(
                self.connection, f"push {name}", path, context, params={"tag": name.version}, headers=headers
            ):
                layers.take(message)
                digest = str((message.get("aux") or {}).get("Digest") or digest)
        except RefusedRequestError as error:
            raise self._error("push", name, error.message) from error
        if not digest:
            raise RegistryError(f"could not push {name}: the daemon told no digest", hint="apply again")
        return digest

    def _error(self, what: str, name: ImageName, said: str) -> HostError:
        return registry_error(what, name, said, self.logins.user(name.domain))

    def _told(self, answer: Any) -> dict[str, Any]:
        try:
            told = answer.json()
        except ValueError:
            told = {"message": answer.text[:500]}
        return told if isinstance(told, dict) else {}
