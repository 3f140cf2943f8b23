import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from virtwright.errors import SecretsError
from virtwright.stacks.keys import Keys, is_random_key


def test_the_environment_is_asked_in_order(tmp_path: Path) -> None:
    file = tmp_path / "passphrase"
    file.write_text("from file\n")
    environment = {
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(file),
        "PULUMI_CONFIG_PASSPHRASE": "pulumi",
        "VIRTWRIGHT_PASSPHRASE_FILE": str(file),
        "VIRTWRIGHT_PASSPHRASE": "",
    }
    found = []
    for variable in reversed(list(environment)):
        found.append(Keys(dict(environment)).find().passphrase)
        del environment[variable]
    assert found == ["", "from file", "pulumi", "from file"]


def test_a_key_is_never_shown() -> None:
    keys = Keys({"VIRTWRIGHT_PASSPHRASE": "hunter2"})
    assert "hunter2" not in repr(keys) + repr(keys.find())


def test_a_key_file_is_made_once_and_private(tmp_path: Path) -> None:
    keys = Keys({"VIRTWRIGHT_HOME": str(tmp_path / "deep" / "home")})
    first = keys.find()
    assert is_random_key(first.passphrase)
    assert keys.find() == first
    assert stat.S_IMODE(keys.key_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(keys.home.stat().st_mode) == 0o700
    assert [path.name for path in keys.home.iterdir()] == ["key"]


def test_racing_first_users_agree_on_one_key(tmp_path: Path) -> None:
    keys = Keys({"VIRTWRIGHT_HOME": str(tmp_path / "home")})
    with ThreadPoolExecutor(16) as pool:
        found = set(pool.map(lambda _: keys.find().passphrase, range(64)))
    assert len(found) == 1


def test_a_missing_key_is_not_replaced_where_secrets_wait_for_it(tmp_path: Path) -> None:
    keys = Keys({"VIRTWRIGHT_HOME": str(tmp_path)})
    with pytest.raises(SecretsError, match="no key"):
        keys.find(create=False)
    assert not keys.key_file.exists()


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o620, 0o610, 0o604, 0o602, 0o601])
def test_a_key_file_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    keys = Keys({"VIRTWRIGHT_HOME": str(tmp_path)})
    keys.find()
    keys.key_file.chmod(mode)
    with pytest.raises(SecretsError, match="read by others") as caught:
        keys.find()
    assert "chmod 600" in (caught.value.hint or "")


@pytest.mark.parametrize("content", [b"", b"vwkey1-short", b"\xff\xfe", b"hunter2"])
def test_a_damaged_key_file_is_told(tmp_path: Path, content: bytes) -> None:
    keys = Keys({"VIRTWRIGHT_HOME": str(tmp_path)})
    keys.key_file.write_bytes(content)
    keys.key_file.chmod(0o600)
    with pytest.raises(SecretsError) as caught:
        keys.find()
    assert caught.value.where.file == str(keys.key_file)


def test_a_passphrase_file_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(SecretsError, match="No such file"):
        Keys({"VIRTWRIGHT_PASSPHRASE_FILE": str(tmp_path / "none")}).find()
