import asyncio
from pathlib import Path

import pytest
from tests.stack_files import HEAD, RecordingEngine, done, failed, goals, load, names, run, write

from virtwright.errors import InputError, Where
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import UNKNOWN, Secret
from virtwright.stacks.base import Goal, Registered
from virtwright.stacks.yaml.program import YamlProgram

SHOP = """
config:
  replicas: {type: integer, default: 2}
  db_password: {secret: true}
networks:
  back: {cidr: 10.40.0.0/24}
volumes:
  data: {size: 1GiB}
vms:
  db:
    memory: 512MiB
    networks: [{network: back, address: 10.40.0.10}]
    disks: [{volume: data, mount: /var/lib/shop}]
containers:
  web:
    image: host
    count: ${config.replicas}
    networks: [back]
    ports: ["127.0.0.1:808${index}:80"]
    environment: {DB: "${vms.db.address}", PASSWORD: "pw=${config.db_password}"}
    depends_on: [data]
outputs:
  url: "http://${containers.web-1.address}"
  all: {db: "${vms.db.address}"}
"""


def shop(folder: Path) -> YamlProgram:
    return load(write(folder, SHOP), "db_password=hunter2")


def urn(name: str, kind: str = "Container") -> Urn:
    return Urn("shop", "shop", f"virtwright:index:{kind}", name)


def test_the_stack_of_the_design(tmp_path: Path) -> None:
    engine = RecordingEngine()
    outputs = run(shop(tmp_path), engine)
    assert outputs == {"url": "http://10.0.0.9", "all": {"db": "10.0.0.9"}}
    assert engine.order[0] == "here"
    assert set(engine.order) == {"here", "back", "data", "db", "web-0", "web-1"}
    host = engine.goals["here"]
    assert (host.kind, str(host.urn)) == ("Host", "urn:pulumi:shop::shop::pulumi:providers:virtwright::here")
    assert host.host is None
    web = engine.goals["web-1"]
    assert web.urn == urn("web-1")
    assert web.host == host.urn
    assert web.inputs == {
        "image": "host",
        "networks": [{"network": "shop-back"}],
        "ports": [{"port": 80, "host_port": 8081, "host_address": "127.0.0.1", "protocol": "tcp"}],
        "environment": {"DB": "10.0.0.9", "PASSWORD": Secret("pw=hunter2")},
    }
    assert names(web.references) == {"db", "back"}
    assert names(web.dependencies) == {"db", "back", "data"}


def test_what_is_needed_is_registered_first_and_the_rest_at_once(tmp_path: Path) -> None:
    engine = RecordingEngine()
    run(shop(tmp_path), engine)
    position = {name: index for index, name in enumerate(engine.order)}
    assert position["here"] < position["back"] < position["db"] < position["web-0"]
    assert position["data"] < position["db"]
    wide = "containers:\n" + "".join(f"  c{n}: {{image: host}}\n" for n in range(50))
    engine = RecordingEngine()
    run(load(write(tmp_path, wide)), engine)
    assert engine.most_running == 50


def test_a_plan_passes_unknown_on(tmp_path: Path) -> None:
    engine = RecordingEngine(lambda goal: done(goal, address=UNKNOWN, name=UNKNOWN))
    outputs = run(shop(tmp_path), engine)
    web = engine.goals["web-0"].inputs
    assert web["environment"]["DB"] is UNKNOWN
    assert web["networks"] == [{"network": UNKNOWN}]
    assert outputs["url"] is UNKNOWN


def test_what_depends_on_a_failure_is_registered_with_unknown(tmp_path: Path) -> None:
    engine = RecordingEngine(lambda goal: failed(goal) if goal.urn.name == "db" else done(goal))
    outputs = run(shop(tmp_path), engine)
    assert engine.goals["web-0"].inputs["environment"]["DB"] is UNKNOWN
    assert outputs["all"] == {"db": UNKNOWN}


def test_an_error_of_the_engine_ends_the_run(tmp_path: Path) -> None:
    def answer(goal: Goal) -> Registered:
        if goal.urn.name == "data":
            raise LookupError("broken")
        return done(goal)

    engine = RecordingEngine(answer)
    with pytest.raises(LookupError, match="broken"):
        run(shop(tmp_path), engine)
    assert "db" not in engine.goals
    assert engine.running == 0


def test_cancelling_the_run_cancels_what_is_under_way(tmp_path: Path) -> None:
    cancelled = []

    async def never(goal: Goal) -> Registered:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            cancelled.append(goal.urn.name)
            raise
        raise AssertionError

    async def main() -> None:
        task = asyncio.ensure_future(shop(tmp_path).run(never))
        await asyncio.sleep(0.01)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(main())
    assert cancelled == ["here"]


def test_a_value_that_is_not_set_can_not_be_in_a_text(tmp_path: Path) -> None:
    path = write(tmp_path, "vms: {db: {}}\noutputs: {x: 'http://${vms.db.address}'}\n")
    with pytest.raises(InputError) as caught:
        run(load(path), RecordingEngine(lambda goal: done(goal, address=None)))
    assert caught.value.where == Where(str(path), 5, 14, "outputs.x")
    assert caught.value.message == "${vms.db.address} is not set"


def test_a_goal_with_a_faulty_value_is_not_registered(tmp_path: Path) -> None:
    path = write(
        tmp_path, "vms:\n  db: {}\n  b: {description: 'x ${vms.db.address}'}\n  c: {description: '${vms.b.name}'}\n"
    )
    engine = RecordingEngine(lambda goal: done(goal, address=None))
    with pytest.raises(InputError, match="is not set"):
        run(load(path), engine)
    assert set(engine.goals) == {"here", "db"}


def test_whole_references_keep_their_type(tmp_path: Path) -> None:
    text = """
    config: {n: {type: integer, default: 3}, on: {type: boolean, default: true}, l: {type: list, default: [a]}, f: {type: number, default: 2.0}}
    vms: {db: {cpus: 2}}
    outputs:
      whole: ["${config.n}", "${config.on}", "${config.l}", "${vms.db.cpus}", "${ vms.db.cpus }"]
      text: "${config.n} ${config.on} ${config.f} ${vms.db.cpus}"
      part: "${config.l[0]}"
      escaped: "$${config.n} $$ $x $$$${y} ${config.n}"
    """
    outputs = run(load(write(tmp_path, text)), RecordingEngine())
    assert outputs == {
        "whole": [3, True, ["a"], 2, 2],
        "text": "3 true 2 2",
        "part": "a",
        "escaped": "${config.n} $$ $x $$${y} 3",
    }


def test_a_secret_in_a_text_makes_it_secret(tmp_path: Path) -> None:
    text = "config: {p: {secret: true}}\noutputs: {x: 'a-${config.p}', y: '${config.p}', z: ['${config.p}']}\n"
    outputs = run(load(write(tmp_path, text), "p=hunter2"), RecordingEngine())
    assert outputs == {"x": Secret("a-hunter2"), "y": Secret("hunter2"), "z": [Secret("hunter2")]}


def test_a_secret_shorthand_stays_secret(tmp_path: Path) -> None:
    text = (
        "config: {p: {secret: true}}\ncontainers: {c: {image: host, command: '${config.p}', ports: ['${config.p}']}}\n"
    )
    inputs = goals(write(tmp_path, text), "p=8080:80")["c"].inputs
    assert isinstance(inputs["command"], Secret)
    assert isinstance(inputs["ports"][0], Secret)
    assert "8080" not in repr(inputs)


def test_a_name_with_dots_is_written_in_brackets(tmp_path: Path) -> None:
    text = "vms: {a.b: {}}\noutputs: {x: '${vms[\"a.b\"].address}'}\n"
    assert run(load(write(tmp_path, text)), RecordingEngine()) == {"x": "10.0.0.9"}


def test_moved_gives_aliases_through_chains(tmp_path: Path) -> None:
    text = "vms: {c: {}, n: {count: 1}}\nmoved:\n- {from: vms.a, to: vms.b}\n- {from: vms.b, to: vms.c}\n- {from: vms.m, to: vms.n-0}\n"
    found = goals(write(tmp_path, text))
    assert found["c"].aliases == {urn("a", "VirtualMachine"), urn("b", "VirtualMachine")}
    assert found["n-0"].aliases == {urn("m", "VirtualMachine")}


def test_options_reach_the_goal_and_not_the_inputs(tmp_path: Path) -> None:
    text = "config: {keep: {type: boolean, default: true}}\nvolumes: {v: {protect: '${config.keep}', retain_on_delete: true, ignore_changes: [size], import_id: old, timeouts: {create: 5m}}}\n"
    goal = goals(write(tmp_path, text))["v"]
    assert goal.inputs == {}
    assert (goal.protect, goal.retain_on_delete, goal.ignore_changes, goal.import_id) == (True, True, ("size",), "old")
    assert goal.timeouts.create == 300


def test_resources_choose_their_host(tmp_path: Path) -> None:
    head = HEAD + "  h0: {uri: 'docker:///'}\n  h1: {uri: 'docker:///'}\n"
    found = goals(write(tmp_path, "vms: {a: {count: 2, host: 'h${index}'}, b: {}}\n", head=head))
    hosts = [found[name].host for name in ("a-0", "a-1", "b")]
    assert [host and host.name for host in hosts] == ["h0", "h1", "here"]


def test_depends_on_a_counted_entry_means_all_of_it(tmp_path: Path) -> None:
    found = goals(write(tmp_path, "vms: {a: {count: 2}, b: {depends_on: [vms.a]}, c: {depends_on: [a]}}\n"))
    assert names(found["b"].dependencies) == names(found["c"].dependencies) == {"a-0", "a-1"}
    assert not found["b"].references


def test_an_image_that_is_no_resource_is_taken_as_it_is(tmp_path: Path) -> None:
    text = "images: {app: {source: 'x/y:1'}}\ncontainers: {a: {image: app}, b: {image: 'nginx:1'}}\n"
    engine = RecordingEngine(lambda goal: done(goal, reference="sha256:1"))
    run(load(write(tmp_path, text)), engine)
    assert engine.goals["a"].inputs["image"] == "sha256:1"
    assert engine.goals["b"].inputs["image"] == "nginx:1"
    assert names(engine.goals["a"].references) == {"app"}


def test_a_host_may_be_made_in_the_same_run(tmp_path: Path) -> None:
    head = HEAD + "  inner: {uri: 'qemu+ssh://root@${vms.kvm.address}/system'}\n"
    engine = RecordingEngine()
    run(load(write(tmp_path, "vms: {kvm: {}, guest: {host: inner}}\n", head=head)), engine)
    assert engine.goals["inner"].inputs["uri"] == "qemu+ssh://root@10.0.0.9/system"
    assert engine.order.index("kvm") < engine.order.index("inner") < engine.order.index("guest")


def test_fields_are_located_through_shorthands(tmp_path: Path) -> None:
    path = write(tmp_path, "containers:\n  a:\n    image: host\n    ports: [80, '8080:80']\n")
    locate = goals(path)["a"].locate
    assert locate(("ports", 1, "host_port")) == Where(str(path), 7, 17, "containers.a.ports[1].host_port")
    assert locate(("ports",)) == Where(str(path), 7, 12, "containers.a.ports")
    assert locate(("memory",)) == Where(str(path), 6, 5, "containers.a.memory")


def test_a_field_that_a_shorthand_copies_follows_its_reference(tmp_path: Path) -> None:
    text = "vms: {db: {}}\ncontainers: {a: {image: host, ports: [{port: '${vms.db.cpus}'}]}}\n"
    engine = RecordingEngine(lambda goal: done(goal, cpus=80))
    run(load(write(tmp_path, text)), engine)
    assert engine.goals["a"].inputs["ports"] == [{"port": 80, "host_port": 80}]


def test_the_environment_names_the_stack(tmp_path: Path) -> None:
    program = load(write(tmp_path, "vms: {db: {}}\n"), stack="prod")
    assert str(program.name) == "shop/prod"
    assert program.declared["vms", "db"].urn == Urn("prod", "shop", "virtwright:index:VirtualMachine", "db")


@pytest.mark.parametrize("stack", ["../x", "", "a b", "-x", "a/b"])
def test_a_bad_environment_name_is_refused(tmp_path: Path, stack: str) -> None:
    with pytest.raises(InputError, match="is no name for a stack"):
        load(write(tmp_path, "vms: {}\n"), stack=stack)


def test_the_digest_follows_text_configuration_and_files(tmp_path: Path) -> None:
    text = "config: {p: {secret: true}, q: {default: a}}\nvms: {db: {cloud_init: {write_files: [{path: /x, source: f}]}}}\n"
    (tmp_path / "f").write_text("1")
    path = write(tmp_path, text)
    first = load(path, "p=1").digest
    assert first == load(path, "p=1").digest
    others = {load(path, "p=2").digest, load(path, "p=1", "q=b").digest, load(path, "p=1", stack="prod").digest}
    (tmp_path / "f").write_text("2")
    others.add(load(path, "p=1").digest)
    others.add(load(write(tmp_path, text + "# more\n"), "p=1").digest)
    assert len(others | {first}) == 6


def test_a_long_chain_is_no_problem(tmp_path: Path) -> None:
    links = "".join(f"  c{n}: {{image: host, depends_on: [c{n - 1}]}}\n" for n in range(1, 3000))
    engine = RecordingEngine()
    run(load(write(tmp_path, "containers:\n  c0: {image: host}\n" + links)), engine)
    assert engine.order == ["here", *(f"c{n}" for n in range(3000))]
