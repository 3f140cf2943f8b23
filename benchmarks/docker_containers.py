"""Containers on a Docker host: through the engine, against the same calls made directly with as many threads, and against
``docker compose``, in turn in one run. Then a plan of containers that did not change, as a whole process.

COUNT sets how many, 50 by default; it starts a private dockerd and needs root.
"""

import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.support.commands import Stack, Times, timed
from tests.docker_lab import BUSYBOX, DockerLab

from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.schemas.host import Host

COUNT: Final = int(os.environ.get("COUNT", "50"))
THREADS: Final = 8
"""What a host's ``max_parallel`` is where nothing is said."""
MOST: Final = 1.1
"""Times the direct calls."""
PLAN_MOST: Final = 1.0
"""Seconds, for 100 containers."""


def direct(lab: DockerLab) -> tuple[float, float]:
    """Create and start, then stop and remove, with the network before and after: the least that the API must be asked for."""
    client = DockerConnection("direct", Host(uri=lab.uri, max_parallel=THREADS)).client
    body = {"Image": BUSYBOX, "Cmd": ["sleep", "1000"], "StopTimeout": 0, "HostConfig": {"NetworkMode": "direct"}}

    def make(number: int) -> str:
        made = client._result(
            client._post_json(client._url("/containers/create"), data=body, params={"name": f"d{number}"}), json=True
        )
        client.start(made["Id"])
        return str(made["Id"])

    def remove(id: str) -> None:
        client._raise_for_status(client._post(client._url("/containers/{0}/stop", id)))
        client.remove_container(id, v=True)

    ids: list[str] = []
    with ThreadPoolExecutor(THREADS) as threads:

        def begin() -> None:
            client.create_network("direct", driver="bridge")
            ids.extend(threads.map(make, range(COUNT)))

        def end() -> None:
            list(threads.map(remove, ids))
            client.remove_network("direct")

        up, down = timed(begin), timed(end)
    client.close()
    return up, down


def compose(lab: DockerLab, folder: Path) -> tuple[float, float]:
    service = {"image": BUSYBOX, "command": ["sleep", "1000"], "stop_grace_period": "0s"}
    file = folder / "compose.yaml"
    file.write_text(json.dumps({"name": "bench", "services": {f"c{number}": service for number in range(COUNT)}}))
    argv = ["docker", "--host", f"unix://{lab.socket}", "compose", "--progress", "quiet", "-f", str(file)]

    def run(*words: str) -> None:
        subprocess.run([*argv, *words], check=True, capture_output=True)

    return timed(lambda: run("up", "-d")), timed(lambda: run("down"))


def virtwright(lab: DockerLab, folder: Path) -> tuple[Times, float, Times]:
    web = {"image": BUSYBOX, "command": ["sleep", "1000"], "stop_timeout": 0, "networks": ["back"]}
    stack: dict[str, Any] = {
        "stack": "bench",
        "hosts": {"here": {"uri": lab.uri, "max_parallel": THREADS}},
        "networks": {"back": {}},
        "containers": {f"c{number}": web for number in range(COUNT)},
    }
    run = Stack(folder, stack)
    return run("apply", "--yes"), run.plan(), run("destroy", "--yes")


def main() -> int:
    with DockerLab() as lab, tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        floor_up, floor_down = direct(lab)
        up, plan, down = virtwright(lab, folder)
        compose_up, compose_down = compose(lab, folder)
    print(f"{COUNT} containers, {THREADS} at a time; seconds")
    for name, times, floor, other in (("apply", up, floor_up, compose_up), ("destroy", down, floor_down, compose_down)):
        ratios = f"{times.run / floor:.2f} x direct (target {MOST}); as a whole process {times.whole / floor:.2f} x"
        print(
            f"  {name:8} {times.run:6.2f}  process {times.whole:6.2f}  direct {floor:6.2f}  compose {other:6.2f}  {ratios}"
        )
    print(f"  plan, nothing changed, as a whole process  {plan:.2f} (target {PLAN_MOST} for 100)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
