"""One valid set of inputs for each kind in which every field of the vocabulary is used; several where fields exclude
each other."""

from typing import Any

from virtwright.schemas.host import Host
from virtwright.schemas.kinds import KINDS
from virtwright.schemas.model import Model
from virtwright.schemas.values import Path

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIDgKQXJ5mB0bXG3 op@desk"
MAC = "52:54:00:12:34:56"
HASH = "0f" * 32
POLICY = {
    "order": "stop-first",
    "parallelism": 2,
    "delay": "1s",
    "monitor": "10s",
    "failure_action": "pause",
    "max_failure_ratio": 0.25,
}
WAIT: dict[str, Any] = {"address": True, "tcp": 80, "ssh": True, "timeout": "2m"}
CHECK = {"interval": "5s", "timeout": 2, "retries": 2, "start_period": "1m", "start_interval": "1s"}
FILE = {"path": "/etc/a", "content": "a: $(x)\n\tb", "mode": "0600", "owner": "0:0", "in_memory": True}
PORT = {"port": 80, "host_port": 8080, "host_address": "127.0.0.1", "protocol": "tcp", "mode": "host"}
ATTACHMENT = {
    "network": "back",
    "address": "10.40.0.10",
    "address6": "fd00:40::10",
    "mac": MAC,
    "aliases": ["db", "db.example"],
    "model": "virtio",
    "boot_order": 2,
}
DOCKER: dict[str, Any] = {
    "privileged": True,
    "init": True,
    "tty": True,
    "stdin_open": True,
    "platform": "linux/amd64",
    "runtime": "runc",
    "network_mode": "host",
    "pid_mode": "host",
    "ipc_mode": "host",
    "user_namespace_mode": "host",
    "extra_hosts": {"up": "10.0.0.1", "self": "host-gateway"},
    "dns": ["10.0.0.2"],
    "dns_search": ["example.org"],
    "dns_options": ["ndots:2"],
    "domain_name": "example.org",
    "groups": ["video", "44"],
    "devices": [{"host": "/dev/fuse", "path": "/dev/fuse", "permissions": "rw"}],
    "gpus": -1,
    "tmpfs": [{"mount": "/run", "size": "64MiB", "mode": "1777"}],
    "shm_size": "64m",
    "sysctls": {"net.core.somaxconn": "1024"},
    "ulimits": {"nofile": {"soft": 1024, "hard": 4096}},
    "security_options": ["no-new-privileges=true"],
    "cgroup_parent": "/web",
    "oom_score": 500,
    "log_driver": "json-file",
    "log_options": {"max-size": "10m"},
    "cpu_shares": 512,
    "cpu_set": "0-3,8",
    "cpu_reservation": 0.25,
    "memory_reservation": "16MiB",
    "memory_swap": "128MiB",
}
CONTAINER: dict[str, Any] = {
    "image": "docker.io/library/nginx:1.27",
    "command": ["python3", "-m", "http.server", "80"],
    "entrypoint": ["/entry", "--flag"],
    "environment": {"A": "1", "DB_HOST": "db"},
    "working_dir": "/srv",
    "user": "www-data:www-data",
    "hostname": "web",
    "ports": [PORT, "53:53/udp", 9000],
    "networks": ["front"],
    "volumes": [
        {"volume": "data", "mount": "/data", "read_only": True},
        {"bind": "/srv/x", "mount": "/x"},
        "logs:/log:ro",
    ],
    "files": [FILE, {"path": "/etc/b", "source": "../shared/b.conf"}],
    "resources": {"cpus": 0.5, "memory": "64MiB", "pids": 100},
    "restart": "on-failure",
    "healthcheck": {"tcp": 80, **CHECK},
    "stop_signal": "SIGQUIT",
    "stop_timeout": "1m30s",
    "capabilities": ["CAP_NET_ADMIN"],
    "drop_capabilities": ["ALL"],
    "read_only": True,
    "description": "the front",
    "labels": {"team": "shop", "org.example.tier": "1"},
    "wait_for": {**WAIT, "healthy": True},
    "namespace": {"user_namespace": False, "host_folders": ["/opt/app"], "disk_limit": "2GiB"},
    "docker": DOCKER,
}
MACHINE: dict[str, Any] = {
    "cpus": 2,
    "memory": "2GiB",
    "max_cpus": 8,
    "max_memory": "4GiB",
    "image": "debian",
    "architecture": "x86_64",
    "machine_type": "q35",
    "firmware": "uefi",
    "virtualization": "full",
    "cpu": {
        "mode": "custom",
        "model": "Skylake-Server",
        "topology": {"sockets": 2, "cores": 2, "threads": 2},
        "features": {"vmx": "require"},
    },
    "boot": {"kernel": "/boot/vmlinuz", "initrd": "/boot/initrd", "cmdline": "console=ttyS0 quiet"},
    "disks": [
        {"volume": "data", "mount": "/var/lib/db", "bus": "virtio", "cache": "none", "boot_order": 1, "serial": "D1"},
        {"size": "10GiB", "image": "debian", "format": "qcow2", "discard": True, "read_only": True},
        {"image": "seed", "device": "cdrom"},
    ],
    "networks": [ATTACHMENT, "front"],
    "ports": ["2222:22"],
    "cloud_init": {
        "network_config": "version: 2\n",
        "hostname": "db.example.org",
        "users": [
            {
                "name": "op",
                "uid": 1000,
                "shell": "/bin/bash",
                "home": "/home/op",
                "groups": ["sudo"],
                "sudo": "ALL=(ALL) NOPASSWD:ALL",
                "ssh_authorized_keys": [KEY],
                "password_hash": "$6$salt$hash",
            }
        ],
        "ssh_authorized_keys": [KEY],
        "write_files": [FILE],
        "packages": ["nginx", "python3-venv"],
        "runcmd": ["echo $HOME", ["touch", "/ready"]],
    },
    "graphics": {"type": "vnc", "listen": "::1", "port": 5901, "password": "12345678"},
    "console": False,
    "guest_agent": True,
    "autostart": True,
    "power": "paused",
    "resources": {"cpu_shares": 512, "cpu_limit": 1.5, "memory_limit": "3GiB", "io_weight": 500, "pids": 1000},
    "shutdown_timeout": "2m",
    "switch_off": False,
    "wait_for": {**WAIT, "guest_agent": True, "cloud_init": True},
    "description": "the database",
    "labels": {"team": "shop"},
    "libvirt": {
        "type": "kvm",
        "watchdog": "reset",
        "tpm": True,
        "secure_boot": True,
        "clock": "localtime",
        "video": "virtio",
        "on_crash": "restart",
        "init": ["/sbin/init", "quiet"],
        "stop_signal": "SIGRTMIN+4",
        "move": "live",
        "xml": "<devices/>",
    },
    "namespace": {
        "capabilities": ["CAP_SYS_ADMIN"],
        "privileged": True,
        "host_folders": ["/opt/app"],
        "disk_limit": "2GiB",
    },
}
NETWORK: dict[str, Any] = {
    "mode": "routed",
    "cidr": "10.40.0.0/24",
    "cidr6": "fd00:40::/64",
    "gateway": "10.40.0.1",
    "gateway6": "fd00:40::1",
    "dhcp": {
        "range": {"start": "10.40.0.100", "end": "10.40.0.200"},
        "reservations": [{"mac": MAC, "address": "10.40.0.10", "hostname": "db"}],
        "lease_time": "12h",
    },
    "dns": {
        "domain": "shop.internal",
        "records": [{"name": "api", "address": "10.40.0.20"}],
        "forwarders": ["10.0.0.53"],
    },
    "mtu": 1400,
    "bridge": "br-shop",
    "uplink": "eth0",
    "vlan": 40,
    "labels": {"team": "shop"},
    "docker": {"driver": "overlay", "options": {"a.b": "c"}, "attachable": True, "encrypted": True},
    "libvirt": {"xml": "<network/>"},
}
VOLUME: dict[str, Any] = {
    "size": "10GiB",
    "format": "qcow2",
    "pool": "default",
    "allocation": "full",
    "source": {"image": "debian"},
    "labels": {"keep": "yes"},
    "docker": {"driver": "local", "options": {"type": "nfs"}},
    "libvirt": {"xml": "<volume/>"},
}
BUILD = {
    "context": "./app",
    "dockerfile": "build/Dockerfile",
    "target": "run",
    "args": {"VERSION": "1"},
    "cache_from": ["registry.example/app:cache"],
    "sha256": "5" * 64,
}
IMAGE: dict[str, Any] = {
    "source": {"build": BUILD},
    "format": "oci-archive",
    "pull": "always",
    "platform": "linux/arm64/v8",
    "tags": ["registry.example/app:1"],
    "push": True,
    "pool": "default",
    "labels": {"a": "b"},
}
HOST: dict[str, Any] = {
    "uri": "qemu+ssh://root@kvm1:2222/system?no_verify=0",
    "ssh": {
        "user": "root",
        "port": 22,
        "identity_file": "~/.ssh/id_ed25519",
        "jump": "op@gate.example.org:22",
        "known_hosts": "./known_hosts",
        "host_key": "SHA256:" + "A" * 43,
        "password": "pass word",
        "connect_timeout": "10s",
        "keepalive": 0,
    },
    "tls": {"ca_file": "ca.pem", "cert_file": "cert.pem", "key_file": "key.pem", "server_name": "docker.example"},
    "registries": {"registry.example": {"username": "ci", "password": "token"}},
    "peer_address": "10.0.0.2",
    "max_parallel": 4,
}
OPTIONS: dict[str, Any] = {
    "host": "kvm1",
    "depends_on": ["vms.db", "web"],
    "protect": True,
    "retain_on_delete": True,
    "ignore_changes": ["labels", "disks[0].size"],
    "import_id": "old-db",
    "timeouts": {"create": "5m", "update": "1m", "delete": 30},
    "count": 3,
}

EXAMPLES: dict[str, list[dict[str, Any]]] = {
    "Host": [HOST],
    "Network": [NETWORK, {"mode": "bridge", "bridge": "br0"}, {"existing": "lan"}, {}],
    "Volume": [
        VOLUME,
        {"source": {"clone": "a"}},
        {"source": {"content": "./data"}},
        {"backing": "base"},
        {"existing": "archive"},
        {},
    ],
    "Image": [
        IMAGE,
        {"source": "nginx:1.27"},
        {"source": {"url": "https://images.example/a.qcow2", "sha256": HASH}, "format": "qcow2"},
        {"source": {"file": "a.raw"}},
        {"source": {"archive": "root.tar"}},
    ],
    "VirtualMachine": [
        MACHINE,
        {"boot": "disk", "graphics": "spice", "cloud_init": {"user_data": "#cloud-config\n{}\n"}},
        {},
    ],
    "Container": [
        CONTAINER,
        {"image": "host", "command": "sleep 1", "restart": "no", "wait_for": {"completed": True}},
        {"image": "host", "healthcheck": "none", "networks": [{"network": "back", "aliases": ["w"]}]},
        {"image": "host", "healthcheck": {"http": "8080/health"}},
        {"image": "host", "healthcheck": {"command": ["test", "-e", "/ready"], "disabled": False}},
    ],
    "Service": [
        {
            **CONTAINER,
            "mode": "replicated",
            "replicas": 4,
            "placement": {
                "hosts": ["a", "b"],
                "constraints": ["node.labels.disk == ssd"],
                "spread": ["node.labels.zone"],
                "max_per_host": 2,
            },
            "update": {**POLICY, "failure_action": "rollback"},
            "rollback": POLICY,
            "docker": {
                **DOCKER,
                "endpoint_mode": "vip",
                "restart_delay": "5s",
                "restart_attempts": 3,
                "restart_window": "1m",
            },
        },
        {"image": "host", "mode": "global"},
    ],
}
"""Valid inputs by kind (and ``Host``)."""
INPUTS: dict[str, type[Model]] = {"Host": Host, **{kind.name: kind.inputs for kind in KINDS.values()}}
CASES = [(kind, number) for kind, examples in EXAMPLES.items() for number in range(len(examples))]
"""Kind and number of every example."""


def places(value: Any, path: Path = ()) -> list[Path]:
    """The path of everything inside ``value``, containers too."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [each for key, item in pairs for each in [(*path, key), *places(item, (*path, key))]]


def put(value: Any, path: Path, item: Any) -> None:
    for part in path[:-1]:
        value = value[part]
    value[path[-1]] = item


def get(value: Any, path: Path) -> Any:
    for part in path:
        value = value[part]
    return value
