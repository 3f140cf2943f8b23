"""The databases that states are kept in: each test of a state runs on both."""

import os
import uuid
from collections.abc import Iterator

import pytest
from tests.postgresql_lab import Server, remove_template
from tests.states import LOCATION


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL server of this test process."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to become the user that the server runs as")
    made = Server.make()
    try:
        made.start()
        yield made
    finally:
        made.remove()
        remove_template()


@pytest.fixture
def location(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of a new database, which ``open_store`` then uses."""
    name = f"t{uuid.uuid4().hex[:12]}"
    server.sql(f"CREATE DATABASE {name}")
    url = server.url.rpartition("/")[0] + f"/{name}"
    monkeypatch.setenv(LOCATION, url)
    yield url
    server.sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """Where ``open_store`` keeps the state of this test."""
    if request.param == "postgresql":
        request.getfixturevalue("location")
    return str(request.param)
