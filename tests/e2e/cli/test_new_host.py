"""A host's URI changes, typed: by mistake, or for good."""

import json

from tests.e2e.cli.conftest import Shop


def test_a_second_time_elsewhere_needs_more_than_yes(applied: Shop) -> None:
    applied.edit('uri: "fake://one"', 'uri: "fake://two"')
    planned = applied.type("plan", "--allow-data-loss", "data")
    assert "Hosts whose URI changed:" in planned.out and "made a second time there: " in planned.out
    before = applied.world.objects()
    refused = applied.type("apply", "--yes", "--allow-data-loss", "data")
    assert refused.code == 1 and "--new-host here" in refused.err, refused.err
    assert applied.world.objects() == before and applied.world.objects("fake://two") == []
    assert applied.type("plan", "--allow-data-loss", "data", "--out", "unnamed.json").code == 0
    assert applied.type("apply", "unnamed.json", "--yes").code == 1
    named = ("--allow-data-loss", "data", "--new-host", "here")
    assert applied.type("plan", *named, "--out", "named.json").code == 0
    shown = json.loads((applied.folder / "named.json").read_text())["relocations"]
    assert [(each["before"], each["now"]) for each in shown] == [("fake://one", "fake://two")]
    done = applied.type("apply", "named.json", "--yes")
    assert done.code == 0, done.err
    assert applied.world.objects() == [] and len(applied.world.objects("fake://two")) == len(before)
