"""A host of Xen's for tests: Debian's hypervisor with Debian in its domain 0, under QEMU's software emulation."""
