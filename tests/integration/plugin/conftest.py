"""A private host, and plugins for it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest
from tests.contract.namespace.subject import NamespaceSubject
from tests.plugin_lab import Plugin, plugin

StartPlugin = Callable[..., AbstractContextManager[Plugin]]


@pytest.fixture
def subject(tmp_path: Path) -> Iterator[NamespaceSubject]:
    with NamespaceSubject(tmp_path) as subject:
        yield subject


@pytest.fixture
def start(subject: NamespaceSubject, tmp_path: Path) -> StartPlugin:
    return partial(plugin, subject.uri, tmp_path / "home")
