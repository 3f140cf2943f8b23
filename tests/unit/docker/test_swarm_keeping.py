"""What is kept of somebody else's service."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from virtwright.providers.docker.swarm.keeping import left_over, settings, with_kept
from virtwright.providers.docker.swarm.reading import said

LEAVES = st.integers(1, 9) | st.sampled_from(["a", "b"])
PARTS = st.recursive(LEAVES, lambda inner: st.dictionaries(st.sampled_from("KLMN"), inner, min_size=1), max_leaves=8)
SPECS = st.dictionaries(st.sampled_from("KLMN"), PARTS | st.lists(LEAVES, unique=True, min_size=1), max_size=4)


@given(there=SPECS)
def test_all_of_it_is_kept_where_nothing_is_said(there: dict[str, Any]) -> None:
    assert with_kept({}, left_over(there, {}) or {}) == there


@given(there=SPECS)
def test_nothing_is_kept_where_all_is_said(there: dict[str, Any]) -> None:
    assert left_over(there, there) is None


def test_what_is_kept_joins_what_is_changed() -> None:
    there: dict[str, Any] = {
        "Secrets": [{"SecretName": "db", "File": {"Name": "db"}}],
        "Env": ["A=1"],
        "Privileges": {"NoNewPrivileges": True},
    }
    kept = left_over(there, {"Env": ["A=1"], "Secrets": []})
    assert list(settings(kept)) == ["Secrets: db at db", "Privileges.NoNewPrivileges: True"]
    made = {"Env": ["A=2"], "Secrets": [{"SecretName": "own"}]}
    assert with_kept(made, kept) == {
        "Env": ["A=2"],
        "Secrets": [{"SecretName": "own"}, there["Secrets"][0]],
        "Privileges": {"NoNewPrivileges": True},
    }
    assert said({"A": {"B": 0, "Runtime": "container"}, "C": []}) == {}
