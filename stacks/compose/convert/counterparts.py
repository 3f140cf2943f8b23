"""What the keys mean that have no counterpart, and what to do instead. ``docs/compose.md`` has the same table for people."""

from typing import Final, Literal, TypeAlias

from virtwright.stacks.compose.item import Steps, matches

Told: TypeAlias = tuple[Literal["lost", "note"], str, str | None]


def counterpart(path: Steps) -> Told:
    """Weight, meaning and advice for a key that no converter takes."""
    if any(step.startswith("x-") for step in path):
        return "note", "an extension: Compose does not read it either", None
    for length in range(len(path), 0, -1):
        for pattern, told in _TOLD.items():
            if matches(path[:length], pattern):
                return told
    return "lost", "the vocabulary of stacks has no word for this", None


def is_told(path: Steps) -> bool:
    """Whether there is something to tell of the value at ``path`` as a whole."""
    return any(step.startswith("x-") for step in path[-1:]) or any(matches(path, pattern) for pattern in _TOLD)


def _lost(means: str, instead: str | None = None) -> Told:
    return ("lost", means, instead)


def _note(means: str, instead: str | None = None) -> Told:
    return ("note", means, instead)


_HOOK: Final = _lost("a command run at this moment of the container's life", "put it into the image's entrypoint")
_WINDOWS: Final = _lost("a setting for containers of Windows")
_BLOCK: Final = _lost(
    "weights and limits of disk traffic", "set them on the host, by the control group of cgroup_parent"
)
_RT: Final = _lost("time for the real-time scheduler", "give the daemon's control group real-time time")

_TOLD: Final[dict[str, Told]] = {
    "version": _note("the version of the format, which Compose no longer reads"),
    "models": _lost("an AI model that Docker runs", "run it as a container of its own"),
    "services.*.annotations": _lost("marks for the OCI runtime", "use labels"),
    "services.*.attach": _note("whether `docker compose up` shows its output", "see it with:\n    virtwright logs"),
    "services.*.blkio_config": _BLOCK,
    "services.*.build.additional_contexts": _lost("more folders for the build", "copy them into the context"),
    "services.*.build.cache_to": _lost("where the build's cache is sent"),
    "services.*.build.dockerfile_inline": _lost("a Dockerfile in the file itself", "write it to the file Dockerfile"),
    "services.*.build.entitlements": _lost("privileges of the build"),
    "services.*.build.extra_hosts": _lost("more names for the build's hosts file"),
    "services.*.build.isolation": _WINDOWS,
    "services.*.build.labels": _lost("labels of the built image", "write them as LABEL into the Dockerfile"),
    "services.*.build.network": _lost("the network of the build"),
    "services.*.build.no_cache": _lost("build without a cache"),
    "services.*.build.privileged": _lost("build with privileges"),
    "services.*.build.pull": _lost("pull base images again at each build"),
    "services.*.build.provenance": _lost("an attestation of the build"),
    "services.*.build.sbom": _lost("a bill of materials of the build"),
    "services.*.build.secrets": _lost("secrets of the build", "build the image apart, and name it with image"),
    "services.*.build.shm_size": _lost("size of the build's /dev/shm"),
    "services.*.build.ssh": _lost("the SSH agent in the build", "build the image apart, and name it with image"),
    "services.*.build.ulimits": _lost("limits of the kernel in the build"),
    "services.*.cgroup": _lost("whether the container has a control group namespace of its own"),
    "services.*.configs.*.gid": _lost("the owner of the file"),
    "services.*.cpu_count": _WINDOWS,
    "services.*.cpu_percent": _WINDOWS,
    "services.*.cpu_rt_period": _RT,
    "services.*.cpu_rt_runtime": _RT,
    "services.*.credential_spec": _WINDOWS,
    "services.*.deploy.labels": _lost("labels of the Swarm's service, not of its containers", "use labels"),
    "services.*.deploy.resources.reservations.devices": _lost("a reserved device", "name GPUs with docker.gpus"),
    "services.*.deploy.resources.reservations.generic_resources": _lost(
        "a generic resource of the Swarm's nodes", "label the nodes, and use placement.constraints"
    ),
    "services.*.develop": _note("what `docker compose watch` does while a developer works"),
    "services.*.device_cgroup_rules": _lost("which devices may be made and used", "name the devices"),
    "services.*.env_file.*.format": _lost("how the file is read"),
    "services.*.gpus": _lost("settings of GPUs beyond their number"),
    "services.*.healthcheck": _lost(
        "changes to the health check of the image", "write the whole check: healthcheck with command"
    ),
    "services.*.isolation": _WINDOWS,
    "services.*.mem_swappiness": _lost("how readily the kernel swaps its memory out", "set vm.swappiness on the host"),
    "services.*.models": _lost("an AI model that Docker runs", "run it as a container of its own"),
    "services.*.networks.*.driver_opts": _lost("options of the network's driver for this member"),
    "services.*.networks.*.gw_priority": _lost("which network is the way out", "name that network first"),
    "services.*.networks.*.interface_name": _lost("the name of the network interface inside"),
    "services.*.networks.*.link_local_ips": _lost("more addresses of the member", "use address"),
    "services.*.oom_kill_disable": _lost("never kill it when memory is short", "use docker.oom_score: -1000"),
    "services.*.ports.*.app_protocol": _note("a hint for people on what is spoken on the port"),
    "services.*.ports.*.name": _note("a name of the port for people"),
    "services.*.post_start": _HOOK,
    "services.*.pre_start": _HOOK,
    "services.*.pre_stop": _HOOK,
    "services.*.provider": _lost("a service that another program provides"),
    "services.*.pull_refresh_after": _lost(
        "when an image is pulled again", "use pull: always on an image of the stack"
    ),
    "services.*.storage_opt": _lost("options of the storage driver, as a size limit", "limit it on the host"),
    "services.*.use_api_socket": _lost(
        "Docker's own socket inside", "mount it: /var/run/docker.sock:/var/run/docker.sock"
    ),
    "services.*.uts": _lost("the host's name instead of its own", "use hostname"),
    "services.*.volumes.*.bind": _lost("how the folder of the host is mounted: propagation, SELinux, recursion"),
    "services.*.volumes.*.bind.create_host_path": _lost("make the folder of the host where it is missing", "make it"),
    "services.*.volumes.*.consistency": _note("caching on macOS, which current engines ignore"),
    "services.*.volumes.*.image": _lost("which part of an image is mounted"),
    "services.*.volumes.*.volume.labels": _lost("labels of an unnamed volume", "name the volume and label it"),
    "services.*.volumes.*.volume.nocopy": _lost("don't fill a new volume from the image"),
    "services.*.volumes.*.volume.subpath": _lost("mount a folder of the volume only", "use a volume of its own"),
    "networks.*.enable_ipv4": _lost("a network without IPv4"),
    "networks.*.ipam.config.*.aux_addresses": _lost("addresses kept for others", "give them to nobody with address"),
    "networks.*.ipam.driver": _lost("another program that gives out addresses"),
    "networks.*.ipam.options": _lost("options of the driver that gives out addresses"),
    "configs.*.template_driver": _lost("a template that the Swarm fills in"),
    "secrets.*.template_driver": _lost("a template that the Swarm fills in"),
    "secrets.*.driver": _lost("another program that keeps the secret"),
    "secrets.*.driver_opts": _lost("options of the program that keeps the secret"),
    "configs.*.labels": _lost("marks of the config; files of a stack have none"),
    "secrets.*.labels": _lost("marks of the secret; files of a stack have none"),
    "configs.*.name": _note("its name in the Swarm; virtwright names it by its content"),
    "secrets.*.name": _note("its name in the Swarm; virtwright names it by its content"),
}
"""By the path of the key; what stands below has the same meaning where nothing else is said of it."""
