"""Two machines of a team at work on ten stacks of one server."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.fake_provider import FakeWorld
from tests.integration.state.teammate import STACKS, program
from tests.states import open_store

from virtwright.engine.api import Engine
from virtwright.stacks.base import StackName

pytestmark = [pytest.mark.root, pytest.mark.soak, pytest.mark.usefixtures("location")]
ROOT = Path(__file__).parents[3]
ROUNDS = int(os.environ.get("VIRTWRIGHT_SOAK", "1"))


def test_whoever_comes_when_each_stack_is_what_was_applied_last_and_nothing_is_left_over(tmp_path: Path) -> None:
    hosts = tmp_path / "hosts"
    homes = [tmp_path / "ann", tmp_path / "bob"]
    keys = homes[0] / "key"
    with open_store(homes[0]) as store:
        store.keys.find()
    homes[1].mkdir(mode=0o700)
    (homes[1] / "key").write_bytes(keys.read_bytes())
    (homes[1] / "key").chmod(0o600)
    team = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.integration.state.teammate", home, hosts, str(ROUNDS), str(seed)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for seed, home in enumerate(homes)
    ]  # fmt: skip
    try:
        for each in team:
            assert each.stdout is not None and each.stdout.readline() == "ready\n"
        outs = [each.communicate("\n", timeout=250 * ROUNDS)[0] for each in team]
        assert [each.returncode for each in team] == [0, 0], outs
    finally:
        for each in team:
            each.kill()
            each.wait()
    world = FakeWorld(folder=hosts)
    with open_store(homes[1]) as store:
        engine = Engine(store, opener=world.open)
        assert store.stacks() == sorted((StackName(name, name) for name in STACKS), key=str)
        kept = {each.id for each in world.objects()}
        for name in STACKS:
            state = store.stack(StackName(name, name))
            assert len([run for run in state.runs() if run.result == "succeeded"]) == 2 * ROUNDS
            assert state.open_operations() == []
            kept -= {each.id for each in state.resources()}
        assert kept == set(), "somebody's object is in nobody's state"
        sizes = {name: len(store.stack(StackName(name, name)).resources()) // 2 for name in STACKS}
        assert not any(engine.plan(program(name, size)).changes for name, size in sizes.items())
