"""During a plan any value may not be known yet: check and diff must live with that, at every place."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from virtwright.errors import UnsupportedError
from virtwright.providers.base import Handler
from virtwright.providers.namespace.paths import Root
from virtwright.providers.namespace.provider import NamespaceProvider
from virtwright.schemas.kinds import KINDS
from virtwright.schemas.model import to_properties
from virtwright.schemas.values import UNKNOWN, Path, Value, render_path, walk

FULL: dict[str, dict[str, Any]] = {
    "Container": {
        "image": "host",
        "command": ["a", "b"],
        "environment": {"A": "b"},
        "networks": [{"network": "n", "address": "10.0.0.2", "aliases": ["x"]}],
        "ports": ["127.0.0.1:80:80"],
        "volumes": ["v:/v", "/a:/b:ro"],
        "files": [{"path": "/x", "content": "y"}],
        "resources": {"cpus": 1, "memory": "1GiB", "pids": 5},
        "healthcheck": {"tcp": 80},
        "capabilities": ["CAP_CHOWN"],
        "wait_for": {"tcp": 80},
        "namespace": {"user_namespace": True, "disk_limit": "1GiB"},
    },
    "VirtualMachine": {
        "image": "host",
        "disks": [{"volume": "v", "mount": "/v"}],
        "networks": ["n"],
        "ports": [80],
        "cloud_init": {
            "hostname": "h",
            "users": [{"name": "u", "groups": ["g"]}],
            "write_files": [{"path": "/x", "content": "y"}],
            "packages": ["p"],
            "runcmd": ["a", ["b"]],
        },
        "resources": {"cpu_shares": 5},
        "wait_for": {"cloud_init": True},
        "namespace": {"capabilities": ["CAP_CHOWN"], "privileged": True, "disk_limit": "1GiB"},
    },
    "Image": {"source": {"url": "https://x/y", "sha256": "0" * 64}, "format": "rootfs", "labels": {"a": "b"}},
    "Network": {
        "cidr": "10.0.0.0/24",
        "cidr6": "fd00::/64",
        "gateway": "10.0.0.1",
        "dhcp": {
            "range": {"start": "10.0.0.5", "end": "10.0.0.9"},
            "reservations": [{"mac": "52:54:00:00:00:01", "address": "10.0.0.4"}],
        },
        "dns": {"domain": "lan", "records": [{"name": "a", "address": "10.0.0.3"}]},
    },
    "Volume": {"size": "1GiB", "source": {"content": "/x"}, "labels": {"a": "b"}},
}


def places(value: Value) -> Iterator[Path]:
    """Every leaf and every place above one."""
    leaves = [path for path, _ in walk(value)]
    yield from dict.fromkeys(path[:length] for path in leaves for length in range(1, len(path) + 1))


def with_unknown(value: Value, path: Path) -> Value:
    if not path:
        return UNKNOWN
    if isinstance(value, list):
        return [with_unknown(item, path[1:]) if index == path[0] else item for index, item in enumerate(value)]
    return {key: with_unknown(item, path[1:]) if key == path[0] else item for key, item in value.items()}


def handler(kind: str) -> Handler[Any, Any]:
    return NamespaceProvider(Root.from_uri("namespace:///nowhere")).handlers[kind]


@pytest.mark.parametrize("kind", FULL)
def test_any_place_may_be_unknown(kind: str) -> None:
    model = KINDS[kind].inputs
    known = model.model_validate(FULL[kind])
    properties = to_properties(known)
    for path in places(properties):
        try:
            inputs = model.model_validate(with_unknown(properties, path))
        except ValidationError:  # one of several fields that exclude each other
            continue
        try:
            checked = handler(kind).check(inputs)
        except UnsupportedError as error:  # a field that it can't do at all, whatever its value
            assert error.where.path and render_path(path).startswith(error.where.path)
            continue
        changes = handler(kind).diff(known, checked).changes
        assert changes, render_path(path)
