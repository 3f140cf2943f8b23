"""Raw user data, as far as this runtime carries it out. Format: cloud-init's documentation, "User data formats"."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from virtwright.errors import InputError, UnsupportedError, Where
from virtwright.providers.yaml_reading import read_yaml
from virtwright.schemas.cloud_init import CloudInit

PATH: Final = "cloud_init.user_data"
SCRIPT: Final = "/var/lib/virtwright/user-data"
"""Where a script is written, inside, before it runs."""
_LONGEST: Final = 1024 * 1024
_HEADER: Final = "#cloud-config"
_TYPED: Final = ("hostname", "users", "ssh_authorized_keys", "write_files", "packages", "runcmd")
_USER_KEYS: Final = {"homedir": "home", "passwd": "password_hash"}
_FILE_KEYS: Final = {"permissions": "mode"}


def parse_user_data(text: str) -> CloudInit:
    """A ``#!`` script, or a ``#cloud-config`` with only the keys that the typed fields have, as typed fields.

    Raises ``UnsupportedError`` for anything else and ``InputError`` for what is malformed.
    """
    if len(text) > _LONGEST:
        raise InputError.one("is larger than 1MiB", where=Where(path=PATH))
    if text.startswith("#!"):
        script = {"path": SCRIPT, "content": text, "mode": "0700"}
        return CloudInit.model_validate({"write_files": [script], "runcmd": [[SCRIPT]]})
    if text.split("\n", 1)[0].strip() != _HEADER:
        raise UnsupportedError(
            f"{PATH}: the namespace runtime knows scripts (#!) and {_HEADER} only",
            where=Where(path=PATH),
            hint="use the typed fields of cloud_init",
        )
    document = _load(text)
    for key in document:
        if key not in _TYPED:
            raise UnsupportedError(
                f"{PATH}: the namespace runtime doesn't know the key {key!r}",
                where=Where(path=f"{PATH}.{key}"),
                hint=f"it knows {', '.join(_TYPED)}; do the rest in runcmd",
            )
    try:
        return CloudInit.model_validate(_translated(document))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError.one(f"{place}: {first['msg']}", where=Where(path=PATH)) from error


def _load(text: str) -> Mapping[str, Any]:
    document = read_yaml(text, PATH)
    if not isinstance(document, dict):
        raise InputError.one("must be a mapping", where=Where(path=PATH))
    return document


def _translated(document: Mapping[str, Any]) -> dict[str, Any]:
    """cloud-init's own names and forms as those of the typed fields."""
    result = dict(document)
    if isinstance(users := document.get("users"), list):
        result["users"] = [_user(user) for user in users if user != "default"]
    if isinstance(files := document.get("write_files"), list):
        result["write_files"] = [_renamed(file, _FILE_KEYS) for file in files]
    return result


def _user(user: Any) -> Any:
    if isinstance(user, str):
        return {"name": user}
    renamed = _renamed(user, _USER_KEYS)
    if isinstance(renamed, dict):
        if isinstance(groups := renamed.get("groups"), str):
            renamed["groups"] = [group.strip() for group in groups.split(",")]
        if isinstance(sudo := renamed.get("sudo"), list) and len(sudo) == 1:
            renamed["sudo"] = sudo[0]
    return renamed


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if not isinstance(value, dict):
        return value
    return {names.get(key, key): item for key, item in value.items()}
