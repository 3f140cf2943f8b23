"""Each published way out of a container that is tried from inside: what it is, what stops it, and where it is open on purpose.

``without`` names what stops it: in a sandbox that lacks all of that, and nothing else, the probe must succeed, or it would prove nothing.
``open_in`` names the configurations (``configurations.py``) in which a stack gets just what the probe tries, by its own word. Everywhere else the
probe must fail. Standard library only: it is read inside as well.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.escapes.inside import calls, files, other_abi, processes

UNMAPPED: Final = "unmapped"
"""Every configuration whose root is the host's: ``user_namespace: false``, each that adds a capability, privileged machines."""
ADDED: Final = "a capability added"
PRIVILEGED: Final = "privileged machine"
MACHINES: Final = ("machine", "machine, user_namespace: false", PRIVILEGED)
ADMIN: Final = ("CAP_SYS_ADMIN", PRIVILEGED)


@dataclass(frozen=True, slots=True)
class Probe:
    name: str
    """The CVE that made it known, where there is one, and what is tried."""
    about: str
    """The class."""
    attempt: Callable[[], str]
    without: tuple[str, ...] = ()
    """Empty where ``open_in`` shows already that the probe can succeed."""
    open_in: tuple[str, ...] = ()


# fmt: off
PROBES: Final = (
    # The kernel's own files that reach the whole machine
    Probe("core_pattern, modprobe, hotplug", "procfs", files.name_a_program, ("user namespace", "read-only proc"), (PRIVILEGED,)),
    Probe("/proc/sys", "procfs", files.change_a_setting, ("user namespace", "read-only proc"), (PRIVILEGED,)),
    Probe("CVE-2015-3630 sysrq-trigger, /proc/bus, /proc/fs, /proc/irq", "procfs", files.device_files, ("user namespace", "read-only proc"), (PRIVILEGED,)),
    Probe("uevent_helper, /sys", "sysfs", files.uevent_helper, ("user namespace", "read-only sys"), (PRIVILEGED,)),
    Probe("CVE-2025-31133 masked paths", "procfs", files.masked_paths, ("masks",), (PRIVILEGED,)),
    # Mounts
    Probe("masks taken away", "mounts", files.unmask, open_in=("CAP_SYS_ADMIN",)),
    Probe("CVE-2019-19921 a second /proc", "mounts", files.new_proc, open_in=ADMIN),
    Probe("a second /sys", "mounts", files.new_sys, open_in=ADMIN),
    Probe("a tmpfs", "mounts", files.new_tmpfs, open_in=ADMIN),
    Probe("a bind mount", "mounts", files.bind, open_in=ADMIN),
    Probe("pivot_root", "mounts", files.pivot, open_in=ADMIN),
    Probe("binfmt_misc", "mounts", files.binary_formats, open_in=ADMIN),
    Probe("CVE-2022-0185 fsopen", "system calls", calls.fsopen, open_in=ADMIN),
    Probe("CVE-2022-0185 fsconfig", "system calls", calls.fsconfig, ("seccomp",), ADMIN),
    Probe("open_tree", "system calls", calls.open_tree, open_in=ADMIN),
    Probe("move_mount", "system calls", calls.move_mount, open_in=ADMIN),
    Probe("mount_setattr", "system calls", calls.mount_setattr, ("seccomp",), ADMIN),
    # Control groups
    Probe("CVE-2022-0492 release_agent", "control groups", files.release_agent, ("user namespace", "CAP_SYS_ADMIN", "cgroup namespace")),
    Probe("CVE-2022-0492 namespaces for release_agent", "control groups", files.namespaces_for_release_agent, ("seccomp",), ADMIN),
    Probe("its own limits lifted", "control groups", files.own_limits, open_in=ADMIN),
    Probe("its place among the host's groups", "control groups", processes.control_group_path, ("cgroup namespace",)),
    # Namespaces of its own: the way to what flaws of the kernel need
    Probe("CVE-2021-22555, CVE-2022-32250, CVE-2023-32233 a user namespace by unshare", "namespaces", calls.nested_user_namespace, ("seccomp",), ADMIN),
    Probe("a user namespace by clone", "namespaces", calls.clone_user_namespace, ("seccomp",), ADMIN),
    Probe("a user namespace by clone3", "namespaces", calls.clone3_user_namespace, ("seccomp",), ADMIN),
    Probe("CVE-2024-1086 a network namespace whose filter is its own", "namespaces", calls.nested_network_namespace, ("seccomp",), ADMIN),
    Probe("CVE-2015-1328, CVE-2016-1575, CVE-2016-1576, CVE-2021-3493, CVE-2023-0386, CVE-2023-2640, CVE-2023-32629 an overlay in a user namespace",
          "overlayfs", files.overlay_in_user_namespace, ("seccomp",), ADMIN),
    Probe("setns", "namespaces", calls.join_namespace, open_in=ADMIN),
    # System calls through which flaws of the kernel were reached
    Probe("CVE-2014-3519, Shocker: open_by_handle_at", "system calls", calls.open_by_handle, open_in=("CAP_DAC_READ_SEARCH", PRIVILEGED)),
    Probe("userfaultfd", "system calls", calls.userfaultfd, ("seccomp",), (PRIVILEGED,)),
    Probe("CVE-2022-29582, CVE-2023-2598 io_uring", "system calls", calls.io_uring, ("seccomp",), (PRIVILEGED,)),
    Probe("CVE-2020-8835, CVE-2021-31440 bpf", "system calls", calls.bpf, open_in=("CAP_BPF", *ADMIN)),
    Probe("CVE-2013-2094 perf_event_open", "system calls", calls.perf_event, open_in=("CAP_PERFMON", *ADMIN)),
    Probe("CVE-2016-0728 keyctl", "keyrings", calls.keyring, ("seccomp",), (PRIVILEGED,)),
    Probe("add_key", "keyrings", calls.add_key, ("seccomp",), (PRIVILEGED,)),
    Probe("request_key", "keyrings", calls.request_key, ("seccomp",), (PRIVILEGED,)),
    Probe("a key of the host's session", "keyrings", processes.keyring_of_host, ("seccomp", "user namespace", "session keyring")),
    Probe("kexec", "system calls", calls.kexec, ("seccomp", "user namespace", "CAP_SYS_BOOT"), (PRIVILEGED,)),
    Probe("init_module", "system calls", calls.load_module, open_in=("CAP_SYS_MODULE", PRIVILEGED)),
    Probe("finit_module", "system calls", calls.load_module_from_file, open_in=("CAP_SYS_MODULE", PRIVILEGED)),
    Probe("delete_module", "system calls", calls.unload_module, open_in=("CAP_SYS_MODULE", PRIVILEGED)),
    Probe("the kernel's log", "system calls", calls.kernel_log, ("seccomp", "user namespace", "CAP_SYSLOG"), (PRIVILEGED,)),
    Probe("acct", "system calls", calls.accounting, open_in=("CAP_SYS_PACCT", PRIVILEGED)),
    Probe("swapon", "system calls", calls.swap, open_in=ADMIN),
    Probe("iopl", "system calls", calls.io_ports, open_in=("CAP_SYS_RAWIO", PRIVILEGED)),
    Probe("settimeofday", "system calls", calls.clock, open_in=("CAP_SYS_TIME", PRIVILEGED)),
    Probe("reboot", "system calls", calls.reboot, ("user namespace", "CAP_SYS_BOOT", "pid namespace")),
    Probe("fanotify_init", "system calls", calls.fanotify, open_in=ADMIN),
    Probe("migrate_pages", "system calls", calls.memory_of_others, ("seccomp",), ("CAP_SYS_NICE", PRIVILEGED)),
    Probe("kcmp", "system calls", calls.compare_processes, ("seccomp",), ("CAP_SYS_PTRACE", PRIVILEGED)),
    Probe("CVE-2026-31431 AF_ALG", "sockets", calls.crypto_socket, ("seccomp",), (PRIVILEGED,)),
    Probe("CVE-2026-31431 AF_ALG among the 32-bit calls", "sockets", other_abi.crypto_socket, ("seccomp",), (PRIVILEGED,)),
    Probe("CVE-2026-31431 AF_ALG by socketcall", "sockets", other_abi.crypto_socket_by_socketcall, ("seccomp",), (PRIVILEGED,)),
    Probe("a user namespace by the 32-bit calls", "namespaces", other_abi.user_namespace, ("seccomp",), ADMIN),
    Probe("keyctl by the 32-bit calls", "keyrings", other_abi.keyring, ("seccomp",), (PRIVILEGED,)),
    Probe("CVE-2021-26708 AF_VSOCK", "sockets", calls.vsock, ("seccomp",), (PRIVILEGED,)),
    Probe("CVE-2017-7308, CVE-2020-14386 packet sockets", "sockets", calls.packet_socket, open_in=(UNMAPPED,)),
    Probe("CVE-2021-22555 iptables", "sockets", calls.iptables, open_in=("CAP_NET_ADMIN", PRIVILEGED)),
    Probe("CVE-2022-32250, CVE-2023-32233 nf_tables", "sockets", calls.netfilter, open_in=("CAP_NET_ADMIN", PRIVILEGED)),
    Probe("CVE-2016-7545, CVE-2016-10124, CVE-2017-5226 TIOCSTI", "terminals", calls.type_into_terminal, ("seccomp", "user namespace", "CAP_SYS_ADMIN"), (PRIVILEGED,)),
    # Devices
    Probe("mknod", "devices", files.make_device, open_in=("CAP_MKNOD", PRIVILEGED)),
    Probe("a device node in the root", "devices", files.use_made_device, ("user namespace", "CAP_MKNOD", "nodev root"), (PRIVILEGED,)),
    Probe("a device node in /dev", "devices", files.use_device_made_in_dev, open_in=("CAP_MKNOD", PRIVILEGED)),
    Probe("a device node in a volume", "devices", files.use_device_of_volume, ("nodev volumes",)),
    Probe("/dev/mem and other devices of the host", "devices", files.devices_of_the_host, open_in=(PRIVILEGED,)),
    # The file system of the host
    Probe("a file of the host by its path", "root file system", files.secret_by_path, ("host mask",)),
    Probe("names in the host's root", "root file system", files.names_of_the_host, ("host mask",)),
    Probe("chroot left by a descriptor", "root file system", files.leave_root, ("user namespace", "host mask", "old root let go")),
    Probe("/proc/PID/root, /proc/PID/cwd", "root file system", files.secret_through_links, ("user namespace", "CAP_SYS_PTRACE", "pid namespace")),
    Probe("CVE-2024-21626, CVE-2015-3627, CVE-2016-8649 descriptors left open", "descriptors", files.secret_through_descriptors, ("closed descriptors",)),
    # Processes and sockets of the host
    Probe("a host's process signalled", "processes", processes.signal_host, ("user namespace", "pid namespace")),
    Probe("a host's process seen", "processes", processes.see_host, ("pid namespace",)),
    Probe("pidfd_open of a host's process", "processes", processes.descriptor_of_host, ("pid namespace",)),
    Probe("memory of a host's process", "processes", processes.read_memory_of_host, ("user namespace", "CAP_SYS_PTRACE", "pid namespace")),
    Probe("CVE-2020-15257 abstract sockets", "sockets", processes.abstract_socket, ("network namespace",)),
    Probe("the host's loopback interface", "sockets", processes.loopback_port, ("network namespace",)),
    Probe("shared memory of the host", "processes", processes.shared_memory, ("ipc namespace",)),
    # What a process inside may do
    Probe("CVE-2022-24769, CVE-2022-27650, CVE-2022-29162 inheritable capabilities", "capabilities", processes.inheritable_capabilities, ("inheritable capabilities",)),
    Probe("CVE-2016-8867 ambient capabilities", "capabilities", processes.ambient_capabilities, ("ambient capabilities",)),
    Probe("capabilities beyond the default set", "capabilities", processes.capabilities_beyond_the_default, ("bounding set",), (ADDED, PRIVILEGED)),
    Probe("a set-user-id program", "capabilities", processes.set_user_id, ("no_new_privs",), MACHINES),
    Probe("root inside is root outside", "capabilities", processes.root_of_the_host, ("user namespace",), (UNMAPPED,)),
)
# fmt: on
