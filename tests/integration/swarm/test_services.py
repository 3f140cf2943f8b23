"""Services of a real swarm of one node."""

from pathlib import Path
from typing import Any

import pytest
from tests.docker_lab import BUSYBOX
from tests.e2e.operator_lab import Operator
from tests.programs import Item
from tests.swarm_lab import SwarmStage

from virtwright.errors import HostError, VirtwrightError
from virtwright.providers.diff import Impact
from virtwright.providers.docker.swarm.reading import is_of

pytestmark = pytest.mark.root
QUICK = {"monitor": "0.2s"}
BACK = Item("Network", "back", {"cidr": "10.40.0.0/24"})
INPUTS: dict[str, Any] = {
    "image": BUSYBOX,
    "command": ["httpd", "-f", "-p", "80", "-h", "/etc"],
    "networks": ["{back}"],
    "replicas": 2,
    "update": QUICK,
    "stop_timeout": "0s",
    "docker": {"restart_delay": "0.1s"},
}


def web(**changes: Any) -> tuple[Item, Item]:
    return BACK, Item("Service", "web", {**INPUTS, **changes}, uses=("back",))


def test_scaling_touches_no_other_copy(stage: SwarmStage) -> None:
    stage.apply(*web())
    before = {*stage.running()}
    (step,) = stage.plan(*web(replicas=3)).changes
    assert (step.op, step.impact, [each.field for each in step.changes]) == ("update", Impact.LIVE, ["replicas"])
    stage.apply(*web(replicas=3))
    assert before < {*stage.running()} and len(stage.running()) == 3
    stage.apply(*web(replicas=1))
    stage.settled(*web(replicas=1))
    stage.apply(*web(replicas=0))
    stage.settled(*web(replicas=0))
    assert stage.service()["Spec"]["Mode"] == {"Replicated": {"Replicas": 0}}


def test_a_new_version_takes_the_place_of_the_old(stage: SwarmStage) -> None:
    stage.apply(*web())
    old = {*stage.running()}
    new = web(environment={"VERSION": "2"})
    (step,) = stage.plan(*new).changes
    assert (step.op, step.impact) == ("update", Impact.LIVE)
    assert stage.plan(*web(environment={"VERSION": "2"}, update={**QUICK, "order": "stop-first"})).changes[
        0
    ].impact is (Impact.REBOOT)
    stage.apply(*new)
    assert len(stage.running()) == 2 and not old & {*stage.running()}
    assert stage.container_spec()["Env"] == ["VERSION=2"]
    assert any("2 of 2 run, updating" in said for said in stage.progress())
    stage.settled(*new)


def test_a_broken_version_is_rolled_back_by_the_swarm(stage: SwarmStage) -> None:
    policy = {"monitor": "2s"}
    good = web(update=policy, files=[{"path": "/run/note", "content": "one"}])
    bad = web(update=policy, files=[{"path": "/run/note", "content": "two"}], command=["sh", "-c", "exit 3"])
    stage.apply(*good)
    kept = stage.kept()
    said = r"the new version is not good, and the swarm rolled back: task: non-zero exit \(3\)"
    with pytest.raises(HostError, match=said):
        stage.apply(*bad)
    assert {"command", "files[0].content"} <= {*stage.fields(*bad)}, "the plan shows the change again"
    assert stage.kept() == kept and stage.container_spec()["Args"][0] == "httpd"
    stage.settled(*good)


def test_a_broken_version_is_paused_by_the_swarm(stage: SwarmStage) -> None:
    policy = {"monitor": "2s", "failure_action": "pause"}
    good, check = web(update=policy), {"command": ["false"], "interval": "0.1s", "retries": 1}
    bad = web(update=policy, healthcheck=check, files=[{"path": "/run/note", "content": "two"}])
    stage.apply(*good)
    before = {*stage.running()}
    with pytest.raises(HostError, match=r"the swarm paused the update: .*unhealthy"):
        stage.apply(*bad)
    assert {*stage.running()} == before, "with start-first no old copy was let go of"
    assert stage.fields(*bad) == ["update_status"]
    stage.apply(*good)
    stage.settled(*good)
    assert stage.kept() == ([], [])


def test_what_others_change_is_seen_and_mended(stage: SwarmStage) -> None:
    """A scale, a constraint, a setting and an image that was given its digest: only the last is no drift."""
    stage.apply(*web(placement={"constraints": ["node.role == manager"]}))
    items = web(placement={"constraints": ["node.role == manager"]})
    found = stage.service()
    spec = found["Spec"]
    spec["Mode"]["Replicated"]["Replicas"] = 1
    spec["TaskTemplate"]["Placement"]["Constraints"] = []
    spec["TaskTemplate"]["ContainerSpec"]["ReadOnly"] = True
    _post(stage, found, spec)
    assert {"replicas", "placement.constraints", "swarm.TaskTemplate.ContainerSpec.ReadOnly"} <= {*stage.fields(*items)}
    stage.apply(*items)
    stage.settled(*items)
    found = stage.service()
    found["Spec"]["TaskTemplate"]["ContainerSpec"]["Image"] += "@sha256:" + "0" * 64
    _post(stage, found, found["Spec"])
    assert {*stage.fields(*items)} <= {"update_status"}, "the image is the same, and the update may not be over"


def _post(stage: SwarmStage, found: dict[str, Any], spec: dict[str, Any]) -> None:
    api = stage.api
    url = api._url("/services/{0}/update", found["ID"])
    api._raise_for_status(api._post_json(url, data=spec, params={"version": found["Version"]["Index"]}))


EVERYTHING: dict[str, Any] = {
    "entrypoint": ["sh", "-c"],
    "command": ["exec httpd -f -p 80"],
    "environment": {"A": "1", "B": "x=y"},
    "working_dir": "/tmp",
    "user": "0:0",
    "hostname": "here",
    "volumes": ["/etc:/host:ro", {"volume": "{data}", "mount": "/data"}],
    "files": [{"path": "/run/plain", "content": "a", "mode": "0400", "owner": "1000:1000"}],
    "resources": {"cpus": 0.5, "memory": "64MiB", "pids": 50},
    "restart": "on-failure",
    "healthcheck": {"tcp": 80, "interval": "0.2s", "retries": 5},
    "stop_signal": "SIGINT",
    "stop_timeout": "1s",
    "capabilities": ["CAP_NET_ADMIN"],
    "drop_capabilities": ["CAP_MKNOD"],
    "read_only": True,
    "ports": [{"port": 80, "host_port": 8081, "mode": "host"}],
    "mode": "global",
    "placement": {"constraints": ["node.role == manager"], "spread": ["node.labels.zone"]},
    "update": {"order": "stop-first", "parallelism": 2, "delay": "1s", "monitor": "1s", "max_failure_ratio": 0.5},
    "rollback": {"parallelism": 3},
    "labels": {"team": "shop"},
    "description": "all of it",
    "docker": {
        "init": True,
        "groups": ["100"],
        "extra_hosts": {"db": "10.0.0.9"},
        "dns": ["10.0.0.53"],
        "dns_search": ["example.org"],
        "tmpfs": [{"mount": "/tmp/fast", "size": "1MiB", "mode": "1777"}],
        "sysctls": {"net.ipv4.ip_unprivileged_port_start": "0"},
        "ulimits": {"nofile": {"soft": 100, "hard": 200}},
        "log_driver": "json-file",
        "log_options": {"max-size": "1m"},
        "cpu_reservation": 0.1,
        "memory_reservation": "16MiB",
        "platform": "linux/amd64",
        "endpoint_mode": "dnsrr",
        "restart_delay": "1s",
        "restart_attempts": 5,
        "restart_window": "10s",
    },
}


def test_every_field_is_in_force_and_no_drift(stage: SwarmStage) -> None:
    changed = {name: value for name, value in INPUTS.items() if name != "replicas"}
    data = Item("Volume", "data")
    items = (BACK, data, Item("Service", "web", {**changed, **EVERYTHING}, uses=("back", "data")))
    stage.apply(*items)
    stage.settled(*items)
    (task,) = stage.running()
    assert is_of(stage.api.inspect_task(task), stage.service()["Spec"]), (
        "the swarm says of a copy what it said of its service"
    )
    container = stage.api.inspect_task(task)["Status"]["ContainerStatus"]["ContainerID"]
    found = stage.api.inspect_container(container)
    host = found["HostConfig"]
    assert (host["NanoCpus"], host["Memory"], host["PidsLimit"]) == (500_000_000, 64 * 1024**2, 50)
    assert host["ReadonlyRootfs"] and host["Init"] and host["CapAdd"] == ["CAP_NET_ADMIN"]
    assert (found["Config"]["WorkingDir"], found["Config"]["Hostname"]) == ("/tmp", "here")
    again = {**EVERYTHING, "update": {**EVERYTHING["update"], "delay": "2s"}, "description": "more"}
    again["ports"] = [{"port": 80, "host_port": 8082, "mode": "host"}]
    later = (BACK, data, Item("Service", "web", {**changed, **again}, uses=("back", "data")))
    assert stage.fields(*later) == ["description", "ports[0].host_port", "update.delay"]
    stage.apply(*later)
    stage.settled(*later)


def test_files_are_configs_and_secrets_that_are_rotated_and_pruned(stage: SwarmStage) -> None:
    def shop(password: str, replicas: int = 1) -> tuple[Item, Item]:
        files = [
            {"path": "/run/note", "content": "plain", "mode": "0440"},
            {"path": "/run/secrets/password", "content": password, "mode": "0400", "in_memory": True},
        ]
        return web(files=files, replicas=replicas)

    stage.apply(*shop("first-password"))
    (secret,), (config,) = stage.kept()
    assert secret.startswith("shop_web-") and config.startswith("shop_web-")
    assert "first-password" not in str(stage.service())
    assert _inside(stage, "/run/secrets/password") == "first-password" and _inside(stage, "/run/note") == "plain"
    stage.apply(*shop("first-password", replicas=2))
    assert stage.kept() == ([secret], [config]), "other changes leave them alone"
    stage.apply(*shop("second-password", replicas=2))
    (rotated,), _ = stage.kept()
    assert rotated != secret and _inside(stage, "/run/secrets/password") == "second-password"
    stage.settled(*shop("second-password", replicas=2))
    stage.destroy()
    assert stage.kept() == ([], [])


def _inside(stage: SwarmStage, path: str) -> str:
    task = stage.api.inspect_task(next(iter(stage.running())))
    made = stage.api.exec_create(task["Status"]["ContainerStatus"]["ContainerID"], ["cat", path])
    return str(stage.api.exec_start(made["Id"]).decode())


def test_what_a_swarm_can_not_do_is_refused_before_anything_is_touched(stage: SwarmStage) -> None:
    for wrong in ({"placement": {"hosts": ["one"]}}, {"docker": {"privileged": True}}, {"ports": ["127.0.0.1:80:80"]}):
        with pytest.raises(VirtwrightError, match="a Docker Swarm can't do this"):
            stage.apply(*web(**wrong))
    with pytest.raises(VirtwrightError, match="runs services, and no single containers"):
        stage.apply(Item("Container", "one", {"image": BUSYBOX}))
    assert stage.api.services() == [] and stage.api.networks(names=["shop_back"]) == []


STACK = """\
stack: shop
hosts: {one: {uri: "URI"}}
networks: {back: {cidr: 10.40.0.0/24}}
services:
  web:
    image: busybox:lab
    command: [httpd, -f, -p, "80"]
    networks: [back]
    environment: {VERSION: "1"}
    files: [{path: /run/secrets/word, content: word-1, in_memory: true}]
    update: {monitor: 0.5s}
    stop_timeout: 0s
"""


@pytest.mark.long
def test_killed_at_every_step_the_next_apply_converges(stage: SwarmStage, tmp_path: Path) -> None:
    """Each failpoint of a create, an update and a delete, by the command line."""
    operator = Operator.at(tmp_path)
    operator.write(STACK.replace("URI", stage.uri))
    for step, command in (
        (1, "apply"),
        (2, "apply"),
        (1, "update"),
        (2, "update"),
        (3, "update"),
        (1, "destroy"),
        (2, "destroy"),
    ):
        if command == "update":
            operator.edit(f"word-{step}", f"word-{step + 1}")
        if (step, command) == (2, "apply"):
            operator.type("destroy", "--yes")
        word = "destroy" if command == "destroy" else "apply"
        operator.environment["VIRTWRIGHT_FAILPOINT"] = f"docker.swarm:{step}=kill"
        operator.type(word, "--yes", code=-9)
        operator.environment["VIRTWRIGHT_FAILPOINT"] = ""
        operator.type("apply", "--yes")
        operator.type("plan", "--exit-code")
        secrets, configs = stage.kept()
        assert (len(stage.api.services()), len(secrets), len(configs)) == (1, 1, 0), f"killed in {command}, step {step}"
    operator.type("destroy", "--yes")
    assert stage.api.services() == [] and stage.kept() == ([], [])
