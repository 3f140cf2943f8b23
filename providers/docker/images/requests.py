"""Long requests to the daemon: a body that is streamed there, messages that are streamed back."""

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from virtwright.errors import VirtwrightError
from virtwright.providers.context import Context
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.images.credentials import Login
from virtwright.providers.docker.images.messages import WHOLE, Message, messages

AUTH: Final = "X-Registry-Auth"
_QUERY: Final = re.compile(r"\?[^\s'\")]*")


def streamed(
    connection: DockerConnection,
    what: str,
    path: str,
    context: Context,
    *,
    params: Mapping[str, Any],
    headers: Mapping[str, str] | None = None,
    body: Iterable[bytes] | None = None,
) -> Iterator[Message]:
    """POST and yield what the daemon says. Errors as ``messages``; none quotes ``params``, which may hold a secret."""
    client = connection.client
    try:
        with connection.errors(what, context, extra=WHOLE):
            response = client._post(client._url(path), params=params, headers=headers, data=body, stream=True)
            yield from messages(response, what, context)
    except VirtwrightError as error:
        error.problem = replace(error.problem, message=_QUERY.sub("", error.message))
        raise


def auth_header(login: Login | Mapping[str, Login]) -> str:
    """See https://docs.docker.com/reference/api/engine/#section/Authentication."""
    return base64.urlsafe_b64encode(json.dumps(login).encode()).decode()
