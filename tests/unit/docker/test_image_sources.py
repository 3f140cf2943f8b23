"""What an image is made of: the folder that is sent, where a build failed, and how far it has come."""

import io
import os
import socket
import tarfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtwright.errors import InputError, UnsupportedError
from virtwright.providers.archives.errors import ImageError
from virtwright.providers.context import Context
from virtwright.providers.docker.client.connection import DockerConnection
from virtwright.providers.docker.images.build_context import BuildFolder
from virtwright.providers.docker.images.check import check
from virtwright.providers.docker.images.dockerfile import line_of_parse_error, line_of_step
from virtwright.providers.docker.images.handler import ImageHandler
from virtwright.providers.docker.images.progress import Layers
from virtwright.providers.docker.images.references import parse
from virtwright.providers.docker.images.registry_errors import registry_error
from virtwright.schemas.host import Host
from virtwright.schemas.image import Image
from virtwright.schemas.values import UNKNOWN, Secret


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    app = tmp_path / "app"
    (app / "src").mkdir(parents=True)
    (app / "Dockerfile").write_text("FROM scratch\n")
    (app / "src" / "main").write_text("1")
    (app / "notes.md").write_text("n")
    (app / "link").symlink_to("src/main")
    return app


def _paths(folder: Path, dockerfile: str = "Dockerfile") -> list[str]:
    return [path for path, _ in BuildFolder(folder, dockerfile).entries()]


def test_what_is_sent_and_how(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        here = Path.cwd()
        os.chdir(folder)
        listener.bind("socket")
        os.chdir(here)
    (folder / "src" / "main").chmod(0o750)
    data = b"".join(BuildFolder(folder, "Dockerfile").tar())
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        members = {each.name: each for each in archive.getmembers()}
        assert list(members) == ["Dockerfile", "link", "notes.md", "src", "src/main"]
        assert {(each.uid, each.gid) for each in members.values()} == {(0, 0)}
        assert (members["src/main"].mode, members["link"].linkname) == (0o750, "src/main")


@pytest.mark.parametrize(
    ("ignored", "left"),
    [
        ("*.md\n", [".dockerignore", "Dockerfile", "link", "src", "src/main"]),
        ("# a note\n\nsrc\n", [".dockerignore", "Dockerfile", "link", "notes.md"]),
        ("**\n!src/main\n", [".dockerignore", "Dockerfile", "src/main"]),
        ("Dockerfile\n", [".dockerignore", "Dockerfile", "link", "notes.md", "src", "src/main"]),
    ],
)
def test_dockerignore(folder: Path, ignored: str, left: list[str]) -> None:
    (folder / ".dockerignore").write_text(ignored)
    assert _paths(folder) == left


def test_a_dockerfile_s_own_ignore_file_comes_first(folder: Path) -> None:
    (folder / ".dockerignore").write_text("src\n")
    (folder / "Dockerfile.dockerignore").write_text("*.md\n")
    assert "src/main" in _paths(folder)
    assert "notes.md" not in _paths(folder)


def test_an_ignore_file_is_read_in_the_folder_only(folder: Path) -> None:
    (folder / "lists").write_text("src\n")
    (folder / ".dockerignore").symlink_to("lists")
    assert "src/main" not in _paths(folder)
    (folder.parent / "outside").write_text("src\n")
    (folder / ".dockerignore").unlink()
    (folder / ".dockerignore").symlink_to("../outside")
    with pytest.raises(ImageError, match="leads out of the folder"):
        _paths(folder)


CHANGES: dict[str, tuple[bool, Any]] = {
    "content": (True, lambda app: (app / "src" / "main").write_text("2")),
    "mode": (True, lambda app: (app / "src" / "main").chmod(0o755)),
    "link": (True, lambda app: ((app / "link").unlink(), (app / "link").symlink_to("src"))),
    "new": (True, lambda app: (app / "src" / "new").write_text("")),
    "renamed": (True, lambda app: (app / "src" / "main").rename(app / "src" / "other")),
    "empty folder": (True, lambda app: (app / "empty").mkdir()),
    "dockerfile": (True, lambda app: (app / "Dockerfile").write_text("FROM scratch\n#\n")),
    "time": (False, lambda app: os.utime(app / "src" / "main", (1, 1))),
    "ignored": (False, lambda app: (app / "cache").write_text("2")),
    "same again": (False, lambda app: (app / "src" / "main").write_text("1")),
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_digest_changes_when_and_only_when_what_is_sent_does(folder: Path, name: str) -> None:
    (folder / ".dockerignore").write_text("cache\n")
    (folder / "cache").write_text("1")
    before = BuildFolder(folder, "Dockerfile").digest()
    differs, change = CHANGES[name]
    change(folder)
    assert (BuildFolder(folder, "Dockerfile").digest() != before) is differs


DOCKERFILE = """\
# syntax=docker/dockerfile:1
FROM a AS one
run  echo x && \\
  # in between
  echo y
COPY . /app
RUN make
COPY . /app
"""


@pytest.mark.parametrize(
    ("step", "line"),
    [
        ("[one 2/4] RUN echo x && echo y", 3),
        ("Step 2/5 : RUN echo x &&   echo y", 3),
        ("[4/5] RUN make", 7),
        ("[3/5] COPY . /app", None),
        ("[9/9] RUN other", None),
    ],
)
def test_the_line_of_a_step(step: str, line: int | None) -> None:
    assert line_of_step(DOCKERFILE, step) == line


def test_the_line_of_a_parse_error() -> None:
    assert line_of_parse_error("dockerfile parse error on line 12: unknown instruction: COPI") == 12
    assert line_of_parse_error("process did not complete") is None


STATUSES = [
    "Pulling fs layer",
    "Waiting",
    "Downloading",
    "Verifying Checksum",
    "Extracting",
    "Pull complete",
    "x",
    None,
]
DETAILS = st.none() | st.dictionaries(st.sampled_from(["current", "total"]), st.none() | st.integers(-5, 100))


@given(st.lists(st.fixed_dictionaries({"id": st.sampled_from(["a", "b", 1]), "status": st.sampled_from(STATUSES),
                                       "progressDetail": DETAILS})))  # fmt: skip
def test_progress_stays_within_bounds(messages: list[dict[str, Any]]) -> None:
    told: list[float | None] = []
    layers = Layers("pulling", Context(progress=lambda message, fraction=None: told.append(fraction)))
    for message in messages:
        layers.take(message)
    assert all(fraction is not None and 0 <= fraction <= 1 for fraction in told)


@pytest.mark.parametrize(
    ("said", "user", "message"),
    [
        ("no basic auth credentials", "", "wants a login"),
        ("unauthorized: authentication required", "me", "refused the login of me"),
        ("denied: requested access to the resource is denied", "", "wants a login"),
        ("manifest unknown: manifest unknown", "me", "has no '1' of 'shop/web'"),
        ("dial tcp: lookup r.example.org: no such host", "", "can't be reached"),
        ("http: server gave HTTP response to HTTPS client", "", "speaks HTTP"),
        ("x509: certificate signed by unknown authority", "", "does not trust"),
        ("write /var/lib/docker/tmp/x: no space left on device", "", "disk of the Docker host is full"),
        ("filesystem layer verification failed for digest sha256:00", "", "damaged or cut short"),
        ("something new", "", "something new"),
    ],
)
def test_what_registries_say(said: str, user: str, message: str) -> None:
    name = parse("r.example.org/shop/web:1")
    assert name is not None
    error = registry_error("pull", name, said, user)
    assert message in error.message
    assert "r.example.org/shop/web:1" in error.message


@pytest.mark.parametrize(
    ("inputs", "path"),
    [
        ({"source": {"file": "disk.qcow2"}}, "source.file"),
        ({"source": "a", "pool": "p"}, "pool"),
        ({"source": {"archive": "a.tar"}, "format": "raw"}, "format"),
        ({"source": "a", "format": "rootfs"}, "format"),
        ({"source": "a", "labels": {"a": "b"}}, "labels"),
        ({"source": {"archive": "a.tar"}, "pull": "always"}, "pull"),
    ],
)
def test_what_a_docker_host_can_t_do(inputs: dict[str, Any], path: str) -> None:
    with pytest.raises(UnsupportedError) as raised:
        check(Image.model_validate(inputs))
    assert raised.value.where.path == path
    assert raised.value.hint


def test_unknown_fields_wait() -> None:
    for inputs in (
        {"source": UNKNOWN},
        {"source": {"build": {"context": UNKNOWN}}, "tags": [UNKNOWN]},
        {"source": "a", "tags": UNKNOWN},
    ):
        assert check(Image.model_validate(inputs)) is not None


def test_a_url_must_be_secure() -> None:
    with pytest.raises(InputError, match="https"):
        check(Image.model_validate({"source": {"url": "http://a/b", "sha256": "0" * 64}}))


def test_a_secret_in_a_build_argument_is_warned_of() -> None:
    handler = ImageHandler(DockerConnection("one", Host(uri="docker:///")))
    build = {"context": "app", "args": {"TOKEN": Secret("s3cret"), "WHO": "me"}}
    [problem] = handler.warnings({"source": {"build": build}})
    assert problem.where.path == "source.build.args.TOKEN"
    assert "s3cret" not in f"{problem}"
    for inputs in ({"source": {"registry": "a"}}, {"source": UNKNOWN}, {"source": {"build": {"args": Secret({})}}}):
        assert list(handler.warnings(inputs)) == []


def test_a_name_does_not_unsettle_what_containers_start_from() -> None:
    handler = ImageHandler(DockerConnection("one", Host(uri="docker:///")))
    plain, named, pushed = (
        Image.model_validate({"source": "a:1", **more})
        for more in ({}, {"tags": ["b:1"]}, {"tags": ["b:1"], "push": True})
    )
    assert handler.diff(plain, named).unsettles == {"name"}
    assert handler.diff(named, pushed).unsettles == {"name", "reference", "digest"}
    follow = Image.model_validate({"source": "a:1", "pull": "always"})
    assert (handler.diff(plain, follow).replaces, handler.diff(follow, plain).replaces) == (True, False)
