"""Two states have a stack of one name, and meet on one host."""

import json

from tests.e2e.cli.conftest import Shop


def _identity(shop: Shop, state: str) -> str:
    told: str = json.loads(shop.type("state", "export", "--state", state).out)["stack"]["identity"]
    return told


def test_neither_reads_changes_or_deletes_what_the_other_has(shop: Shop) -> None:
    ours, theirs = (str(shop.folder / name) for name in ("ours.db", "theirs.db"))
    assert shop.type("apply", "--yes", "--state", ours).code == 0
    document = json.loads(shop.type("state", "export", "--state", ours).out)
    document["stack"]["identity"] = "0123456789abcdef"
    (shop.folder / "theirs.json").write_text(json.dumps(document))  # whose records hold the very same ids
    assert shop.type("state", "import", "theirs.json", "--yes", "--state", theirs).code == 0
    before = shop.world.objects()
    for command in (("plan",), ("apply", "--yes")):
        refused = shop.type(*command, "--state", theirs)
        assert refused.code == 1 and _identity(shop, ours) in refused.err, refused.err
    shown = shop.type("plan", "--destroy", "--state", theirs)
    assert shown.code == 0 and "its object is another state's, and stays: only the record goes" in shown.out
    assert "data-loss" not in shown.out + shown.err
    destroyed = shop.type("destroy", "--yes", "--state", theirs)
    assert destroyed.code == 0 and "It is left alone: only the record goes" in destroyed.err, destroyed.err
    assert shop.world.objects() == before
    assert "No changes" in shop.type("plan", "--state", ours).out


def test_a_recovery_takes_one_states_objects_or_says_whose_there_are(shop: Shop) -> None:
    ours, theirs, new = (str(shop.folder / name) for name in ("ours.db", "theirs.db", "new.db"))
    assert shop.type("apply", "--yes", "--state", ours).code == 0
    moved = [each for each in shop.world.objects() if each.kind == "Volume"]
    for each in moved:
        shop.world.drop("fake://one", each.id)
    assert shop.type("apply", "--yes", "--state", theirs, "--target", "data").code == 0
    refused = shop.type("state", "recover", "--yes", "--state", new)
    identities = {_identity(shop, state) for state in (ours, theirs)}
    assert refused.code == 1 and all(each in refused.err for each in identities), refused.err
    assert not (shop.folder / "new.db").exists()
    assert shop.type("state", "recover", "--state", new, "--identity", _identity(shop, theirs)).code == 0
    assert _identity(shop, new) == _identity(shop, theirs)
    held = json.loads(shop.type("state", "export", "--state", new).out)["resources"]
    assert {each["kind"] for each in held} == {"Host", "Volume"}


def test_what_another_state_has_is_taken_over_by_name_alone(shop: Shop) -> None:
    ours, theirs = (str(shop.folder / name) for name in ("ours.db", "theirs.db"))
    assert shop.type("apply", "--yes", "--state", theirs).code == 0
    before = {each.id for each in shop.world.objects()}
    names = sorted({each.stamp.urn.rpartition("::")[2] for each in shop.world.objects()})
    taking = [part for name in names for part in ("--take-over", name)]
    refused = shop.type("apply", "--yes", *taking[2:], "--state", ours)
    assert refused.code == 1 and f"--take-over {names[0]}" in refused.err.replace("networks.", "").replace(
        "volumes.", ""
    )
    planned = shop.type("plan", *taking, "--out", "taking.json", "--state", ours)
    assert planned.code == 0 and _identity(shop, theirs) in planned.out, planned.err
    more = shop.type("apply", "taking.json", "--take-over", names[0], "--yes", "--state", ours)
    assert more.code == 1 and "a saved plan says itself what it is about" in more.err
    applied = shop.type("apply", "taking.json", "--yes", "--state", ours)
    assert applied.code == 0, applied.err
    assert {each.id for each in shop.world.objects()} == before
    assert "No changes" in shop.type("plan", "--state", ours).out
    assert "belongs to another state" in shop.type("plan", "--state", theirs).err


def test_what_an_empty_state_would_take_is_shown_and_asked_about(shop: Shop) -> None:
    """The only state with a stack of the name may be somebody else's, and alive."""
    theirs, new = (str(shop.folder / name) for name in ("theirs.db", "new.db"))
    assert shop.type("apply", "--yes", "--state", theirs).code == 0
    refused = shop.type("state", "recover", "--state", new)
    assert refused.code == 1 and "this needs your consent" in refused.err and "--yes" in refused.err, refused.err
    shown = (_identity(shop, theirs), *(each.id for each in shop.world.objects()))
    assert all(text in refused.err for text in shown), refused.err
    assert not (shop.folder / "new.db").exists()
    assert shop.type("state", "recover", "--yes", "--state", new).code == 0
    assert _identity(shop, new) == _identity(shop, theirs)
    assert shop.type("state", "recover", "--state", new).code == 0, "what is there is the state's own by now"
