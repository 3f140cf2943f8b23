"""Outputs from ``schemas/machine_hosts.py``.

Made by ``python -m virtwright.codegen`` from the models of ``schemas/``: change those, not this.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi


@pulumi.output_type
class LibvirtMachine(dict[str, Any]):
    """What only libvirt hosts know."""

    type: str | None
    """The domain type. Default: the best that the host's capabilities offer."""
    watchdog: str | None
    """What a watchdog does when the guest stops feeding it. Default: there is no watchdog."""
    tpm: bool
    """Give it an emulated TPM 2.0. Default: false."""
    secure_boot: bool
    """With ``firmware: uefi``, start signed loaders only. Default: false."""
    clock: str
    """What its clock shows; Windows expects ``localtime``. Default: utc."""
    video: str | None
    """Its graphics card. Default: what the graphical console needs."""
    move: str | None
    """How it gets to another host: ``live``, running all the time, or not at all; ``cold``, shut down for it.
    Default: live where both hosts can, else cold."""
    on_crash: str | None
    """What happens when the guest crashes. Default: destroy."""
    init: Sequence[str] | None
    """Process 1 of a machine on LXC: the path of a program inside, and its arguments. Default: ``[/sbin/init]``."""
    stop_signal: str | None
    """What asks process 1 of a machine on LXC to shut down. Default: ``SIGRTMIN+3``, as systemd understands it."""
    xml: str | None
    """A fragment laid over the generated domain XML. Default: none."""


@pulumi.output_type
class NamespaceMachine(dict[str, Any]):
    """What only the namespace runtime knows."""

    capabilities: Sequence[str]
    """Linux capabilities added to the default set. Default: none."""
    privileged: bool
    """For machines that are hosts themselves (Docker, libvirt): all capabilities, no seccomp filter, cgroups of
    their own, this machine's devices. Its root can become this machine's root. Default: false."""
    disk_limit: int | None
    """Most bytes that its own layer holds, where what it writes outside of volumes lies. Default: no limit."""
    host_folders: Sequence[str]
    """With ``image: host``: folders in the host's /opt and /usr/local to show at the same path, as far as everybody
    on the host may read them. Default: none; both are empty."""
