"""A real Podman behind its Docker-compatible socket, in namespaces of its own as the Docker engine of the tests."""

import subprocess
from collections.abc import Mapping
from typing import Any

from tests.docker_lab import DockerLab
from tests.waiting import until

_SETTINGS = """
[engine]
cgroup_manager = "cgroupfs"
runtime = "runc"
events_logger = "file"
[network]
network_backend = "netavark"
"""
"""crun refuses the control groups of some machines: version 1 with an empty version 2 beside it."""


class PodmanLab(DockerLab):
    """One engine. It can't be killed and started again: without containers there is no daemon."""

    built_in = ("bridge", "podman", "host", "none")
    has_layers = False

    def start(self) -> None:
        folder = self.folder
        (folder / "containers.conf").write_text(_SETTINGS)
        (folder / "policy.json").write_text('{"default": [{"type": "insecureAcceptAnything"}]}')
        options = {
            "root": folder / "data", "runroot": "/run/podman", "tmpdir": "/run/libpod",
            "network-config-dir": folder / "networks",
        }  # fmt: skip
        words = [f"--{name}={value}" for name, value in options.items()]
        environment = [
            f"CONTAINERS_CONF={folder}/containers.conf",
            "PODMAN_IGNORE_CGROUPSV1_WARNING=1",
            f"TMPDIR={folder}",  # it leaves there what it was given to load
        ]
        argv = ["env", *environment, "podman", *words, "system", "service", "--time=0", f"unix://{self.socket}"]
        with (folder / "dockerd.log").open("ab") as log:
            self._daemon = subprocess.Popen([*self._enter("--pid", "--mount"), *argv], stdout=log, stderr=log)
        until("podman answers", self._answers)

    @staticmethod
    def is_own(image: Mapping[str, Any]) -> bool:
        return any("/busybox:" in tag for tag in image["RepoTags"] or ())
