"""The plan of a whole stack: what the state and the hosts hold, what the stack says, and the text that a user reads."""

import itertools
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Final

import pytest
from tests import fake_provider
from tests.programs import Item, ListProgram
from tests.unit.cli.examples import rendered
from tests.unit.engine.conftest import Bench

from virtwright.engine.state.records import Changes
from virtwright.errors import HostError, RefusedError
from virtwright.schemas.values import Secret

HOSTS: Final = {"one": "fake://one", "two": "fake://two"}
BACK: Final = Item("Network", "back", {"cidr": "10.40.0.0/24"})
DATA: Final = Item("Volume", "data", {"size": "2GiB"}, after=("back",))
DB: Final = Item(
    "VirtualMachine",
    "db",
    {"memory": "512MiB", "networks": [{"network": "{back}", "address": "10.40.0.10"}], "disks": [{"volume": "{data}"}]},
    uses=("back", "data"),
)
WEB: Final = Item(
    "Container",
    "web",
    {
        "image": "nginx",
        "networks": ["{back}"],
        "environment": {"MODE": "fast", "PASSWORD": Secret("hunter2"), "URL": Secret("http://a:hunter2@db")},
        "labels": {"team": "red"},
    },
    uses=("back",),
    after=("db",),
)
SHOP: Final = (BACK, DATA, DB, WEB)


@pytest.fixture(autouse=True)
def _ids_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = itertools.count(1)
    monkeypatch.setattr(fake_provider, "uuid4", lambda: SimpleNamespace(hex=f"id-{next(numbers)}"))


def program(*items: Item) -> ListProgram:
    return ListProgram(*items, hosts=HOSTS)


def changed(item: Item, **inputs: Any) -> Item:
    return replace(item, inputs={**item.inputs, **inputs})


def shows(bench: Bench, goal: ListProgram, expected: str, **options: Any) -> None:
    assert "\n" + rendered(bench.plan(goal, **options), width=120) == expected


def refusals(bench: Bench, goal: ListProgram) -> list[str]:
    with pytest.raises(RefusedError) as caught:
        bench.plan(goal)
    return sorted(each.message for each in caught.value.problems)


@pytest.fixture
def shop(bench: Bench) -> Bench:
    """With all of the shop applied."""
    assert bench.apply(program(*SHOP)).succeeded
    return bench


def test_what_is_new_is_told_field_by_field_with_its_secrets_masked(bench: Bench) -> None:
    image = Item("Image", "base", {"source": "debian"}, host="two", after=("web",))
    service = Item("Service", "api", {"image": "{base.reference}", "replicas": 3}, host="two", uses=("base",))
    shows(
        bench,
        program(*SHOP, image, service),
        """
host one
├─ + networks.back create
│      cidr  10.40.0.0/24
├─ + volumes.data create
│      size  2GiB
├─ + vms.db create
│      disks[0].volume      (known after apply)
│      disks[0].device      disk
│      memory               512MiB
│      networks[0].network  (known after apply)
│      networks[0].address  10.40.0.10
└─ + containers.web create
       environment.MODE      fast
       environment.PASSWORD  [secret]
       environment.URL       [secret]
       image                 nginx
       labels.team           red
       networks[0]           (known after apply)

host two
├─ + images.base create
│      source.registry  debian
└─ + services.api create
       image     (known after apply)
       replicas  3

Plan: 6 to create.
""",
    )


def test_nothing_to_do(shop: Bench) -> None:
    shows(
        shop,
        program(*SHOP),
        """
No changes: 4 unchanged.
""",
    )


def test_what_changes_in_place(shop: Bench) -> None:
    back = changed(BACK, labels={"team": "red"}, mtu=1400)
    db = changed(DB, memory="1GiB", cpus=2)
    web = changed(WEB, labels={}, resources={"cpus": 0.5})
    shows(
        shop,
        program(back, changed(DATA, size="4GiB"), db, web),
        """
host one
├─ ~ networks.back update live (while it runs)
│      labels.team  red  live
│      mtu          1400  live
├─ ~ volumes.data update live (while it runs)
│      size  2GiB → 4GiB
├─ ~ vms.db update reboot (it is restarted)
│      cpus    1 → 2  live
│      memory  512MiB → 1GiB  reboot
└─ ~ containers.web update live (while it runs)
       labels.team     red → (none)  live
       resources.cpus  0.5  live

Plan: 4 to update.
""",
    )


def test_what_is_made_anew(shop: Bench) -> None:
    web = changed(WEB, environment={"MODE": "slow", "PASSWORD": Secret("swordfish"), "URL": "open"})
    shows(
        shop,
        program(BACK, DATA, DB, web),
        """
host one
└─ ± containers.web replace recreate (it is made anew) new one first
       environment.MODE      fast → slow  recreate
       environment.PASSWORD  [secret] → [secret]  recreate
       environment.URL       [secret] → [secret]  recreate

Plan: 1 to replace, 3 unchanged.
""",
    )


def test_what_is_made_anew_for_the_sake_of_something_that_it_uses(shop: Bench) -> None:
    back = changed(BACK, cidr="10.41.0.0/24")
    db = changed(DB, networks=[{"network": "{back}", "address": "10.41.0.10"}])
    shows(
        shop,
        program(back, DATA, db, WEB),
        """
host one
├─ ± networks.back replace recreate (it is made anew) old one first
│      cidr  10.40.0.0/24 → 10.41.0.0/24
├─ ± vms.db replace recreate (it is made anew) old one first
│      it uses networks.back, which is replaced
└─ ± containers.web replace recreate (it is made anew) old one first
       it uses networks.back, which is replaced

Plan: 3 to replace, 1 unchanged.
""",
    )


def test_what_costs_data(shop: Bench) -> None:
    goal = program(BACK, changed(DATA, size="1GiB"), DB, WEB)
    assert refusals(shop, goal) == ["the data of volumes.data would be lost: it would be replaced"]
    shows(
        shop,
        goal,
        """
host one
├─ ± volumes.data replace data-loss (its data is lost) old one first
│      size  2GiB → 1GiB
└─ ± vms.db replace recreate (it is made anew) old one first
       it uses volumes.data, which is replaced

Plan: 2 to replace, 2 unchanged.
Data is lost in: volumes.data
""",
        allow_data_loss=("data",),
    )


def test_what_is_replaced_on_request(shop: Bench) -> None:
    shows(
        shop,
        program(*SHOP),
        """
host one
├─ ± volumes.data replace data-loss (its data is lost) old one first
│      asked for
├─ ± vms.db replace recreate (it is made anew) old one first
│      it uses volumes.data, which is replaced
└─ ± containers.web replace recreate (it is made anew) new one first
       asked for

Plan: 3 to replace, 1 unchanged.
Data is lost in: volumes.data
""",
        replace=("web", "data"),
        allow_data_loss=("data",),
    )


def test_moves_to_another_host(bench: Bench) -> None:
    machine = replace(DB, inputs={"disks": [{"volume": "{data}"}]}, uses=("data",))
    here = [replace(item, after=()) for item in (DATA, machine)]
    bench.apply(program(*here))
    bench.world.moves = True
    shows(
        bench,
        program(*(replace(item, host="two") for item in here)),
        """
host two
├─ → volumes.data move
│      live
│      host  one → two
└─ → vms.db move live (while it runs)
       live
       host  one → two

Plan: 2 to move.
""",
    )
    shows(
        bench,
        ListProgram(*here, hosts={"one": "fake://other"}),
        """
host one
├─ → volumes.data move
│      live
│      host  fake://one → fake://other
└─ → vms.db move live (while it runs)
       live
       host  fake://one → fake://other

Hosts whose URI changed:
  hosts.one  fake://one → fake://other

Plan: 2 to move.
""",
    )


def test_what_can_not_move_is_made_anew_on_the_other_host(shop: Bench) -> None:
    goal = program(*(replace(item, host="two") for item in SHOP))
    assert refusals(shop, goal) == ["the data of volumes.data would be lost: it would be replaced"]
    shows(
        shop,
        goal,
        """
host two
├─ ± networks.back replace recreate (it is made anew) new one first
│      it moves to another host; it is made anew there; lost: its id id-1
│      host  one → two
├─ ± volumes.data replace data-loss (its data is lost) new one first
│      it moves to another host; it is made anew there; lost: all that it holds
│      host  one → two
├─ ± vms.db replace recreate (it is made anew) new one first
│      it moves to another host; it is made anew there; lost: its id id-3
│      host                 one → two  recreate
│      disks[0].volume      shop-shop-data → (known after apply)  recreate
│      networks[0].network  shop-shop-back → (known after apply)  recreate
└─ ± containers.web replace recreate (it is made anew) new one first
       it moves to another host; it is made anew there; lost: what was written inside of it, but for its volumes, its id
       id-4
       host         one → two  recreate
       networks[0]  {network: shop-shop-back} → (known after apply)  recreate

Plan: 4 to replace.
Data is lost in: volumes.data
""",
        allow_data_loss=("data",),
    )


def test_what_somebody_changed_on_the_host(shop: Bench) -> None:
    world = shop.world
    world.find("web").broken = True
    world.find("web").inputs["environment"] = {"MODE": "hunter2", "PASSWORD": "guessed"}
    world.find("back").inputs["mtu"] = 9000
    world.drop("fake://one", world.find("db").id)
    shows(
        shop,
        program(*SHOP),
        """
host one
├─ ~ networks.back update live (while it runs)
│      drift: the host no longer has it as the last run left it
│      mtu  9000 → (none)
├─ + vms.db create
│      drift: not on the host any more
│      disks[0].volume      shop-shop-data
│      disks[0].device      disk
│      memory               512MiB
│      networks[0].network  shop-shop-back
│      networks[0].address  10.40.0.10
└─ ± containers.web replace recreate (it is made anew) new one first
       drift: the host no longer has it as the last run left it
       environment.MODE      [secret] → [secret]  recreate
       environment.PASSWORD  [secret] → [secret]  recreate
       environment.URL       [secret]  recreate
       running               false → true  live

Plan: 1 to create, 1 to update, 1 to replace, 1 unchanged.
""",
    )
    world.drop("fake://one", world.find("data").id)
    shows(
        shop,
        program(*SHOP),
        """
host one
├─ ~ networks.back update live (while it runs)
│      drift: the host no longer has it as the last run left it
│      mtu  9000 → (none)
├─ + volumes.data create data-loss (its data is lost)
│      drift: not on the host any more; its data is gone with it
│      size  2GiB
├─ + vms.db create
│      drift: not on the host any more
│      disks[0].volume      (known after apply)
│      disks[0].device      disk
│      memory               512MiB
│      networks[0].network  shop-shop-back
│      networks[0].address  10.40.0.10
└─ ± containers.web replace recreate (it is made anew) new one first
       drift: the host no longer has it as the last run left it
       environment.MODE      [secret] → [secret]  recreate
       environment.PASSWORD  [secret] → [secret]  recreate
       environment.URL       [secret]  recreate
       running               false → true  live

Plan: 2 to create, 1 to update, 1 to replace.
Data is lost in: volumes.data
""",
        allow_data_loss=("volumes.data",),
    )


def test_what_is_not_whole(shop: Bench) -> None:
    shop.world.find("web").complete = False
    shows(
        shop,
        program(*SHOP),
        """
host one
└─ ± containers.web replace recreate (it is made anew) old one first
       its creation was interrupted

Plan: 1 to replace, 3 unchanged.
""",
    )


def test_what_only_the_host_knows(shop: Bench) -> None:
    state = shop.store.stack(program().name)
    with state.acquire(holder="test", wait=0) as lease:
        gone = tuple(each.row for each in state.resources() if each.urn.name in ("db", "web"))
        state.commit(Changes(remove=gone), lease)
    shows(
        shop,
        program(BACK, DATA, DB, changed(WEB, labels={"team": "blue"})),
        """
host one
├─ & vms.db adopt
│      found on the host with this stack's stamp
└─ ~ containers.web update live (while it runs)
       found on the host with this stack's stamp
       labels.team  red → blue

Plan: 1 to update, 1 to adopt, 2 unchanged.
""",
    )


def test_what_somebody_else_made(bench: Bench) -> None:
    bench.world.add_foreign("Volume", "files", {"size": "1GiB"})
    bench.world.add_foreign("Container", "legacy", {"image": "nginx", "labels": {"by": "hand"}})
    files = Item("Volume", "files", {"size": "1GiB"}, options={"import_id": "files"})
    legacy = Item("Container", "old", {"image": "nginx"}, after=("files",), options={"import_id": "legacy"})
    shows(
        bench,
        program(files, legacy),
        """
host one
├─ > volumes.files import
│      taken over
└─ ~ containers.old update live (while it runs)
       taken over
       labels.by  hand → (none)

Changes in the state alone:
  output files  (none) → files
  output old  (none) → legacy

Plan: 1 to update, 1 to import.
""",
    )


def test_what_leaves_the_stack_and_what_may_not(shop: Bench) -> None:
    kept = replace(DATA, options={"retain_on_delete": True})
    shop.apply(program(BACK, kept, DB, WEB))
    shows(
        shop,
        program(BACK),
        """
host one
├─ - containers.web delete
├─ - vms.db delete
└─ - volumes.data delete
       its object stays on the host (retain_on_delete)

Changes in the state alone:
  output data  shop-shop-data → (none)
  output db  shop-shop-db → (none)
  output web  shop-shop-web → (none)

Plan: 2 to delete, 1 to forget, 1 unchanged.
""",
    )
    guarded = replace(DB, options={"protect": True, "deleted_with": program(*SHOP).urn("data")})
    shop.apply(program(BACK, DATA, guarded, WEB))
    protected = "vms.db is protected and would be deleted"
    assert refusals(shop, program(BACK, DATA)) == [protected]
    assert refusals(shop, program(BACK)) == [
        "the data of volumes.data would be lost: it would be deleted",
        f"{protected} (its object goes with volumes.data (deleted_with))",
    ]
    free = replace(guarded, options={**guarded.options, "protect": False})
    shows(
        shop,
        program(BACK, DATA, free, WEB),
        """
Changes in the state alone:
  vms.db protect  true → false

No changes on the hosts: 4 unchanged.
""",
    )
    shop.apply(program(BACK, DATA, free, WEB))
    shows(
        shop,
        program(BACK),
        """
host one
├─ - containers.web delete
├─ - vms.db delete
│      its object goes with volumes.data (deleted_with)
└─ - volumes.data delete data-loss (its data is lost)

Changes in the state alone:
  output data  shop-shop-data → (none)
  output db  shop-shop-db → (none)
  output web  shop-shop-web → (none)

Plan: 3 to delete, 1 unchanged.
Data is lost in: volumes.data
""",
        allow_data_loss=("data",),
    )


def test_what_has_another_name(shop: Bench) -> None:
    front = replace(changed(WEB, labels={"team": "blue"}), name="front", was=("web",))
    main = replace(DB, name="main", was=("db",))
    shows(
        shop,
        program(BACK, DATA, main, replace(front, after=("main",))),
        """
host one
├─ → vms.main move
│      was vms.db
└─ ~ containers.front update live (while it runs)
       was containers.web
       labels.team  red → blue

Changes in the state alone:
  output db  shop-shop-db → (none)
  output front  (none) → shop-shop-web
  output main  (none) → shop-shop-db
  output web  shop-shop-web → (none)

Plan: 1 to update, 1 to move, 2 unchanged.
""",
    )


def test_what_an_earlier_replacement_left(shop: Bench) -> None:
    def stop(method: str, kind: str, name: str) -> None:
        if method == "delete":
            raise HostError("it is busy")

    shop.world.before = stop
    goal = program(BACK, DATA, DB, changed(WEB, image="caddy"))
    assert not shop.apply(goal).succeeded
    shop.world.before = None
    shows(
        shop,
        goal,
        """
host one
└─ - containers.web delete
       the old one of a replacement

Changes in the state alone:
  output web  shop-shop-web → shop-shop-web-id-5

Plan: 1 to delete, 4 unchanged.
""",
    )


@pytest.mark.parametrize("selection", [{"targets": ("db",)}, {"exclude": ("web",)}], ids=["targets", "exclude"])
def test_what_a_run_is_about(shop: Bench, selection: dict[str, tuple[str, ...]]) -> None:
    shows(
        shop,
        program(changed(BACK, mtu=1400), DATA, changed(DB, cpus=2), changed(WEB, image="caddy")),
        """
host one
├─ ~ networks.back update live (while it runs)
│      mtu  1400
└─ ~ vms.db update live (while it runs)
       cpus  1 → 2

Plan: 2 to update, 1 unchanged.
""",
        **selection,
    )


def test_a_field_that_the_stack_wants_a_new_object_for(shop: Bench) -> None:
    web = replace(
        changed(WEB, labels={"team": "blue"}),
        options={"replace_on_changes": ("labels",), "delete_before_replace": True},
    )
    shows(
        shop,
        program(BACK, DATA, DB, web),
        """
host one
└─ ± containers.web replace recreate (it is made anew) old one first
       labels.team changes (replace_on_changes)
       labels.team  red → blue

Plan: 1 to replace, 3 unchanged.
""",
    )
