"""Logs, commands, facts, and files that are kept in memory."""

import io
import json
import os
import pty
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.docker_lab import BUSYBOX, DockerLab
from tests.integration.docker.containers import container, stage_on
from tests.waiting import until

from virtwright.errors import HostError
from virtwright.providers.context import Context
from virtwright.providers.docker.provider import DockerProvider
from virtwright.schemas.host import Host
from virtwright.schemas.values import Secret

pytestmark = pytest.mark.root
WRITES = "echo out; echo err >&2; i=0; while true; do i=$((i+1)); echo $i; sleep 0.2; done"


@pytest.fixture
def provider(docker_lab: DockerLab) -> Iterator[DockerProvider]:
    provider = DockerProvider.open("here", Host(uri=docker_lab.uri))
    yield provider
    provider.close()


def test_logs_and_commands(
    docker_lab: DockerLab, provider: DockerProvider, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    stage = stage_on(docker_lab, tmp_path)
    stage.apply([container("web", {"image": BUSYBOX, "command": WRITES})])
    id = stage.records()["web"].id or ""
    operations = provider.operations("Container")
    assert operations is not None and provider.operations("Volume") is None
    until("it wrote", lambda: len(list(operations.logs(id, follow=False, tail=None))) > 3)
    lines = list(operations.logs(id, follow=False, tail=None))
    assert {(line.stream, line.text) for line in lines} >= {("stdout", "out"), ("stderr", "err")}
    assert all(line.time.startswith("20") for line in lines)
    assert len(list(operations.logs(id, follow=False, tail=2))) == 2
    followed: list[str] = []
    reader = threading.Thread(
        target=lambda: followed.extend(line.text for line in operations.logs(id, follow=True, tail=0))
    )
    reader.start()
    until("new lines come", lambda: len(followed) > 1)
    assert operations.execute(id, ["sh", "-c", "echo said; echo wrong >&2; exit 3"], interactive=False, tty=False) == 3
    assert capfdbinary.readouterr() == (b"said\n", b"wrong\n")
    provider.handlers["Container"].delete(id, Context())
    reader.join(120)
    assert not reader.is_alive(), "following ends with the container"
    for attempt in (
        lambda: operations.execute(id, ["ls"], interactive=False, tty=False),
        lambda: list(operations.logs(id, follow=False, tail=1)),
    ):
        with pytest.raises(HostError, match="not on this host"):
            attempt()


def test_a_terminal_has_a_size_and_takes_keys(docker_lab: DockerLab, tmp_path: Path) -> None:
    stage = stage_on(docker_lab, tmp_path)
    stage.apply([container("web", {"image": BUSYBOX, "command": ["sleep", "1000"]})])
    id = stage.records()["web"].id or ""
    script = (
        "import sys; from virtwright.providers.docker.provider import DockerProvider; "
        "from virtwright.schemas.host import Host; "
        f"p = DockerProvider.open('x', Host(uri={docker_lab.uri!r})); "
        f"sys.exit(p.operations('Container').execute({id!r}, ['sh'], interactive=True, tty=True))"
    )
    pid, descriptor = pty.fork()
    if pid == 0:
        os.environ.update({"COLUMNS": "91", "LINES": "33"})
        os.execv(sys.executable, [sys.executable, "-c", script])
    said = io.BytesIO()

    def read() -> None:
        while True:
            try:
                said.write(os.read(descriptor, 4096))
            except OSError:
                return

    threading.Thread(target=read, daemon=True).start()
    until("the prompt comes", lambda: b"#" in said.getvalue())
    os.write(descriptor, b"until stty size | grep 33.91; do sleep 0.1; done; exit 7\n")
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 7
    assert b"33 91" in said.getvalue()


def test_facts_tell_what_an_engine_is(provider: DockerProvider) -> None:
    facts = {fact.name: fact for fact in provider.facts()}
    assert facts["engine"].value.startswith("Docker ")
    assert {"API", "storage driver", "cgroups", "rootless", "system", "free disk"} <= set(facts)
    gone = DockerProvider.open("gone", Host(uri="docker+unix:///nonexistent/docker.sock"))
    with pytest.raises(HostError, match="can't be reached"):
        gone.facts()


def test_a_secret_file_in_memory_is_nowhere_to_be_inspected(docker_lab: DockerLab, tmp_path: Path) -> None:
    secret = {
        "path": "/etc/token",
        "content": Secret("s3cret-0815"),
        "in_memory": True,
        "owner": "nobody",
        "mode": "0400",
    }
    items = [container("web", {"image": BUSYBOX, "command": ["sleep", "1000"], "files": [secret], "read_only": True})]
    stage = stage_on(docker_lab, tmp_path)
    stage.apply(items)
    api = docker_lab.api
    script = "cat /etc/token; stat -c ' %u %a' /etc/token; grep token /proc/mounts"
    said = docker_lab.execute("shop_web", "/bin/sh", "-c", script)
    assert said.startswith("s3cret-0815 65534 400\nnone /etc/token tmpfs ro,")
    assert "s3cret-0815" not in json.dumps(api.inspect_container("shop_web"))
    assert "s3cret-0815" not in docker_lab.run("sh", "-c", f"grep -r s3cret-0815 {docker_lab.folder}/data || true")
    assert (
        docker_lab.run(
            "stat", "-c", "%a", docker_lab.run("find", "/run/virtwright", "-mindepth", "1", "-type", "d").strip()
        )
        == "700\n"
    )
    changed = [container("web", {**items[0].inputs, "files": [{**secret, "content": Secret("other")}]})]
    stage.apply(changed)
    assert docker_lab.run("sh", "-c", "cat /run/virtwright/*/0 2>/dev/null") == "other"
    assert stage.destroy(allow=()).succeeded
    assert docker_lab.run("find", "/run/virtwright", "-type", "f", "-size", "+0") == ""
