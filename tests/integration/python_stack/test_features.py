"""What programs are made of beside resources and their options: outputs, secrets, components, configuration, questions."""

import venv

import pytest
from tests.python_stacks import PythonBench
from tests.stack_files import load

from virtwright.errors import InputError, RefusedError, VirtwrightError
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import UNKNOWN, Secret
from virtwright.stacks.base import StackName

NET = 'net = vw.Network("net", cidr="10.0.0.0/24", opts=on)\n'


def test_outputs_of_all_kinds_of_values(bench: PythonBench) -> None:
    text = """
        net = vw.Network("net", cidr="10.0.0.0/24", opts=on)
        pulumi.export("plain", {"list": [1, 2.5, None, True, "x"], "empty": {}})
        pulumi.export("secret", pulumi.Output.secret({"a": "hidden"}))
        pulumi.export("mixed", pulumi.Output.all(net.name, pulumi.Output.secret("s")).apply(lambda both: "-".join(both)))
        pulumi.export("concat", pulumi.Output.concat("on ", net.name))
        pulumi.export("format", pulumi.Output.format("{0}!", net.name))
        pulumi.export("json", pulumi.Output.json_dumps({"name": net.name}))
        pulumi.export("file", pulumi.StringAsset("text"))
    """
    plan = bench.plan(text)
    assert plan.outputs["concat"] is UNKNOWN
    bench.apply(text)
    outputs = dict(bench.outputs())
    assert outputs.pop("file")["text"] == "text"
    assert outputs == {
        "plain": {"list": [1, 2.5, None, True, "x"], "empty": {}},
        "secret": Secret({"a": "hidden"}),
        "mixed": Secret("shop-shop-net-s"),
        "concat": "on shop-shop-net",
        "format": "shop-shop-net!",
        "json": '{"name": "shop-shop-net"}',
    }


def test_an_apply_runs_only_when_its_value_is_known(bench: PythonBench) -> None:
    text = NET + 'net.name.apply(lambda name: print(f"it is {name}"))'
    bench.plan(text)
    assert bench.logs == []
    bench.apply(text)
    assert bench.logs == ["it is shop-shop-net"]
    bench.plan(text)
    assert bench.logs == ["it is shop-shop-net"]


def test_secret_inputs_stay_secret_everywhere(bench: PythonBench) -> None:
    text = """
        web = vw.Container("web", image="host", environment={"P": pulumi.Output.secret("hunter2-long")}, opts=on)
        pulumi.export("environment", web.environment)
    """
    assert "hunter2" not in repr(bench.plan(text))
    bench.apply(text)
    assert bench.records()["web"].inputs["environment"] == {"P": Secret("hunter2-long")}
    assert bench.world.find("web").inputs["environment"] == {"P": "hunter2-long"}
    assert "hunter2" not in repr(bench.events)
    assert bench.steps(bench.plan(text)) == {}


def test_components_are_remembered_with_their_outputs_and_forgotten(bench: PythonBench) -> None:
    bench.apply("""
        class Site(pulumi.ComponentResource):
            def __init__(self, name, opts=None):
                super().__init__("my:index:Site", name, {"size": 2}, opts)
                self.net = vw.Network(f"{name}-net", cidr="10.0.0.0/24", opts=options(parent=self))
                self.register_outputs({"net": self.net.name})

        site = Site("main")
        pulumi.export("net", site.net.name)
    """)
    state = bench.store.stack(StackName("shop", "shop"))
    site = next(record for record in state.resources() if record.urn.name == "main")
    assert (site.kind, site.inputs, site.outputs) == ("Component", {"size": 2}, {"net": "shop-shop-main-net"})
    assert bench.steps(bench.plan("pass")) == {"main-net": "delete"}
    bench.engine.destroy(StackName("shop", "shop"))
    assert bench.store.stack(StackName("shop", "shop")).resources() == []


def test_a_resource_given_as_a_value_is_its_name(bench: PythonBench) -> None:
    bench.apply(NET + 'vw.Container("web", image="host", networks=[{"network": net}], opts=on)')
    assert bench.world.find("web").inputs["networks"][0]["network"] == "shop-shop-net"
    record = bench.records()["web"]
    assert record.references == {bench.records()["net"].urn}


def test_configuration_from_the_file_the_command_line_and_secrets(bench: PythonBench) -> None:
    text = """
        config = pulumi.Config()
        pulumi.export("count", config.require_int("count"))
        pulumi.export("flag", config.get_bool("flag"))
        pulumi.export("list", config.require_object("list"))
        pulumi.export("token", config.require_secret("token"))
        pulumi.export("region", pulumi.Config("aws").get("region"))
        pulumi.export("names", [pulumi.get_stack(), pulumi.get_project(), pulumi.get_organization()])
    """
    from virtwright.stacks.python.load import open_python_config

    (bench.folder / "shop.py").write_text("")
    (bench.folder / "shop.prod.yaml").write_text("config:\n  shop:count: 3\n  list: [a, b]\n  aws:region: north\n")
    store = open_python_config(bench.folder / "shop.py", stack="prod", keys=bench.keys)
    store.set("token", "s3cret-token", secret=True)
    assert "s3cret" not in store.path.read_text()
    bench.apply(text, stack="prod", config=["flag=true"])
    assert bench.outputs(StackName("shop", "prod")) == {
        "count": 3,
        "flag": True,
        "list": ["a", "b"],
        "token": Secret("s3cret-token"),
        "region": "north",
        "names": ["prod", "shop", "organization"],
    }


def test_the_default_host_comes_from_the_configuration(bench: PythonBench) -> None:
    bench.apply(
        'vw.Network("net", cidr="10.0.0.0/24")', config=["virtwright:uri=fake://two", "virtwright:max_parallel=2"]
    )
    assert bench.world.names("fake://two") == ["net"]
    assert bench.records()["net"].host == Urn("shop", "shop", "pulumi:providers:virtwright", "default")
    assert bench.records()["default"].inputs["max_parallel"] == 2


def test_a_project_folder_with_a_main_and_declared_configuration(bench: PythonBench) -> None:
    (bench.folder / "src").mkdir()
    (bench.folder / "src" / "names.py").write_text('NET = "lan"\n')
    (bench.folder / "src" / "__main__.py").write_text(
        "import os, pulumi, virtwright as vw\nfrom names import NET\n"
        'host = vw.Host("one", uri="fake://one")\n'
        'vw.Network(NET, cidr=pulumi.Config().require("cidr"), opts=pulumi.ResourceOptions(provider=host))\n'
        'pulumi.export("folder", os.path.basename(os.getcwd()))\n'
        'pulumi.export("root", os.path.samefile(pulumi.runtime.get_root_directory(), os.getcwd()))\n'
    )
    project = bench.folder / "Pulumi.yaml"
    project.write_text(
        "name: web\nruntime: {name: python}\nmain: src\nconfig:\n  cidr: {type: string, default: 10.0.0.0/24}\n"
    )
    assert bench.engine.apply(bench.load(project)).succeeded
    assert bench.outputs(StackName("web", "web")) == {"folder": bench.folder.name, "root": True}
    project.write_text("name: web\nruntime: python\nmain: src\nconfig:\n  cidr: {type: string}\n")
    with pytest.raises(InputError, match="no value for cidr"):
        bench.load(project)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: web\nruntime: nodejs\n", "Python programs only"),
        ("runtime: python\n", "needs a name"),
        ("name: web\nruntime: python\nmain: nothing\n", "no program at nothing"),
        ("name: web\nruntime: python\nmain: .\n", "no program at ."),
        ("name: web\nruntime: {name: python, options: {toolchain: conda}}\n", "unknown toolchain"),
        ("name: web\nruntime: python\nmain: x.py\nconfig: {a: {type: rocket}}\n", "wrong type"),
        ("a: [", "x"),
    ],
)
def test_a_wrong_project_is_refused_with_its_place(bench: PythonBench, text: str, message: str) -> None:
    project = bench.folder / "Pulumi.yaml"
    project.write_text(text)
    (bench.folder / "x.py").write_text("")
    with pytest.raises(InputError) as caught:
        bench.load(project)
    assert caught.value.where.file == str(project)
    assert caught.value.where.line
    assert message in " ".join(problem.message for problem in caught.value.problems) or message == "x"


def test_a_virtual_environment_that_is_not_there_is_told(bench: PythonBench) -> None:
    project = bench.folder / "Pulumi.yaml"
    project.write_text("name: web\nruntime: {name: python, options: {virtualenv: venv}}\nmain: x.py\n")
    (bench.folder / "x.py").write_text("")
    program = bench.load(project)
    with pytest.raises(InputError, match="virtual environment"):
        bench.engine.plan(program)


def test_an_environment_without_the_sdk_is_told(bench: PythonBench) -> None:
    venv.create(bench.folder / "venv", symlinks=True)
    project = bench.folder / "Pulumi.yaml"
    project.write_text("name: web\nruntime: {name: python, options: {virtualenv: venv}}\nmain: x.py\n")
    (bench.folder / "x.py").write_text("")
    with pytest.raises(InputError, match="No module named 'pulumi'") as caught:
        bench.engine.plan(bench.load(project))
    assert f"{bench.folder / 'venv' / 'bin' / 'python'} -m pip install pulumi virtwright" in (caught.value.hint or "")
    assert bench.logs == []


def test_a_stack_reference_reads_another_stack(bench: PythonBench) -> None:
    bench.apply('pulumi.export("a", 1)\npulumi.export("s", pulumi.Output.secret("hidden"))', project="base")
    bench.apply("""
        base = pulumi.StackReference("organization/base/base")
        pulumi.export("a", base.require_output("a"))
        pulumi.export("s", base.get_output("s"))
        pulumi.export("none", base.get_output("none").apply(lambda value: str(value)))
    """)
    assert bench.outputs() == {"a": 1, "s": Secret("hidden"), "none": "None"}


def test_questions_to_hosts_and_to_the_state(bench: PythonBench) -> None:
    bench.world.add_foreign("Image", "debian", {"source": {"file": "/x.qcow2"}})
    bench.apply(
        NET
        + """
ask = pulumi.InvokeOptions(provider=host)
pulumi.export("facts", [[fact.name, fact.value] for fact in vw.get_host(ask).facts])
pulumi.export("image", vw.get_image("debian", ask).name)
pulumi.export("later", vw.get_image_output(net.name.apply(lambda name: "debian"), ask).apply(lambda image: image.name))
pulumi.export("urn", net.urn)

class Seen(pulumi.CustomResource):
    name: pulumi.Output[str]

    def __init__(self, urn):
        super().__init__("virtwright:index:Network", "seen", {"name": None}, pulumi.ResourceOptions(urn=urn))

if not pulumi.runtime.is_dry_run():
    pulumi.export("seen", net.urn.apply(lambda urn: Seen(urn).name))
"""
    )
    outputs = dict(bench.outputs())
    assert outputs["facts"] == [["fake", "yes"]]
    assert outputs["image"] == outputs["later"] == "debian"
    assert outputs["seen"] == "shop-shop-net"


def test_an_image_that_is_not_there_can_be_caught(bench: PythonBench) -> None:
    bench.apply("""
        try:
            vw.get_image("nothing", pulumi.InvokeOptions(provider=host))
        except Exception as error:
            pulumi.export("told", str(error))
    """)
    assert "there is no image nothing on the host" in bench.outputs()["told"]


def test_invoke_transforms_change_questions(bench: PythonBench) -> None:
    bench.world.add_foreign("Image", "debian", {"source": {"file": "/x.qcow2"}})
    bench.apply("""
        def other(args):
            return pulumi.InvokeTransformResult({"reference": "debian"}, args.opts)

        pulumi.runtime.register_invoke_transform(other)
        pulumi.export("image", vw.get_image("anything", pulumi.InvokeOptions(provider=host)).name)
    """)
    assert bench.outputs() == {"image": "debian"}


def test_an_asynchronous_program(bench: PythonBench) -> None:
    bench.apply("""
        import asyncio

        async def main():
            await asyncio.sleep(0.01)
            net = vw.Network("net", cidr="10.0.0.0/24", opts=on)
            return {"name": net.name}

        pulumi.run(main)
    """)
    assert bench.outputs() == {"name": "shop-shop-net"}


def test_exports_of_whole_resources(bench: PythonBench) -> None:
    bench.apply(NET + 'pulumi.export("net", net)')
    assert bench.outputs()["net"]["name"] == "shop-shop-net"
    assert bench.outputs()["net"]["mode"] == "nat"


def test_a_saved_plan_is_bound_to_the_program_and_its_configuration(bench: PythonBench) -> None:
    plan = bench.plan(NET)
    bound = bench.engine.bind(bench.program(NET))
    assert bench.engine.bind(bench.program(NET)) == bound
    assert bench.engine.bind(bench.program(NET + "\n")) != bound
    assert bench.engine.bind(bench.program(NET, config=["a=1"])) != bound
    with pytest.raises(RefusedError):
        bench.engine.apply(bench.program(NET.replace("10.0.0", "10.0.1")), expected=plan, saved=True)


def test_targets_and_recovery_work_as_for_any_stack(bench: PythonBench) -> None:
    from virtwright.engine.plan import RunOptions

    text = NET + 'vw.Network("other", cidr="10.0.1.0/24", opts=on)'
    bench.apply(text, run=RunOptions(targets=("other",)))
    assert bench.world.names() == ["other"]
    bench.apply(text)
    bench.store.close()
    (bench.folder / "fresh").mkdir()
    fresh = PythonBench(bench.folder / "fresh", bench.world)
    assert fresh.engine.recover(fresh.program(text)).succeeded
    assert fresh.steps(fresh.plan(text)) == {}
    fresh.close()


YAML = """
stack: shop
hosts: {one: {uri: "fake://one"}}
networks: {net: {cidr: 10.0.0.0/24}}
volumes: {data: {size: 1GiB}}
containers:
  web:
    image: host
    networks: [{network: net, address: 10.0.0.9}]
    volumes: ["data:/data"]
    environment: {PEER: "${networks.net.name}"}
    files: [{path: /etc/web.conf, source: web.conf}]
    depends_on: [data]
    protect: true
"""
PYTHON = """
net = vw.Network("net", cidr="10.0.0.0/24", opts=on)
data = vw.Volume("data", size="1GiB", opts=on)
vw.Container("web", image="host", networks=[{"network": net.name, "address": "10.0.0.9"}],
    volumes=[{"volume": data.name, "mount": "/data"}], environment={"PEER": net.name},
    files=[{"path": "/etc/web.conf", "source": "web.conf"}], opts=options(depends_on=[data], protect=True))
"""


def test_a_stack_moves_from_yaml_to_python_without_a_change(bench: PythonBench) -> None:
    (bench.folder / "web.conf").write_text("listen 80\n")
    file = bench.folder / "shop.yaml"
    file.write_text(YAML)
    yaml = load(file)
    bench.engine.apply(yaml)
    before = bench.records()
    bench.world.calls.clear()
    text = PYTHON
    assert bench.plan(text).changes == ()
    bench.apply(text)
    assert {method for method, _, _ in bench.world.calls} == {"observe"}
    after = bench.records()
    for name in ("net", "data", "web"):
        for field in ("urn", "inputs", "dependencies", "references", "host", "protect", "inputs_hash"):
            assert getattr(after[name], field) == getattr(before[name], field), (name, field)


def test_a_file_that_is_not_there_is_an_error_with_its_place(bench: PythonBench) -> None:
    with pytest.raises(VirtwrightError) as caught:
        bench.plan('vw.Container("web", image="host", files=[{"path": "/x", "source": "nothing.conf"}], opts=on)')
    assert caught.value.where.path == "containers.web.files[0].source"


def test_a_program_reaches_the_engine_by_a_line_that_has_no_address(
    bench: PythonBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(bench.folder))
    bench.apply(f"""
        import os
        pulumi.export("there", sorted(os.listdir({str(bench.folder)!r})))
    """)
    assert bench.outputs()["there"] == ["home", "shop.py"]


def test_a_machine_moves_to_another_host_with_its_volume(bench: PythonBench) -> None:
    def on(host: str) -> str:
        return f"""
            two = vw.Host("two", uri="fake://two")
            here = pulumi.ResourceOptions(provider={host})
            data = vw.Volume("data", size="1GiB", opts=here)
            db = vw.VirtualMachine("db", disks=[{{"volume": data.name}}], opts=here)
            pulumi.export("id", db.id)
        """

    bench.world.moves = True
    bench.apply(on("host"))
    id = bench.outputs()["id"]
    bench.apply(on("two"))
    assert bench.done == {"data": "move", "db": "move"}
    assert (bench.world.names("fake://one"), bench.world.names("fake://two")) == ([], ["data", "db"])
    assert bench.outputs()["id"] == id
    assert bench.plan(on("two")).changes == ()


def test_a_secret_in_the_address_of_a_host_is_refused_at_its_line(bench: PythonBench) -> None:
    bench.world.before = lambda *words: pytest.fail(f"the host was asked: {words}")
    with pytest.raises(InputError, match="a secret can't stand here") as caught:
        bench.plan(
            """
            import pulumi
            import virtwright as vw
            vw.Host("spy", uri=pulumi.Output.concat("fake://", pulumi.Output.secret("hunter2"), ".example"))
            """,
            prelude="",
        )
    assert caught.value.where.line == 4 and "hunter2" not in str(caught.value)
