"""The stage of a contract test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.contract.libvirt.in_lab import QemuInLabSubject
from tests.contract.registry import SUBJECTS
from tests.contract.stage import Desk, Stage

OpenStage = Callable[[str], Stage]


@pytest.fixture
def open_stage(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[OpenStage]:
    """Opens the private host of a subject, by the subject's name; it is gone when the test ends."""
    with ExitStack() as closing:

        def open_one(name: str) -> Stage:
            made = SUBJECTS[name](tmp_path)
            if isinstance(made, QemuInLabSubject):
                made.host_lab = request.getfixturevalue("host_lab")
            subject = closing.enter_context(made)
            return Stage(subject, Desk(tmp_path / "home", subject.uri, subject.opener))

        yield open_one
