"""What is said of a connection to PostgreSQL that nobody checks."""

import pytest
from sqlalchemy.engine import make_url

from virtwright.engine.state.postgresql import exposure

BASE = "postgresql://team@db.example.org/states"
CASES: list[tuple[str, dict[str, str], str]] = [
    (BASE, {}, "db.example.org is the state database's server (sslmode=prefer)"),
    (f"{BASE}?sslmode=require", {}, "(sslmode=require)"),
    (BASE, {"PGSSLMODE": "disable"}, "(sslmode=disable)"),
    (f"{BASE}?sslmode=disable", {"PGSSLMODE": "verify-full"}, "(sslmode=disable)"),
    ("postgresql:///states", {"PGHOST": "10.0.0.5"}, "10.0.0.5 is"),
    ("postgresql:///states?host=db2", {}, "db2 is"),
    ("postgresql://team@[2001:db8::1]/states", {}, "2001:db8::1 is"),
    (f"{BASE}?sslmode=verify-full", {}, ""),
    (f"{BASE}?sslmode=verify-ca", {}, ""),
    (BASE, {"PGSSLMODE": "verify-full"}, ""),
    (BASE, {"PGSERVICE": "states"}, ""),
    ("postgresql:///states", {}, ""),
    ("postgresql:///states?host=/run/postgresql", {}, ""),
    ("postgresql://team@localhost/states", {}, ""),
    ("postgresql://team@127.0.0.1:5433/states", {}, ""),
    ("postgresql://team@[::1]/states", {}, ""),
]


@pytest.mark.parametrize(("url", "environment", "said"), CASES)
def test_an_unchecked_server_is_warned_of(url: str, environment: dict[str, str], said: str) -> None:
    told = exposure(make_url(url), environment)
    assert (said in told) if said else told == ""
    assert not told or "sslmode=verify-full" in told


def test_the_warning_has_no_password() -> None:
    assert "hunter2" not in exposure(make_url("postgresql://team:hunter2@db.example.org/states"), {})
