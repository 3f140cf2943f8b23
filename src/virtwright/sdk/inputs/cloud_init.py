"""Inputs from ``schemas/cloud_init.py``.

Made by ``python -m virtwright.codegen`` from the models of ``schemas/``: change those, not this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NotRequired, TypedDict

import pulumi

from virtwright.sdk.inputs.attachments import FileArgs, FileArgsDict
from virtwright.sdk.words import Words


@pulumi.input_type
@dataclass(kw_only=True)
class CloudInitArgs:
    """What is done at the first start: either raw ``user_data`` or the typed fields."""

    user_data: pulumi.Input[str] | None = None
    """A whole user-data document. No typed field may be given beside it. Default: made from the typed fields."""
    network_config: pulumi.Input[str] | None = None
    """A whole network-config document (version 1 or 2). Default: made from the machine's networks."""
    hostname: pulumi.Input[str] | None = None
    """The machine's name. Default: the resource's name."""
    users: pulumi.Input[Sequence[pulumi.Input[UserArgs | UserArgsDict]]] | None = None
    """Users to make. Default: the image's default user."""
    ssh_authorized_keys: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None
    """Keys that may log in as the default user (root where there is none). Default: none."""
    write_files: pulumi.Input[Sequence[pulumi.Input[FileArgs | FileArgsDict]]] | None = None
    """Files to write. Default: none."""
    packages: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None
    """Packages installed by the guest's own package manager. Default: none."""
    runcmd: pulumi.Input[Sequence[pulumi.Input[Words]]] | None = None
    """Commands run last, in order: a string by the shell, a list as it is. Default: none."""


class CloudInitArgsDict(TypedDict):
    """What is done at the first start: either raw ``user_data`` or the typed fields."""

    user_data: NotRequired[pulumi.Input[str] | None]
    """A whole user-data document. No typed field may be given beside it. Default: made from the typed fields."""
    network_config: NotRequired[pulumi.Input[str] | None]
    """A whole network-config document (version 1 or 2). Default: made from the machine's networks."""
    hostname: NotRequired[pulumi.Input[str] | None]
    """The machine's name. Default: the resource's name."""
    users: NotRequired[pulumi.Input[Sequence[pulumi.Input[UserArgs | UserArgsDict]]] | None]
    """Users to make. Default: the image's default user."""
    ssh_authorized_keys: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]] | None]
    """Keys that may log in as the default user (root where there is none). Default: none."""
    write_files: NotRequired[pulumi.Input[Sequence[pulumi.Input[FileArgs | FileArgsDict]]] | None]
    """Files to write. Default: none."""
    packages: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]] | None]
    """Packages installed by the guest's own package manager. Default: none."""
    runcmd: NotRequired[pulumi.Input[Sequence[pulumi.Input[Words]]] | None]
    """Commands run last, in order: a string by the shell, a list as it is. Default: none."""


@pulumi.input_type
@dataclass(kw_only=True)
class UserArgs:
    """A user of the machine."""

    name: pulumi.Input[str]
    """The user's name."""
    uid: pulumi.Input[int] | None = None
    """The user's number. Default: the next free one."""
    shell: pulumi.Input[str] | None = None
    """The login shell. Default: the machine's."""
    home: pulumi.Input[str] | None = None
    """The home folder. Default: below ``/home``."""
    groups: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None
    """More groups. Default: none."""
    sudo: pulumi.Input[str] | None = None
    """A sudoers rule, as ``ALL=(ALL) NOPASSWD:ALL``. Default: none."""
    ssh_authorized_keys: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None
    """Keys that may log in as this user. Default: none."""
    password_hash: pulumi.Input[str] | None = None
    """A crypt(3) hash; give it as a secret. Default: no password."""


class UserArgsDict(TypedDict):
    """A user of the machine."""

    name: pulumi.Input[str]
    """The user's name."""
    uid: NotRequired[pulumi.Input[int] | None]
    """The user's number. Default: the next free one."""
    shell: NotRequired[pulumi.Input[str] | None]
    """The login shell. Default: the machine's."""
    home: NotRequired[pulumi.Input[str] | None]
    """The home folder. Default: below ``/home``."""
    groups: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]] | None]
    """More groups. Default: none."""
    sudo: NotRequired[pulumi.Input[str] | None]
    """A sudoers rule, as ``ALL=(ALL) NOPASSWD:ALL``. Default: none."""
    ssh_authorized_keys: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]] | None]
    """Keys that may log in as this user. Default: none."""
    password_hash: NotRequired[pulumi.Input[str] | None]
    """A crypt(3) hash; give it as a secret. Default: no password."""
