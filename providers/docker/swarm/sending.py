"""Giving a specification to the swarm."""

from collections.abc import Mapping
from typing import Any, Final

from virtwright.errors import HostError
from virtwright.providers.context import Context
from virtwright.providers.docker.images.credentials import Logins
from virtwright.providers.docker.images.references import parse
from virtwright.providers.docker.images.registry import Registry
from virtwright.providers.docker.images.requests import AUTH, auth_header
from virtwright.providers.docker.swarm.asking import Manager

_OUTDATED: Final = "update out of sequence"
_ATTEMPTS: Final = 10


class Sender:
    """For one swarm. With each specification goes the login that its nodes need for the image, and no other."""

    def __init__(self, manager: Manager) -> None:
        self._manager = manager
        self._docker = manager.connection
        self._logins = Logins(manager.connection.host)

    def create(self, spec: Mapping[str, Any], context: Context) -> str:
        """Its id. Raises ``ConflictError`` where the name is taken."""
        made = self._post(f"create the service {spec['Name']}", "/services/create", spec, context)
        return str(made["ID"])

    def update(self, id: str, before: Mapping[str, Any], spec: Mapping[str, Any], context: Context) -> None:
        """Replace what is there, which must still be ``before``, as it was inspected. The swarm itself changes a service's version
        too, so that a conflict is looked at: only where nothing that counts has changed is it tried again."""
        what = f"update the service {spec['Name']}"
        version = before["Version"]["Index"]
        for _ in range(_ATTEMPTS):
            try:
                self._post(what, f"/services/{id}/update", spec, context, version=version)
                return
            except HostError as error:
                if _OUTDATED not in error.message:
                    raise
            now = self._manager.service(id, context)
            if now["Spec"] != before["Spec"]:
                break
            version = now["Version"]["Index"]
        raise HostError(
            f"the service {spec['Name']} was changed by somebody else meanwhile",
            hint="plan again to see what, and then apply",
        )

    def pinned(self, image: str, before: str | None, context: Context) -> str:
        """The image with the digest that its tag has in the registry now, so that all nodes pull the same. ``before`` is what
        runs already where the declared image has not changed. Without a digest where the registry can't tell: each node
        then uses what it has."""
        if before is not None:
            return before
        name = parse(image) if not image.startswith("sha256:") else None
        if name is None or name.digest is not None:
            return image
        try:
            digest = Registry(self._docker, self._logins).digest(name, context)
        except HostError as error:
            context.progress(f"{image} is used as each node has it: {error.message}")
            return image
        return f"{name.repository}:{name.version}@{digest}"

    def _post(self, what: str, path: str, spec: Mapping[str, Any], context: Context, **params: Any) -> Any:
        name = parse(str(spec["TaskTemplate"]["ContainerSpec"]["Image"]))
        login = self._logins.at(name.domain) if name is not None else {}
        headers = {AUTH: auth_header(login)} if login else {}

        def work(client: Any) -> Any:
            answer = client._post_json(client._url("{0}", path), data=dict(spec), params=params, headers=headers)
            return client._result(answer, json=True)

        return self._docker.call(what, work, context)
