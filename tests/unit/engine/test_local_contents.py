"""What a stack reads from files of its own machine: a secret, told by its file's name; and where it lies."""

import io
import json
from pathlib import Path
from typing import Final

import pytest
from rich.console import Console
from tests.fake_provider import FakeObject
from tests.unit.engine.conftest import Bench

from virtwright.cli.json_lines import event_to_json
from virtwright.cli.render.plan import render_plan
from virtwright.engine.desired import prepare
from virtwright.engine.local_reads import OutsideFile
from virtwright.engine.plan import Plan
from virtwright.engine.plan_file import Source, load_plan, save_plan
from virtwright.engine.state.export import export_state, import_state
from virtwright.engine.step import Op
from virtwright.providers.diff import Change
from virtwright.schemas.kinds import KINDS
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import Secret, secret_paths
from virtwright.stacks.base import Goal, Program, Read, StackName
from virtwright.stacks.keys import Keys
from virtwright.stacks.load import load_stack

RECORDED: Final = Path(__file__).with_name("recorded") / "source_in_clear.json"
STACK: Final = """\
stack: shop
hosts: {one: {uri: 'fake://one'}}
containers:
  web: {image: host, command: [serve], files: [{path: /etc/shop.conf, source: shop.conf, mode: "0600"}]}
vms:
  db: {memory: 64MiB, image: host, cloud_init: {write_files: [{path: /etc/shop.conf, source: shop.conf}]}}
"""
CONTENT: Final = "password = hunter2hunter2\nport = 8080\n"


def stack(folder: Path, text: str = STACK, content: str = CONTENT) -> Program:
    folder.mkdir(exist_ok=True)
    (folder / "shop.conf").write_text(content)
    (folder / "shop.yaml").write_text(text)
    return load_stack(folder / "shop.yaml", keys=Keys(), environment={})


def shown(plan: Plan) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=160)
    for line in render_plan(console, plan, verbose=True):
        console.print(line)
    return stream.getvalue()


def test_a_state_that_has_it_in_clear_is_taken_over_without_a_change(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIRTWRIGHT_PASSPHRASE", "vwkey1-recorded")
    recorded = json.loads(RECORDED.read_text())
    state = bench.store.stack(StackName("shop", "shop"), create=True)
    with state.acquire(holder="test", wait=0) as lease:
        import_state(state, recorded["state"], lease)
    for each in recorded["objects"]:
        bench.world.put("fake://one", FakeObject.from_json(json.dumps(each)))
    hashes = {each.urn: each.inputs_hash for each in state.resources()}
    program = stack(tmp_path / "shop")
    assert bench.engine.plan(program).changes == ()
    bench.world.calls.clear()
    assert bench.engine.apply(program).succeeded
    assert not {method for method, _, _ in bench.world.calls} & {"create", "update", "delete"}
    assert {each.urn: each.inputs_hash for each in state.resources()} == hashes
    assert {each["stamp"]["virtwright.inputs"] for each in recorded["objects"]} <= set(hashes.values())
    assert "hunter2" not in json.dumps(export_state(state))


def test_the_content_is_nowhere_but_on_the_host(bench: Bench, tmp_path: Path) -> None:
    program = stack(tmp_path / "shop")
    plan = bench.engine.plan(program)
    saved = tmp_path / "plan.json"
    save_plan(plan, Source(), saved, "")
    assert bench.engine.apply(program).succeeded
    [web] = [each for each in bench.world.objects() if each.kind == "Container"]
    assert web.inputs["files"][0]["content"] == CONTENT
    said = [json.dumps(event_to_json(event)) for event in bench.events]
    exported = json.dumps(export_state(bench.store.stack(program.name)))
    for text in (shown(plan), saved.read_text(), exported, *said):
        assert "hunter2" not in text and "port = " not in text
    assert load_plan(saved).plan == plan


def test_a_plan_says_which_file_and_how_large(bench: Bench, tmp_path: Path) -> None:
    assert bench.engine.apply(stack(tmp_path / "shop")).succeeded
    plan = bench.engine.plan(stack(tmp_path / "shop", content="password = correct\n"))
    [web] = [step for step in plan.changes if step.kind == "Container"]
    [change] = web.changes
    assert change.field == "files[0].content" and change.source == "shop.conf"
    assert isinstance(change.prior, Secret) and isinstance(change.goal, Secret)
    assert (change.prior.value["size"], change.goal.value["size"]) == (len(CONTENT), 19)
    assert change.prior.value["hash"] != change.goal.value["hash"]
    assert f"[secret, {len(CONTENT)}B, #" in shown(plan) and "from shop.conf" in shown(plan)
    assert bench.engine.plan(stack(tmp_path / "shop")).changes == ()


def test_the_hash_of_one_file_tells_nothing_of_another(bench: Bench, tmp_path: Path) -> None:
    """Who can have a plan made of a guess beside the file that is guessed would see them agree."""
    two = "{path: /a, source: shop.conf}, {path: /b, source: shop.conf}"
    text = STACK.replace('{path: /etc/shop.conf, source: shop.conf, mode: "0600"}', two)
    plan = bench.engine.plan(stack(tmp_path / "shop", text))
    hashes = [change.goal.value["hash"] for step in plan.steps for change in step.changes if change.source]
    assert len(hashes) == 3 and len(set(hashes)) == 3


def test_what_stands_beside_a_secret_is_shown(bench: Bench, tmp_path: Path) -> None:
    assert bench.engine.apply(stack(tmp_path / "shop")).succeeded
    more = STACK.replace("files: [", "files: [{path: /etc/plain, content: word}, ")
    plan = bench.engine.plan(stack(tmp_path / "shop", more))
    [web] = [step for step in plan.changes if step.kind == "Container"]
    text = shown(plan)
    assert "/etc/plain" in text and "hunter2" not in text
    assert all("hunter2" not in repr(change) for change in web.changes)


def test_what_lies_outside_of_the_folder_is_told(bench: Bench, tmp_path: Path) -> None:
    folder, outside = tmp_path / "shop", tmp_path / "outside"
    folder.mkdir()
    (folder / "inside").write_text("i")
    outside.write_text("o")
    (folder / "link").symlink_to(outside)
    sources = [str(outside), "../outside", "link", "inside"]
    files = ", ".join(f"{{path: /f{number}, source: {source}}}" for number, source in enumerate(sources))
    text = STACK.replace('{path: /etc/shop.conf, source: shop.conf, mode: "0600"}', files)
    program = stack(folder, f"{text}images: {{os: {{source: {{archive: {tmp_path}/os.tar}}}}}}\n")
    plan = bench.engine.plan(program)
    urns = {step.urn.name: step.urn for step in plan.steps}
    expected = {OutsideFile(str(outside), urns["web"], f"files[{number}].source") for number in range(3)}
    expected.add(OutsideFile(str(tmp_path / "os.tar"), urns["os"], "source.archive"))
    assert set(plan.outside) == expected
    assert {event for event in bench.events if isinstance(event, OutsideFile)} == expected
    assert str(outside) in shown(plan) and "containers.web files[0].source, containers.web" in shown(plan)
    save_plan(plan, Source(), tmp_path / "plan.json", "")
    assert set(load_plan(tmp_path / "plan.json").plan.outside) == expected
    assert bench.engine.apply(program).succeeded
    assert str(outside) in shown(bench.engine.plan(program)), "also where nothing changes"


def test_a_plan_of_a_stack_that_stays_at_home_lists_nothing(bench: Bench, tmp_path: Path) -> None:
    plan = bench.engine.plan(stack(tmp_path / "shop"))
    assert plan.outside == () and "outside" not in shown(plan)
    assert {step.op for step in plan.changes} == {Op.CREATE}
    assert any(isinstance(change, Change) and change.source == "shop.conf" for change in plan.changes[0].changes)


def test_a_provider_warns_of_declared_secrets_only(tmp_path: Path) -> None:
    """A web server's configuration in a config of a swarm is nothing to warn of."""
    path, at = ("files", 0, "content"), ("files", 1, "content")
    files = [{"path": "/a", "content": Secret("read")}, {"path": "/b", "content": Secret("declared")}]
    urn = Urn.parse("urn:pulumi:shop::shop::virtwright:index:Service::web")
    goal = Goal(urn, "Service", {"image": "a", "files": files}, reads=(Read(path, str(tmp_path / "a"), path),))
    desired = prepare(goal, KINDS["Service"], None)
    assert desired.secrets == {path, at}
    assert secret_paths(desired.declared_secrets) == {at}
