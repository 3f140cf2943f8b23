"""What is shipped: the source archive and the wheel hold the whole package, and the wheel works outside this tree."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    result = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source archive, and the wheel made from it, of the tree as git would commit it."""
    folder = tmp_path_factory.mktemp("distributions")
    source = folder / "source"
    copied = run("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", cwd=ROOT)
    for name in filter(None, copied.split("\0")):
        if (ROOT / name).is_symlink() or (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            _copy(ROOT / name, source / name)
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, cwd=source)
    return folder


def _copy(source: Path, target: Path) -> None:
    if source.is_symlink():
        target.symlink_to(source.readlink())
    else:
        target.write_bytes(source.read_bytes())


@pytest.fixture(scope="module")
def wheel(distributions: Path) -> Path:
    (path,) = distributions.glob("*.whl")
    return path


def test_the_wheel_holds_every_module(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        shipped = {name.removeprefix("virtwright/") for name in archive.namelist() if name.endswith(".py")}
    here = set()
    for parent, _, names in os.walk(ROOT / "src" / "virtwright", followlinks=True):
        folder = Path(parent).relative_to(ROOT / "src" / "virtwright")
        here |= {str(folder / name) for name in names if name.endswith(".py")}
    assert shipped == here


def test_the_wheel_holds_types_and_schema(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {"virtwright/py.typed", "virtwright/schemas/stack.schema.json"} <= names


def test_the_wheel_is_clean(wheel: Path) -> None:
    output = run(
        Path(sys.executable).with_name("check-wheel-contents"), "--config", ROOT / "pyproject.toml", wheel, cwd=ROOT
    )
    assert output.strip().endswith("OK")


def test_the_wheel_works_outside_this_tree(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    output = run(
        sys.executable,
        "-c",
        "import virtwright.cli.command_line as line, virtwright.providers.base as base\n"
        "print(line.__file__, base.__file__)\n"
        "raise SystemExit(line.run(['version']))",
        cwd=tmp_path,
        PYTHONPATH=str(tmp_path),
    )
    files, version = output.splitlines()
    assert all(file.startswith(str(tmp_path)) for file in files.split())
    assert version.startswith("virtwright ")
