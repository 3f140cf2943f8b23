"""A real Podman behind its Docker-compatible socket, in namespaces of its own as the Docker engine of the tests."""

import subprocess
from contextlib import suppress
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
_OWN = ("bridge", "podman", "host", "none")


class PodmanLab(DockerLab):
    """One engine. It can't be killed and started again: without containers there is no daemon."""

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
        ]
        argv = ["env", *environment, "podman", *words, "system", "service", "--time=0", f"unix://{self.socket}"]
        with (folder / "dockerd.log").open("ab") as log:
            self._daemon = subprocess.Popen([*self._enter("--pid", "--mount"), *argv], stdout=log, stderr=log)
        until("podman answers", self._answers)

    def sweep(self) -> None:
        for each in self.api.containers(all=True):
            with suppress(Exception):
                self.api.unpause(each["Id"])
            self.api.remove_container(each["Id"], force=True, v=True)
        self.run("rm", "-rf", "/run/virtwright")
        for each in self.api.networks():
            if each["Name"] not in _OWN:
                self.api.remove_network(each["Id"])
        for each in self.api.volumes()["Volumes"] or ():
            self.api.remove_volume(each["Name"], force=True)
        for each in self.api.images():
            if not _is_own(each):
                with suppress(Exception):
                    self.api.remove_image(each["Id"], force=True)


def _is_own(image: dict[str, Any]) -> bool:
    return any("/busybox:" in tag for tag in image["RepoTags"] or ())
