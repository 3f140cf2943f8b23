"""Names of images, and the stamp that is written in them."""

import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtwright.errors import HostError
from virtwright.providers.base import Stamp
from virtwright.providers.docker.images.identity import Mark, bearers, is_ours, new_id, repository_of, urn_of
from virtwright.providers.docker.images.references import parse
from virtwright.schemas.urn import Urn, type_token

IMAGE = "sha256:" + "4f" * 32
TYPE = type_token("Image")


@pytest.mark.parametrize(
    ("text", "registry", "shown"),
    [
        ("nginx", "docker.io", "nginx:latest"),
        ("nginx:1.27", "docker.io", "nginx:1.27"),
        ("docker.io/library/nginx", "docker.io", "nginx:latest"),
        ("index.docker.io/user/app:1", "docker.io", "user/app:1"),
        ("user/app", "docker.io", "user/app:latest"),
        ("localhost/app:1", "localhost", "localhost/app:1"),
        ("localhost:5000/a/b:1", "localhost:5000", "localhost:5000/a/b:1"),
        ("[::1]:5000/a:1", "[::1]:5000", "[::1]:5000/a:1"),
        ("ghcr.io/a/b@sha256:" + "0" * 64, "ghcr.io", "ghcr.io/a/b@sha256:" + "0" * 64),
        ("ghcr.io/a:1@sha256:" + "0" * 64, "ghcr.io", "ghcr.io/a@sha256:" + "0" * 64),
    ],
)
def test_names_are_read_as_docker_reads_them(text: str, registry: str, shown: str) -> None:
    name = parse(text)
    assert name is not None
    assert (name.domain, str(name)) == (registry, shown)
    assert parse(str(name)) == replace(name, tag=None if name.digest else name.tag)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Nginx",
        "a//b",
        "a:",
        "a:b c",
        "a@sha256:12",
        "-a",
        "a/-b",
        "User/app",
        "https://a/b",
        "a" * 300,
        "a:" + "t" * 129,
    ],
)
def test_other_text_is_no_name(text: str) -> None:
    assert parse(text) is None


PLAIN = st.text(string.ascii_letters + string.digits + "_.-", min_size=1, max_size=30)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)


@given(PLAIN, PLAIN, PLAIN, st.sampled_from([TYPE, f"my:mod:Thing${TYPE}"]))
def test_a_repository_leads_back_to_its_resource(stack: str, project: str, name: str, type: str) -> None:
    urn = Urn(stack, project, type, name)
    try:
        repository = repository_of(urn)
    except HostError:
        assert len(stack + project + name + type) > 60
        return
    assert urn_of(repository) == urn
    assert parse(f"{repository}:x") is not None, "Docker takes it"


def test_readable_where_it_can_be() -> None:
    assert repository_of(Urn("shop", "shop", TYPE, "web")) == "virtwright/shop/web"
    assert repository_of(Urn("dev", "shop", TYPE, "web-2")) == "virtwright/shop/dev/web-2"


@given(TEXTS.filter(bool), TEXTS, st.lists(TEXTS, max_size=6), TEXTS, st.booleans(), st.integers(0, 2**40))
def test_a_mark_is_read_back(
    operation: str, hash: str, tags: list[str], source: str, pushed: bool, serial: int
) -> None:
    identity = hash[:16]
    stamp = Stamp("shop/dev", str(Urn("dev", "shop", TYPE, "web")), operation, hash, identity)
    mark = Mark(stamp, new_id(stamp), serial, IMAGE, source, source[::-1], tuple(tags), pushed)
    names = mark.names()
    assert all(parse(name) is not None and is_ours(name) for name in names)
    [bearer] = bearers(IMAGE, ["nginx:1", *reversed(names)])
    assert bearer.mark == replace(mark, image=IMAGE[:23])
    assert bearer.names == list(reversed(names))


@pytest.mark.parametrize("urn", [Urn("dev", "shop", TYPE, "front"), Urn("prod", "shop", f"a:b:C${TYPE}", "web")])
def test_a_mark_bears_the_name_that_its_resource_has_by_now(urn: Urn) -> None:
    mark = _mark()
    mark = replace(mark, stamp=replace(mark.stamp, stack=f"{urn.project}/{urn.stack}", urn=str(urn)))
    [bearer] = bearers(IMAGE, mark.names())
    assert bearer.mark is not None and bearer.mark.stamp == mark.stamp and bearer.id == mark.id


def _mark(**fields: object) -> Mark:
    stamp = Stamp("shop/dev", str(Urn("dev", "shop", TYPE, "web")), "ab" * 16, "cd" * 32)
    return replace(Mark(stamp, new_id(stamp), 3, IMAGE, tags=("localhost:5000/shop/web:1",) * 3), **fields)  # type: ignore[arg-type]


def test_a_stamp_of_digits_is_one_name() -> None:
    assert len(_mark(tags=()).names()) == 1
    assert len(_mark(tags=(), image="").names()) == 1
    for operation in ("ab" * 16, "p" * 32):
        stamp = replace(_mark().stamp, operation=operation, inputs_hash="", identity="0123456789abcdef")
        assert len(_mark(stamp=stamp, tags=(), image="").names()) == 1, "what is being made bears one name"


def test_half_a_mark_is_none_and_its_names_are_known() -> None:
    names = _mark().names()
    assert len(names) > 1
    [bearer] = bearers(IMAGE, names[1:])
    assert (bearer.mark, bearer.names) == (None, names[1:])


def test_the_newer_of_two_whole_marks_holds() -> None:
    old, new = _mark(), _mark(serial=4, tags=())
    [bearer] = bearers(IMAGE, [*new.names(), *old.names()])
    assert bearer.mark is not None
    assert bearer.mark.serial == 4
    [bearer] = bearers(IMAGE, [*new.names()[1:], *old.names()])
    assert bearer.mark is not None
    assert bearer.mark.serial == 3


def test_a_mark_on_another_image_is_a_copy() -> None:
    [bearer] = bearers("sha256:" + "00" * 32, _mark().names())
    assert bearer.mark is None


@given(st.text(string.ascii_letters + string.digits + "._-", max_size=128))
def test_other_names_under_the_root_are_nobody_s(tag: str) -> None:
    for bearer in bearers(IMAGE, [f"virtwright/shop/web:{tag}", f"virtwright/shop/web:{'a' * 16}.1.0.1.{tag}"]):
        assert bearer.mark is None
