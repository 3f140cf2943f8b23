import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest
from tests.stack_files import complaints, load, own_keys, write

from virtwright.errors import InputError, SecretsError
from virtwright.schemas.values import UNKNOWN, Sealed, Secret, reveal
from virtwright.stacks.cipher import Cipher
from virtwright.stacks.config_store import ConfigStore
from virtwright.stacks.keys import Keys
from virtwright.stacks.load import open_config
from virtwright.trust import Untrusted

DECLARED = """
config:
  replicas: {type: integer, default: 2}
  ratio: {type: number, default: 0.5}
  debug: {type: boolean, default: false}
  region: {default: here}
  zones: {type: list, default: []}
  extra: {type: map, default: {}}
  db-password: {secret: true, default: "-", description: of the database}
"""


def stack(folder: Path, file: str | None = None, declared: str = DECLARED) -> Path:
    if file is not None:
        (folder / "shop.shop.yaml").write_text(dedent(file).lstrip("\n"))
    return write(folder, declared)


def values(path: Path, *config: str, **options: object) -> dict[str, object]:
    return dict(load(path, *config, **options).config)


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return own_keys(tmp_path)


@pytest.fixture
def store(tmp_path: Path, keys: Keys) -> ConfigStore:
    return open_config(stack(tmp_path), keys=keys)


def test_defaults(tmp_path: Path) -> None:
    assert values(stack(tmp_path)) == {
        "replicas": 2,
        "ratio": 0.5,
        "debug": False,
        "region": "here",
        "zones": [],
        "extra": {},
        "db-password": Secret("-"),
    }


def test_the_order_of_the_sources(tmp_path: Path) -> None:
    path = stack(tmp_path, "config:\n  region: file\n")
    environment = {"VIRTWRIGHT_CONFIG_REGION": "environment"}
    assert values(path)["region"] == "file"
    assert values(path, environment=environment)["region"] == "environment"
    assert values(path, "region=first", "region=line", environment=environment)["region"] == "line"


def test_each_environment_has_its_file(tmp_path: Path) -> None:
    path = stack(tmp_path)
    (tmp_path / "shop.prod.yaml").write_text("config: {region: prod}\n")
    assert values(path, stack="prod")["region"] == "prod"
    assert values(path, stack="test")["region"] == "here"


def test_texts_become_what_is_declared(tmp_path: Path) -> None:
    given = ("replicas=5", "ratio=2", "debug=true", "region=12", "zones=[a, 1]", "extra={a: {b: 1}}", "db-password=a=b")
    assert values(stack(tmp_path), *given) == {
        "replicas": 5,
        "ratio": 2,
        "debug": True,
        "region": "12",
        "zones": ["a", 1],
        "extra": {"a": {"b": 1}},
        "db-password": Secret("a=b"),
    }


def test_a_strangers_stack_is_not_told_what_the_operator_gives(tmp_path: Path) -> None:
    """Whether that is secret is the operator's to say, and no declaration of the stack's."""
    path = stack(tmp_path, "config:\n  zones: [b]\n")
    given = ("region=GIVEN", "db-password=GIVEN", "replicas=GIVEN", "ratio=0.25")
    assert values(path, *given[:1])["region"] == "GIVEN"
    found = values(path, *given, environment={"VIRTWRIGHT_CONFIG_DEBUG": "yes"}, trust=Untrusted(tmp_path))
    unknown = dict.fromkeys(("region", "db-password", "replicas", "ratio", "debug"), UNKNOWN)
    assert found == {**unknown, "zones": ["b"], "extra": {}}


def test_names_of_variables(tmp_path: Path) -> None:
    environment = {"VIRTWRIGHT_CONFIG_DB_PASSWORD": "x"}
    assert values(stack(tmp_path), environment=environment)["db-password"] == Secret("x")


def test_the_form_of_pulumi_is_read(tmp_path: Path) -> None:
    path = stack(tmp_path, "secretsprovider: passphrase\nconfig:\n  shop:replicas: '7'\n  shop:region: there\n")
    found = values(path)
    assert (found["replicas"], found["region"]) == (7, "there")


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "config:\n", "config: {}\n"])
def test_an_empty_file_gives_nothing(tmp_path: Path, text: str) -> None:
    assert values(stack(tmp_path, text))["region"] == "here"


def test_every_error_of_a_configuration_is_told_with_its_place(tmp_path: Path) -> None:
    file = """
    encryptedkey: x
    secretsprovider: awskms://x
    config:
      replicas: many
      debug: 1
      region: 1.27
      regoin: x
      other:region: x
    """
    path = stack(tmp_path, file)
    with pytest.raises(InputError) as caught:
        load(path, "zons=[]", "nonsense", "ratio=x", environment={"VIRTWRIGHT_CONFIG_ZONES": "5"})
    found = [(p.where.line, p.where.column, p.where.path, p.message, p.hint) for p in caught.value.problems]
    file_name = str(tmp_path / "shop.shop.yaml")
    assert {p.where.file for p in caught.value.problems} == {file_name, None}
    assert sorted(found, key=lambda each: (each[0] or 0, each[3])) == [
        (None, None, "--config", "--config takes KEY=VALUE", None),
        (None, None, "--config ratio", "ratio: expected a number, got 'x'", None),
        (None, None, "--config", "the stack declares no configuration key 'zons'", "did you mean zones?"),
        (None, None, "VIRTWRIGHT_CONFIG_ZONES", "zones: expected a list, as [a, b], got '5'", None),
        (1, 1, None, "unknown key 'encryptedkey'", "known keys: encryptionsalt, config, secretsprovider"),
        (2, 18, "secretsprovider", "only the secrets provider passphrase can be used", found_hint(caught.value)),
        (4, 13, "config.replicas", "replicas: expected a whole number, got 'many'", None),
        (5, 10, "config.debug", "debug: expected true or false, got 1", None),
        (6, 11, "config.region", "region: expected text, got 1.27", 'put it in quotes: "..."'),
        (7, 11, "config.regoin", "the stack declares no configuration key 'regoin'", "did you mean region?"),
        (8, 3, "config", "the key 'other:region' belongs to another project", "write shop:region, or region alone"),
    ]


def found_hint(error: InputError) -> str | None:
    return next(p.hint for p in error.problems if p.where.path == "secretsprovider")


def test_all_that_is_missing_is_listed_at_once(tmp_path: Path) -> None:
    declared = "config:\n  a: {}\n  b: {secret: true, description: of b}\n  c: {default: x}\nvms: {v: {description: '${config.a}'}}\n"
    assert complaints(stack(tmp_path, declared=declared)) == [
        (
            "5:6 config.a: the configuration has no value for a, b (give each a value:\n"
            f"    virtwright config set a VALUE --file {tmp_path}/shop.yaml\n"
            f"    virtwright config set --secret b --file {tmp_path}/shop.yaml   # of b)"
        )
    ]


def test_declarations_are_checked(tmp_path: Path) -> None:
    declared = "config:\n  a: {type: int}\n  b: {type: integer, default: x}\n  c: {default: '${vms.x.address}'}\noutputs: {x: '${config.a}'}\n"
    found = complaints(stack(tmp_path, declared=declared))
    assert [each.split(":")[0] for each in found] == ["5", "6", "7"]
    assert "integer" in found[0]


def test_set_and_get_and_remove(store: ConfigStore) -> None:
    store.set("replicas", "5")
    store.set("zones", "[a, b]")
    store.set("region", "no")
    assert store.get("replicas") == 5
    assert store.get("zones") == ["a", "b"]
    assert store.get("region") == "no"
    assert 'region: "no"' in store.path.read_text()
    store.remove("zones")
    assert store.get("zones") == []
    with pytest.raises(InputError, match="the file holds no 'zones'"):
        store.remove("zones")


def test_none_of_several_that_are_set_at_the_same_time_is_lost(store: ConfigStore, tmp_path: Path) -> None:
    wanted = {"replicas": 3, "region": "there", "db-password": Secret("s3cret"), "ratio": 0.25, "debug": True}
    with ThreadPoolExecutor(len(wanted)) as pool:
        list(pool.map(lambda each: store.set(each[0], json.dumps(reveal(each[1])).strip('"')), wanted.items()))
    assert {name: store.get(name) for name in wanted} == wanted
    assert {each.name for each in tmp_path.glob("*shop.shop*")} == {"shop.shop.yaml"}


def test_secrets_are_encrypted_and_read_by_the_program(store: ConfigStore, keys: Keys, tmp_path: Path) -> None:
    store.set("db-password", "hunter2")
    store.set("region", "topsecret", secret=True)
    text = store.path.read_text()
    assert "hunter2" not in text
    assert "topsecret" not in text
    assert "encryptionsalt: " in text
    assert store.get("db-password") == Secret("hunter2")
    found = values(tmp_path / "shop.yaml", keys=keys)
    assert found["db-password"] == Secret("hunter2")
    assert found["region"] == Secret("topsecret")
    assert isinstance(reveal(values(tmp_path / "shop.yaml")["db-password"]), Sealed)


def test_a_secret_of_another_type(tmp_path: Path, keys: Keys) -> None:
    path = stack(tmp_path, declared="config: {n: {type: integer, secret: true}, m: {type: map, secret: true}}\n")
    store = open_config(path, keys=keys)
    store.set("n", "5")
    store.set("m", "{a: [1]}")
    assert values(path, keys=keys) == {"n": Secret(5), "m": Secret({"a": [1]})}


def test_secrets_inside_objects_as_pulumi_writes_them(tmp_path: Path, keys: Keys) -> None:
    cipher = Cipher.from_keys(keys)
    inner = json.dumps({"user": "me", "password": {"secure": cipher.encrypt("hunter2")}})
    path = stack(tmp_path, f"encryptionsalt: {cipher.salt}\nconfig:\n  shop:extra: {inner}\n")
    assert values(path, keys=keys)["extra"] == {"user": "me", "password": Secret("hunter2")}


def test_a_ciphertext_moved_to_another_key_is_refused(store: ConfigStore, keys: Keys, tmp_path: Path) -> None:
    store.set("db-password", "hunter2")
    store.path.write_text(store.path.read_text().replace("db-password:", "region:"))
    with pytest.raises(SecretsError, match="moved here from another place") as caught:
        values(tmp_path / "shop.yaml", keys=keys)
    assert caught.value.where.file == str(store.path)
    assert caught.value.where.line is not None


def test_a_wrong_passphrase(store: ConfigStore, tmp_path: Path) -> None:
    store.set("db-password", "hunter2")
    with pytest.raises(SecretsError, match="passphrase is not the one"):
        values(tmp_path / "shop.yaml", keys=Keys({"VIRTWRIGHT_PASSPHRASE": "wrong"}))


def test_encrypted_values_without_a_salt(tmp_path: Path, keys: Keys) -> None:
    (found,) = complaints(stack(tmp_path, "config: {region: {secure: 'v1:AAAA:BBBB'}}\n"), keys=None)
    assert "there are encrypted values but no encryptionsalt" in found


def test_comments_and_order_stay(tmp_path: Path, keys: Keys) -> None:
    before = """
    # of the shop
    config:
      # how many
      replicas: 3   # three
      'shop:region': "x"
      zones:
        - a   # first
        - b
    """
    path = stack(tmp_path, before)
    store = open_config(path, keys=keys)
    store.set("replicas", "4")
    store.set("region", "there")
    store.set("debug", "true")
    expected = dedent(before).lstrip("\n").replace("replicas: 3", "replicas: 4").replace('"x"', '"there"')
    assert store.path.read_text() == expected + "  debug: true\n"


def test_a_file_of_comments_keeps_them(tmp_path: Path, keys: Keys) -> None:
    store = open_config(stack(tmp_path, "# mine\n"), keys=keys)
    store.set("replicas", "4")
    assert store.path.read_text() == "# mine\nconfig:\n  replicas: 4\n"


def test_the_mode_of_the_file_is_kept_and_a_new_one_is_private(store: ConfigStore) -> None:
    store.set("replicas", "4")
    assert store.path.stat().st_mode & 0o777 == 0o600
    store.path.chmod(0o644)
    store.set("db-password", "x")
    assert store.path.stat().st_mode & 0o777 == 0o644
    assert [each.name for each in store.path.parent.glob(".shop*")] == []


def test_a_value_of_the_wrong_type_changes_nothing(store: ConfigStore) -> None:
    with pytest.raises(InputError, match="replicas: expected a whole number, got 'x'"):
        store.set("replicas", "x")
    assert not store.path.exists()


def test_a_secret_of_the_wrong_type_is_not_shown(tmp_path: Path, keys: Keys) -> None:
    path = stack(tmp_path, declared="config: {n: {type: integer, secret: true, default: 1}}\n")
    with pytest.raises(InputError) as caught:
        open_config(path, keys=keys).set("n", "hunter2")
    assert caught.value.message == "n: expected a whole number"
    for source in ({"config": ["n=hunter2"]}, {"environment": {"VIRTWRIGHT_CONFIG_N": "hunter2"}}):
        config = source.pop("config", [])
        assert "hunter2" not in repr(complaints(path, *config, **source))
    (tmp_path / "shop.shop.yaml").write_text("config: {n: hunter2}\n")
    assert "hunter2" not in repr(complaints(path))


@pytest.mark.parametrize(
    "now", ["{type: number, default: 1}", "{type: boolean, default: true}", "{type: list, default: []}"]
)
def test_what_was_encrypted_is_not_shown_where_its_type_is_another_one_now(
    tmp_path: Path, keys: Keys, now: str
) -> None:
    """Also where the stack does not say any more that it is secret."""
    path = stack(tmp_path, declared="config: {n: {secret: true}}\n")
    open_config(path, keys=keys).set("n", "hunter2")
    told = repr(complaints(stack(tmp_path, declared=f"config: {{n: {now}}}\n"), keys=keys))
    assert "n: expected" in told and "hunter2" not in told


def test_an_undeclared_key_can_not_be_set(store: ConfigStore) -> None:
    with pytest.raises(InputError, match="declares no configuration key 'regoin'") as caught:
        store.set("regoin", "x")
    assert caught.value.hint == "did you mean region?"


def test_list_shows_every_key_and_no_secret(store: ConfigStore) -> None:
    store.set("db-password", "hunter2")
    store.set("replicas", "4")
    items = {item.name: item for item in store.list()}
    assert (items["replicas"].value, items["replicas"].origin, items["replicas"].type) == (4, "file", "integer")
    assert (items["region"].value, items["region"].origin) == ("here", "default")
    assert (items["db-password"].value, items["db-password"].secret) == (Secret(None), True)
    assert items["db-password"].description == "of the database"
    assert "hunter2" not in repr(items)


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "no",
        "1",
        "1e3",
        "~",
        "",
        " a ",
        "a: b",
        "- a",
        "#x",
        "'",
        '"',
        "a\nb\n",
        "\t",
        "${x}",
        "{a",
        "é\u202e",
        "null",
        "0o7",
        "22:22",
        "*a",
        "&a",
        "!x",
        "%",
        "@",
        "`",
        "\x07",
    ],
)
def test_every_text_comes_back_as_it_was(store: ConfigStore, tmp_path: Path, text: str) -> None:
    store.set("region", text)
    assert store.get("region") == text
    assert values(tmp_path / "shop.yaml")["region"] == text


def test_a_broken_file_is_not_overwritten(tmp_path: Path, keys: Keys) -> None:
    store = open_config(stack(tmp_path, "config: [\n"), keys=keys)
    with pytest.raises(InputError, match="not valid YAML"):
        store.set("region", "x")
    assert store.path.read_text() == "config: [\n"


def test_the_list_says_which_variable_sets_a_key(tmp_path: Path) -> None:
    text = "config:\n  size: {type: integer, default: 1}\n  key: {type: string, secret: true}\n"
    store = open_config(write(tmp_path, text), keys=Keys({"VIRTWRIGHT_HOME": str(tmp_path)}))
    environment = {"VIRTWRIGHT_CONFIG_SIZE": "7", "VIRTWRIGHT_CONFIG_KEY": "hunter2"}
    size, key = replace(store, environment=environment).list()
    assert replace(store, environment=environment).get("size") == 7
    assert replace(store, environment=environment).get("key") == Secret("hunter2")
    assert (size.value, size.origin) == (7, "VIRTWRIGHT_CONFIG_SIZE")
    assert (reveal(key.value), key.origin) == (None, "VIRTWRIGHT_CONFIG_KEY")
    (wrong, _) = replace(store, environment={"VIRTWRIGHT_CONFIG_SIZE": "many"}).list()
    assert wrong.value == "many"
