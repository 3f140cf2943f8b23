"""Process 1 of a machine on LXC, as libvirt knows it: it is sent signals, and devices are plugged in through it.

The process that runs a container tells libvirt which one it is. libvirt loses that word about once in fifty starts, where it comes before libvirt listens
(11.3 does), and then takes the process of an earlier start for it, or none.
"""

from typing import TYPE_CHECKING, Final

from virtwright.errors import WaitTimeoutError
from virtwright.providers.context import Context
from virtwright.providers.libvirt.connection.connection import LibvirtConnection

if TYPE_CHECKING:
    from libvirt import virDomain

TRIES: Final = 5
"""Starts, at most."""
_SOON: Final = 1.0
"""Seconds; the word comes within a thousandth of one. An init has done little until then that another start could harm."""
_RTMIN: Final = 34
"""Of glibc: what a guest calls SIGRTMIN. libvirt hands the number on."""


def is_known(connection: LibvirtConnection, id: str, name: str, context: Context) -> bool:
    """Whether libvirt knows it soon after a start. True too of a machine that has ended meanwhile."""

    def probe() -> tuple[bool | None, str]:
        known = connection.call(
            "look at its process 1", lambda libvirt: _answers(libvirt.lookupByUUIDString(id)), context, repeatable=True
        )
        return (True if known else None), "libvirt does not know it"

    try:
        return context.wait(f"process 1 of {name}", probe, timeout=_SOON, interval=0.02, slowest=0.1)
    except WaitTimeoutError:
        return False


def _answers(domain: "virDomain") -> bool:
    from virtwright.providers.libvirt.connection.library import libvirt

    try:
        domain.sendProcessSignal(1, libvirt.VIR_DOMAIN_PROCESS_SIGNAL_NOP)
    except libvirt.libvirtError:
        return not domain.isActive()
    return True


def number_of(signal: str) -> int:
    """What libvirt takes for ``SIGTERM`` or ``SIGRTMIN+3``."""
    from virtwright.providers.libvirt.connection.library import libvirt

    base, _, more = signal.removeprefix("SIG").partition("+")
    return _RTMIN + int(more) if base == "RTMIN" else int(getattr(libvirt, f"VIR_DOMAIN_PROCESS_SIGNAL_{base}"))
