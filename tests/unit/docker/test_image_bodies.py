"""Images: what the daemon is asked for to build one."""

from pathlib import Path
from typing import Any, Final

import pytest
from tests.golden import Cases, as_json
from tests.model_fields import unseen

from virtwright.providers.docker.images.building import build_params
from virtwright.schemas.image import Image

CASES: Final = Cases(Path(__file__).parent / "golden/images")
NOT_IN_A_BUILD: Final = {
    "source.registry", "source.url", "source.archive", "source.sha256", "format", "pull",  # of images that are not built
    "source.build.sha256",  # what was sent is checked against it
    "tags", "push",  # named and pushed afterwards
    "source.file", "pool",  # refused: golden/refusals/images.json
}  # fmt: skip


def given(name: str) -> Image:
    return Image.model_validate(CASES.read(name))


def params(inputs: Image) -> dict[str, Any]:
    build = inputs.source.build
    assert build is not None
    return {
        name: build_params(inputs, build, "virtwright/web:1", modern=name == "buildkit")
        for name in ("buildkit", "classic")
    }


@pytest.mark.parametrize("name", CASES.names())
def test_a_build_is_asked_for_as_the_golden_file_says(name: str) -> None:
    CASES.check(name, as_json(params(given(name))))


def test_each_field_shows_in_a_build() -> None:
    def made(inputs: Image) -> object:
        return params(inputs) if inputs.source.build is not None else None

    assert unseen(Image, map(given, CASES.names()), made) == NOT_IN_A_BUILD


def test_no_golden_file_is_left_over() -> None:
    assert CASES.strays() == []
