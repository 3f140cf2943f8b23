"""The state of a Python program goes to Pulumi's form and comes back: components, configuration, code of its own."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.pulumi_facts import verify
from tests.python_stacks import PythonBench

from virtwright.engine.state.pulumi.reading import Imported, import_deployment
from virtwright.engine.state.pulumi.writing import export_deployment
from virtwright.errors import HostError
from virtwright.schemas.values import Secret
from virtwright.stacks.base import StackName

SHOP = StackName("shop", "shop")
PROGRAM = """
class Files(pulumi.dynamic.ResourceProvider):
    def create(self, props):
        return pulumi.dynamic.CreateResult("f-1", {**props, "size": 5})

    def delete(self, id, props):
        open("deleted", "a").write(id)


class File(pulumi.dynamic.Resource):
    size: pulumi.Output[int]


class Room(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("my:index:Room", name)
        inside = pulumi.ResourceOptions(parent=self, protect=False)
        self.net = vw.Network(f"{name}-net", cidr="10.0.0.0/24", opts=inside)
        self.register_outputs({"cidr": self.net.cidr, "key": pulumi.Output.secret("hunter2-hunter2")})


room = Room("kitchen")
vw.Container(
    "web",
    image="host",
    networks=[room.net.name],
    environment={"PASSWORD": pulumi.Config().require_secret("password")},
    opts=pulumi.ResourceOptions(ignore_changes=["labels"], custom_timeouts=pulumi.CustomTimeouts(delete="2m")),
)
file = File(Files(), "file", {"text": pulumi.Output.secret("hello-hello"), "size": None})
pulumi.export("size", file.size)
"""
OPTIONS: dict[str, Any] = {
    "prelude": "import pulumi\nimport pulumi.dynamic\nimport virtwright as vw\n",
    "config": ["virtwright:uri=fake://one"],
}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[PythonBench]:
    made = PythonBench(tmp_path)
    made.program("")
    from virtwright.stacks.python.load import open_python_config

    open_python_config(tmp_path / "shop.py", stack=None, keys=made.keys).set("password", "s3cret-s3cret", secret=True)
    yield made
    made.close()


def _as_pulumi_writes_it(bench: PythonBench, where_inputs_are: str) -> Imported:
    """Take the state away and bring it back as Pulumi's engine would have written it, which says nothing of the process that
    runs a program's code."""
    state = bench.store.stack(SHOP)
    document = json.loads(json.dumps(export_deployment(state, bench.keys), allow_nan=False))
    document["deployment"]["metadata"] = {}
    resources = document["deployment"]["resources"]
    host = next(each for each in resources if each["type"] == "pulumi:providers:pulumi-python")
    host["inputs"] = {}
    if where_inputs_are != "inputs":
        made = next(each for each in resources if each["type"] == "pulumi-python:dynamic:Resource")
        code = made["inputs"].pop("__provider")
        made["inputs"] = {}
        made["outputs"] = {**made["outputs"], "__provider": code} if where_inputs_are == "outputs" else {}
    with state.acquire(holder="a test", wait=5) as lease:
        return import_deployment(state, document, bench.keys, lease)


@pytest.mark.parametrize("where_inputs_are", ["inputs", "outputs", "nowhere"])
def test_what_a_programs_code_made_is_never_called_deleted_before_its_code_ran(
    bench: PythonBench, where_inputs_are: str
) -> None:
    assert bench.apply(PROGRAM, **OPTIONS).succeeded
    imported = _as_pulumi_writes_it(bench, where_inputs_are)
    assert [each for each in imported.remarks if "file" in each and "apply the program once" in each]
    state, urn = bench.store.stack(SHOP), "urn:pulumi:shop::shop::pulumi-python:dynamic:Resource::file"

    with pytest.raises(HostError, match="does not know the host code") as caught:
        bench.apply(PROGRAM.partition("file = ")[0], **OPTIONS)
    assert "virtwright apply" in (caught.value.hint or "")
    bench.engine.refresh(SHOP)
    assert not bench.engine.destroy(SHOP).succeeded
    assert [str(each.urn) for each in state.resources() if each.kind == "Dynamic"] == [urn]
    assert not (bench.folder / "deleted").exists()

    assert bench.apply(PROGRAM, **OPTIONS).succeeded
    assert bench.engine.destroy(SHOP).succeeded
    assert (bench.folder / "deleted").read_text() == "f-1"


@pytest.mark.parametrize("by_pulumi", [False, True])
def test_a_program_has_nothing_to_change_after_its_state_was_away(bench: PythonBench, by_pulumi: bool) -> None:
    assert bench.apply(PROGRAM, **OPTIONS).succeeded
    state = bench.store.stack(SHOP)
    before = {str(each.urn): each for each in state.resources()}
    document = json.loads(json.dumps(export_deployment(state, bench.keys), allow_nan=False))
    verify(document)
    text = json.dumps(document)
    assert not any(secret in text for secret in ("s3cret", "hunter2", "hello-hello"))
    providers = [each for each in document["deployment"]["resources"] if each["type"].startswith("pulumi:providers:")]
    assert {each["urn"].rpartition("::")[2] for each in providers} == {"default"}
    if by_pulumi:  # which keeps nothing of the process that runs a program's code
        document["deployment"]["metadata"] = {}
        next(each for each in providers if "pulumi-python" in each["type"]).pop("inputs")
    with state.acquire(holder="a test", wait=5) as lease:
        import_deployment(state, document, bench.keys, lease)
    after = {str(each.urn): each for each in state.resources()}
    assert set(before) - set(after) == ({u for u in before if "pulumi-python::code" in u} if by_pulumi else set())
    for urn, each in after.items():
        assert (each.inputs, each.outputs, each.id) == (before[urn].inputs, before[urn].outputs, before[urn].id)
        assert (each.dependencies, each.references, each.host) == (
            before[urn].dependencies,
            before[urn].references,
            before[urn].host,
        )
    assert state.outputs() == {"size": 5}
    room = next(each for each in after.values() if each.kind == "Component")
    assert room.outputs["key"] == Secret("hunter2-hunter2")

    assert bench.steps(bench.plan(PROGRAM, **OPTIONS)) == {}
    assert bench.apply(PROGRAM, **OPTIONS).succeeded
    assert bench.engine.destroy(SHOP).succeeded
    assert bench.world.objects() == [] and (bench.folder / "deleted").read_text() == "f-1"
