"""First-boot configuration, in cloud-init's own terms."""

from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from virtwright.schemas.attachments import File
from virtwright.schemas.checks import items, no_repeats
from virtwright.schemas.faults import Expected, fault
from virtwright.schemas.model import Model
from virtwright.schemas.numbers import Id
from virtwright.schemas.sensitive import SENSITIVE
from virtwright.schemas.text import AbsolutePath, Content, Hostname, Operand, Text

UserName = Annotated[
    str,
    Field(pattern=r"^[a-z_][a-z0-9_-]{0,31}$"),
    Expected("a user's name: lower-case letters, digits, '_' and '-', beginning with a letter or '_', at most 32 long"),
]
Package = Annotated[
    str, Field(pattern=r"^[a-z0-9][a-z0-9.+:=~_-]{0,127}$"), Expected("a package's name, as nginx or nginx=1.26.3-1")
]


class User(Model):
    """A user of the machine."""

    name: UserName
    """The user's name."""
    uid: Id | None = None
    """The user's number. Default: the next free one."""
    shell: AbsolutePath | None = None
    """The login shell. Default: the machine's."""
    home: AbsolutePath | None = None
    """The home folder. Default: below ``/home``."""
    groups: list[UserName] = []
    """More groups. Default: none."""
    sudo: Operand | None = None
    """A sudoers rule, as ``ALL=(ALL) NOPASSWD:ALL``. Default: none."""
    ssh_authorized_keys: list[Operand] = []
    """Keys that may log in as this user. Default: none."""
    password_hash: (
        Annotated[
            str, Field(pattern=r"^[!-,.-9;-~][!-9;-~]{0,511}$"), Expected("a crypt(3) hash, as $6$..."), SENSITIVE
        ]
        | None
    ) = None
    """A crypt(3) hash; give it as a secret. Default: no password."""


def _form(value: Any) -> Literal["words", "line"]:
    return "words" if isinstance(value, list) else "line"


RunCommand = Annotated[
    Annotated[Content, Tag("line")] | Annotated[list[Content], Field(min_length=1), Tag("words")], Discriminator(_form)
]


class CloudInit(Model):
    """What is done at the first start: either raw ``user_data`` or the typed fields."""

    user_data: Text | None = None
    """A whole user-data document. No typed field may be given beside it. Default: made from the typed fields."""
    network_config: Text | None = None
    """A whole network-config document (version 1 or 2). Default: made from the machine's networks."""
    hostname: Hostname | None = None
    """The machine's name. Default: the resource's name."""
    users: list[User] = []
    """Users to make. Default: the image's default user."""
    ssh_authorized_keys: list[Operand] = []
    """Keys that may log in as the default user (root where there is none). Default: none."""
    write_files: list[File] = []
    """Files to write. Default: none."""
    packages: list[Package] = []
    """Packages installed by the guest's own package manager. Default: none."""
    runcmd: list[RunCommand] = []
    """Commands run last, in order: a string by the shell, a list as it is. Default: none."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        typed = (self.hostname, self.users, self.ssh_authorized_keys, self.write_files, self.packages, self.runcmd)
        if self.user_data is not None and any(typed):
            raise fault("give either user_data or the typed fields, not both", at=("user_data",))
        no_repeats("the user", ((("users", i, "name"), each.name) for i, each in items(self.users)))
        no_repeats("the file", ((("write_files", i, "path"), each.path) for i, each in items(self.write_files)))
        return self
