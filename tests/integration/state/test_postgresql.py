"""What only a server can do to a state: go down, cut the line, fill up, refuse, be shared with others."""

import itertools
import os
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.fake_provider import FakeWorld
from tests.postgresql_lab import PASSWORD, Server
from tests.programs import Item, ListProgram
from tests.states import NAME, commit, keys_in, open_store, resource

from virtwright.engine.api import Engine
from virtwright.engine.plan import RunOptions
from virtwright.engine.state.copying import copy_stack
from virtwright.engine.state.records import Changes
from virtwright.engine.state.store import StateStore
from virtwright.errors import LeaseLostError, RefusedError, StateError, VirtwrightError
from virtwright.schemas.values import Secret

pytestmark = [pytest.mark.root, pytest.mark.usefixtures("location")]
CHAIN = ListProgram(
    *(Item("Network", f"n{number}", after=(f"n{number - 1}",) if number else ()) for number in range(16))
)
MANY = ListProgram(*(Item("Network", f"n{number}") for number in range(120)))


@pytest.fixture
def harmed(server: Server) -> Iterator[Server]:
    """The server, which this test may stop and kill: its databases recover."""
    yield server
    if not server.process:
        server.start()


def _engine(store: StateStore, world: FakeWorld) -> Engine:
    return Engine(store, opener=world.open)


def _is_settled(store: StateStore, world: FakeWorld, program: ListProgram) -> bool:
    plan = _engine(store, world).plan(program)
    state = store.stack(program.name)
    ids = sorted(record.id or "" for record in state.resources() if record.kind != "Host")
    return not plan.changes and state.open_operations() == [] and ids == sorted(each.id for each in world.objects())


def test_what_is_committed_is_read_by_another_machine(tmp_path: Path) -> None:
    with open_store(tmp_path / "one") as store:
        state = store.stack(NAME, create=True)
        commit(state, Changes(put=(resource("web", inputs={"key": "plain"}),), outputs={"url": "http://web"}))
    with open_store(tmp_path / "two") as store:
        assert store.stacks() == [NAME]
        state = store.stack(NAME)
        assert [record.urn.name for record in state.resources()] == ["web"]
        assert (state.outputs(), state.serial) == ({"url": "http://web"}, 1)


def test_no_secret_reaches_the_server_in_clear(tmp_path: Path, server: Server, location: str) -> None:
    with open_store(tmp_path) as store:
        state = store.stack(NAME, create=True)
        commit(state, Changes(put=(resource("web", inputs={"password": Secret("hunter2-hunter2")}),)))
        commit(state, Changes())
        assert state.resources()[0].inputs["password"] == Secret("hunter2-hunter2")
    dump = subprocess.run(["pg_dump", location], capture_output=True, text=True, check=True, timeout=120).stdout
    assert "web" in dump and "hunter2" not in dump
    backups = list(tmp_path.rglob("*.jsonl.gz"))
    assert backups and all(path.stat().st_mode & 0o777 == 0o600 for path in backups)


def test_an_apply_survives_a_server_that_is_killed_and_comes_back(tmp_path: Path, harmed: Server) -> None:
    world = FakeWorld(latency=0.03)
    with open_store(tmp_path) as store:
        _engine(store, world).apply(ListProgram())
        with ThreadPoolExecutor(1) as thread:
            harm: list[Future[None]] = []
            world.before = _after(20, lambda: harm.append(thread.submit(harmed.restart_suddenly, 0.5)))
            result = _engine(store, world).apply(MANY)
            harm[0].result()
        assert result.succeeded and result.summary["create"] == 120
        assert _is_settled(store, world, MANY)


def test_an_apply_survives_connections_that_are_cut(tmp_path: Path, server: Server, location: str) -> None:
    world = FakeWorld(latency=0.02)
    over = threading.Event()
    cuts: list[str] = []

    def cut() -> None:
        while not over.wait(0.2):
            name = location.rpartition("/")[2]
            where = f"WHERE datname = '{name}' AND pid <> pg_backend_pid()"
            cuts.append(server.sql(f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity {where}"))

    with open_store(tmp_path) as store, ThreadPoolExecutor(1) as thread:
        _engine(store, world).apply(ListProgram())
        cutting = thread.submit(cut)
        try:
            result = _engine(store, world).apply(MANY)
        finally:
            over.set()
        cutting.result()
        assert result.succeeded and sum(map(int, cuts)) >= 1
        assert _is_settled(store, world, MANY)


def test_a_server_that_stays_away_fails_the_run_and_the_next_one_converges(
    tmp_path: Path, harmed: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("virtwright.engine.state.stack._PATIENCE", 0.5)
    world = FakeWorld(latency=0.03)
    with open_store(tmp_path) as store:
        _engine(store, world).apply(ListProgram())
        world.before = _after(8, lambda: harmed.stop("immediate"))
        with pytest.raises(StateError, match="can't reach the state database"):
            result = _engine(store, world).apply(CHAIN, RunOptions(lease_ttl=2.0))
            assert not result.succeeded
            raise result_error(store)
    harmed.start()
    world.before = None
    assert 0 < len(world.objects()) < 16
    with open_store(tmp_path) as store:
        assert _engine(store, world).apply(CHAIN).succeeded
        assert len(world.objects()) == 16
        assert _is_settled(store, world, CHAIN)


def _after(creates: int, do: Callable[[], None]) -> Callable[[str, str, str], None]:
    """Does something when that many objects were asked for."""
    counted = itertools.count(1)

    def before(method: str, kind: str, name: str) -> None:
        if method == "create" and next(counted) == creates:
            do()

    return before


def result_error(store: StateStore) -> StateError:
    """What a state that can't be reached says."""
    try:
        store.stacks()
    except StateError as error:
        return error
    raise AssertionError("the server is still there")


def test_a_disk_that_fills_up_loses_nothing_that_was_committed(tmp_path: Path) -> None:
    place = Path(tempfile.mkdtemp(prefix="virtwright-small-"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128m,mode=755", "tmpfs", str(place)], check=True)
    place.chmod(0o755)
    server = Server.make(place)
    ballast = place / "ballast"
    free = os.statvfs(place)
    ballast.write_bytes(bytes(free.f_bavail * free.f_frsize - (24 << 20)))
    try:
        server.start()
        with StateStore.open(server.url, keys_in(tmp_path / "home")) as store:
            state = store.stack(NAME, create=True)
            with state.acquire(holder="a test", wait=5) as lease:
                state.commit(Changes(put=(resource("first"),)), lease)
                big = {"text": os.urandom(300_000).hex()}
                with pytest.raises(VirtwrightError, match=r"disk is full|can't reach"):
                    for number in range(200):
                        state.commit(Changes(put=(resource(f"big{number}", row=f"r{number}", inputs=big),)), lease)
                done = state.serial
            ballast.unlink()
            server.restart_suddenly()
            fresh = store.stack(NAME)
            assert fresh.serial >= done
            names = [record.urn.name for record in fresh.resources()]
            assert len(names) == fresh.serial and "first" in names
            fresh.unlock()
            commit(fresh, Changes(put=(resource("after"),)))
    finally:
        server.stop("immediate")
        subprocess.run(["umount", "-l", str(place)], check=True)
        place.rmdir()


def test_a_lease_taken_away_fences_off_its_holder(tmp_path: Path) -> None:
    with open_store(tmp_path / "one") as one, open_store(tmp_path / "two") as two:
        mine, theirs = one.stack(NAME, create=True), two.stack(NAME)
        lease = mine.acquire(holder="one", wait=5)
        assert (held := theirs.lease()) is not None and held.holder == "one"
        theirs.unlock()
        with theirs.acquire(holder="two", wait=0) as other:
            theirs.commit(Changes(put=(resource("theirs"),)), other)
        with pytest.raises(LeaseLostError):
            mine.commit(Changes(put=(resource("mine"),)), lease)
        lease.release()
        assert [record.urn.name for record in theirs.resources()] == ["theirs"]


def test_two_who_create_the_same_stack_have_one(tmp_path: Path) -> None:
    with open_store(tmp_path / "one") as one, open_store(tmp_path / "two") as two, ThreadPoolExecutor(8) as threads:
        made = [threads.submit(store.stack, NAME, create=True) for store in (one, two) * 4]
        assert len({each.result().uid for each in made}) == 1
        assert one.stacks() == [NAME]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda url: url.replace(PASSWORD, "wrong"), "refuses the password"),
        (lambda url: url + "_missing", "no such database"),
        (lambda url: url.replace("127.0.0.1:", "127.0.0.1:1"), "can't reach the state database|not the URL"),
        (lambda url: url.replace("owner:", "nobody:"), "refuses"),
        (lambda url: url.rpartition("/")[0], "names no database"),
    ],
)
def test_a_server_that_refuses_is_told_with_what_to_do_and_without_the_password(
    tmp_path: Path, location: str, change: "object", message: str
) -> None:
    with pytest.raises(StateError, match=message) as raised:
        StateStore.open(change(location), keys_in(tmp_path))  # type: ignore[operator]
    assert raised.value.problem.hint
    assert PASSWORD not in str(raised.value.problem)


def test_a_user_without_rights_is_told(tmp_path: Path, server: Server, location: str) -> None:
    server.sql("DROP ROLE IF EXISTS guest; CREATE ROLE guest LOGIN PASSWORD 'guest'")
    url = location.replace(f"owner:{PASSWORD}", "guest:guest")
    with StateStore.open(url, keys_in(tmp_path)) as store, pytest.raises(StateError, match="may not do that"):
        store.stack(NAME, create=True)


def test_tables_of_others_in_the_same_database_are_left_alone(tmp_path: Path, server: Server, location: str) -> None:
    psql = ["psql", "-X", "-A", "-t", location, "-c"]
    subprocess.run([*psql, "CREATE TABLE resource (theirs text); INSERT INTO resource VALUES ('kept')"], check=True)
    with open_store(tmp_path) as store:
        commit(store.stack(NAME, create=True), Changes(put=(resource("web"),)))
    told = subprocess.run([*psql, "SELECT theirs FROM public.resource"], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "kept"


def test_a_stack_is_copied_there_and_back_with_all_it_has(tmp_path: Path, location: str) -> None:
    keys = keys_in(tmp_path)
    world = FakeWorld()
    with StateStore.open(tmp_path / "a.db", keys) as file, StateStore.open(location, keys) as server:
        _engine(file, world).apply(
            ListProgram(Item("Container", "web", {"image": "host", "environment": {"P": Secret("hunter2")}}))
        )
        name = file.stacks()[0]
        with file.stack(name).acquire(holder="a test", wait=5) as lease:
            assert copy_stack(file, server, name, lease) == 2
            with pytest.raises(RefusedError, match="has a stack shop already"):
                copy_stack(file, server, name, lease)
        with StateStore.open(tmp_path / "b.db", keys) as back, server.stack(name).acquire(holder="t", wait=5) as lease:
            copy_stack(server, back, name, lease)
            one, two, three = (store.stack(name) for store in (file, server, back))
            assert one.resources() == two.resources() == three.resources()
            assert one.history() == two.history() == three.history() and one.history()
            assert one.runs() == two.runs() == three.runs()
        assert _is_settled(
            server,
            world,
            ListProgram(Item("Container", "web", {"image": "host", "environment": {"P": Secret("hunter2")}})),
        )
