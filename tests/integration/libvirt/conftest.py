"""The daemon of libvirt's tests."""

from tests.libvirt_lab import libvirt_daemon, libvirt_lab

__all__ = ["libvirt_daemon", "libvirt_lab"]
