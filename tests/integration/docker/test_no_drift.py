"""What the image or the daemon fills in by itself is no drift, with and without fields that override it."""

from pathlib import Path
from typing import Any

import pytest
from tests.docker_lab import BUSYBOX, DockerLab
from tests.integration.docker.containers import container, stage_on
from tests.programs import Item

from virtwright.engine.events import Event, StepFailed
from virtwright.providers.docker.containers.mapping import create_body
from virtwright.providers.docker.containers.reading import read_inputs
from virtwright.providers.docker.containers.record import record_label
from virtwright.schemas.container import Container
from virtwright.schemas.docker_container import DockerContainer
from virtwright.schemas.values import Secret

pytestmark = pytest.mark.root
STAYS = 'CMD ["sleep", "1000"]'
IMAGES: dict[str, list[str]] = {
    "plain": [STAYS],
    "user": [STAYS, "USER 65534:65534"],
    "workdir": [STAYS, "WORKDIR /var/lib/app"],
    "env": [STAYS, "ENV A=1 PATH=/bin:/opt EMPTY="],
    "entrypoint": ['ENTRYPOINT ["sleep"]', 'CMD ["1000"]'],
    "shell-form": ["CMD sleep 1000"],
    "healthcheck": [STAYS, "HEALTHCHECK --interval=1s --retries=9 CMD true"],
    "no-healthcheck": [STAYS, "HEALTHCHECK NONE"],
    "volumes": [STAYS, "VOLUME /data", "VOLUME /more"],
    "ports": [STAYS, "EXPOSE 80/tcp", "EXPOSE 53/udp"],
    "stop-signal": [STAYS, "STOPSIGNAL SIGQUIT"],
    "labels": [STAYS, "LABEL maintainer=us version=1"],
    "onbuild": [STAYS, "ONBUILD RUN true"],
    "everything": ['ENTRYPOINT ["/bin/sh", "-c"]', 'CMD ["sleep 1000"]', "USER nobody", "WORKDIR /tmp", "ENV A=b", "VOLUME /v",
                   "EXPOSE 8080", "STOPSIGNAL SIGINT", "LABEL a=b", "HEALTHCHECK CMD true"],
}  # fmt: skip
OVERRIDES: dict[str, Any] = {
    "command": ["sleep", "999"],
    "entrypoint": ["/bin/busybox"],
    "environment": {"A": "1", "TOKEN": Secret("s3cret"), "B": ""},
    "working_dir": "/tmp",
    "user": "0",
    "hostname": "other",
    "healthcheck": {"command": ["true"], "interval": "1s"},
    "stop_signal": "SIGTERM",
    "labels": {"a": "c"},
    "restart": "no",
    "resources": {"memory": "64MiB"},
}
SAME_AS_IMAGE: dict[str, Any] = {"command": ["sleep 1000"], "entrypoint": ["/bin/sh", "-c"], "environment": {"A": "b"},
                                 "working_dir": "/tmp", "user": "nobody", "labels": {"a": "b"}}  # fmt: skip


def test_apply_then_plan_shows_no_changes_whatever_the_image_says(docker_lab: DockerLab, tmp_path: Path) -> None:
    items = []
    for name, changes in IMAGES.items():
        docker_lab.import_image(f"lab:{name}", changes)
        items.append(container(name, {"image": f"lab:{name}"}))
        items.append(container(f"{name}-over", {"image": f"lab:{name}", **OVERRIDES}))
    items.append(container("same", {"image": "lab:everything", **SAME_AS_IMAGE}))
    stage = stage_on(docker_lab, tmp_path)
    stage.apply(items)
    assert stage.steps(items) == {}
    before = stage.records()
    stage.lose_state()
    assert stage.desk.work(lambda engine, _: engine.recover(stage.desk.program(items))).succeeded
    assert stage.steps(items) == {}
    assert {name: record.inputs for name, record in stage.records().items()} == {
        name: record.inputs for name, record in before.items()
    }
    assert stage.destroy(allow=()).succeeded
    assert docker_lab.api.containers(all=True) == []
    assert not docker_lab.api.volumes()["Volumes"], "anonymous volumes go with their container"


SETTINGS: dict[str, tuple[Any, str, str]] = {
    "domain_name": ("shop.internal", "hostname -f 2>/dev/null || cat /proc/sys/kernel/domainname", "shop.internal"),
    "groups": (["5678"], "id -G", "5678"),
    "oom_score": (500, "cat /proc/1/oom_score_adj", "500"),
    "security_options": (["no-new-privileges=true"], "grep NoNewPrivs /proc/1/status", "1"),
    "devices": ([{"host": "/dev/null", "path": "/dev/nothing"}], "ls /dev", "nothing"),
    "tty": (True, "cat /proc/1/stat", " 34816 "),
    "stdin_open": (True, "true", ""),
    "init": (True, "cat /proc/1/cmdline", "init"),
    "ipc_mode": ("private", "true", ""),
    "pid_mode": ("host", "true", ""),
    "user_namespace_mode": ("host", "true", ""),
    "dns": (["10.9.9.9"], "cat /etc/resolv.conf", "10.9.9.9"),
    "dns_search": (["shop.internal"], "cat /etc/resolv.conf", "search shop.internal"),
    "dns_options": (["ndots:3"], "cat /etc/resolv.conf", "ndots:3"),
    "extra_hosts": ({"store": "10.1.2.3", "gate": "host-gateway"}, "cat /etc/hosts", "10.1.2.3\tstore"),
    "tmpfs": ([{"mount": "/fast", "size": "1MiB", "mode": "0700"}], "mount", "size=1024k"),
    "sysctls": ({"net.core.somaxconn": "99"}, "cat /proc/sys/net/core/somaxconn", "99"),
    "ulimits": ({"nofile": {"soft": 100, "hard": 200}}, "ulimit -n", "100"),
    "log_driver": ("json-file", "true", ""),
    "log_options": ({"max-size": "1m"}, "true", ""),
    "cpu_shares": (512, "true", ""),
    "cpu_set": ("0", "grep Cpus_allowed_list /proc/1/status", "0"),
    "memory_reservation": ("32MiB", "true", ""),
    "memory_swap": ("96MiB", "true", ""),
    "runtime": ("runc", "true", ""),
    "platform": ("linux/amd64", "true", ""),
    "shm_size": ("1MiB", "true", ""),
}


def test_every_setting_of_docker_is_in_force_and_no_drift(docker_lab: DockerLab, tmp_path: Path) -> None:
    # what the daemon refuses together is tried apart
    apart = {"pid_mode": {"pid_mode"}, "shm_size": {"shm_size"}}
    groups = [{name for name in SETTINGS if name not in apart}, *apart.values()]
    items = [
        container(
            f"set{number}",
            {
                "image": BUSYBOX,
                "command": ["sleep", "1000"],
                "resources": {"memory": "64MiB", "cpus": 0.5, "pids": 99},
                "capabilities": ["CAP_NET_ADMIN"],
                "drop_capabilities": ["CAP_MKNOD"],
                "docker": {name: SETTINGS[name][0] for name in names},
            },
        )
        for number, names in enumerate(groups)
    ]
    stage = stage_on(docker_lab, tmp_path)
    stage.apply(items)
    assert stage.steps(items) == {}
    for number, names in enumerate(groups):
        for name in sorted(names):
            _, script, wanted = SETTINGS[name]
            said = docker_lab.execute(f"shop_set{number}", "/bin/sh", "-c", script)
            assert wanted in said, (name, said)


def test_a_control_group_is_chosen_and_changed(docker_lab: DockerLab, tmp_path: Path) -> None:
    def inside(folder: str) -> Item:
        told = {"network_mode": "none", "cgroup_parent": f"/{docker_lab.group}/{folder}"}
        return container("app", {"image": BUSYBOX, "command": ["sleep", "1000"], "docker": told})

    stage = stage_on(docker_lab, tmp_path)
    stage.apply([inside("one")])
    assert stage.steps([inside("one")]) == {}
    (step,) = stage.plan([inside("two")]).changes
    assert (step.op, [each.field for each in step.changes]) == ("replace", ["docker.cgroup_parent"])
    stage.apply([inside("two")])
    assert stage.steps([inside("two")]) == {}
    process = docker_lab.api.inspect_container("shop_app")["State"]["Pid"]
    groups = docker_lab.run(
        "nsenter", f"--target={docker_lab.init}", "--pid", "--mount", "cat", f"/proc/{process}/cgroup"
    )
    assert f"/{docker_lab.group}/two/" in groups and "/one/" not in groups


def test_gpus_are_asked_for_as_the_daemon_has_it(docker_lab: DockerLab, tmp_path: Path) -> None:
    """No machine that runs this has a GPU: what the daemon noted is all that can be seen, and its refusal."""
    goal = Container(image=BUSYBOX, command=["sleep", "1000"], docker=DockerContainer(gpus=-1))
    made = docker_lab.api.create_container_from_config(create_body(goal, "app", record_label(goal)), "app")
    found = docker_lab.api.inspect_container(made["Id"])
    (request,) = found["HostConfig"]["DeviceRequests"]
    assert (request["Count"], request["Capabilities"]) == (-1, [["gpu"]])
    assert read_inputs(found, "urn:pulumi:shop::shop::virtwright:index:Container::app").docker == goal.docker
    docker_lab.api.remove_container(made["Id"])
    stage = stage_on(docker_lab, tmp_path)
    item = container("app", {"image": BUSYBOX, "command": ["true"], "docker": {"gpus": 1}})
    events: list[Event] = []
    program = stage.desk.program([item])
    assert not stage.desk.work(lambda engine, _: engine.apply(program), events.append).succeeded
    problem = next(event.problem for event in events if isinstance(event, StepFailed))
    assert "could not select device driver" in problem.message
    assert problem.hint and "nvidia-container-toolkit" in problem.hint
    assert docker_lab.api.containers(all=True) == []
