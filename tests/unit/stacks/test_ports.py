"""A port of the host that two resources publish is told with its place before anything is done."""

from pathlib import Path

import pytest
from tests.stack_files import complaints, load, write

from virtwright.errors import InputError

HOSTS = "stack: shop\nhosts:\n  here: {uri: 'docker:///'}\n  there: {uri: 'docker+ssh://there'}\n"


def told(folder: Path, *members: str, more: str = "") -> list[str]:
    lines = "".join(f"  c{index}: {{image: busybox, {member}}}\n" for index, member in enumerate(members))
    try:
        load(write(folder, f"{more}containers:\n{lines}", head=HOSTS))
    except InputError as error:
        return [problem.message for problem in error.problems]
    return []


@pytest.mark.parametrize(
    "members",
    [
        ('ports: ["8080:80"]', 'ports: ["8080:81"]'),
        ('ports: ["8080:80"]', 'ports: ["127.0.0.1:8080:80"]'),
        ("ports: [8080]", 'ports: ["9:9", {port: 80, host_port: 8080}]'),
    ],
)
def test_a_port_that_another_one_publishes(members: tuple[str, str], tmp_path: Path) -> None:
    assert told(tmp_path, *members) == ["the host's port 8080/tcp is published by containers.c0 already"]


@pytest.mark.parametrize(
    "members",
    [
        ('ports: ["8080:80"]', 'ports: ["8080:80/udp"]'),
        ('ports: ["127.0.0.1:8080:80"]', 'ports: ["127.0.0.2:8080:80"]'),
        ('ports: ["8080:80"], wait_for: {completed: true}, restart: "no"', 'ports: ["8080:80"]'),
        ('ports: ["8080:80"]', 'host: there, ports: ["8080:80"]'),
        ('ports: ["8080:80"]', 'ports: ["${containers.c0.name}:80"]'),
    ],
)
def test_ports_that_do_not_meet(members: tuple[str, str], tmp_path: Path) -> None:
    assert told(tmp_path, *members) == []


def test_the_place_and_the_copies_of_one(tmp_path: Path) -> None:
    (wrong,) = complaints(
        write(tmp_path, 'containers:\n  web:\n    image: busybox\n    count: 2\n    ports: ["8080:80"]\n')
    )
    assert "is published by containers.web-0 already" in wrong and "containers.web.ports[0]" in wrong


def test_a_service_that_is_spread_may_be_elsewhere(tmp_path: Path) -> None:
    service = (
        "services:\n  s: {image: busybox, ports: ['8080:80'], placement: {hosts: [a]}, update: {order: stop-first}}\n"
    )
    assert told(tmp_path, 'ports: ["8080:80"]', more=service) == []
    alone = "services:\n  s: {image: busybox, ports: ['8080:80'], update: {order: stop-first}}\n"
    assert told(tmp_path, 'ports: ["8080:80"]', more=alone) != []
