"""Logins at registries: those of the stack's host, else those of Docker's own configuration and its helpers."""

from dataclasses import field
from pathlib import Path
from typing import Any, Final

from virtwright.errors import HostError, InputError, Where
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.docker.images.references import HUB
from virtwright.schemas.host import Host

Login = dict[str, str]
"""As the Docker API takes it, in the header ``X-Registry-Auth``; empty for nobody."""
_HUB_NAMES: Final = (HUB, "index.docker.io", "https://index.docker.io/v1/")


@dataclass(slots=True)
class Logins:
    """The logins for one host's registries. Each is looked up by the registry's name and handed out for that alone."""

    host: Host
    _config: Any = None
    _known: dict[str, Login] = field(default_factory=dict)

    def at(self, registry: str) -> Login:
        """Empty where there is none. Raises ``InputError`` where Docker's configuration can't be read, ``HostError`` where a
        credential helper fails."""
        if registry not in self._known:
            self._known[registry] = self._of_stack(registry) or self._of_docker(registry)
        return self._known[registry]

    def user(self, registry: str) -> str:
        """Who the login is for, for messages; empty for nobody."""
        login = self.at(registry)
        return login.get("username") or login.get("Username") or ("a token" if login else "")

    def all_plain(self) -> dict[str, Login]:
        """Every login that is known without a helper, by registry: a builder without BuildKit pulls by itself."""
        names = [*self.host.registries, *self._docker().auths]
        return {name: login for name in names if (login := self.at(_registry(name)))}

    def _of_stack(self, registry: str) -> Login:
        for name, login in self.host.registries.items():
            if _registry(name) == registry:
                return {"username": login.username, "password": login.password, "serveraddress": registry}
        return {}

    def _of_docker(self, registry: str) -> Login:
        from docker.errors import DockerException

        try:
            found = self._docker().resolve_authconfig(registry)
        except DockerException as error:
            helper = self._docker().get_credential_store(registry)
            raise HostError(
                f"the credential helper of Docker for {registry} failed: {error}",
                hint=f"to see it again:\n    echo {registry} | docker-credential-{helper} get",
            ) from error
        return {key: value for key, value in (found or {}).items() if value}

    def _docker(self) -> Any:
        if self._config is None:
            self._config = _load()
        return self._config


def _registry(name: str) -> str:
    """The registry that a key of a configuration means."""
    plain = name.removeprefix("https://").removeprefix("http://").partition("/")[0]
    return HUB if name in _HUB_NAMES or plain in _HUB_NAMES else plain


def _load() -> Any:
    """Docker's configuration, where ``DOCKER_CONFIG`` or the home folder has one."""
    import json

    from docker.auth import AuthConfig
    from docker.errors import DockerException
    from docker.utils.config import find_config_file

    import virtwright.providers.docker.client.library  # noqa: F401  docker-py is imported its way

    found = find_config_file()
    if found is None:
        return AuthConfig({})
    path = str(found)
    try:
        document = json.loads(Path(path).read_text())
        return AuthConfig.load_config(path, document)
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error
    except (ValueError, AttributeError, TypeError, DockerException) as error:
        at = f"line {error.lineno}: {error.msg}" if isinstance(error, json.JSONDecodeError) else "a login is malformed"
        raise _unreadable(path, at) from None  # the cause may quote a password


def _unreadable(path: str, why: str) -> InputError:
    return InputError.one(
        f"Docker's configuration can't be read: {why}",
        where=Where(file=path),
        hint="mend it, or give the login in the stack:\n    registries: {REGISTRY: {username: ..., password: ...}}",
    )
