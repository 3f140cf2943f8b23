"""Outputs from ``schemas/cloud_init.py``.

Made by ``python -m virtwright.codegen`` from the models of ``schemas/``: change those, not this.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi

from virtwright.sdk import outputs


@pulumi.output_type
class CloudInit(dict[str, Any]):
    """What is done at the first start: either raw ``user_data`` or the typed fields."""

    user_data: str | None
    """A whole user-data document. No typed field may be given beside it. Default: made from the typed fields."""
    network_config: str | None
    """A whole network-config document (version 1 or 2). Default: made from the machine's networks."""
    hostname: str | None
    """The machine's name. Default: the resource's name."""
    users: Sequence[outputs.User]
    """Users to make. Default: the image's default user."""
    ssh_authorized_keys: Sequence[str]
    """Keys that may log in as the default user (root where there is none). Default: none."""
    write_files: Sequence[outputs.File]
    """Files to write. Default: none."""
    packages: Sequence[str]
    """Packages installed by the guest's own package manager. Default: none."""
    runcmd: Sequence[Any]
    """Commands run last, in order: a string by the shell, a list as it is. Default: none."""


@pulumi.output_type
class User(dict[str, Any]):
    """A user of the machine."""

    name: str
    """The user's name."""
    uid: int | None
    """The user's number. Default: the next free one."""
    shell: str | None
    """The login shell. Default: the machine's."""
    home: str | None
    """The home folder. Default: below ``/home``."""
    groups: Sequence[str]
    """More groups. Default: none."""
    sudo: str | None
    """A sudoers rule, as ``ALL=(ALL) NOPASSWD:ALL``. Default: none."""
    ssh_authorized_keys: Sequence[str]
    """Keys that may log in as this user. Default: none."""
    password_hash: str | None
    """A crypt(3) hash; give it as a secret. Default: no password."""
