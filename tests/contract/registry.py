"""Who takes part in the contract tests."""

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest
from tests.contract.docker.over_ssh import DockerOverSshSubject
from tests.contract.docker.subject import DockerSubject
from tests.contract.fake_partial import FakeContainersSubject, FakeNetworksSubject
from tests.contract.fake_subject import FakeSubject
from tests.contract.foreign import foreign
from tests.contract.libvirt.containers import LxcSubject
from tests.contract.libvirt.in_lab import QemuInLabSubject
from tests.contract.libvirt.memory import TestDriverSubject
from tests.contract.libvirt.over_ssh import QemuOverSshSubject
from tests.contract.libvirt.subject import QemuSubject
from tests.contract.namespace.subject import NamespaceSubject
from tests.contract.skeleton_subject import SkeletonSubject
from tests.contract.subject import Subject
from tests.contract.swarm.subject import SwarmSubject

T = TypeVar("T")
CLASSES: Sequence[Any] = (
    FakeSubject,
    NamespaceSubject,
    DockerSubject,
    DockerOverSshSubject,
    SwarmSubject,
    TestDriverSubject,
    QemuSubject,
    QemuOverSshSubject,
    *foreign(os.environ),
)
VARIANTS: Sequence[Any] = (SkeletonSubject, FakeContainersSubject, FakeNetworksSubject, QemuInLabSubject, LxcSubject)
"""Of what was held to all of it already: their cells alone, and with ``long`` the rest."""
OVER_SSH: Sequence[Any] = (DockerOverSshSubject, QemuOverSshSubject)
"""Daemons that are held to it all without SSH already."""
SUBJECTS: dict[str, Callable[[Path], Subject]] = {each.name: each for each in (*CLASSES, *VARIANTS)}
"""By name: makes the subject, with a private host in or near the folder."""


def per_subject(*, any_way: bool = False) -> list[Any]:
    """A parameter for each subject: its name. ``any_way``: what is seen does not depend on the way to the host, so that one way is enough."""
    found = [pytest.param(each.name, id=each.name, marks=_marks(each, any_way)) for each in CLASSES]
    return found + [pytest.param(each.name, id=each.name, marks=(*each.marks, pytest.mark.long)) for each in VARIANTS]


def cases(table: Callable[[Any], Iterable[T]], label: Callable[[T], str], *, any_way: bool = False) -> list[Any]:
    """Parameters (the subject's name, one row) for each row of a table of each subject."""
    return [
        pytest.param(each.name, row, id=f"{each.name}-{label(row)}", marks=_marks(each, any_way))
        for each in (*CLASSES, *VARIANTS)
        for row in table(each)
    ]


def _marks(subject: Any, any_way: bool) -> Sequence[pytest.MarkDecorator]:
    return (*subject.marks, pytest.mark.long) if any_way and subject in OVER_SSH else subject.marks
