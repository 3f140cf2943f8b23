"""The lab, as its README says: applied, reached by SSH with its own check.py, planned again, destroyed."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.e2e.operator_lab import PROGRAM, Operator
from tests.host_lab import EXAMPLE

from virtwright.process import run

pytestmark = pytest.mark.root


def test_the_lab_runs(operator: Operator, tmp_path: Path) -> None:
    key = tmp_path / "id_ed25519"
    run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)])
    shutil.copytree(EXAMPLE, operator.folder, dirs_exist_ok=True)
    operator.environment["VIRTWRIGHT_CONFIG_AUTHORIZED_KEY"] = key.with_suffix(".pub").read_text().strip()
    operator.environment["VIRTWRIGHT_CONFIG_HOST"] = f"namespace://{operator.runtime.path}"
    operator.type("apply", "--yes")
    addresses = operator.type("output", "addresses").out.split()
    assert operator.type("output", "docker_0").out.strip() == f"docker+ssh://root@{addresses[0]}"
    assert operator.type("output", "libvirt_1").out.strip() == f"qemu+ssh://root@{addresses[1]}/system"
    path = f"{Path(PROGRAM).parent}:{os.environ['PATH']}"
    check = [str(operator.folder / "check.py"), str(key), *addresses]
    env = {**operator.environment, "PATH": path}
    done = subprocess.run(check, cwd=operator.folder, env=env, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"host-1 at {addresses[1]}: Docker " in done.stdout
    assert done.stdout.count("reaches the others") == 2
    operator.type("plan", "--exit-code")
    operator.destroy()  # the fixture then sees that nothing is left


def test_the_lab_needs_a_key(operator: Operator) -> None:
    shutil.copytree(EXAMPLE, operator.folder, dirs_exist_ok=True)
    answer = operator.type("plan", code=1)
    assert "authorized_key" in answer.all
