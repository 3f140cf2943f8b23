"""``import_id`` in a stack's file: an import by plan and apply, as a pipeline makes it."""

from tests.e2e.cli.conftest import Shop

OLD = {"image": "host", "command": ["serve"]}
ENTRY = "containers:\n  old: {image: host, command: [serve], import_id: old-one}\n"


def _declare(shop: Shop) -> str:
    """Something that somebody else made, and its entry in the stack; returns its id."""
    shop.edit("containers:\n", ENTRY)
    return shop.world.add_foreign("Container", "old-one", OLD).id


def test_an_object_is_taken_over_by_plan_and_apply(applied: Shop) -> None:
    id = _declare(applied)
    planned = applied.type("plan", "--out", "saved.plan")
    assert planned.code == 0, planned.err
    assert "containers.old import" in planned.out and "1 to import" in planned.out
    assert applied.type("apply", "saved.plan", "--yes").code == 0
    assert f"id: {id}" in applied.type("show", "containers.old").out
    assert "No changes" in applied.type("plan").out, "where the state has it, the entry means nothing"


def test_it_is_found_again_when_the_state_is_lost(applied: Shop) -> None:
    id = _declare(applied)
    assert applied.type("apply", "--yes").code == 0
    for path in (applied.folder.parent / "home").glob("state.db*"):
        if path.is_file():
            path.unlink()
    refused = applied.type("apply", "--yes")
    assert refused.code == 1 and "virtwright state recover" in refused.err
    assert applied.type("state", "recover", "--yes").code == 0
    assert applied.type("apply", "--yes").code == 0
    assert f"id: {id}" in applied.type("show", "containers.old").out


def test_what_is_not_there_or_not_as_declared_is_refused_with_its_place(applied: Shop) -> None:
    applied.edit("containers:\n", ENTRY)
    missing = applied.type("plan")
    assert missing.code == 1 and "there is no Container 'old-one' to take over" in missing.err
    assert "shop.yaml:18" in missing.err
    applied.world.add_foreign("Container", "old-one", {**OLD, "command": ["another"]})
    other = applied.type("apply", "--yes")
    assert other.code == 1 and "can't take over its object as it is: command" in other.err
    assert applied.world.names() == ["", "back", "data", "db", "web"]
