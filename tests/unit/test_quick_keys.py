from pathlib import Path

import pytest
from tests import quick_keys

from virtwright.stacks import cipher


@pytest.fixture
def stretched(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bytes]]:
    """What was really stretched, with few rounds."""
    done: list[tuple[str, bytes]] = []
    stretch = cipher._stretch

    def seen(passphrase: str, salt: bytes) -> bytes:
        done.append((passphrase, salt))
        return stretch(passphrase, salt)

    monkeypatch.setattr(cipher, "ROUNDS", 10)
    monkeypatch.setattr(cipher, "_stretch", seen)
    return done


def test_a_key_is_the_same_and_stretched_once(stretched: list[tuple[str, bytes]], tmp_path: Path) -> None:
    wanted = cipher._stretch("horse", b"salt")
    stretched.clear()
    quick_keys.remember(tmp_path)
    assert [cipher._stretch("horse", b"salt") for _ in range(2)] == [wanted, wanted]
    quick_keys.remember(tmp_path)  # as another process would
    assert cipher._stretch("horse", b"salt") == wanted
    assert stretched == [("horse", b"salt")]


def test_keys_are_told_apart(
    stretched: list[tuple[str, bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick_keys.remember(tmp_path)
    found = {cipher._stretch(*each) for each in (("horse", b"salt"), ("horse", b"other"), ("cow", b"salt"))}
    monkeypatch.setattr(cipher, "ROUNDS", 11)
    found.add(cipher._stretch("horse", b"salt"))
    assert len(found) == len(stretched) == 4
