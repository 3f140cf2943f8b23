"""User data: a document of the user's own, checked, or one made from the typed fields.

https://docs.cloud-init.io/en/latest/explanation/format.html
"""

from collections.abc import Mapping
from typing import Any, Final

from virtwright.errors import InputError, Where
from virtwright.providers.libvirt.cloud_init.yaml_text import VERSION, to_yaml
from virtwright.providers.yaml_reading import read_yaml
from virtwright.schemas.attachments import File
from virtwright.schemas.cloud_init import CloudInit, User

PATH: Final = "cloud_init.user_data"
_CONFIG: Final = "#cloud-config"
_ARCHIVE: Final = "#cloud-config-archive"
_OTHERS: Final = (
    "#!",
    "#include",
    "#cloud-boothook",
    "#part-handler",
    "## template:",
    "content-type:",
    "mime-version:",
)
"""How the other formats begin, in lower case."""


def user_data(config: CloudInit) -> str:
    return config.user_data if config.user_data is not None else f"{_CONFIG}\n{to_yaml(typed(config))}"


def check_user_data(text: str) -> None:
    """Raises ``InputError`` where cloud-init would take it for nothing, or fail to read it."""
    first = text.split("\n", 1)[0].rstrip("\r")
    if first.strip() == _CONFIG or first.strip() == _ARCHIVE:
        wanted: type = dict if first.strip() == _CONFIG else list
        document = read_yaml(text, PATH, version=VERSION)
        if document is not None and not isinstance(document, wanted):
            kind = "mapping" if wanted is dict else "list"
            raise InputError.one(f"must be a {kind} after its first line", where=Where(path=PATH))
        return
    if not first.lower().startswith(_OTHERS):
        raise InputError.one(
            "begins with nothing that cloud-init knows, so that it would be ignored",
            where=Where(path=PATH),
            hint=f"its first line says what it is: {_CONFIG}, or #!/bin/sh",
        )


def typed(config: CloudInit) -> Mapping[str, Any]:
    """The typed fields in cloud-init's own words; what is not said is left out."""
    document: dict[str, Any] = {}
    if config.users:
        document["users"] = [_user(user) for user in config.users]
    if config.ssh_authorized_keys:
        document["ssh_authorized_keys"] = list(config.ssh_authorized_keys)
        if config.users:
            document["disable_root"] = False  # there is no default user then: the keys are root's
    if config.write_files:
        document["write_files"] = [_file(file) for file in config.write_files]
    if config.packages:
        document |= {"package_update": True, "packages": list(config.packages)}
    if config.runcmd:
        document["runcmd"] = [each if isinstance(each, str) else list(each) for each in config.runcmd]
    return document


def _user(user: User) -> dict[str, Any]:
    made: dict[str, Any] = {
        "name": user.name,
        "uid": user.uid,
        "shell": user.shell,
        "homedir": user.home,
        "groups": list(user.groups),
        "sudo": user.sudo,
        "ssh_authorized_keys": list(user.ssh_authorized_keys),
        "passwd": user.password_hash,
    }
    said = {name: value for name, value in made.items() if value not in (None, [])}
    return said | {"lock_passwd": False} if user.password_hash is not None else said


def _file(file: File) -> dict[str, Any]:
    """Written last but before commands run, so that the owner may be a user that is made here."""
    owner = {} if file.owner is None else {"owner": file.owner if ":" in file.owner else f"{file.owner}:{file.owner}"}
    late = {"defer": True} if owner else {}
    return {"path": file.path, "content": file.content or "", "permissions": file.mode, **owner, **late}
