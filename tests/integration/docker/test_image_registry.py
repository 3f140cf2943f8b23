"""Images and registries: pulled, pushed, followed; and every way in which a registry can fail."""

import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests import image_archives as make
from tests.docker_lab import BUSYBOX, DockerLab
from tests.integration.docker.image_stage import ImageStage, image_stage
from tests.registry_lab import PASSWORD, RegistryLab, fake_registry_in, registry_in

from virtwright.errors import HostError
from virtwright.providers.context import Context
from virtwright.providers.diff import Impact

pytestmark = pytest.mark.root


@pytest.fixture(scope="module")
def registry(docker_engine: DockerLab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegistryLab]:
    with registry_in(docker_engine, tmp_path_factory.mktemp("registry")) as registry:
        yield registry


@pytest.fixture
def stage(docker_lab: DockerLab, registry: RegistryLab) -> Iterator[ImageStage]:
    with image_stage(docker_lab, registries=registry.login) as stage:
        yield stage


@pytest.fixture
def nobody(docker_lab: DockerLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ImageStage]:
    """Without any login."""
    (tmp_path / "config.json").write_text("{}")
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    with image_stage(docker_lab) as stage:
        yield stage


def _published(stage: ImageStage, registry: RegistryLab, repository: str, tag: str, text: str) -> str:
    image = stage.lab.import_image("made:once", files={"release": text.encode()})
    digest = registry.put(repository, tag, image)
    stage.lab.api.remove_image("made:once", force=True)
    return digest


def test_a_pulled_image_has_its_digest_and_leaves_no_trace(stage: ImageStage, registry: RegistryLab) -> None:
    digest = _published(stage, registry, "shop/web", "1", "one")
    name = f"{registry.address}/shop/web"
    made = stage.create("web", source=f"{name}:1")
    assert (made.digest, made.reference) == (digest, f"{name}@{digest}")
    [names] = stage.images().values()
    assert names == {f"{name}@{digest}"}, "no name is made but ours"
    seen = stage.seen(made.id)
    assert (seen.outputs, seen.complete, seen.drift) == (made, True, ())
    assert seen.stamp.operation == "1" * 32
    fractions = [fraction for _, fraction in stage.messages if fraction is not None]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    stage.delete(made.id)
    stage.delete(made.id)
    assert stage.images() == {}


def test_by_digest_and_an_image_that_is_there(stage: ImageStage, registry: RegistryLab) -> None:
    digest = _published(stage, registry, "shop/web", "2", "two")
    name = f"{registry.address}/shop/web"
    made = stage.create("web", source=f"{name}@{digest}")
    assert made.reference == f"{name}@{digest}"
    again = stage.create("again", source=f"{name}@{digest}")
    stage.delete(made.id)
    assert len(stage.images()) == 1, "the other resource still has it"
    stage.delete(again.id)
    assert stage.images() == {}


def test_what_the_user_has_named_stays(stage: ImageStage) -> None:
    stage.lab.import_image("mine:1", files={"release": b"mine"})
    before = stage.images()
    made = stage.create("web", source="mine:1")
    assert [made.reference] == list(before), "nobody is asked for what is there"
    stage.delete(made.id)
    assert stage.images() == before


def test_a_tag_that_moved_is_drift_where_it_is_followed(stage: ImageStage, registry: RegistryLab) -> None:
    first = _published(stage, registry, "shop/live", "edge", "old")
    name = f"{registry.address}/shop/live:edge"
    followed = stage.create("followed", source=name, pull="always")
    pinned = stage.create("pinned", source=name)
    assert stage.seen(followed.id).drift == ()
    second = _published(stage, registry, "shop/live", "edge", "new")
    [change] = stage.seen(followed.id).drift
    assert (change.prior, change.goal, change.impact) == (first, second, Impact.RECREATE)
    assert stage.seen(pinned.id).drift == ()
    new = stage.create("followed", source=name, pull="always")
    stage.delete(followed.id)
    assert new.digest == second
    assert stage.seen(new.id).drift == ()
    assert {each.id for each in stage.observed()} == {new.id, pinned.id}


def test_a_registry_that_is_gone_is_shown_and_stops_nothing(stage: ImageStage, registry: RegistryLab) -> None:
    _published(stage, registry, "shop/gone", "1", "gone")
    name = f"{registry.address}/shop/gone:1"
    made = stage.create("web", source=name, pull="always")
    digest = registry.digest("shop/gone", "1")
    registry.curl(f"/v2/shop/gone/manifests/{digest}", "-X", "DELETE")
    [change] = stage.seen(made.id).drift
    assert change.impact is Impact.LIVE
    assert "no '1' of 'shop/gone'" in str(change.goal)
    with pytest.raises(HostError, match="no '1' of 'shop/gone'"):
        stage.update("web", made.id, source=name, pull="always")
    stage.delete(made.id)
    assert stage.images() == {}


def test_tags_are_pushed_moved_and_taken_away(stage: ImageStage, registry: RegistryLab, tmp_path: Path) -> None:
    stage.lab.api.tag(BUSYBOX, "theirs", "1")
    one, two = (f"{registry.address}/shop/app:{tag}" for tag in ("1", "2"))
    inputs: dict[str, Any] = {"source": "theirs:1", "tags": [one], "push": True}
    made = stage.create("app", **inputs)
    assert registry.digest("shop/app", "1")
    pushing = [fraction for message, fraction in stage.messages if message.startswith(f"pushing {one}: ")]
    assert pushing and pushing[-1] == 1.0, "how far it is is told"
    assert (made.name, stage.seen(made.id).inputs.tags, stage.seen(made.id).inputs.push) == (one, [one], True)
    stage.lab.api.tag(BUSYBOX, f"{registry.address}/shop/app", "1", force=True)
    stage.lab.api.remove_image(one)
    seen = stage.seen(made.id)
    assert (seen.inputs.tags, seen.inputs.push) == ([], False)
    assert stage.handler.diff(seen.inputs, stage.checked(inputs)).impact is Impact.RECREATE  # the source can't be seen
    assert stage.update("app", made.id, **inputs) == stage.seen(made.id).outputs
    stage.update("app", made.id, source="theirs:1", tags=[two], push=True)
    assert registry.digest("shop/app", "2") == registry.digest("shop/app", "1")
    assert stage.seen(made.id).inputs.tags == [two]
    stage.delete(made.id)
    assert stage.images() == {}
    assert stage.lab.api.inspect_image("theirs:1")["RepoTags"] == [BUSYBOX, "theirs:1"]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("ADDRESS/shop/web:nope", "has no 'nope' of 'shop/web'"),
        ("ADDRESS/shop/nothing:1", "has no '1' of 'shop/nothing'"),
        ("ADDRESS/shop/web@sha256:" + "0" * 64, "has no 'sha256:0000"),
        ("localhost:5999/shop/web:1", "registry localhost:5999 can't be reached"),
    ],
)
def test_what_is_not_there(stage: ImageStage, registry: RegistryLab, source: str, said: str) -> None:
    with pytest.raises(HostError, match=said) as raised:
        stage.create("web", source=source.replace("ADDRESS", registry.address))
    assert raised.value.hint
    assert (stage.images(), stage.observed()) == ({}, [])


def test_no_login_and_a_wrong_one(nobody: ImageStage, registry: RegistryLab) -> None:
    with pytest.raises(HostError, match="wants a login") as raised:
        nobody.create("web", source=f"{registry.address}/shop/web:1")
    assert f'registries: {{"{registry.address}":' in str(raised.value.hint)
    assert f"docker login {registry.address}" in str(raised.value.hint)
    wrong = {registry.address: {"username": "shop", "password": "not-the-one"}}
    with image_stage(nobody.lab, registries=wrong) as stage:
        with pytest.raises(HostError, match="refused the login of shop") as raised:
            stage.create("web", source=f"{registry.address}/shop/web:1")
        assert "not-the-one" not in f"{raised.value} {raised.value.hint}"
        stage.lab.api.tag(BUSYBOX, "theirs", "1")
        with pytest.raises(HostError, match="refused the login of shop"):
            stage.create("app", source="theirs:1", tags=[f"{registry.address}/shop/app:9"], push=True)
        assert (stage.observed(), registry.digest("shop/app", "9")) == ([], "")
        assert f"{registry.address}/shop/app:9" not in stage.lab.api.inspect_image(BUSYBOX)["RepoTags"]


def test_a_login_goes_to_no_other_registry(stage: ImageStage, registry: RegistryLab, tmp_path: Path) -> None:
    with fake_registry_in(stage.lab, tmp_path, "rubbish") as asked, pytest.raises(HostError):
        stage.create("web", source="localhost:5009/shop/web:1")
    assert "/shop/web/" in asked.read_text()
    assert "authorization" not in asked.read_text().lower()
    assert PASSWORD not in stage.lab.log()
    own = {"localhost:5009": {"username": "me", "password": "mine"}}
    with (
        fake_registry_in(stage.lab, tmp_path, "rubbish") as asked,
        image_stage(stage.lab, registries={**registry.login, **own}) as both,
        pytest.raises(HostError),
    ):
        both.create("web", source="localhost:5009/shop/web:1")
    assert PASSWORD not in asked.read_text()


@pytest.mark.parametrize(
    ("mode", "said"),
    [("rubbish", "damaged|could not"), ("short", "in time; last seen: Retrying"), ("other", "damaged")],
)
def test_a_registry_that_lies(stage: ImageStage, tmp_path: Path, mode: str, said: str) -> None:
    with (
        fake_registry_in(stage.lab, tmp_path, mode),
        pytest.raises(HostError, match=said) as raised,
    ):
        patience = 3 if mode == "short" else 120
        stage.create("web", Context(deadline=time.monotonic() + patience), source="localhost:5009/shop/web:1")
    assert "localhost:5009" in raised.value.message
    assert (stage.images(), stage.observed()) == ({}, [])


def test_a_registry_that_never_answers(stage: ImageStage, tmp_path: Path) -> None:
    """Given up at the deadline, not before and not much later."""
    started = time.monotonic()
    with fake_registry_in(stage.lab, tmp_path, "silent"), pytest.raises(HostError, match=r"too long|can.t be reached"):
        stage.create("web", Context(deadline=started + 1), source="localhost:5009/shop/web:1")
    assert 0.9 < time.monotonic() - started < 60
    assert stage.observed() == []


def test_a_tag_of_the_wrong_form_is_refused_before_anything(stage: ImageStage) -> None:
    for inputs, said in (
        ({"source": "Shop/Web:1"}, "no name of an image"),
        ({"source": "web:1", "tags": ["a@sha256:" + "0" * 64]}, "can't hold a digest"),
        ({"source": "web:1", "tags": ["virtwright/x:1"]}, "virtwright's own"),
        ({"source": "web@sha256:" + "0" * 64, "pull": "always"}, "never moves"),
    ):
        with pytest.raises(Exception, match=said):
            stage.checked(inputs)


def test_an_interrupted_pull_changes_nothing(stage: ImageStage, registry: RegistryLab) -> None:
    _published(stage, registry, "shop/slow", "1", "slow")
    late = Context(deadline=0.0)
    with pytest.raises(HostError):
        stage.create("web", late, source=f"{registry.address}/shop/slow:1")
    assert stage.observed() == []


def test_a_full_disk(stage: ImageStage, registry: RegistryLab, tmp_path: Path) -> None:
    """Pulled and loaded onto an engine whose disk has no room for it; with room again, both go."""
    image = stage.lab.import_image("made:once", files={"big": secrets.token_bytes(16_000_000)})
    registry.put("shop/big", "1", image)
    stage.lab.api.remove_image("made:once", force=True)
    archive = tmp_path / "big.tar"
    archive.write_bytes(make.docker_archive([make.tar([make.entry("big", secrets.token_bytes(16_000_000))])]))
    data = str(stage.lab.folder / "data")
    used = int(stage.lab.run("stat", "-f", "-c", "%b", data)) - int(stage.lab.run("stat", "-f", "-c", "%f", data))
    sources: tuple[dict[str, Any], ...] = (
        {"source": f"{registry.address}/shop/big:1"},
        {"source": {"archive": str(archive)}},
    )
    stage.lab.run("mount", "-o", f"remount,size={used * 4096 + 6_000_000}", data)
    try:
        for source in sources:
            with pytest.raises(HostError, match="disk of the Docker host is full") as raised:
                stage.create("big", **source)
            assert "docker system df" in str(raised.value.hint)
            assert (stage.images(), stage.observed()) == ({}, [])
    finally:
        stage.lab.run("mount", "-o", "remount,size=50%", data)
    for source in sources:
        stage.delete(stage.create("big", **source).id)
