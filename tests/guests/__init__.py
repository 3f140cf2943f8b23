"""Guests for tests: machines that boot in seconds under software emulation and tell what they are made of.

``booting.boot()`` gives a kernel, a first file system and a command line, for ``boot: {kernel: ...}`` of a machine. The guest brings up each NIC by
DHCP when it is plugged in and each CPU; it answers on port 80 (``facts.ask``), has the banner of an SSH server on port 22, a shell
on its serial console, QEMU's guest agent where the machine has a channel for it, and powers off when it is asked to. 192MiB
are enough. Words on its command line change it: see ``files/init``.
"""
