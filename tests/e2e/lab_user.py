"""Somebody who types commands against the lab's hosts over SSH, with keys where the SSH client has them."""

import shutil
from collections.abc import Mapping

from tests.e2e.operator_lab import Operator
from tests.host_lab import HostLab, LabHost


def at_home(operator: Operator, lab: HostLab) -> None:
    """Give the operator a home with the lab's private key and the keys of its hosts."""
    folder = operator.folder.parent / "user/.ssh"
    folder.mkdir(parents=True, mode=0o700)
    host = lab.hosts[0]
    shutil.copy(host.known_hosts, folder / "known_hosts")
    shutil.copy(host.ssh_key, folder / "id_ed25519")
    operator.live_in(folder.parent)


def route(host: LabHost, cidr: str, to: LabHost) -> None:
    host.run(["ip", "route", "replace", cidr, "via", to.address])


def remove_routes(host: LabHost) -> None:
    """Those that ``route`` has set."""
    host.sh(
        "ip route show | sed -n 's/^\\([0-9./]*\\) via .*/\\1/p' | xargs --no-run-if-empty --max-args=1 ip route del"
    )


def configure(operator: Operator, values: Mapping[str, str]) -> None:
    """By the environment, as a pipeline does."""
    operator.environment.update({f"VIRTWRIGHT_CONFIG_{name.upper()}": value for name, value in values.items()})


def left_on(host: LabHost) -> list[str]:
    """The names of all machines, networks, files in the default pool and containers of a host, asked of its daemons."""
    told = host.sh("virsh list --all --name; virsh net-list --all --name; docker ps --all --format '{{.Names}}'")
    images = host.root / "var/lib/libvirt/images"
    return [*told.split(), *(path.name for path in images.glob("*"))]
