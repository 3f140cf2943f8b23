"""Class A of the bad inputs: whatever happens to the file, what is read is what was written, or a clear error."""

import os
import random
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.states import NAME, commit, keys_in, open_store, operation, resource

from virtwright.engine.state.records import Changes
from virtwright.errors import SecretsError, StateError
from virtwright.schemas.values import Secret
from virtwright.stacks.cipher import Cipher

pytestmark = [pytest.mark.slow, pytest.mark.soak]
CASES = 1_000 * int(os.environ.get("VIRTWRIGHT_SOAK", "1"))
SECRET = "correct-horse-battery"


@pytest.fixture(scope="module")
def memory() -> Iterator[Path]:
    """A folder in memory: nothing here is about what a disk keeps."""
    path = Path(tempfile.mkdtemp(dir="/dev/shm", prefix="virtwright-test-"))
    yield path
    shutil.rmtree(path)


class Sound:
    """A sound database and what it holds. Its copies share its key, which is derived once."""

    def __init__(self, home: Path) -> None:
        self.home = home
        with open_store(home) as store:
            state = store.stack(NAME, create=True)
            net = resource("net")
            web = resource("web", inputs={"p": Secret(SECRET)}, dependencies=frozenset([net.urn]))
            filler = tuple(resource(f"filler{number}", inputs={"text": "x" * 300}) for number in range(20))
            op = operation("db", inputs={"p": Secret(SECRET)})
            commit(state, Changes(put=(net, web, *filler), begin=(op,), outputs={"p": Secret(SECRET)}))
            self.cipher = state.cipher
            self.content = self.read(home)
        self.data = (home / "state.db").read_bytes()

    def read(self, home: Path) -> object:
        with open_store(home) as store:
            state = store.stack(NAME)
            return state.resources(), state.open_operations(), state.outputs()


@pytest.fixture(scope="module")
def sound(memory: Path) -> Sound:
    return Sound(memory / "sound")


def damage(data: bytes, dice: random.Random) -> bytes:
    """Cut, filled with NULs, overwritten with noise, bits flipped, a page copied over another."""
    start = dice.randrange(len(data))
    length = min(dice.choice((1, 2, 8, 64, 512, 4096)), len(data) - start)
    kind = dice.randrange(5)
    if kind == 0:
        return data[:start]
    if kind == 1:
        return data[:start] + bytes(length) + data[start + length :]
    if kind == 2:
        return data[:start] + dice.randbytes(length) + data[start + length :]
    if kind == 3:
        return data[:start] + bytes([data[start] ^ (1 << dice.randrange(8))]) + data[start + 1 :]
    pages = len(data) // 4096
    source, target = dice.randrange(pages) * 4096, dice.randrange(pages) * 4096
    return data[:target] + data[source : source + 4096] + data[target + 4096 :]


def test_a_damaged_database_is_told_or_read_as_it_was(
    sound: Sound, memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    derived = sound.cipher
    monkeypatch.setattr(Cipher, "_open", lambda self: derived._opened())  # the same key, without deriving it each time
    home = memory / "damaged"
    dice = random.Random(20260101)
    refused = 0
    for case in range(CASES):
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(mode=0o700)
        shutil.copy(keys_in(sound.home).key_file, home / "key")
        broken = damage(sound.data, dice)
        (home / "state.db").write_bytes(broken)
        try:
            assert sound.read(home) == sound.content, f"case {case}: read something else"
        except (StateError, SecretsError) as error:
            refused += 1
            assert SECRET not in str(error), f"case {case}: shows a secret"
            if broken:
                assert (home / "state.db").read_bytes() == broken, f"case {case}: was changed by reading it"
    assert CASES // 5 < refused < CASES


@pytest.mark.parametrize("suffix", ["-wal", "-shm"])
def test_a_damaged_log_is_told_or_read_as_some_commit(memory: Path, suffix: str) -> None:
    """The log holds the newest commits: cut anywhere, a prefix of them is left."""
    home = memory / f"log{suffix}"
    with open_store(home) as store:
        state = store.stack(NAME, create=True)
        with state.acquire(holder="me", wait=0, backup=False) as lease:
            for number in range(5):
                state.commit(Changes(put=(resource(f"r{number}"),)), lease)
            parts = {name: (home / name).read_bytes() for name in ("state.db", "state.db-wal", "state.db-shm")}
    dice = random.Random(1)
    seen = set()
    for _ in range(300):
        shutil.rmtree(home / "state.db.serials", ignore_errors=True)
        for name, data in parts.items():
            (home / name).write_bytes(damage(data, dice) if name.endswith(suffix) else data)
        try:
            with open_store(home) as store:
                names = [record.urn.name for record in store.stack(NAME).resources()]
            assert names == [f"r{number}" for number in range(len(names))]
            seen.add(len(names))
        except StateError:
            seen.add(-1)
    assert len(seen) > (suffix == "-wal")
