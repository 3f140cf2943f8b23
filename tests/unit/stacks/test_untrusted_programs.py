"""What a stranger's program may not ask of the engine, wherever it asks."""

import asyncio
import os
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from google.protobuf import struct_pb2

from virtwright.errors import InputError, RefusedError, VirtwrightError
from virtwright.schemas.kinds import KINDS
from virtwright.schemas.signatures import ASSET, SIGNATURE
from virtwright.stacks.load import load_stack
from virtwright.stacks.python.assets import hashed
from virtwright.stacks.python.bystander import Bystander
from virtwright.stacks.python.child import Ended
from virtwright.stacks.python.digest import files_digest
from virtwright.stacks.python.failure import error_of
from virtwright.stacks.python.monitor.callbacks import Callbacks
from virtwright.stacks.python.monitor.inputs import kind_inputs
from virtwright.stacks.python.plugins import Plugins
from virtwright.stacks.python.project import read_project
from virtwright.trust import TRUSTED, Untrusted


def test_a_file_of_an_asset_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    asset = {"asset": {SIGNATURE: ASSET, "path": "file"}}
    assert "hash" in asyncio.run(hashed(asset, tmp_path, TRUSTED))["asset"]
    with pytest.raises(RefusedError, match="asset is read"):
        asyncio.run(hashed(asset, tmp_path, Untrusted(tmp_path)))


def test_a_function_of_the_program_is_not_called(tmp_path: Path) -> None:
    callback: Any = SimpleNamespace(token="x", target="127.0.0.1:1")
    with pytest.raises(RefusedError, match="function of the program is called"):
        asyncio.run(Callbacks(trust=Untrusted(tmp_path)).call(callback, struct_pb2.Struct(), struct_pb2.Struct))


def test_a_plugin_is_not_run(tmp_path: Path) -> None:
    async def engine() -> str:
        raise AssertionError

    plugins = Plugins(Bystander(), {}, engine, {"team": tmp_path}, tmp_path, Untrusted(tmp_path))
    with pytest.raises(RefusedError, match="the plugin of team is run"):
        asyncio.run(plugins.stub("team", ""))


def test_a_file_outside_of_the_folder_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("x")
    folder = tmp_path / "stack"
    folder.mkdir()
    container = {"image": "host", "command": ["x"], "files": [{"path": "/a", "source": "../outside"}]}

    def inputs(trust: Any) -> Any:
        return kind_inputs(KINDS["Container"], container, {}, folder, lambda path: None, trust)  # type: ignore[arg-type,return-value]

    assert inputs(TRUSTED)[0]["files"][0]["content"].value == "x"
    with pytest.raises(InputError, match="leads, out of the stack's folder"):
        inputs(Untrusted(folder))


@pytest.mark.parametrize("file", ["stack.yaml", "stack.shop.yaml"])
def test_gits_own_files_are_not_read(tmp_path: Path, file: str) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text("[http]\n\textraheader = AUTHORIZATION\n")
    (tmp_path / "stack.yaml").write_text("stack: shop\n")
    (tmp_path / file).unlink(missing_ok=True)
    (tmp_path / file).symlink_to(".git/config")
    with pytest.raises(InputError):
        load_stack(tmp_path, keys=None)
    with pytest.raises(RefusedError, match="Git's own"):
        load_stack(tmp_path, keys=None, trust=Untrusted(tmp_path))


@pytest.mark.parametrize(
    "frames",
    [
        "x", [1], [{}], [{"file": 1, "line": 1, "function": "f", "times": 1}] * 2,
        [{"file": "a.py", "line": "1", "function": "f", "times": 1}] * 2,
        [{"file": "a.py", "line": -1, "function": "f", "times": 1}] * 2,
        [{"file": "a.py", "line": 1, "function": "f", "times": []}] * 2,
    ],
)  # fmt: skip
def test_a_report_of_any_form_is_an_error_of_the_programs(tmp_path: Path, frames: object) -> None:
    """It comes from the program's own process."""
    report = {"kind": "raised", "type": "Exception", "message": "no", "frames": frames}
    error = error_of(Ended(1, report, ready=True), tmp_path / "shop.py", tmp_path / "python")
    assert isinstance(error, VirtwrightError) and (error.where.file, error.where.line) == (
        str(tmp_path / "shop.py"),
        None,
    )


@pytest.mark.parametrize("trusted", [True, False])
def test_what_a_plan_is_bound_to_is_read_once_and_where_it_is_a_file(tmp_path: Path, trusted: bool) -> None:
    folder, outside = tmp_path / "checkout", tmp_path / "outside.py"
    (folder / ".git").mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (folder / "__main__.py").write_text("")
    outside.write_text("first")
    (folder / ".git" / "config").write_text("first")
    with (folder / "large.json").open("wb") as file:
        file.truncate(64 * 1024**2)
    for number in range(1000):
        (folder / f"{number}.json").symlink_to("large.json")
    os.mkfifo(folder / "pipe.py")
    (folder / "a.py").symlink_to("../outside.py")
    (folder / "b.cfg").symlink_to(".git/config")
    project, found = read_project(folder / "Pulumi.yaml"), []
    trust = TRUSTED if trusted else Untrusted(folder, (tmp_path,))

    def digest() -> None:
        found.append(files_digest(project, trust))

    for changed in (folder / "__main__.py", outside, folder / ".git" / "config"):
        thread = threading.Thread(target=digest, daemon=True)
        thread.start()
        thread.join(20)
        changed.write_text("second")
    digest()
    assert len(found) == 4
    assert len(set(found)) == (4 if trusted else 2)
