"""Changes to the state by hand."""

from dataclasses import replace
from typing import Final

import pytest
from tests.states import operation, resource, urn

from virtwright.engine.state.records import Changes
from virtwright.engine.surgery import forget, rename
from virtwright.errors import InputError, StateError
from virtwright.schemas.urn import HOST_TYPE, Urn

HOST: Final = Urn("prod", "shop", HOST_TYPE, "one")
BACK, DB, WEB, JOB = (urn(name) for name in ("back", "db", "web", "job"))
ONE = resource("one", urn=HOST, kind="Host", id=None)
NET = resource("back", host=HOST)
DATABASE = resource("db", host=HOST, dependencies=frozenset({BACK}), references=frozenset({BACK}))
OLD = resource("db", row="old", doomed=True)
FRONT = resource("web", host=HOST, dependencies=frozenset({DB, BACK}), references=frozenset({DB}))
ALONE = resource("job")
RECORDS: Final = [ONE, NET, DATABASE, OLD, FRONT, ALONE]


@pytest.mark.parametrize(
    ("gone", "rows"),
    [
        ({JOB}, [ALONE.row]),
        ({WEB}, [FRONT.row]),
        ({WEB, DB}, [DATABASE.row, "old", FRONT.row]),
        ({HOST, BACK, DB, WEB}, [ONE.row, NET.row, DATABASE.row, "old", FRONT.row]),
        (set(), []),
    ],
)
def test_all_rows_of_what_is_forgotten_go(gone: set[Urn], rows: list[str]) -> None:
    assert forget(RECORDS, iter(gone)) == Changes(remove=tuple(rows))


@pytest.mark.parametrize(
    ("gone", "needs", "command"),
    [
        ({DB}, "containers.web needs containers.db", "containers.db containers.web"),
        ({DB, BACK}, "containers.web needs containers.back", "containers.back containers.web"),
        ({HOST}, "containers.back needs hosts.one", "hosts.one containers.back"),
    ],
)
def test_what_something_needs_is_not_forgotten(gone: set[Urn], needs: str, command: str) -> None:
    with pytest.raises(StateError) as caught:
        forget(RECORDS, gone)
    assert caught.value.message == needs
    assert caught.value.hint == f"forget it as well:\n    virtwright state forget {command}"


def test_a_new_name_is_followed_wherever_it_is_named() -> None:
    new = urn("main")
    assert rename(RECORDS, [], DB, "main") == Changes(
        put=(
            replace(DATABASE, urn=new),
            replace(OLD, urn=new),
            replace(FRONT, dependencies=frozenset({new, BACK}), references=frozenset({new})),
        )
    )
    host = replace(HOST, name="first")
    assert rename(RECORDS, [], HOST, "first") == Changes(
        put=(replace(ONE, urn=host), *(replace(each, host=host) for each in (NET, DATABASE, FRONT)))
    )
    assert rename(RECORDS, [], urn("nobody"), "main") == Changes()


def test_no_name_is_given_twice_nor_while_something_is_open() -> None:
    for name in ("web", "db"):
        with pytest.raises(InputError, match=rf"there is a resource containers\.{name} already"):
            rename(RECORDS, [], DB, name)
    with pytest.raises(StateError, match="an interrupted run is still to be settled") as caught:
        rename(RECORDS, [operation("web")], DB, "main")
    assert caught.value.hint == "let it settle first:\n    virtwright apply"
