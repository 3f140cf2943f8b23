"""Layers with whiteouts, held against a simple model of what they mean."""

import os
import tempfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import image_archives as make

from virtwright.providers.archives.limits import Meter
from virtwright.providers.archives.stream import LayerStream
from virtwright.providers.namespace.images.layer import unpack_layer
from virtwright.providers.namespace.images.tree import Tree

pytestmark = pytest.mark.root

SOAK = int(os.environ.get("VIRTWRIGHT_SOAK", "1"))
FOLDERS = ("a", "b", "a/c")
FILES = tuple(f"{folder}/{name}" for folder in FOLDERS for name in ("x", "y"))
operations = st.lists(
    st.one_of(
        st.tuples(st.just("file"), st.sampled_from(FILES), st.binary(max_size=3)),
        st.tuples(st.just("remove"), st.sampled_from(FILES + FOLDERS), st.just(b"")),
        st.tuples(st.just("opaque"), st.sampled_from(FOLDERS), st.just(b"")),
    ),
    max_size=6,
)


def _layer(plan: Sequence[tuple[str, str, bytes]]) -> bytes:
    entries = []
    for action, path, data in plan:
        parent, _, name = path.rpartition("/")
        if action == "file":
            entries.append(make.entry(path, data))
        elif action == "remove":
            entries.append(make.entry(f"{parent}/.wh.{name}" if parent else f".wh.{name}"))
        else:
            entries.append(make.entry(f"{path}/.wh..wh..opq"))
    return make.tar(entries)


def _applied(below: dict[str, bytes], plan: Sequence[tuple[str, str, bytes]]) -> dict[str, bytes]:
    """Whiteouts of a layer hide what lies below it, wherever they stand in it; then its own files are laid over."""
    left = dict(below)
    for action, path, _ in plan:
        if action != "file":
            left = {name: data for name, data in left.items() if name != path and not name.startswith(f"{path}/")}
    return left | {path: data for action, path, data in plan if action == "file"}


@settings(max_examples=200 * SOAK)
@given(st.lists(operations, max_size=4))
def test_whiteouts_hide_only_what_lies_below(layers: Sequence[Sequence[tuple[str, str, bytes]]]) -> None:
    expected: dict[str, bytes] = {}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "root"
        root.mkdir()
        meter = Meter(Path("image"), Path(folder))
        with Tree(root) as tree:
            for plan in layers:
                unpack_layer(LayerStream(BytesIO(_layer(plan)), meter, "a layer"), tree, meter)
                expected = _applied(expected, plan)
        found = {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert found == expected


@settings(max_examples=100 * SOAK)
@given(operations, st.integers(2, 4))
def test_a_layer_listed_twice_is_applied_twice(plan: Sequence[tuple[str, str, bytes]], times: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        pictures = []
        for count in (1, times):
            root = Path(folder) / str(count)
            root.mkdir()
            meter = Meter(Path("image"), Path(folder))
            with Tree(root) as tree:
                for _ in range(count):
                    unpack_layer(LayerStream(BytesIO(_layer(plan)), meter, "a layer"), tree, meter)
            files = {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}
            pictures.append(files)
    assert pictures[0] == pictures[1]
