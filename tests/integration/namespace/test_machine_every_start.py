"""What a machine does at every start: the scripts that its first boot wrote for that, as cloud-init has it."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.container_lab import ContainerLab, container_lab

from virtwright.providers.namespace import supervisor

pytestmark = pytest.mark.root

FOLDER = "/var/lib/cloud/scripts/per-boot"


def script(name: str, mode: str = "0755") -> dict[str, str]:
    return {"path": f"{FOLDER}/{name}", "mode": mode, "content": f"#!/bin/sh\necho {name} >> /root/ran\n"}


INPUTS: dict[str, Any] = {
    "image": "host",
    "cloud_init": {
        "write_files": [script("20-second"), script("10-first"), script("30-not-executable", "0644")],
        "runcmd": ["echo runcmd >> /root/ran"],
    },
    "shutdown_timeout": "1s",
    "wait_for": {"cloud_init": True, "timeout": "120s"},
}


@pytest.fixture
def lab() -> Iterator[ContainerLab]:
    with container_lab() as lab:
        yield lab


def ran(lab: ContainerLab, id: str, expected: str) -> bool:
    return lab.execute("VirtualMachine", id, "sh", "-c", f'test "$(tr "\\n" " " < /root/ran)" = "{expected} "') == 0


def test_scripts_for_every_start_run_at_every_start_and_commands_at_the_first(lab: ContainerLab) -> None:
    made = lab.create("VirtualMachine", "db", **INPUTS)
    assert ran(lab, made.id, "10-first 20-second runcmd")
    supervisor.kill(lab.folder("VirtualMachine", made.id))
    lab.update("VirtualMachine", "db", made.id, **INPUTS)
    assert ran(lab, made.id, "10-first 20-second runcmd 10-first 20-second")


def test_scripts_that_the_machine_did_not_write_do_not_run(lab: ContainerLab) -> None:
    """With ``image: host`` the folder may hold the host's own."""
    made = lab.create("VirtualMachine", "db", **INPUTS)
    stranger = f"cp {FOLDER}/10-first {FOLDER}/00-stranger && chmod 755 {FOLDER}/00-stranger"
    assert lab.execute("VirtualMachine", made.id, "sh", "-c", stranger) == 0
    supervisor.kill(lab.folder("VirtualMachine", made.id))
    lab.update("VirtualMachine", "db", made.id, **INPUTS)
    assert ran(lab, made.id, "10-first 20-second runcmd 10-first 20-second")


def test_a_script_that_fails_at_a_later_start_is_told(lab: ContainerLab) -> None:
    failing = {"path": f"{FOLDER}/fail", "mode": "0755", "content": "#!/bin/sh\ntest ! -e /root/broken\n"}
    inputs = INPUTS | {"cloud_init": {"write_files": [failing]}}
    made = lab.create("VirtualMachine", "db", **inputs)
    assert lab.execute("VirtualMachine", made.id, "touch", "/root/broken") == 0
    supervisor.kill(lab.folder("VirtualMachine", made.id))
    with pytest.raises(Exception, match=f"{FOLDER}/fail: exited with status 1"):
        lab.update("VirtualMachine", "db", made.id, **inputs)
