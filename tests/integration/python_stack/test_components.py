"""Components that a plugin makes in a process of its own, and their methods: a plugin of a team's, and our own."""

import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.python_stacks import PRELUDE, PythonBench
from tests.waiting import until

from virtwright.errors import InputError
from virtwright.stacks.python.finding import command_of, find_plugin

PLUGIN = f"""#!{sys.executable}
import sys, time
import pulumi, pulumi.provider, virtwright as vw
from pulumi.provider.server import main


class Site(pulumi.ComponentResource):
    def __init__(self, name, cidr, opts):
        super().__init__("team:index:Site", name, {{}}, opts)
        self.net = vw.Network(f"{{name}}-net", cidr=cidr, opts=pulumi.ResourceOptions(parent=self))
        self.register_outputs({{"net": self.net.name}})


class Team(pulumi.provider.Provider):
    def construct(self, name, resource_type, inputs, options=None):
        if resource_type != "team:index:Site":
            raise Exception(f"there is no {{resource_type}}")
        if name == "stuck" and not pulumi.runtime.is_dry_run():
            print("the plugin hangs", file=sys.stderr, flush=True)
            time.sleep(600)
        site = Site(name, inputs["cidr"], options)
        return pulumi.provider.ConstructResult(site.urn, {{"net": site.net.name, "planned": pulumi.runtime.is_dry_run()}})

    def call(self, token, args):
        return pulumi.provider.CallResult({{"text": pulumi.Output.concat(args["greeting"], " from ", args["__self__"])}})


print("the plugin has begun", file=sys.stderr)
main(Team("1.0.0"), sys.argv[1:])
"""
SITE = """
class Site(pulumi.ComponentResource):
    net: pulumi.Output[str]
    planned: pulumi.Output[bool]

    def __init__(self, name, props, opts=None, type="team:index:Site"):
        super().__init__(type, name, {"net": None, "planned": None, **props}, opts, remote=True)

    def greet(self, greeting):
        return pulumi.runtime.call("team:index:Site/greet", {"__self__": self, "greeting": greeting}, self)
"""


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PythonBench]:
    (tmp_path / "bin").mkdir()
    plugin = tmp_path / "bin" / "pulumi-resource-team"
    plugin.write_text(PLUGIN)
    plugin.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    bench = PythonBench(tmp_path)
    yield bench
    bench.close()


def test_a_team_s_component_its_parts_its_outputs_and_a_method(bench: PythonBench) -> None:
    text = (
        SITE
        + """
site = Site("main", {"cidr": "10.0.0.0/24"}, pulumi.ResourceOptions(providers=[host], protect=True))
vw.Container("web", image="host", description=site.net, opts=on)
pulumi.export("net", site.net)
pulumi.export("planned", site.planned)
pulumi.export("said", site.greet("hello")["text"])
"""
    )
    plan = bench.plan(text)
    assert bench.steps(plan) == {"main-net": "create", "web": "create"}
    assert plan.outputs["planned"] is True
    assert "the plugin has begun" in bench.logs
    bench.apply(text)
    urn = bench.records()["main"].urn
    assert bench.outputs() == {"net": "shop-shop-main-net", "planned": False, "said": f"hello from {urn}"}
    assert (str(urn), bench.records()["main"].kind) == ("urn:pulumi:shop::shop::team:index:Site::main", "Component")
    assert bench.records()["main-net"].urn.type == "team:index:Site$virtwright:index:Network"
    assert bench.records()["main-net"].protect
    assert bench.steps(bench.plan(text)) == {}


def test_an_interrupt_does_not_wait_for_a_plugin_that_hangs(bench: PythonBench) -> None:
    program = bench.program(
        f"{SITE}\nSite('stuck', {{'cidr': '10.0.0.0/24'}}, pulumi.ResourceOptions(providers=[host]))"
    )
    with ThreadPoolExecutor(1) as pool:
        applied = pool.submit(bench.engine.apply, program)
        until("the plugin hangs", lambda: applied.done() or "the plugin hangs" in bench.logs)
        bench.engine.interrupt()
        assert applied.result(60).interrupted


SOURCE = """
import pulumi, virtwright as vw
from typing import Optional, TypedDict
from pulumi.provider.experimental import component_provider_host


class SiteArgs(TypedDict):
    cidr: pulumi.Input[str]


class Site(pulumi.ComponentResource):
    net: pulumi.Output[str]

    def __init__(self, name: str, args: SiteArgs, opts: Optional[pulumi.ResourceOptions] = None):
        super().__init__("sites:index:Site", name, {}, opts)
        self.net = vw.Network(f"{name}-net", cidr=args["cidr"], opts=pulumi.ResourceOptions(parent=self)).name
        self.register_outputs({"net": self.net})


component_provider_host(name="sites", components=[Site])
"""


def test_a_component_from_the_source_that_the_project_names(bench: PythonBench) -> None:
    source, shop = bench.folder / "sites", bench.folder / "shop"
    source.mkdir()
    shop.mkdir()
    (source / "PulumiPlugin.yaml").write_text("runtime: python\n")
    (source / "__main__.py").write_text(SOURCE)
    (shop / "__main__.py").write_text(
        f"{PRELUDE}{SITE}\nsite = Site('main', {{'cidr': '10.0.0.0/24'}}, pulumi.ResourceOptions(providers=[host]),"
        " 'sites:index:Site')\npulumi.export('net', site.net)\n"
    )
    project = shop / "Pulumi.yaml"
    project.write_text("name: shop\nruntime: python\npackages: {sites: ../sites, other: example.com/other}\n")
    bench.engine.apply(bench.load(project))
    assert bench.outputs() == {"net": "shop-shop-main-net"}
    assert bench.records()["main-net"].urn.type == "sites:index:Site$virtwright:index:Network"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "neither pulumi-resource-team nor PulumiPlugin.yaml"),
        ({"PulumiPlugin.yaml": "runtime: nodejs"}, "in Python only"),
        ({"PulumiPlugin.yaml": "runtime: python"}, "not run from its source"),
        (
            {"PulumiPlugin.yaml": "runtime: {name: python, options: {virtualenv: env}}", "__main__.py": ""},
            "the plugin's virtual environment 'env' is not there",
        ),
    ],
)
def test_what_is_no_plugin_s_source_is_told(tmp_path: Path, files: dict[str, str], message: str) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=message):
        command_of("team", tmp_path, Path(sys.executable))


def test_a_plugin_runs_in_its_own_environment_or_as_a_program(tmp_path: Path) -> None:
    (tmp_path / "PulumiPlugin.yaml").write_text("runtime: {name: python}\n")
    (tmp_path / "__main__.py").write_text("")
    assert command_of("team", tmp_path, Path("/own/python")) == ["/own/python", "-u", str(tmp_path)]
    python = tmp_path / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    assert command_of("team", tmp_path, Path("/own/python"))[0] == str(python)
    program = tmp_path / "pulumi-resource-team"
    program.touch(mode=0o755)
    assert command_of("team", tmp_path, Path("/own/python")) == [str(program)]
    assert command_of("team", program, Path("/own/python")) == [str(program)]


def test_our_own_plugin_makes_its_cluster(bench: PythonBench) -> None:
    cluster = """
        Site("farm", {"machines": 2, "image": "host", "cidr": "10.0.0.0/24"},
             pulumi.ResourceOptions(providers=[host]), "virtwright:index:Cluster")
    """
    bench.apply(SITE + "\n" + "\n".join(line.strip() for line in cluster.strip().splitlines()))
    assert bench.world.names() == ["farm", "farm-0", "farm-1"]


def test_what_a_plugin_refuses_and_one_that_is_not_there(bench: PythonBench) -> None:
    text = SITE + "Site('main', {}, None, '%s')"
    with pytest.raises(Exception, match="there is no team:index:House"):
        bench.plan(text % "team:index:House")
    with pytest.raises(Exception, match="pulumi-resource-others is not there"):
        bench.plan(text % "others:index:Site")


@pytest.mark.parametrize(("version", "used"), [("1.9.0", "1.9.0"), (None, "1.10.0")])
def test_the_version_of_its_plugin_that_a_component_asks_for(
    bench: PythonBench, monkeypatch: pytest.MonkeyPatch, version: str | None, used: str
) -> None:
    monkeypatch.setenv("PULUMI_HOME", str(bench.folder))
    for each in ("1.9.0", "1.10.0"):
        plugin = bench.folder / "plugins" / f"resource-crew-v{each}" / "pulumi-resource-crew"
        plugin.parent.mkdir(parents=True)
        plugin.write_text(PLUGIN.replace("team:", "crew:").replace('"net": site.net.name', f'"net": "by {each}"'))
        plugin.chmod(0o755)
    plan = bench.plan(f"""{SITE}
opts = pulumi.ResourceOptions(providers=[host], version={version!r})
site = Site("main", {{"cidr": "10.0.0.0/24"}}, opts, "crew:index:Site")
pulumi.export("net", site.net)
""")
    assert plan.outputs["net"] == f"by {used}"


def test_where_plugins_are_looked_for(tmp_path: Path) -> None:
    environment = {"PULUMI_HOME": str(tmp_path), "PATH": str(tmp_path / "nothing")}
    for version in ("1.9.0", "1.10.0"):
        folder = tmp_path / "plugins" / f"resource-own-v{version}"
        folder.mkdir(parents=True)
        (folder / "pulumi-resource-own").write_text("#!/bin/sh\n")
        (folder / "pulumi-resource-own").chmod(0o755)
    assert find_plugin("own", "", environment).parent.name == "resource-own-v1.10.0"
    assert find_plugin("own", "1.9.0", environment).parent.name == "resource-own-v1.9.0"
    assert find_plugin("virtwright", "", environment) == Path(sys.executable).with_name("pulumi-resource-virtwright")
    with pytest.raises(InputError, match="pulumi-resource-nothing is not there"):
        find_plugin("nothing", "", environment)
