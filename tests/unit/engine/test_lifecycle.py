"""Create, change, heal, replace and delete, on fake hosts."""

import pytest
from tests.programs import Item, ListProgram
from tests.unit.engine.conftest import Bench

from virtwright.engine.step import Op
from virtwright.errors import InputError, RefusedError
from virtwright.providers.diff import Impact
from virtwright.schemas.kinds import KINDS

NET = Item("Network", "back", {"cidr": "10.40.0.0/24"})
DATA = Item("Volume", "data", {"size": "1GiB"})
DB = Item("VirtualMachine", "db", {"networks": ["{back}"], "disks": [{"volume": "{data}"}]}, uses=("back", "data"))
WEB = Item("Container", "web", {"image": "host", "networks": ["{back}"]}, uses=("back",), after=("db",))
SHOP = ListProgram(NET, DATA, DB, WEB)


def _with(**changed: Item) -> ListProgram:
    items = {item.name: item for item in SHOP.items} | changed
    return ListProgram(*items.values())


def test_apply_creates_in_order_then_plan_shows_nothing(bench: Bench) -> None:
    assert bench.steps(SHOP) == [("create", "back"), ("create", "data"), ("create", "db"), ("create", "web")]
    assert bench.world.objects() == []
    result = bench.apply(SHOP)
    assert result.succeeded and result.summary == {"create": 4}
    created = [name for method, _, name in bench.world.calls if method == "create"]
    assert created.index("back") < created.index("db") < created.index("web")
    bench.settled(SHOP)


def test_one_listing_for_each_host_and_kind(bench: Bench) -> None:
    bench.apply(SHOP)
    bench.world.calls.clear()
    bench.plan(SHOP)
    observed = [kind for method, kind, _ in bench.world.calls if method == "observe"]
    assert sorted(observed) == sorted(KINDS)


def test_a_live_change_updates(bench: Bench) -> None:
    bench.apply(SHOP)
    changed = _with(back=Item("Network", "back", {"cidr": "10.40.0.0/24", "labels": {"team": "red"}}))
    step = bench.step(changed, "back")
    assert (step.op, step.impact, [change.field for change in step.changes]) == ("update", Impact.LIVE, ["labels.team"])
    assert bench.apply(changed).summary == {"update": 1, "same": 3}
    bench.settled(changed)


def test_a_replaced_network_takes_its_members_along_but_no_volume(bench: Bench) -> None:
    bench.apply(SHOP)
    data = bench.world.find("data").id
    changed = _with(back=Item("Network", "back", {"cidr": "10.41.0.0/24"}))
    assert bench.steps(changed) == [("replace", "back"), ("replace", "db"), ("replace", "web")]
    assert bench.step(changed, "web").reason == "it uses networks.back, which is replaced"
    assert bench.apply(changed).summary == {"replace": 3, "same": 1}
    assert bench.world.find("data").id == data
    bench.settled(changed)


def test_a_container_is_replaced_without_a_gap(bench: Bench) -> None:
    bench.apply(SHOP)
    bench.world.calls.clear()
    changed = _with(web=Item("Container", "web", {"image": "other", "networks": ["{back}"]}, uses=("back",)))
    bench.apply(changed)
    order = [method for method, _, name in bench.world.calls if name == "web"]
    assert order == ["create", "delete"]
    bench.settled(changed)


def test_drift_is_seen_and_healed(bench: Bench) -> None:
    bench.apply(SHOP)
    web, back = bench.world.find("web"), bench.world.find("back")
    web.broken = True
    back.inputs["labels"] = {"by": "hand"}
    bench.world.drop("fake://one", bench.world.find("db").id)
    steps = {step.urn.name: step for step in bench.plan(SHOP).changes}
    assert {name: step.op.value for name, step in steps.items()} == {"web": "update", "back": "update", "db": "create"}
    assert all(step.drifted for step in steps.values())
    assert steps["db"].reason == "not on the host any more"
    bench.apply(SHOP)
    bench.settled(SHOP)


def test_a_volume_that_somebody_removed_is_not_made_anew_in_silence(bench: Bench) -> None:
    bench.apply(SHOP)
    bench.world.drop("fake://one", bench.world.find("db").id)
    bench.world.drop("fake://one", bench.world.find("data").id)
    assert bench.engine.refresh(SHOP.name).succeeded, "what is written down there must not forget it"
    for attempt in (lambda: bench.plan(SHOP), lambda: bench.apply(SHOP)):
        with pytest.raises(RefusedError, match=r"the data of volumes\.data is gone: somebody removed it") as caught:
            attempt()
        assert "--allow-data-loss volumes.data" in (caught.value.hint or "")
    assert "data" not in bench.world.names()
    step = next(each for each in bench.plan(SHOP, allow_data_loss=("volumes.data",)).changes if each.kind == "Volume")
    assert (step.op, step.impact, step.drifted) == (Op.CREATE, Impact.DATA_LOSS, True)
    assert step.reason == "not on the host any more; its data is gone with it"
    assert bench.apply(SHOP, allow_data_loss=("volumes.data",)).succeeded
    bench.settled(SHOP)


def test_ignored_changes_are_left_alone(bench: Bench) -> None:
    program = _with(back=Item("Network", "back", {"cidr": "10.40.0.0/24"}, options={"ignore_changes": ("labels",)}))
    bench.apply(program)
    bench.world.find("back").inputs["labels"] = {"by": "hand"}
    assert bench.steps(program) == []


def test_what_leaves_the_program_is_deleted_dependants_first(bench: Bench) -> None:
    bench.apply(SHOP)
    bench.world.calls.clear()
    less = ListProgram(DATA)
    assert sorted(bench.steps(less)) == [("delete", "back"), ("delete", "db"), ("delete", "web")]
    bench.apply(less)
    deleted = [name for method, _, name in bench.world.calls if method == "delete"]
    assert deleted == ["web", "db", "back"]
    bench.settled(less)


def test_destroy_refuses_to_lose_data_and_changes_nothing(bench: Bench) -> None:
    bench.apply(SHOP)
    with pytest.raises(RefusedError, match=r"the data of volumes\.data would be lost") as caught:
        bench.engine.destroy(SHOP.name)
    assert "--allow-data-loss volumes.data" in (caught.value.hint or "")
    assert len(bench.world.objects()) == 4
    from virtwright.engine.plan import RunOptions

    assert bench.engine.destroy(SHOP.name, RunOptions(allow_data_loss=("data",))).succeeded
    assert bench.world.objects() == [] and bench.store.stack(SHOP.name).resources() == []


def test_one_command_allows_all_losses(bench: Bench) -> None:
    logs = Item("Volume", "logs", {"size": "1GiB"})
    bench.apply(ListProgram(NET, DATA, logs))
    with pytest.raises(RefusedError) as caught:
        bench.plan(ListProgram(NET))
    hints = [problem.hint for problem in caught.value.problems]
    command = "virtwright plan --allow-data-loss volumes.data --allow-data-loss volumes.logs"
    assert hints == [None, f"if that is what you want, name them:\n    {command}"]


def test_a_pattern_never_allows_data_loss(bench: Bench) -> None:
    bench.apply(SHOP)
    with pytest.raises(InputError, match="exact names only") as caught:
        bench.plan(ListProgram(NET), allow_data_loss=("d*",))
    assert "--allow-data-loss volumes.data" in (caught.value.hint or "")


def test_protected_resources_stay(bench: Bench) -> None:
    program = _with(web=Item("Container", "web", {"image": "host"}, options={"protect": True}))
    bench.apply(program)
    with pytest.raises(RefusedError, match=r"containers\.web is protected"):
        bench.plan(ListProgram(NET, DATA, DB))
    with pytest.raises(RefusedError, match="protected"):
        bench.plan(_with(web=Item("Container", "web", {"image": "other"}, options={"protect": True})))


def test_retained_resources_are_forgotten_and_stay_on_the_host(bench: Bench) -> None:
    program = _with(data=Item("Volume", "data", {"size": "1GiB"}, options={"retain_on_delete": True}))
    bench.apply(program)
    bench.apply(ListProgram(NET))
    assert bench.world.names() == ["back", "data"]
    assert [record.urn.name for record in bench.records(program)] == ["back"]


def test_a_moved_resource_keeps_its_object(bench: Bench) -> None:
    bench.apply(SHOP)
    id = bench.world.find("web").id
    front = Item("Container", "front", {"image": "host", "networks": ["{back}"]}, uses=("back",), was=("web",))
    moved = ListProgram(NET, DATA, DB, front)
    assert bench.steps(moved) == [("move", "front")]
    bench.apply(moved)
    assert bench.world.find("front").id == id
    bench.settled(moved)


def test_what_depends_on_a_moved_resource_follows_in_the_same_commit(bench: Bench) -> None:
    bench.apply(ListProgram(NET, WEB_ALONE))
    renamed = Item("Network", "front", {"cidr": "10.40.0.0/24"}, was=("back",))
    user = Item("Container", "web", {"image": "host", "networks": ["{front}"]}, uses=("front",))

    def stop(method: str, kind: str, name: str) -> None:
        if method == "update" and name == "front":
            bench.engine.interrupt()

    bench.world.before = stop
    bench.apply(ListProgram(renamed, user))
    web = next(record for record in bench.records(SHOP) if record.urn.name == "web")
    assert {urn.name for urn in web.dependencies} == {"front"}


def test_what_an_excluded_resource_needs_stays(bench: Bench) -> None:
    bench.apply(ListProgram(NET, WEB_ALONE))
    bench.apply(ListProgram(DATA), exclude=("web",))
    assert bench.world.names() == ["back", "data", "web"]
    bench.apply(ListProgram(DATA))
    assert bench.world.names() == ["data"]


def test_moving_to_another_host_creates_there_and_deletes_here(bench: Bench) -> None:
    hosts = {"one": "fake://one", "two": "fake://two"}
    web = Item("Container", "web", {"image": "host"})
    bench.apply(ListProgram(web, hosts=hosts))
    away = ListProgram(Item("Container", "web", {"image": "host"}, host="two"), hosts=hosts)
    step = bench.step(away, "web")
    assert step.reason.startswith(
        "it moves to another host; it is made anew there; lost: what was written inside of it"
    )
    assert ("host", "one", "two") in [(each.field, each.prior, each.goal) for each in step.changes]
    bench.apply(away)
    assert (bench.world.names("fake://one"), bench.world.names("fake://two")) == ([], ["web"])
    assert bench.steps(away) == []


def test_a_host_with_another_uri_gets_everything_anew(bench: Bench) -> None:
    bench.apply(ListProgram(NET, WEB_ALONE))
    moved = ListProgram(NET, WEB_ALONE, hosts={"one": "fake://two"})
    assert [op for op, _ in bench.steps(moved)] == ["replace", "replace"]
    bench.apply(moved)
    assert (bench.world.names("fake://one"), bench.world.names("fake://two")) == ([], ["back", "web"])
    assert bench.steps(moved) == []


WEB_ALONE = Item("Container", "web", {"image": "host", "networks": ["{back}"]}, uses=("back",))


def test_what_is_replaced_on_request_goes_in_the_order_that_its_provider_needs(bench: Bench) -> None:
    alone = ListProgram(NET)
    bench.apply(alone)
    (step,) = bench.plan(alone, replace=("back",)).changes
    assert (step.op, step.reason, step.changes) == ("replace", "asked for", ())
    assert step.delete_before_create
    assert bench.apply(alone, replace=("back",)).summary == {"replace": 1}
    bench.settled(alone)


def test_targets_take_what_they_need_along(bench: Bench) -> None:
    assert bench.steps(SHOP, targets=("db",)) == [("create", "back"), ("create", "data"), ("create", "db")]
    bench.apply(SHOP, targets=("vms.db",))
    assert bench.world.names() == ["back", "data", "db"]
    assert bench.steps(SHOP, exclude=("web",)) == []


def test_excluding_leaves_out_what_needs_it(bench: Bench) -> None:
    assert bench.steps(SHOP, exclude=("db",)) == [("create", "back"), ("create", "data")]


def test_replace_on_request(bench: Bench) -> None:
    bench.apply(SHOP)
    id = bench.world.find("web").id
    bench.apply(SHOP, replace=("web",))
    assert bench.world.find("web").id != id
    bench.settled(SHOP)


def test_an_unknown_target_names_the_near_one(bench: Bench) -> None:
    with pytest.raises(InputError) as caught:
        bench.plan(SHOP, targets=("dbb",))
    assert caught.value.hint == "did you mean db?"


def test_a_stamped_object_that_the_state_lost_is_adopted(bench: Bench) -> None:
    bench.apply(SHOP)
    state = bench.store.stack(SHOP.name)
    with state.acquire(holder="test", wait=0) as lease:
        from virtwright.engine.state.records import Changes

        state.commit(
            Changes(remove=tuple(record.row for record in state.resources() if record.urn.name == "web")), lease
        )
    assert bench.steps(SHOP) == [("adopt", "web")]
    bench.apply(SHOP)
    bench.settled(SHOP)
