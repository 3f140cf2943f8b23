"""A shop on a fake host, and the command line typed at it in this process."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests import fake_scheme
from tests.fake_provider import FakeWorld

from virtwright.cli import command
from virtwright.cli.main import run
from virtwright.cli.settings import Settings

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
    type: Callable[..., Answer] = field(repr=False)
    """Types a command line in this process."""

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


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Shop]:
    folder = tmp_path / "shop"
    folder.mkdir()
    plugin = fake_scheme.register(tmp_path / "plugin")
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(str(plugin))
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "VIRTWRIGHT_STATE", "VIRTWRIGHT_STACK", "VIRTWRIGHT_PASSPHRASE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VIRTWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv(fake_scheme.FOLDER, str(tmp_path / "hosts"))
    monkeypatch.setenv("VIRTWRIGHT_CONFIG_DB_PASSWORD", PASSWORD)
    monkeypatch.setattr(command, "latest_settings", Settings())
    (folder / "shop.yaml").write_text(SHOP, encoding="utf-8")

    def type_(*arguments: str) -> Answer:
        capfd.readouterr()
        code = run(arguments)
        return Answer(code, *capfd.readouterr())

    root = str(Path(__file__).parents[3])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((root, str(plugin)))}
    yield Shop(folder, FakeWorld(folder=tmp_path / "hosts"), environment, type_)


@pytest.fixture
def applied(shop: Shop) -> Shop:
    """The shop after its first apply."""
    answer = shop.type("apply", "--yes")
    assert answer.code == 0, answer.err
    return shop
