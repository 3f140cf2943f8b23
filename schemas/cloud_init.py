"""First-boot configuration, in cloud-init's own terms."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from virtwright.schemas.attachments import File
from virtwright.schemas.model import Model
from virtwright.schemas.text import Hostname, Line, Text

UserName = Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_-]{0,31}$")]


class User(Model):
    """A user of the machine."""

    name: UserName
    uid: Annotated[int, Field(ge=0, le=4294967294)] | None = None
    shell: Line | None = None
    home: Line | None = None
    groups: list[UserName] = []
    sudo: Line | None = None
    """A sudoers rule, as ``ALL=(ALL) NOPASSWD:ALL``."""
    ssh_authorized_keys: list[Line] = []
    password_hash: Line | None = None
    """A crypt(3) hash; give it as a secret."""


class CloudInit(Model):
    """What is done at the first start: either raw ``user_data`` or the typed fields."""

    user_data: Text | None = None
    """A whole user-data document. No typed field may be given beside it."""
    hostname: Hostname | None = None
    users: list[User] = []
    ssh_authorized_keys: list[Line] = []
    """Keys that may log in as the default user (root where there is none)."""
    write_files: list[File] = []
    packages: list[Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.+:=~-]*$")]] = []
    """Packages installed by the guest's own package manager."""
    runcmd: list[str | list[str]] = []
    """Commands run last, in order: a string by the shell, a list as it is."""

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        typed = (self.hostname, self.users, self.ssh_authorized_keys, self.write_files, self.packages, self.runcmd)
        if self.user_data is not None and any(typed):
            raise ValueError("give either user_data or the typed fields, not both")
        return self
