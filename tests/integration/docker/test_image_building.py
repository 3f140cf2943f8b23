"""Images built from a folder: built again when and only when something changed, and failures that say where."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.docker_lab import DockerLab
from tests.integration.docker.image_stage import ImageStage, image_stage, write_context
from tests.registry_lab import registry_in
from tests.waiting import until

from virtwright.errors import HostError, InputError
from virtwright.providers.docker.images.building import Builder
from virtwright.schemas.image import Image

pytestmark = pytest.mark.root
FROM = "FROM busybox:lab\n"


@pytest.fixture
def stage(docker_lab: DockerLab) -> Iterator[ImageStage]:
    with image_stage(docker_lab) as stage:
        yield stage


@pytest.fixture(params=["buildkit", "classic"])
def either(request: pytest.FixtureRequest, stage: ImageStage, monkeypatch: pytest.MonkeyPatch) -> ImageStage:
    """With the builder that the daemon offers, and with the one of daemons without BuildKit."""
    if request.param == "classic":
        monkeypatch.setattr(Builder, "_has_buildkit", lambda self: False)
    return stage


def _run(stage: ImageStage, image: str, *command: str) -> str:
    """What a container of the image writes. It ends before the engine has all that it wrote."""
    made = stage.lab.api.create_container(image, list(command))
    try:
        stage.lab.api.start(made["Id"])
        stage.lab.api.wait(made["Id"])
        said = until("what it wrote is there", lambda: stage.lab.api.logs(made["Id"]))
        return str(said.decode())
    finally:
        stage.lab.api.remove_container(made["Id"], force=True)


def test_built_with_arguments_target_labels_and_a_dockerfile_elsewhere(either: ImageStage, tmp_path: Path) -> None:
    stage = either
    folder = write_context(tmp_path / "app", "FROM nothing\n", data="of the context")
    (folder / "docker").mkdir()
    (folder / "docker" / "Dockerfile.app").write_text(
        f"{FROM}ARG WHO=nobody\nCOPY data /data\nRUN --network=none echo $WHO > /who\n".replace("--network=none ", "")
        + f"{FROM}RUN false\n".replace("FROM busybox:lab", "FROM busybox:lab AS late")
    )
    text = (folder / "docker" / "Dockerfile.app").read_text().replace(FROM, "FROM busybox:lab AS early\n", 1)
    (folder / "docker" / "Dockerfile.app").write_text(text)
    build = {
        "context": str(folder),
        "dockerfile": "docker/Dockerfile.app",
        "target": "early",
        "args": {"WHO": "me; $x"},
    }
    made = stage.create("app", source={"build": build}, labels={"team": "shop"}, tags=["app:1"])
    assert _run(stage, made.reference, "/bin/busybox", "cat", "/who", "/data") == "me; $x\nof the context"
    inspected = stage.lab.api.inspect_image("app:1")
    assert inspected["Id"] == made.reference
    assert inspected["Config"]["Labels"] == {"team": "shop"}
    assert any("RUN" in message for message, _ in stage.messages)
    assert stage.seen(made.id).outputs == made
    stage.delete(made.id)
    assert stage.observed() == []
    assert made.reference not in stage.images()


def test_modern_dockerfiles(stage: ImageStage, tmp_path: Path) -> None:
    text = f"{FROM}RUN --mount=type=tmpfs,target=/scratch touch /scratch/x\nCOPY <<END /text\nhere\nEND\n"
    made = stage.create("app", source={"build": {"context": str(write_context(tmp_path / "app", text))}})
    assert _run(stage, made.reference, "/bin/busybox", "cat", "/text") == "here\n"


def test_a_private_base_is_pulled_with_its_login(either: ImageStage, tmp_path: Path) -> None:
    lab = either.lab
    with registry_in(lab, tmp_path, port=5002) as registry, image_stage(lab, registries=registry.login) as stage:
        image = lab.import_image("made:once", files={"base": b"private"})
        registry.put("shop/base", "1", image)
        lab.api.remove_image("made:once", force=True)
        folder = write_context(tmp_path / "app", f"FROM {registry.address}/shop/base:1\nRUN cat /base > /seen\n")
        made = stage.create("app", source={"build": {"context": str(folder)}})
        assert _run(stage, made.reference, "/bin/busybox", "cat", "/seen") == "private"
        (folder / "Dockerfile").write_text(f"FROM {registry.address}/shop/base:none\n")
        with pytest.raises(HostError, match="none"):
            stage.create("other", source={"build": {"context": str(folder)}})


def test_a_failing_step_shows_what_it_wrote_and_its_line(either: ImageStage, tmp_path: Path) -> None:
    text = (
        f"{FROM}RUN echo fine\n\n# now\nRUN echo one && \\\n    echo the reason >&2 && \\\n    exit 3\nRUN echo never\n"
    )
    folder = write_context(tmp_path / "app", text)
    with pytest.raises(HostError, match=r"(?s)RUN echo one.*the reason") as raised:
        either.create("app", source={"build": {"context": str(folder)}}, tags=["app:1"])
    assert (raised.value.where.file, raised.value.where.line) == (str(folder / "Dockerfile"), 5)
    assert "3" in raised.value.message
    assert either.observed() == []


def test_a_dockerfile_that_can_t_be_understood(either: ImageStage, tmp_path: Path) -> None:
    folder = write_context(tmp_path / "app", f"{FROM}COPI a b\n")
    with pytest.raises(HostError, match="unknown instruction") as raised:
        either.create("app", source={"build": {"context": str(folder)}})
    assert (raised.value.where.file, raised.value.where.line) == (str(folder / "Dockerfile"), 2)
    assert either.observed() == []


def test_what_the_context_must_have(stage: ImageStage, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist") as raised:
        stage.checked({"source": {"build": {"context": str(tmp_path / "nothing")}}})
    assert raised.value.where.path == "source.build.context"
    folder = write_context(tmp_path / "app", FROM)
    with pytest.raises(InputError, match="there is no Containerfile in") as raised:
        stage.checked({"source": {"build": {"context": str(folder), "dockerfile": "Containerfile"}}})
    assert raised.value.where.path == "source.build.dockerfile"


def test_a_file_of_the_context_that_can_t_be_read(stage: ImageStage, tmp_path: Path) -> None:
    folder = write_context(tmp_path / "app", FROM, secret="x")
    (folder / "secret").chmod(0)
    for path in (tmp_path, *tmp_path.parents):
        if path.stat().st_uid == 0 and not path.stat().st_mode & 0o001:
            path.chmod(path.stat().st_mode | 0o711)
    os.seteuid(65534)
    try:
        with pytest.raises(InputError, match="Permission denied") as raised:
            stage.checked({"source": {"build": {"context": str(folder)}}})
    finally:
        os.seteuid(0)
    assert raised.value.where.file == str(folder / "secret")


def test_a_context_that_changes_while_it_is_built(stage: ImageStage, tmp_path: Path) -> None:
    folder = write_context(tmp_path / "app", f"{FROM}COPY data /data\n", data="one")
    inputs = stage.checked({"source": {"build": {"context": str(folder)}}})
    (folder / "data").write_text("two")
    with pytest.raises(InputError, match="changed while it was read"):
        stage.handler.create(stage.stamp("app"), inputs, stage.context)
    assert stage.observed() == []


def test_the_same_folder_gives_no_difference(stage: ImageStage, tmp_path: Path) -> None:
    folder = write_context(tmp_path / "app", FROM, data="one")

    def inputs() -> Image:
        return stage.checked({"source": {"build": {"context": str(folder)}}})

    before = inputs()
    os.utime(folder / "data", (1, 1))
    assert not stage.handler.diff(before, inputs())
    (folder / "data").write_text("two")
    diff = stage.handler.diff(before, inputs())
    assert [change.field for change in diff.changes] == ["source.build.sha256"]
    assert diff.replaces
