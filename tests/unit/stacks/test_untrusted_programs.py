"""What a stranger's program may not ask of the engine, wherever it asks."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from google.protobuf import struct_pb2

from virtwright.errors import InputError, RefusedError
from virtwright.schemas.kinds import KINDS
from virtwright.schemas.signatures import ASSET, SIGNATURE
from virtwright.stacks.python.assets import hashed
from virtwright.stacks.python.bystander import Bystander
from virtwright.stacks.python.monitor.callbacks import Callbacks
from virtwright.stacks.python.monitor.inputs import kind_inputs
from virtwright.stacks.python.plugins import Plugins
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
