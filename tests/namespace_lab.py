"""A private corner of the machine for one test of the namespace runtime: its own root and its own network namespace.

What the runtime makes on "the host" (bridges, packet filter, sysctls) is made in the lab's namespace and goes with it.
"""

import contextlib
import http.client
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from virtwright.engine.ids import new_id
from virtwright.providers.base import Stamp
from virtwright.providers.context import Context
from virtwright.providers.namespace.kernel import calls, loopback
from virtwright.providers.namespace.kernel import constants as k
from virtwright.providers.namespace.mounts import mounts_below, unmount
from virtwright.providers.namespace.network.attach import Attached, attach
from virtwright.providers.namespace.network.links import netlink
from virtwright.providers.namespace.network.netns import OWN, inside, opened, read_sysctl
from virtwright.providers.namespace.paths import Root
from virtwright.providers.namespace.records import Record, Records
from virtwright.schemas.attachments import NetworkAttachment, PublishedPort
from virtwright.schemas.urn import type_token

T = TypeVar("T")
_PROCESS = new_id()
QUICK = 1.5
"""Seconds after which nobody answers."""
SERVER = """
import http.server, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
        self.wfile.write((sys.argv[2] + " to " + self.client_address[0]).encode())
    def log_message(self, *words): pass
class Server(http.server.ThreadingHTTPServer):
    address_family = __import__("socket").AF_INET6
Server(("::", int(sys.argv[1])), Answer).serve_forever()
"""


def stamp(kind: str, name: str, operation: str = "first", stack: str = "shop") -> Stamp:
    """Operations of the same name are the same in this process and its forks alone: labs of others have the same resources."""
    urn = f"urn:pulumi:{stack}::{stack}::{type_token(kind)}::{name}"
    return Stamp(f"{stack}/{stack}", urn, f"{operation} of {_PROCESS}", "00")


class Lab:
    """The root, the records in it, and stand-ins for what runs in containers."""

    def __init__(self, root: Root) -> None:
        self.root = root
        self.records = Records(root)
        self._running: list[subprocess.Popen[bytes]] = []

    def container(
        self,
        name: str,
        *networks: str | NetworkAttachment,
        ports: Sequence[PublishedPort] = (),
        operation: str = "first",
    ) -> tuple[Record, Attached]:
        """A record and its networks, without a process."""
        record = Record.new("Container", stamp("Container", name, operation), {})
        with self.root.lock():
            self.records.create(record, Context())
        joins = [NetworkAttachment(network=item) if isinstance(item, str) else item for item in networks]
        return record, attach(self.root, record, joins, ports, [name])

    def serve(self, netns: Path, port: int, answer: str) -> None:
        """An HTTP server in a network namespace; returns when it listens."""
        argv = ["nsenter", f"--net={netns}", sys.executable, "-S", "-c", SERVER, str(port), answer]
        self._running.append(subprocess.Popen(argv))
        deadline = time.monotonic() + 120
        with opened(netns) as namespace, inside(namespace):
            while fetch("127.0.0.1", port, QUICK) is None:
                assert time.monotonic() < deadline, "the test's server did not start"
                time.sleep(0.02)

    def serve_in(self, namespace: int, port: int, answer: str) -> None:
        """As ``serve``, in a namespace given as a file descriptor."""
        self.serve(Path(f"/proc/{os.getpid()}/fd/{namespace}"), port, answer)

    def route(self, netns: Path, network: str, gateway: str | None, **more: int) -> None:
        """A route made by somebody inside."""
        with opened(netns) as namespace:
            self.route_in(namespace, network, gateway, **more)

    def route_in(self, namespace: int, network: str, gateway: str | None, **more: int) -> None:
        with inside(namespace), netlink("add the test's route") as connection:
            connection.route("add", dst=network, gateway=gateway, **more)

    def rule(self, netns: Path, table: int) -> None:
        """Let ``table`` decide before all others: even for the loopback's own addresses."""
        with opened(netns) as namespace, inside(namespace), netlink("add the test's rule") as connection:
            connection.rule("add", table=255, priority=200)
            connection.rule("del", table=255, priority=0)
            connection.rule("add", table=table, priority=100)

    def read(self, netns: Path, sysctl: str) -> str | None:
        with opened(netns) as namespace, inside(namespace):
            return read_sysctl(sysctl)

    @property
    def root_netns(self) -> Path:
        """The lab's "host"."""
        return Path(f"/proc/{os.getpid()}/task/{threading.get_native_id()}/ns/net")

    def get(self, netns: Path, address: str | None, port: int, timeout: float = 120) -> str | None:
        """What an HTTP server answers to somebody in that network namespace; None where it is not reached."""
        with opened(netns) as namespace, inside(namespace):
            return fetch(address or "", port, timeout)

    def sweep(self) -> None:
        for process in self._running:
            process.kill()
            process.wait()
        for folder in (self.root.volatile, self.root.path):
            for mount in mounts_below(folder):
                unmount(mount, lazily=True)
        shutil.rmtree(self.root.volatile, ignore_errors=True)


def fetch(address: str, port: int, timeout: float = 120) -> str | None:
    """What an HTTP server answers; None where it is not reached. A test that expects None gives ``QUICK``: a packet that
    is dropped is never answered, while a first packet that was lost is sent again after a second."""
    connection = http.client.HTTPConnection(address, port, timeout=timeout)
    try:
        connection.request("GET", "/")
        return connection.getresponse().read().decode()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


@contextlib.contextmanager
def private_lab(folder: Path) -> Iterator[Lab]:
    """A lab whose "host" is a network namespace of its own: the calling thread is in it until the end."""
    with opened(OWN) as home:
        calls.unshare(k.CLONE_NEWNET)
        lab = Lab(Root(folder))
        try:
            loopback.bring_up()
            lab.root.prepare()
            yield lab
        finally:
            lab.sweep()
            calls.setns(home, k.CLONE_NEWNET)


@contextlib.contextmanager
def outside(device: str = "uplink", host: str = "198.51.100.1", peer: str = "198.51.100.2") -> Iterator[int]:
    """A machine beyond the host, cabled to it: the host has ``host``, the machine ``peer`` and no route to anything else."""
    with opened(OWN) as home:
        calls.unshare(k.CLONE_NEWNET)
        with opened(OWN) as beyond:
            calls.setns(home, k.CLONE_NEWNET)
            with netlink("cable the test's outside") as connection:
                connection.link(
                    "add", ifname=device, kind="veth", state="up", peer={"ifname": "eth0", "net_ns_fd": beyond}
                )
                connection.addr("add", index=socket.if_nametoindex(device), address=host, prefixlen=24)
            with inside(beyond), netlink("set up the test's outside") as connection:
                connection.link("set", index=socket.if_nametoindex("eth0"), state="up")
                connection.addr("add", index=socket.if_nametoindex("eth0"), address=peer, prefixlen=24)
                loopback.bring_up()
            yield beyond


def in_threads(work: Sequence[Callable[[], T]]) -> list[T]:
    """Do it all at once; threads start in the caller's network namespace. Raises the first error."""
    results: list[T] = []
    errors: list[BaseException] = []

    def one(task: Callable[[], T]) -> None:
        try:
            results.append(task())
        except BaseException as error:  # noqa: BLE001
            errors.append(error)

    threads = [threading.Thread(target=one, args=(task,)) for task in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results
