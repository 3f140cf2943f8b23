"""Stamps of each provider that were written before stacks had identities are read: whole, and without one."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from virtwright.providers.base import Stamp
from virtwright.providers.docker.images.identity import bearers
from virtwright.providers.docker.labels import stamp_of
from virtwright.providers.libvirt.stamps import mark_of
from virtwright.providers.libvirt.storage import marks
from virtwright.providers.namespace.records import Record

RECORDED: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "recorded" / "before_identities" / "stamps.json").read_text()
)


def of(kind: str, name: str) -> Stamp:
    urn = f"urn:pulumi:prod::shop::virtwright:index:{kind}::{name}"
    return Stamp("shop/prod", urn, "5f0c1d2e3a4b5c6d7e8f9a0b1c2d3e4f", "ab" * 32)


def read(provider: str) -> Stamp | None:
    said = RECORDED[provider]
    if provider == "docker image":
        mark = bearers("sha256:" + "12" * 32, said)[0].mark
        return mark.stamp if mark is not None else None
    if provider == "libvirt machine":
        found = mark_of(said)
        return found.stamp if found is not None else None
    if provider == "libvirt volume":
        begun, done = (each.said for name in said if (each := marks.read(name, "default")) is not None)
        assert isinstance(begun, marks.Begun) and isinstance(done, marks.Done)
        return marks.stamp_of(begun, done)
    if provider == "namespace container":
        return Record.from_json(said).stamp
    return stamp_of(said, said["virtwright.name"])


@pytest.mark.parametrize(
    ("provider", "stamp"),
    [
        ("docker container", of("Container", "web")),
        ("docker service", of("Service", "web")),
        ("docker image", of("Image", "base")),
        ("libvirt machine", of("VirtualMachine", "db")),
        ("libvirt volume", of("Volume", "data")),
        ("namespace container", of("Container", "web")),
    ],
)
def test_an_old_stamp_is_read(provider: str, stamp: Stamp) -> None:
    assert read(provider) == stamp


def test_all_that_was_recorded_is_read() -> None:
    assert all(read(provider) is not None for provider in RECORDED)
