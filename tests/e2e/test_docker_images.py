"""An image that is built, pushed and run: made anew when its folder changes, and its secrets nowhere."""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.docker_lab import DockerLab, docker_engine, docker_lab
from tests.e2e.operator_lab import Operator
from tests.e2e.secret_search import Search, watched
from tests.registry_lab import PASSWORD, RegistryLab, registry_in

__all__ = ["docker_engine", "docker_lab"]
pytestmark = pytest.mark.root

STACK = """\
stack: shop
hosts:
  box: {uri: "DOCKER", registries: {"localhost:5003": {username: shop, password: "${config.registry}"}}}
config:
  registry: {type: string, secret: true}
  token: {type: string, secret: true}
images:
  app:
    source: {build: {context: app, args: {TOKEN: "${config.token}"}}}
    tags: ["localhost:5003/shop/app:1"]
    push: true
  base: {source: "localhost:5003/shop/base:1"}
containers:
  web: {image: app, command: [sleep, "1000"], stop_timeout: 0s, docker: {network_mode: none}}
  other: {image: base, command: [sleep, "1000"], stop_timeout: 0s, docker: {network_mode: none}}
outputs: {runs: "${images.app.reference}"}
"""
DOCKERFILE = 'FROM busybox:lab\nARG TOKEN\nCOPY release /release\nRUN echo "the token is $TOKEN"\n'


@pytest.fixture
def registry(docker_lab: DockerLab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegistryLab]:
    with registry_in(docker_lab, tmp_path_factory.mktemp("registry"), port=5003) as registry:
        image = docker_lab.import_image("made:once", files={"release": b"base"})
        registry.put("shop/base", "1", image)
        docker_lab.api.remove_image("made:once", force=True)
        yield registry


def _running(lab: DockerLab) -> dict[str, Any]:
    return {each["Names"][0].rpartition("_")[2]: each["Id"] for each in lab.api.containers()}


def _release(lab: DockerLab, id: str) -> str:
    made = lab.api.exec_create(id, ["cat", "/release"])
    return str(lab.api.exec_start(made["Id"]).decode())


def _write_stack(operator: Operator, lab: DockerLab) -> Path:
    operator.write(STACK.replace("DOCKER", lab.uri))
    folder = operator.folder / "app"
    folder.mkdir()
    (folder / "Dockerfile").write_text(DOCKERFILE)
    (folder / "release").write_text("one")
    return folder


@pytest.mark.slow
def test_built_pushed_and_run(operator: Operator, docker_lab: DockerLab, registry: RegistryLab) -> None:
    folder, token = _write_stack(operator, docker_lab), f't0k"{secrets.token_hex(8)}/é&%?'
    search = Search(PASSWORD, token)
    for name, secret in (("registry", PASSWORD), ("token", token)):
        operator.type("config", "set", name, "--secret", stdin=f"{secret}\n")
    process = operator.start("apply", "--yes", "--json", "--verbose")
    with watched(search, operator, process.pid):
        out, err = process.communicate(timeout=120)
    assert process.returncode == 0, out + err
    search.text("apply", out + err)
    assert "the token is" in out, "the build's output is shown"
    assert "the build argument TOKEN is a secret" in out
    before, pushed = _running(docker_lab), registry.digest("shop/app", "1")
    assert _release(docker_lab, before["web"]) == "one"
    assert pushed in operator.type("output").all

    os.utime(folder / "release", (1, 1))
    operator.type("plan", "--exit-code")

    (folder / "release").write_text("two")
    planned = operator.type("plan", "--exit-code", "--verbose", code=2).all
    assert "sha256" in planned
    search.text("plan", planned)
    search.text("apply again", operator.type("apply", "--yes", "--verbose").all)
    after = _running(docker_lab)
    assert _release(docker_lab, after["web"]) == "two"
    assert (after["other"], after["web"] != before["web"]) == (before["other"], True)
    assert registry.digest("shop/app", "1") != pushed
    assert len([each for each in docker_lab.api.images() if "shop/app" in str(each["RepoDigests"])]) == 1
    operator.type("plan", "--exit-code")
    for words in ("show app --json", "state export --out state.json", "state history --json"):
        search.text(words, operator.type(*words.split()).all)
    search.found |= {str(path) for path in search.files(operator.home, operator.folder, operator.temporary)}
    assert search.found == set()
    operator.type("destroy", "--yes")
    assert [each["RepoTags"] for each in docker_lab.api.images() if "virtwright" in str(each["RepoTags"])] == []
    assert _running(docker_lab) == {}


@pytest.mark.long
def test_what_goes_wrong_is_said_where(operator: Operator, docker_lab: DockerLab, registry: RegistryLab) -> None:
    folder = _write_stack(operator, docker_lab)
    for name in ("registry", "token"):
        operator.type("config", "set", name, "--secret", stdin="wrong-one\n")
    said = operator.type("apply", "--yes", code=1).all
    assert "the registry localhost:5003 refused the login of shop" in said
    assert "docker login localhost:5003" in said
    assert "wrong-one" not in said
    (folder / "Dockerfile").write_text("FROM busybox:lab\nRUN echo the reason && false\n")
    operator.type("config", "set", "registry", "--secret", stdin=f"{PASSWORD}\n")
    said = operator.type("apply", "--yes", code=1).all
    assert f"{folder}/Dockerfile:2" in said.replace("\n", "")
    assert "the reason" in said
    (folder / "Dockerfile").unlink()
    said = operator.type("plan", code=1).all
    assert "there is no Dockerfile in" in said
    assert "stack.yaml:9:" in said, said
    operator.type("destroy", "--yes")
