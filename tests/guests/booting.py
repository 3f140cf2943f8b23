"""What a machine needs to boot a test guest."""

from tests.guests.initramfs import initramfs
from tests.guests.kernel import CMDLINE, cloud_kernel


def boot(*words: str) -> dict[str, str]:
    """A machine's ``boot`` (not for UEFI); ``words`` are added to the kernel's command line. The files are made at the first use (some
    seconds; minutes where Debian's packages must be fetched over a slow line) and kept."""
    return {
        "kernel": str(cloud_kernel().plain),
        "initrd": str(initramfs()),
        "cmdline": " ".join([CMDLINE, *words]),
    }
