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
    destroyed = shop.type("destroy", "--yes", "--state", theirs, "--allow-data-loss", "data")
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
    refused = shop.type("state", "recover", "--state", new)
    identities = {_identity(shop, state) for state in (ours, theirs)}
    assert refused.code == 1 and all(each in refused.err for each in identities), refused.err
    assert json.loads(shop.type("state", "export", "--state", new).out)["resources"] == []
    assert shop.type("state", "recover", "--state", new, "--identity", _identity(shop, theirs)).code == 0
    assert _identity(shop, new) == _identity(shop, theirs)
    held = json.loads(shop.type("state", "export", "--state", new).out)["resources"]
    assert {each["kind"] for each in held} == {"Host", "Volume"}
