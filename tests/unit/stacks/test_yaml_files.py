from collections.abc import Iterator
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from tests.stack_files import complaints, goals, load, write

from virtwright.errors import InputError
from virtwright.schemas.host import Host
from virtwright.schemas.kinds import KINDS
from virtwright.schemas.model import Model
from virtwright.schemas.text import LocalPath
from virtwright.schemas.values import Secret
from virtwright.stacks.base import Read
from virtwright.stacks.find import find_stack
from virtwright.stacks.yaml.attributes import is_model, plain_types
from virtwright.stacks.yaml.fields import marked_fields

FILES = "containers: {{c: {{image: host, files: [{{path: /x, source: {source}}}]}}}}\n"


def test_paths_are_relative_to_the_stack_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    (tmp_path / "sub").mkdir()
    head = "stack: s\nhosts:\n  h: {uri: 'docker+ssh://x', ssh: {identity_file: ~/.ssh/id, known_hosts: keys}}\n"
    head += "  t: {uri: 'docker+tcp://x', tls: {ca_file: ca.pem, cert_file: ../cert.pem, key_file: /abs/key.pem}}\n"
    text = """
    volumes: {v: {source: {content: folder}}}
    images:
      a: {source: {archive: a.tar}}
      f: {source: {file: /abs/f.qcow2}}
      b: {source: {build: {context: .}}}
      r: {source: nginx}
    """
    path = write(tmp_path / "sub", text, head=head)
    monkeypatch.chdir(tmp_path)
    found = goals(path.relative_to(tmp_path))
    here = str(tmp_path / "sub")
    assert found["h"].inputs["ssh"] == {"identity_file": "/home/me/.ssh/id", "known_hosts": f"{here}/keys"}
    tls = {"ca_file": f"{here}/ca.pem", "cert_file": f"{here}/../cert.pem", "key_file": "/abs/key.pem"}
    assert found["t"].inputs["tls"] == tls
    assert found["v"].inputs["source"] == {"content": f"{here}/folder"}
    assert found["a"].inputs["source"] == {"archive": f"{here}/a.tar"}
    assert found["f"].inputs["source"] == {"file": "/abs/f.qcow2"}
    assert found["b"].inputs["source"]["build"]["context"] == here
    assert found["r"].inputs["source"] == {"registry": "nginx"}


def _models(model: type[Model]) -> Iterator[type[Model]]:
    yield model
    for field in model.model_fields.values():
        for form in plain_types(field.annotation):
            for each in (form, *get_args(form)):
                if is_model(each):
                    yield from _models(each)


@pytest.mark.parametrize("model", [Host, *(kind.inputs for kind in KINDS.values())])
def test_every_field_that_is_a_local_path_is_known_as_one(model: type[Model]) -> None:
    for each in set(_models(model)):
        known = {field.pattern[-1] for field in marked_fields(each) if field.mark in ("path", "content")}
        hints = get_type_hints(each, include_extras=True).items()
        paths = {name for name, form in hints if LocalPath in (form, *get_args(form))}
        assert paths <= known, each


def test_a_file_is_read_with_the_stack(tmp_path: Path) -> None:
    (tmp_path / "motd").write_text("hällo\n", encoding="utf-8")
    goal = goals(write(tmp_path, FILES.format(source="motd")))["c"]
    assert goal.inputs["files"] == [{"path": "/x", "content": Secret("hällo\n")}]
    content = ("files", 0, "content")
    assert goal.reads == (Read(("files", 0, "source"), str(tmp_path / "motd"), content),)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    (found,) = complaints(write(tmp_path, FILES.format(source="nothing")))
    assert found.startswith("4:58 containers.c.files[0].source: can't read")
    assert "No such file or directory" in found


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"\xff\xfeabc\xd8")
    (found,) = complaints(write(tmp_path, FILES.format(source="f")))
    assert "is not UTF-8 text" in found


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    with (tmp_path / "f").open("wb") as file:
        file.truncate(1024**2 + 1)
    (found,) = complaints(write(tmp_path, FILES.format(source="f")))
    assert "larger than 1 MiB" in found


def test_a_device_is_not_read(tmp_path: Path) -> None:
    (found,) = complaints(write(tmp_path, FILES.format(source="/dev/zero")))
    assert "is not a regular file" in found


def test_a_file_named_by_a_resource_is_refused(tmp_path: Path) -> None:
    text = "vms: {db: {}}\n" + FILES.format(source="'${vms.db.name}'")
    (found,) = complaints(write(tmp_path, text))
    assert "can't depend on a resource" in found


def test_a_file_named_by_configuration_is_read(tmp_path: Path) -> None:
    (tmp_path / "motd").write_text("hi")
    text = "config: {f: {default: motd}}\n" + FILES.format(source="'${config.f}'")
    assert goals(write(tmp_path, text))["c"].inputs["files"][0]["content"] == Secret("hi")


@pytest.mark.parametrize("name", ["virtwright.yaml", "stack.yaml", "shop.yaml", "shop.yml"])
def test_a_folder_is_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (tmp_path / "shop.prod.yaml").write_text("config: {}\n")
    (tmp_path / "broken.yaml").write_text("[")
    path = write(tmp_path, "vms: {}\n", name=name)
    assert find_stack(tmp_path) == path
    monkeypatch.chdir(tmp_path)
    assert load(None).name.project == "shop"  # type: ignore[arg-type]


def test_several_stacks_in_a_folder(tmp_path: Path) -> None:
    write(tmp_path, "", name="a.yaml")
    write(tmp_path, "", name="b.yaml")
    with pytest.raises(InputError, match=r"several stacks in this folder: a\.yaml, b\.yaml"):
        find_stack(tmp_path)


def test_a_folder_without_a_stack(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no stack in this folder"):
        find_stack(tmp_path)


@pytest.mark.parametrize("name", ["x.txt", "x.json"])
def test_a_file_that_is_no_yaml_stack(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="this is not a YAML stack"):
        find_stack(write(tmp_path, "", name=name))


def test_a_file_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no file"):
        find_stack(tmp_path / "x.yaml")
