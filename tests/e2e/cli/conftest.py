"""A shop on a fake host, and the command line typed at it in this process."""

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests import fake_scheme
from tests.fake_provider import FakeWorld

from virtwright.cli import command
from virtwright.cli.command_line import run
from virtwright.cli.settings import Settings
from virtwright.stacks import cipher

SHOP = """\
stack: shop
hosts:
  here: {uri: "fake://one"}
config:
  replicas: {type: integer, default: 2}
  db_password: {type: string, secret: true, description: of the database}
networks:
  back: {cidr: 10.40.0.0/24}
volumes:
  data: {size: 1GiB}
vms:
  db:
    cpus: 1
    memory: 512MiB
    networks: [{network: back, address: 10.40.0.10}]
    disks: [{volume: data, mount: /var/lib/shop}]
containers:
  web:
    image: host
    command: [serve]
    networks: [back]
    environment: {DB: "${vms.db.name}", PASSWORD: "${config.db_password}"}
outputs:
  url: "http://127.0.0.1:8080"
  password: "${config.db_password}"
"""
PASSWORD = "hunter2-hunter2"
_FOREIGN = ("VIRTWRIGHT_", "PULUMI_", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "PYTHONPATH", "PYTEST_")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command line gave back."""

    code: int
    out: str
    err: str


@dataclass
class Shop:
    """A folder with a stack, and its fake host."""

    folder: Path
    world: FakeWorld
    environment: dict[str, str]
    capture: pytest.CaptureFixture[str] | None = field(default=None, repr=False)

    def type(self, *arguments: str) -> Answer:
        """Type a command line in this process."""
        assert self.capture is not None
        self.capture.readouterr()
        code = run(arguments)
        return Answer(code, *self.capture.readouterr())

    @property
    def file(self) -> Path:
        return self.folder / "shop.yaml"

    def edit(self, old: str, new: str) -> None:
        """Change the stack's file."""
        text = self.file.read_text(encoding="utf-8")
        assert old in text
        self.file.write_text(text.replace(old, new), encoding="utf-8")

    def start(self, *arguments: str, **options: object) -> "subprocess.Popen[str]":
        """Type a command line in a process of its own."""
        words = [sys.executable, "-m", "virtwright.cli.main", *arguments]
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen(words, cwd=self.folder, env=self.environment, **{**pipes, **options})  # type: ignore[call-overload, no-any-return]


def _make(place: Path) -> Shop:
    """A new shop in ``place``, with nothing applied."""
    folder, plugin = place / "shop", place / "plugin"
    folder.mkdir()
    fake_scheme.register(plugin)
    (folder / "shop.yaml").write_text(SHOP, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    environment |= {
        "VIRTWRIGHT_HOME": str(place / "home"),
        fake_scheme.FOLDER: str(place / "hosts"),
        "VIRTWRIGHT_CONFIG_DB_PASSWORD": PASSWORD,
        "PYTHONPATH": os.pathsep.join((str(Path(__file__).parents[3]), str(plugin))),
    }
    return Shop(folder, FakeWorld(folder=place / "hosts"), environment)


@pytest.fixture(scope="session", autouse=True)
def quick_key() -> Iterator[None]:
    """Derive each key once in this process: a million rounds take their time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cipher, "_stretch", functools.cache(cipher._stretch))
        yield


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place with an applied shop, to copy."""
    place = tmp_path_factory.mktemp("template")
    made = _make(place)
    process = made.start("apply", "--yes")
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    made.folder.rename(place / "moved")  # the copies of its state are those of a moved folder
    return place


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Shop:
    made = _make(tmp_path)
    monkeypatch.chdir(made.folder)
    monkeypatch.syspath_prepend(str(tmp_path / "plugin"))
    monkeypatch.setattr(command, "latest_settings", Settings())
    for name in os.environ.keys() - made.environment.keys():
        monkeypatch.delenv(name)
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    made.capture = capfd
    return made


@pytest.fixture
def applied(shop: Shop, template: Path) -> Shop:
    """The shop after its first apply."""
    for name in ("home", "hosts"):
        shutil.copytree(template / name, shop.folder.parent / name)
    return shop
