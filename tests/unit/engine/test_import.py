"""Taking over what somebody else made, on fake hosts."""

from dataclasses import replace

import pytest
from tests.fake_provider import FakeObject
from tests.programs import Item, ListProgram
from tests.unit.engine.conftest import Bench

from virtwright.engine.step import Op
from virtwright.errors import HostError, RefusedError, VirtwrightError
from virtwright.providers.base import Stamp
from virtwright.providers.diff import Impact

WEB = Item("Container", "web", {"image": "host", "labels": {"team": "red"}})
SHOP = ListProgram(WEB)


def _imports(name: str, id: str, program: ListProgram = SHOP) -> dict[str, dict[str, str]]:
    return {"imports": {str(program.urn(name)): id}}


def _foreign(bench: Bench, **inputs: object) -> FakeObject:
    return bench.world.add_foreign("Container", "old-web", {**WEB.inputs, **inputs})


def test_what_is_declared_as_it_is_is_taken_over_untouched(bench: Bench) -> None:
    foreign = _foreign(bench)
    assert bench.steps(SHOP, **_imports("web", "old-web")) == [("import", "web")]
    assert bench.apply(SHOP, **_imports("web", "old-web")).summary == {"import": 1}
    assert bench.world.objects() == [foreign]
    assert {method for method, _, _ in bench.world.calls} == {"observe"}
    bench.settled(SHOP)


def test_it_is_then_changed_healed_and_deleted_like_any_other(bench: Bench) -> None:
    foreign = _foreign(bench)
    bench.apply(SHOP, **_imports("web", foreign.id))
    changed = ListProgram(Item("Container", "web", {"image": "host", "labels": {"team": "blue"}}))
    assert bench.apply(changed).summary == {"update": 1}
    bench.settled(changed)
    foreign = bench.world.objects()[0]
    foreign.inputs["labels"] = {}
    step = bench.step(changed, "web")
    assert (step.op, step.drifted) == (Op.UPDATE, True)
    bench.apply(changed)
    bench.engine.destroy(SHOP.name)
    assert bench.world.objects() == []


def test_it_stays_found_while_nothing_has_stamped_it(bench: Bench) -> None:
    foreign = _foreign(bench)
    bench.apply(SHOP, **_imports("web", foreign.id))
    foreign.inputs["labels"] = {"team": "green"}
    assert bench.step(SHOP, "web").drifted
    bench.world.drop("fake://one", foreign.id)
    assert bench.step(SHOP, "web").reason == "not on the host any more"


def test_what_can_change_in_place_is_changed_in_the_same_run(bench: Bench) -> None:
    foreign = _foreign(bench, labels={})
    assert bench.steps(SHOP, **_imports("web", "old-web")) == [("update", "web")]
    bench.apply(SHOP, **_imports("web", "old-web"))
    assert [(item.id, item.inputs["labels"]) for item in bench.world.objects()] == [(foreign.id, {"team": "red"})]
    bench.settled(SHOP)


def test_what_would_be_made_anew_is_refused(bench: Bench) -> None:
    foreign = _foreign(bench, command=["sleep", "1"])
    with pytest.raises(RefusedError, match=r"containers\.web can't take over its object as it is: command"):
        bench.apply(SHOP, **_imports("web", "old-web"))
    assert bench.world.objects() == [foreign]


def test_an_object_that_is_not_there(bench: Bench) -> None:
    with pytest.raises(HostError, match="there is no Container 'nothing' to take over"):
        bench.apply(SHOP, **_imports("web", "nothing"))
    assert bench.world.objects() == []


def test_an_object_of_this_stack_or_another(bench: Bench) -> None:
    bench.apply(SHOP)
    mine = bench.world.objects()[0]
    both = ListProgram(WEB, Item("Container", "more", {"image": "host", "labels": {"team": "red"}}))
    with pytest.raises(RefusedError, match=r"in this stack already, as containers\.web"):
        bench.plan(both, **_imports("more", mine.id, both))
    mine.stamp = Stamp("other/other", "urn:pulumi:other::other::virtwright:index:Container::front", "op", "hash")
    with pytest.raises(VirtwrightError, match=r"it is containers\.front of other/other"):
        bench.plan(both, **_imports("more", mine.id, both))


def test_an_id_is_of_one_host(bench: Bench) -> None:
    """Another host may have it too; one host under two names has each object once."""
    hosts = {"one": "fake://one", "again": "fake://one", "two": "fake://two"}
    foreign = _foreign(bench)
    bench.world.put("fake://two", replace(foreign, inputs=dict(foreign.inputs)))
    bench.apply(ListProgram(WEB, hosts=hosts), **_imports("web", foreign.id))
    both = ListProgram(WEB, replace(WEB, name="more", host="two"), hosts=hosts)
    assert bench.apply(both, **_imports("more", foreign.id, both)).summary == {"import": 1, "same": 1}
    assert bench.steps(both) == []
    thrice = ListProgram(*both.items, replace(WEB, name="third", host="again"), hosts=hosts)
    with pytest.raises(RefusedError, match=r"in this stack already, as containers\.web"):
        bench.plan(thrice, **_imports("third", foreign.id, thrice))


def test_a_resource_that_is_there_already_takes_over_nothing_more(bench: Bench) -> None:
    bench.apply(SHOP)
    _foreign(bench)
    assert bench.steps(SHOP, **_imports("web", "old-web")) == []


def test_a_plan_tells_what_an_import_costs(bench: Bench) -> None:
    _foreign(bench)
    (step,) = bench.plan(SHOP, **_imports("web", "old-web")).changes
    assert (step.op, step.impact, step.reason) == (Op.IMPORT, Impact.NONE, "taken over")
