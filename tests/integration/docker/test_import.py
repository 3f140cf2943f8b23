"""What somebody else made on a Docker host is taken over as it is: what it is told to be plans no changes."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.docker_lab import BUSYBOX, DockerLab
from tests.integration.docker.containers import stage_on
from tests.integration.docker.foreign import MIB, SLEEP, create, host, started
from tests.programs import Item

from virtwright.engine.hosts import open_provider
from virtwright.engine.leftovers import stamped
from virtwright.engine.plan import RunOptions
from virtwright.engine.step import Op
from virtwright.providers.base import Found
from virtwright.providers.hooks import HoldsStacks, offers
from virtwright.schemas.host import Host

pytestmark = pytest.mark.root

EVERYTHING = ['ENTRYPOINT ["/bin/busybox"]', 'CMD ["sleep", "1000"]', "USER nobody", "WORKDIR /tmp", "ENV A=b", "EXPOSE 80",
              "STOPSIGNAL SIGINT", "LABEL a=b", "HEALTHCHECK CMD true"]  # fmt: skip
NONE = {"network_mode": "none"}
RUNS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "plain": (host(), {"docker": NONE}),
    "image": ({"Image": "lab:all", "Cmd": None, **host()}, {"image": "lab:all", "command": None, "docker": NONE}),
    "image-env": ({"Image": "lab:all", "Cmd": None, "Env": ["A=b", "B=c=d"], **host()},
                  {"image": "lab:all", "command": None, "environment": {"B": "c=d"}, "docker": NONE}),
    "image-over": ({"Image": "lab:all", "Entrypoint": ["/bin/sh", "-c"], "Cmd": ["sleep 9999"], "User": "0", "WorkingDir": "/",
                    "StopSignal": "15", "Labels": {"c": "d"}, "Healthcheck": {"Test": ["NONE"]}, **host()},
                   {"image": "lab:all", "entrypoint": ["/bin/sh", "-c"], "command": ["sleep 9999"], "user": "0",
                    "working_dir": "/", "labels": {"c": "d"}, "healthcheck": {"disabled": True}, "docker": NONE}),
    "no-entrypoint": ({"Image": "lab:all", "Entrypoint": [""], "Cmd": ["/bin/busybox", "sleep", "9999"], **host()},
                      {"image": "lab:all", "entrypoint": [""], "command": ["/bin/busybox", "sleep", "9999"], "docker": NONE}),
    "process": ({"Env": ["TOKEN=x"], "Hostname": "there", "Domainname": "example.org", "Tty": True, "OpenStdin": True, **host()},
                {"environment": {"TOKEN": "x"}, "hostname": "there",
                 "docker": {**NONE, "domain_name": "example.org", "tty": True, "stdin_open": True}}),
    "ports": ({"ExposedPorts": {"80/tcp": {}}, "HostConfig": {"PortBindings": {
                  "80/tcp": [{"HostPort": "8080"}, {"HostIp": "127.0.0.1", "HostPort": "8081"}], "53/udp": [{"HostPort": "5353"}]}}},
              {"ports": ["5353:53/udp", "8080:80", "127.0.0.1:8081:80"]}),
    "binds": (host(Binds=["/tmp:/in", "/usr:/ro:ro", "kept:/data"]),
              {"volumes": ["kept:/data", "/tmp:/in", "/usr:/ro:ro"], "docker": NONE}),
    "mounts": (host(Mounts=[{"Type": "volume", "Source": "kept", "Target": "/z", "ReadOnly": True},
                            {"Type": "bind", "Source": "/tmp", "Target": "/a"},
                            {"Type": "tmpfs", "Target": "/m", "TmpfsOptions": {"SizeBytes": MIB, "Mode": 0o700}}]),
               {"volumes": ["/tmp:/a", "kept:/z:ro"], "docker": {**NONE, "tmpfs": [{"mount": "/m", "size": MIB, "mode": "0700"}]}}),
    "tmpfs": (host(Tmpfs={"/run": "size=1m,mode=755"}), {"docker": {**NONE, "tmpfs": [{"mount": "/run", "size": "1m", "mode": "755"}]}}),
    "limits": (host(NanoCpus=500_000_000, Memory=64 * MIB, PidsLimit=50, CpuShares=512, CpusetCpus="0", MemoryReservation=32 * MIB),
               {"resources": {"cpus": 0.5, "memory": "64MiB", "pids": 50},
                "docker": {**NONE, "cpu_shares": 512, "cpu_set": "0", "memory_reservation": "32MiB"}}),
    "swap": (host(Memory=64 * MIB, MemorySwap=96 * MIB), {"resources": {"memory": "64MiB"}, "docker": {**NONE, "memory_swap": "96MiB"}}),
    "restart": (host(RestartPolicy={"Name": "always"}), {"restart": "always", "docker": NONE}),
    "health": ({"Healthcheck": {"Test": ["CMD-SHELL", "true"], "Interval": 2_000_000_000}, **host()},
               {"healthcheck": {"command": "true", "interval": "2s", "timeout": "30s"}, "docker": NONE}),
    "ulimits": (host(Ulimits=[{"Name": "nofile", "Soft": 100, "Hard": 200}]),
                {"docker": {**NONE, "ulimits": {"nofile": {"soft": 100, "hard": 200}}}}),
    "capabilities": (host(CapAdd=["NET_ADMIN"], CapDrop=["ALL"], ReadonlyRootfs=True, SecurityOpt=["no-new-privileges"]),
                     {"capabilities": ["CAP_NET_ADMIN"], "drop_capabilities": ["ALL"], "read_only": True,
                      "docker": {**NONE, "security_options": ["no-new-privileges"]}}),
    "privileged": (host(Privileged=True, PidMode="host"), {"docker": {**NONE, "privileged": True, "pid_mode": "host"}}),
    "names": ({"HostConfig": {"ExtraHosts": ["db:10.0.0.1", "six:fd00::1"], "Dns": ["10.0.0.2"], "DnsSearch": ["example.org"]}},
              {"docker": {"extra_hosts": {"db": "10.0.0.1", "six": "fd00::1"}, "dns": ["10.0.0.2"], "dns_search": ["example.org"]}}),
    "log": (host(LogConfig={"Type": "json-file", "Config": {"max-size": "1m"}}),
            {"docker": {**NONE, "log_driver": "json-file", "log_options": {"max-size": "1m"}}}),
    "log-none": (host(LogConfig={"Type": "none"}), {"docker": {**NONE, "log_driver": "none"}}),
    "host-mode": ({"HostConfig": {"NetworkMode": "host"}}, {"docker": {"network_mode": "host"}}),
    "shared": ({"HostConfig": {"NetworkMode": "container:plain"}}, {"docker": {"network_mode": "container:plain"}}),
    "kernel": (host(ShmSize=MIB, Sysctls={"kernel.msgmax": "8000"}, OomScoreAdj=100, Init=True, GroupAdd=["5"],
                    Devices=[{"PathOnHost": "/dev/null", "PathInContainer": "/dev/other", "CgroupPermissions": "rw"}]),
               {"docker": {**NONE, "shm_size": MIB, "sysctls": {"kernel.msgmax": "8000"}, "oom_score": 100, "init": True, "groups": ["5"],
                           "devices": [{"host": "/dev/null", "path": "/dev/other", "permissions": "rw"}]}}),
    "nets": ({"HostConfig": {"NetworkMode": "back"}, "NetworkingConfig": {"EndpointsConfig": {
                 "back": {"Aliases": ["nets", "db"], "IPAMConfig": {"IPv4Address": "10.77.0.9"}}, "front": {}}}},
             {"networks": [{"network": "back", "aliases": ["nets", "db"], "address": "10.77.0.9"}, "front"]}),
    "composed": ({"Labels": {"com.docker.compose.project": "p", "mine": "1"}, **host()}, {"labels": {"mine": "1"}, "docker": NONE}),
}  # fmt: skip
"""What is asked of the API, and the inputs that a person would write for it."""
NETWORKS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "back": ({"IPAM": {"Config": [{"Subnet": "10.77.0.0/24"}]}}, {"cidr": "10.77.0.0/24"}),
    "front": ({"Internal": True, "IPAM": {"Config": [{"Subnet": "10.78.0.0/24", "Gateway": "10.78.0.7"}]},
               "Options": {"com.docker.network.driver.mtu": "1400"}, "Labels": {"team": "red"}},
              {"cidr": "10.78.0.0/24", "gateway": "10.78.0.7", "mode": "isolated", "mtu": 1400, "labels": {"team": "red"}}),
}  # fmt: skip


def make_all(lab: DockerLab) -> dict[str, str]:
    lab.import_image("lab:all", EVERYTHING)
    api = lab.api
    for name, (body, _) in NETWORKS.items():
        api._result(api._post_json(api._url("/networks/create"), data={"Name": name, **body}), json=True)
    api.create_volume("kept", labels={"team": "blue"})
    return {name: create(lab, name, body) for name, (body, _) in RUNS.items()}


def items_for_all() -> list[Item]:
    items = [Item("Network", name, wanted) for name, (_, wanted) in NETWORKS.items()]
    items.append(Item("Volume", "kept", {"labels": {"team": "blue"}}))
    common = {"image": BUSYBOX, "command": SLEEP, "restart": "no", "stop_timeout": "0s"}
    return items + [Item("Container", name, {**common, **wanted}) for name, (_, wanted) in RUNS.items()]


def find(lab: DockerLab, kind: str, *names: str) -> list[Found[Any, Any]]:
    with closing(open_provider("one", Host(uri=lab.uri))) as provider:
        handler: Any = provider.handlers[kind]
        return list(handler.find(names or None))


def test_all_sorts_of_containers_are_taken_over_untouched_as_a_person_would_write_them(
    docker_lab: DockerLab, tmp_path: Path
) -> None:
    made, stage, items = make_all(docker_lab), stage_on(docker_lab, tmp_path), items_for_all()
    before = started(docker_lab)
    imports = {str(stage.desk.program(items).urn(item.name)): item.name for item in items}
    options = RunOptions(imports=imports)
    plan = stage.desk.work(lambda engine, _: engine.plan(stage.desk.program(items), options))
    wrong = {step.urn.name: step.changes for step in plan.changes if step.op is not Op.IMPORT}
    assert wrong == {}
    assert stage.desk.apply(items, options).summary == {"import": len(items)}
    assert stage.steps(items) == {}
    assert started(docker_lab) == before
    assert {record.id for record in stage.records().values()} >= set(made.values())


def test_what_was_taken_over_is_healed_changed_in_place_made_anew_and_then_ours(
    docker_lab: DockerLab, tmp_path: Path
) -> None:
    api, stage = docker_lab.api, stage_on(docker_lab, tmp_path)
    api._result(api._post_json(api._url("/networks/create"), data={"Name": "back"}), json=True)
    joined = {"EndpointsConfig": {"back": {"Aliases": ["old", "my_old"]}}}
    id = create(docker_lab, "old", {"HostConfig": {"NetworkMode": "back"}, "NetworkingConfig": joined})
    [network], [found] = find(docker_lab, "Network", "back"), find(docker_lab, "Container", "old")
    assert found.unsaid == ("Networks: the alias my_old in back",)
    back = Item("Network", "back", network.inputs.model_dump(exclude_defaults=True))

    def web(**more: Any) -> list[Item]:
        inputs = {"image": BUSYBOX, "command": SLEEP, "restart": "no", "stop_timeout": "0s",
                  "networks": [{"network": "back", "aliases": ["old"]}]}  # fmt: skip
        return [back, Item("Container", "web", {**inputs, **more})]

    program = stage.desk.program(web())
    imports = {str(program.urn("web")): id, str(program.urn("back")): "back"}
    assert stage.desk.apply(web(), RunOptions(imports=imports)).summary == {"import": 2}
    assert stage.steps(web()) == {}
    api.kill(id)
    assert stage.steps(web())["web"].drifted
    stage.apply(web())
    assert api.inspect_container(id)["State"]["Running"]
    api.update_container(id, mem_limit=64 * MIB, memswap_limit=128 * MIB)
    assert stage.steps(web())["web"].drifted
    limited = web(resources={"memory": "32MiB"}, restart="always")
    stage.apply(limited)
    held = api.inspect_container(id)
    assert held["HostConfig"]["Memory"] == 32 * MIB
    assert held["HostConfig"]["RestartPolicy"]["Name"] == "always"
    assert "my_old" in held["NetworkSettings"]["Networks"]["back"]["Aliases"], "it did not leave its network"
    assert stage.steps(limited) == {}
    anew = web(environment={"A": "b"})
    stage.apply(anew)
    assert stage.steps(anew) == {}
    [other] = find(docker_lab, "Container", stage.records()["web"].id or "")
    assert other.id != id
    assert other.stamp is not None


def test_settings_without_a_word_are_named_and_stay(docker_lab: DockerLab) -> None:
    settings = host(CpuQuota=50_000, AutoRemove=True, VolumesFrom=["plain"], CgroupnsMode="host",
                    Mounts=[{"Type": "bind", "Source": "/usr", "Target": "/in", "BindOptions": {"Propagation": "rslave"}}],
                    Binds=["/anonymous"], Tmpfs={"/run": "exec"})  # fmt: skip
    body = {"Labels": {"a b": "c"}, "Volumes": {"/other": {}}, "User": "-x", "Hostname": "a_b", **settings}
    create(docker_lab, "plain", host())
    create(docker_lab, "odd", body, start=False)
    [found] = find(docker_lab, "Container", "odd")
    told = " | ".join(found.unsaid)
    for word in ("AutoRemove", "CpuQuota: 50000", "VolumesFrom", "Propagation at /in", "anonymous volume at /other",
                 "exec of /run", "labels.a b: c", "user: -x", "hostname: a_b"):  # fmt: skip
        assert word in told, word
    assert found.inputs.user is None


def test_what_is_the_hosts_own_or_belongs_to_nobody_is_not_listed(docker_lab: DockerLab) -> None:
    create(docker_lab, "anonymous", {"Volumes": {"/data": {}}, **host()})
    docker_lab.api.create_volume("named")
    assert [each.name for each in find(docker_lab, "Volume")] == ["named"]
    assert find(docker_lab, "Network") == []
    assert [each.name for each in find(docker_lab, "Network", "bridge")] == ["bridge"]
    assert find(docker_lab, "Container", "nothing") == []


def test_a_host_tells_which_stacks_have_something_on_it(docker_lab: DockerLab, tmp_path: Path) -> None:
    stage = stage_on(docker_lab, tmp_path)
    stage.apply([Item("Volume", "data", {})])
    with closing(open_provider("one", Host(uri=docker_lab.uri))) as provider:
        assert offers(provider, HoldsStacks)
        assert set(provider.stacks()) == {str(stage.desk.program(()).name)}
        assert [each.name for each in stamped(provider)] == ["volumes.data"]
