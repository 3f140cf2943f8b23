"""Faults in plain words: what was expected, what was found, where, and what was probably meant."""

from typing import Any

import pytest
from pydantic import ValidationError

from virtwright.schemas.declarations import ConfigDeclaration, Moved
from virtwright.schemas.host import Host
from virtwright.schemas.kinds import KINDS
from virtwright.schemas.options import Options
from virtwright.schemas.problems import FieldProblem, problems_of
from virtwright.schemas.values import UNKNOWN, Path, render_path

MODELS = {name: kind.inputs for name, kind in KINDS.items()} | {
    "Host": Host,
    "Options": Options,
    "Moved": Moved,
    "ConfigDeclaration": ConfigDeclaration,
}


def problems(kind: str, secrets: frozenset[Path] = frozenset(), /, **inputs: Any) -> list[FieldProblem]:
    with pytest.raises(ValidationError) as caught:
        MODELS[kind].model_validate(inputs)
    return problems_of(caught.value, secrets)


def container(**inputs: Any) -> dict[str, Any]:
    return {"image": "host", **inputs}


CASES: list[tuple[str, dict[str, Any], str, str, str | None]] = [
    ("VirtualMachine", {"cpus": "x"}, "cpus", "expected a whole number from 1 to 1024, got 'x'", None),
    ("VirtualMachine", {"cpus": True}, "cpus", "expected a number, got true", None),
    ("VirtualMachine", {"cpus": 1.5}, "cpus", "expected a whole number from 1 to 1024, got 1.5", None),
    ("Container", container(memory="1GiB"), "memory", "unknown field 'memory'", "did you mean resources.memory?"),
    ("Container", container(cpus=2), "cpus", "unknown field 'cpus'", "did you mean resources.cpus?"),
    ("VirtualMachine", {"memry": 1}, "memry", "unknown field 'memry'", "did you mean memory?"),
    ("VirtualMachine", {"memory": "12x"}, "memory", "expected a size, as 512MiB, 2GiB, 1.5G or a number of bytes, got '12x'", None),
    ("VirtualMachine", {"memory": 5}, "memory", "expected a size of at least 1MiB, got 5", None),
    ("VirtualMachine", {"power": "runing"}, "power", "expected running, stopped or paused, got 'runing'", "did you mean running?"),
    ("VirtualMachine", {"console": "maybe"}, "console", "expected true or false, got 'maybe'", None),
    ("VirtualMachine", {"cpu": 1}, "cpu", "expected a map with the fields mode, model, topology, features, got 1", None),
    ("VirtualMachine", {"boot": "floppy"}, "boot", "expected disk, got 'floppy'", None),
    ("VirtualMachine", {"boot": {"kernel": "/k", "init": 1}}, "boot.init", "unknown field 'init'", "did you mean initrd?"),
    ("VirtualMachine", {"disks": [{"size": "1G"}, {}]}, "disks[1]", "give exactly one of volume and size or image", None),
    ("VirtualMachine", {"disks": 5}, "disks", "expected a list, got 5", None),
    ("VirtualMachine", {"cloud_init": {"runcmd": ["a", ["b", 4]]}}, "cloud_init.runcmd[1][1]", "expected text, got 4",
     'put it in quotes: "4"'),
    ("VirtualMachine", {"max_cpus": 1, "cpus": 2}, "max_cpus", "max_cpus is less than cpus", None),
    ("VirtualMachine", {"max_memory": "1MiB"}, "max_memory", "max_memory is less than memory", None),
    ("VirtualMachine", {"cpus": 4, "cpu": {"topology": {"cores": 3}}}, "cpu.topology", "3 CPUs in the topology, but 4 in cpus", None),
    ("VirtualMachine", {"graphics": {"type": "vnc", "password": "123456789"}}, "graphics.password",
     "VNC knows passwords of at most 8 characters", None),
    ("VirtualMachine", {"disks": [{"volume": "a"}, {"volume": "a"}]}, "disks[1].volume", "the volume a is given twice", None),
    ("VirtualMachine", {"wait_for": {"guest_agent": True}}, "wait_for.guest_agent", "needs guest_agent: true on the machine", None),
    ("VirtualMachine", {"wait_for": {"healthy": True}}, "wait_for.healthy", "only a container has that", None),
    ("VirtualMachine", {"cloud_init": {"user_data": "#cloud-config", "packages": ["a"]}}, "cloud_init.user_data",
     "give either user_data or the typed fields, not both", None),
    ("VirtualMachine", {"networks": [{"network": "a", "mac": "01:00:5e:00:00:01"}]}, "networks[0].mac",
     "is a group's MAC address: the first byte must be even, got '01:00:5e:00:00:01'", None),
    ("Container", {}, "image", "is required", None),
    ("Container", container(image=5), "image", "expected text of at most 8192 characters, got 5", 'put it in quotes: "5"'),
    ("Container", container(image="-v"), "image", "must not begin with '-', got '-v'", None),
    ("Container", container(image="a b"), "image", "must not hold a space, got 'a b'", None),
    ("Container", container(command=[]), "command",
     "expected a program with its arguments: a list of at least one text, or one text for /bin/sh -c, got a list", None),
    ("Container", container(environment={"a b": "1"}), "environment.a b",
     "expected a variable's name: letters, digits, '_', '.' and '-', not beginning with a digit, got 'a b'", None),
    ("Container", container(ports=["x"]), "ports[0]", "expected a port, as 8080:80, 127.0.0.1:8080:80 or 53:53/udp, got 'x'", None),
    ("Container", container(ports=["8080:80", "0.0.0.0:8080:81"]), "ports[1]", "the host's port 8080/tcp is published twice", None),
    ("Container", container(volumes=["data"]), "volumes[0]",
     "expected a mount, as data:/var/lib/data, /srv:/srv:ro or the long form, got 'data'", None),
    ("Container", container(volumes=["a:/x", "b:/x/"]), "volumes[1].mount", "the mount point /x is given twice", None),
    ("Container", container(volumes=["a:/x/../etc"]), "volumes[0].mount", "must not hold '..', got '/x/../etc'", None),
    ("Container", container(volumes=["a:/"]), "volumes[0].mount", "nothing can be mounted over the root folder", None),
    ("Container", container(files=[{"path": "/a", "content": ""}, {"path": "//a/.", "content": ""}]), "files[1].path",
     "the file /a is given twice", None),
    ("Container", container(files=[{"path": "/a"}]), "files[0]", "give exactly one of content and source", None),
    ("Container", container(files=[{"path": "/a", "content": "", "mode": 420}]), "files[0].mode",
     'expected a file mode in octal and in quotes, as "0644", got 420', None),
    ("Container", container(networks=["a", {"network": "a"}]), "networks[1].network", "the network a is given twice", None),
    ("Container", container(user="-x"), "user", "expected user or user:group, by name or number, got '-x'", None),
    ("Container", container(labels={"virtwright.stack": "x"}), "labels.virtwright.stack",
     "labels that begin with virtwright. are virtwright's own, got 'virtwright.stack'", None),
    ("Container", container(healthcheck={"tcp": 80, "http": "80/"}), "healthcheck", "give exactly one of command, tcp and http", None),
    ("Container", container(wait_for={"timeout": "soon"}), "wait_for.timeout",
     "expected a duration, as 30s, 1m30s, 500ms or a number of seconds, got 'soon'", None),
    ("Container", container(stop_timeout=-1), "stop_timeout", "expected a duration of at least 0s, got -1", None),
    ("Container", container(hostname="a_b"), "hostname", "expected a host name, as db.example.org, got 'a_b'", None),
    ("Container", container(description="a\x1bb"), "description", "must not hold the character U+001B", None),
    ("Service", container(mode="global", replicas=2), "replicas",
     "a global service has one copy on each host, so replicas can't be said", None),
    ("Service", container(networks=[{"network": "a", "address": "10.0.0.1"}]), "networks[0].address",
     "the copies of a service can't share one", None),
    ("Network", {"cidr": "10.0.0.1/24"}, "cidr", "expected an IPv4 network with no host bits set, as 10.40.0.0/24, got '10.0.0.1/24'", None),
    ("Network", {"cidr": "10.0.0.0/24", "gateway": "10.1.0.1"}, "gateway", "the gateway 10.1.0.1 is not in 10.0.0.0/24", None),
    ("Network", {"cidr": "10.0.0.0/24", "gateway": "10.0.0.255"}, "gateway",
     "the gateway 10.0.0.255 is no member's address in 10.0.0.0/24", None),
    ("Network", {"gateway6": "fd00::1"}, "gateway6", "gateway6 needs cidr6", None),
    ("Network", {"mode": "bridge"}, "", "mode bridge needs the field bridge: the host's bridge to join", None),
    ("Network", {"cidr": "10.0.0.0/24", "dhcp": {"range": {"start": "10.0.0.9", "end": "10.0.1.9"}}}, "dhcp.range.end",
     "the DHCP range's address 10.0.1.9 is not in 10.0.0.0/24", None),
    ("Network", {"dhcp": {"range": {"start": "10.0.0.9", "end": "10.0.0.8"}}}, "dhcp.range",
     "the range ends at 10.0.0.8, before its start 10.0.0.9", None),
    ("Network", {"cidr": "10.0.0.0/24", "gateway": "10.0.0.1",
                 "dhcp": {"reservations": [{"mac": "52:54:00:00:00:01", "address": "10.0.0.1"}]}},
     "dhcp.reservations[0].address", "10.0.0.1 is the gateway's", None),
    ("Network", {"mtu": 5}, "mtu", "expected a whole number from 576 to 65535, got 5", None),
    ("Network", {"bridge": "-x"}, "bridge", "expected a network interface's name, at most 15 long, got '-x'", None),
    ("Volume", {"size": 0}, "size", "expected a size of at least 1B, got 0", None),
    ("Volume", {"source": {"clone": "a"}, "backing": "b"}, "", "give only one of source and backing", None),
    ("Image", {"source": {"url": "https://a/b"}}, "source", "url needs sha256: the checksum of what will be downloaded", None),
    ("Image", {"source": {"build": {"context": ".", "dockerfile": "../x"}}}, "source.build.dockerfile",
     "must not hold '..', got '../x'", None),
    ("Image", {"source": "a", "push": True}, "push", "push needs tags: the names to push it under", None),
    ("Host", {"uri": "kvm1"}, "uri",
     "expected a URI, as namespace:///, docker+ssh://root@web1 or qemu+ssh://root@kvm1/system, got 'kvm1'", None),
    ("Host", {"uri": "qemu+ssh://-oProxyCommand=x/system"}, "uri",
     "must not hold a user or host that begins with '-', got 'qemu+ssh://-oProxyCommand=x/system'", None),
    ("Host", {"uri": "qemu+ssh://%2DoX@kvm/system"}, "uri",
     "must not hold a user or host that begins with '-', got 'qemu+ssh://%2DoX@kvm/system'", None),
    ("Host", {"uri": "docker+ssh://a:b@c"}, "uri", "must not hold a password: it belongs in ssh.password, as a secret", None),
    ("Host", {"uri": "docker+ssh://a%3Ab@c"}, "uri", "must not hold a password: it belongs in ssh.password, as a secret", None),
    ("Host", {"uri": "namespace:///", "ssh": {"jump": "-oX"}}, "ssh.jump", "expected a host, as user@host:port, got '-oX'", None),
    ("Options", {"count": -1}, "count", "expected a whole number from 0 to 10000, got -1", None),
    ("Moved", {"from": "vms.a", "to": "containers.a"}, "",
     "from and to must be in the same section: a resource can't become another kind", None),
    ("ConfigDeclaration", {"type": "integer", "default": "x"}, "", "the default is not of the type integer", None),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "inputs", "path", "message", "hint"), CASES, ids=lambda value: str(value)[:50])
def test_words(kind: str, inputs: dict[str, Any], path: str, message: str, hint: str | None) -> None:
    found = problems(kind, **inputs)
    assert [(render_path(each.path), each.message, each.hint) for each in found] == [(path, message, hint)]


def test_all_problems_come_at_once() -> None:
    found = problems("VirtualMachine", cpus="x", memory="y", powr="z", networks=[{"network": "a", "mac": "b"}])
    assert {render_path(each.path) for each in found} == {"cpus", "memory", "powr", "networks[0].mac"}


def test_a_far_name_gets_the_known_ones() -> None:
    (found,) = problems("Container", image="a", resources={"zzz": 1})
    assert found.hint == "known fields: cpus, memory, pids"


def test_a_secret_is_not_quoted() -> None:
    (found,) = problems("VirtualMachine", frozenset({("cpus",)}), cpus="hunter2")
    assert found.message == "expected a whole number from 1 to 1024"


def test_a_fault_between_fields_masks_all_values_when_one_is_secret() -> None:
    (found,) = problems("Network", frozenset({("gateway",)}), cidr="10.0.0.0/24", gateway="10.1.0.1")
    assert found.message == "the gateway [secret] is not in [secret]"


def test_the_keys_of_a_secret_map_are_not_shown() -> None:
    (found,) = problems("Container", frozenset({("environment",)}), image="a", environment={"my key": "x"})
    assert found.path == ("environment",)
    assert "my key" not in found.message


def test_long_and_hostile_values_are_shown_short_and_escaped() -> None:
    (found,) = problems("VirtualMachine", power="\x1b[2J" + "a" * 500)
    assert found.message.isprintable()
    assert len(found.message) < 150


@pytest.mark.parametrize(
    ("kind", "inputs"),
    [
        ("Network", {"cidr": UNKNOWN, "gateway": "10.1.0.1"}),
        ("Network", {"cidr": "10.0.0.0/24", "gateway": UNKNOWN, "mode": UNKNOWN}),
        ("Network", {"cidr": "10.0.0.0/24", "dhcp": {"range": {"start": UNKNOWN, "end": "10.0.0.3"}}}),
        ("VirtualMachine", {"cpus": UNKNOWN, "cpu": {"topology": {"cores": 3}}}),
        ("Container", container(ports=[{"port": UNKNOWN}, {"port": 80, "host_address": UNKNOWN}, 80])),
    ],
)
def test_checks_between_fields_wait_for_what_is_not_known(kind: str, inputs: dict[str, Any]) -> None:
    MODELS[kind].model_validate(inputs)
