"""A state goes to Pulumi's form and comes back."""

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.pulumi_facts import verify
from tests.rich_stack import NAME, SECRETS, RichProgram, RichStack
from tests.states import keys_in, open_store

from virtwright.engine.state.pulumi.reading import Imported, import_deployment
from virtwright.engine.state.pulumi.writing import export_deployment
from virtwright.engine.state.records import Changes, ResourceRecord
from virtwright.engine.state.stack import StackState
from virtwright.errors import InputError, SecretsError, StateError, VirtwrightError
from virtwright.stacks.cipher import Cipher
from virtwright.stacks.keys import Keys


@pytest.fixture
def rich(tmp_path: Path) -> Iterator[RichStack]:
    with open_store(tmp_path / "home") as store:
        made = RichStack(store)
        made.apply()
        made.add_remains()
        yield made


def exported(state: StackState, keys: Keys | None = None) -> dict[str, Any]:
    """As a file has it."""
    document: dict[str, Any] = json.loads(json.dumps(export_deployment(state, keys or state.keys), allow_nan=False))
    return document


def bring_in(state: StackState, document: dict[str, Any], keys: Keys | None = None) -> Imported:
    with state.acquire(holder="me", wait=1) as lease:
        return import_deployment(state, document, keys or state.keys, lease)


def plain(records: list[ResourceRecord]) -> dict[tuple[str, bool], ResourceRecord]:
    """Without the ids of rows, which are new in each store."""
    return {(str(each.urn), each.doomed): replace(each, row="") for each in records}


def find(document: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(
        each
        for each in document["deployment"]["resources"]
        if each["urn"].endswith(f"::{name}") and "delete" not in each
    )
    return found


def by_pulumi(document: dict[str, Any]) -> dict[str, Any]:
    """As Pulumi writes it after an update that changed nothing: without what it does not know."""
    told = copy.deepcopy(document)
    told["deployment"]["metadata"] = {}
    told["deployment"]["manifest"] = {"time": "2026-01-01T00:00:00Z", "magic": "", "version": ""}
    return told


def test_what_is_written_is_what_pulumi_demands_and_shows_no_secret(rich: RichStack) -> None:
    document = exported(rich.state)
    verify(document)
    assert document["version"] == 4 and document["features"] == ["byteString", "hooks"]
    text = json.dumps(document, ensure_ascii=False)
    assert not any(secret in text for secret in SECRETS)


def test_the_same_state_gives_the_same_document(rich: RichStack) -> None:
    assert exported(rich.state) == exported(rich.state)


def test_every_fact_has_its_field(rich: RichStack) -> None:
    document = exported(rich.state)
    stack, web, back = find(document, "shop-shop"), find(document, "web"), find(document, "back")
    assert stack["urn"] == "urn:pulumi:shop::shop::pulumi:pulumi:Stack::shop-shop"
    assert stack["outputs"]["nested"] == {"list": [1, 2.5, None, True, "ü\u2028"]}
    assert back["protect"] and back["retainOnDelete"] and back["parent"] == stack["urn"]
    host = find(document, "one")
    assert host["type"] == "pulumi:providers:virtwright" and back["provider"] == f"{host['urn']}::{host['id']}"
    assert web["parent"].endswith("my:module:Part::part") and web["type"] == "virtwright:index:Container"
    assert [urn.rpartition("::")[2] for urn in web["dependencies"]] == ["back", "db"]
    assert web["propertyDependencies"]["environment"] == [find(document, "db")["urn"]]
    assert web["resourceHooks"] == {"BeforeDelete": ["tell"]} and web["deletedWith"] == find(document, "db")["urn"]
    assert find(document, "db")["customTimeouts"] == {"delete": 90.0}
    assert find(document, "gone")["pendingReplacement"]
    [old] = [each for each in document["deployment"]["resources"] if each.get("delete")]
    assert old["id"] == "old"
    [pending] = document["deployment"]["pending_operations"]
    assert pending["type"] == "deleting" and pending["resource"]["id"] == "late-1"
    assert web["outputs"]["image"] == "host" and "id" not in web["outputs"]


def test_what_was_imported_says_so_and_what_pulumi_tells_is_looked_for_by_its_id(rich: RichStack) -> None:
    web = next(each for each in rich.state.resources() if each.urn.name == "web" and not each.doomed)
    taken = replace(web, traits=web.traits.model_copy(update={"imported": True}))
    with rich.state.acquire(holder="me", wait=1) as lease:
        rich.state.commit(Changes(put=(taken,)), lease)
    document = exported(rich.state)
    assert {each["urn"]: each["importID"] for each in document["deployment"]["resources"] if "importID" in each} == {
        str(web.urn): web.id
    }
    bring_in(rich.state, document)
    assert [each.urn.name for each in rich.state.resources() if each.traits.imported] == ["web"]
    bring_in(rich.state, by_pulumi(document))
    objects = {each.urn.name for each in rich.state.resources() if each.traits.imported}
    assert objects == {"back", "data", "db", "gone", "web"}, "but neither hosts nor components"


def test_a_secret_is_read_with_pulumis_own_steps(rich: RichStack) -> None:
    document = exported(rich.state)
    salt = document["deployment"]["secrets_providers"]["state"]["salt"]
    cipher = Cipher.from_passphrase(rich.state.keys.find().passphrase, salt)
    told = find(document, "web")["inputs"]["environment"]["PASSWORD"]["ciphertext"]
    assert json.loads(cipher.decrypt(told)) == SECRETS[0]


def test_an_import_gives_the_same_state_and_plans_no_changes(rich: RichStack, tmp_path: Path) -> None:
    document = exported(rich.state)
    with open_store(tmp_path / "home" / "other") as other:
        state = other.stack(NAME, create=True)
        keys = rich.state.keys
        (tmp_path / "home" / "other" / "key").unlink(missing_ok=True)
        (tmp_path / "home" / "other" / "key").write_bytes(keys.key_file.read_bytes())
        (tmp_path / "home" / "other" / "key").chmod(0o600)
        assert bring_in(state, document).remarks == ()
        assert plain(state.resources()) == plain(rich.state.resources())
        assert state.outputs() == rich.state.outputs()
        [mine], [theirs] = state.open_operations(), rich.state.open_operations()
        assert replace(mine, row=None) == replace(theirs, row=None) and mine.row is not None
        assert exported(state)["deployment"]["resources"] == document["deployment"]["resources"]


@pytest.mark.parametrize("through_pulumi", [False, True])
def test_after_an_import_nothing_is_to_be_changed(tmp_path: Path, through_pulumi: bool) -> None:
    with open_store(tmp_path) as store:
        rich = RichStack(store)
        rich.apply()
        document = exported(rich.state)
        bring_in(rich.state, by_pulumi(document) if through_pulumi else document)
        assert not rich.engine.plan(RichProgram()).changes
        assert rich.engine.apply(RichProgram()).succeeded
        assert {each.stamp.urn.rpartition("::")[2] for each in rich.world.objects()} == {"back", "data", "db", "web"}


def test_a_trigger_that_pulumi_tells_is_compared(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        rich = RichStack(store)
        rich.apply()
        document = by_pulumi(exported(rich.state))
        find(document, "db")["replacementTrigger"] = {
            "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": '"one"'
        }  # fmt: skip
        bring_in(rich.state, document)
        assert not rich.engine.plan(RichProgram()).changes
        [step] = [each for each in rich.engine.plan(RichProgram("two")).changes if each.urn.name == "db"]
        assert str(step.op) == "replace"


def test_what_pulumi_tells_and_we_have_no_word_for_is_given_back(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        rich = RichStack(store)
        rich.apply()
        document = by_pulumi(exported(rich.state))
        told = {"ignoreChanges": ["labels"], "additionalSecretOutputs": ["name"], "fieldOfTomorrow": {"a": [1]}}
        find(document, "db").update(told, customTimeouts={"create": 30.0, "delete": 90.0})
        find(document, "db")["replaceWith"] = [find(document, "back")["urn"]]
        bring_in(rich.state, document)
        assert rich.engine.apply(RichProgram()).succeeded
        again = exported(rich.state)
        db = find(again, "db")
        assert {name: db[name] for name in told} == told and db["customTimeouts"] == {"create": 30.0, "delete": 90.0}
        assert db["replaceWith"] == [find(again, "back")["urn"]] and "replaceWith" in again["features"]


def test_what_pulumi_adds_to_a_stack_is_understood(tmp_path: Path) -> None:
    """A default provider under its version, aliases, stack references, what was only read, what was under way."""
    with open_store(tmp_path) as store:
        rich = RichStack(store)
        rich.apply()
        document = by_pulumi(exported(rich.state))
        resources = document["deployment"]["resources"]
        for each in resources:
            for name in ("urn", "provider"):
                if name in each:
                    each[name] = each[name].replace("::one", "::default_0_1_0")
        old = find(document, "back")["urn"]
        text = json.dumps(document).replace(old, f"{old}-before")
        document = json.loads(text)
        back = find(document, "back-before")
        back.update(urn=old, aliases=[f"{old}-before"])
        stack = document["deployment"]["resources"][0]["urn"]
        reader = {"urn": "urn:pulumi:shop::shop::pulumi:providers:pulumi::default", "custom": True, "id": "x",
                  "type": "pulumi:providers:pulumi"}  # fmt: skip
        reference = {"urn": "urn:pulumi:shop::shop::pulumi:pulumi:StackReference::other", "custom": True, "id": "other",
                     "type": "pulumi:pulumi:StackReference", "external": True, "parent": stack,
                     "provider": f"{reader['urn']}::x"}  # fmt: skip
        document["deployment"]["resources"][1:1] = [reader, reference]
        find(document, "db")["dependencies"].append(reference["urn"])
        document["deployment"]["pending_operations"] = [{"resource": find(document, "db"), "type": "updating"}]
        find(document, "web")["taint"] = True
        told = bring_in(rich.state, document)
        assert len(told.remarks) == 2 and told.resources == 7
        names = sorted(each.urn.name for each in rich.state.resources())
        assert names == ["back", "data", "db", "default", "part", "two", "web"]


def _spoilt(document: dict[str, Any], how: str) -> dict[str, Any]:
    deployment = document["deployment"]
    web = find(document, "web")
    secret = web["inputs"]["environment"]["PASSWORD"]
    match how:
        case "special property":
            find(document, "part")["outputs"] = {"4dabf18193072939515e22adb298388d": "x"}
        case "half a letter":
            secret.pop("ciphertext")
            secret["plaintext"] = '"\\ud800"'
        case "magic":
            deployment["manifest"]["magic"] = "0"
        case "order":
            deployment["resources"].reverse()
        case "twice":
            deployment["resources"].append(web)
        case "missing":
            deployment["resources"].remove(find(document, "db"))
        case "provider":
            web["provider"] = "urn:pulumi:shop::shop::pulumi:providers:virtwright::no::1"
        case "no provider":
            del web["provider"]
        case "type":
            web["type"] = "virtwright:index:Network"
        case "urn":
            web["urn"] = "web"
        case "id":
            find(document, "part")["id"] = "x"
        case "salt":
            deployment["secrets_providers"]["state"] = {}
        case "ciphertext":
            secret["ciphertext"] = secret["ciphertext"][:-8] + "AAAAAAA="
        case "no ciphertext":
            del secret["ciphertext"]
        case "both":
            secret["plaintext"] = '"x"'
        case "not json":
            secret.pop("ciphertext")
            secret["plaintext"] = "{"
        case "special":
            web["inputs"]["environment"] = {"4dabf18193072939515e22adb298388d": "nothing"}
        case "deep":
            for _ in range(200):
                web["inputs"] = {"a": web["inputs"]}
        case "huge":
            web["inputs"]["cpus"] = 10**400
        case "unknown":
            web["inputs"]["image"] = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
        case "no such field":
            web["inputs"]["colour"] = "red"
        case "wrong value":
            find(document, "db")["inputs"]["cpus"] = "many"
        case "host":
            find(document, "one")["inputs"] = {}
        case "nul":
            web["id"] = "a\0b"
        case "version":
            document["version"] = 5
        case "old version":
            document["version"] = 2
        case "feature":
            document["features"] = ["snippets-prototype"]
        case "other stack":
            return dict(json.loads(json.dumps(document).replace("urn:pulumi:shop::", "urn:pulumi:prod::")))
        case "alias":
            web["aliases"] = find(document, "db")["aliases"] = ["urn:pulumi:shop::shop::a:b:c::d"]
    return document


SPOILT = (
    "special property",
    "half a letter", "magic", "order", "twice", "missing", "provider", "no provider", "type", "urn", "id", "salt", "ciphertext",
    "no ciphertext", "both", "not json", "special", "deep", "huge", "unknown", "no such field", "wrong value", "host", "nul",
    "version", "old version", "feature", "other stack", "alias",
)  # fmt: skip


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RichStack, dict[str, Any]]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("virtwright.stacks.cipher.ROUNDS", 1000)
        with open_store(tmp_path_factory.mktemp("kept")) as store:
            rich = RichStack(store)
            rich.apply()
            yield rich, by_pulumi(exported(rich.state))


@pytest.mark.parametrize("how", SPOILT)
def test_what_is_damaged_is_told_and_nothing_is_written(kept: tuple[RichStack, dict[str, Any]], how: str) -> None:
    rich, document = kept
    serial, before = rich.state.serial, rich.state.resources()
    with pytest.raises(VirtwrightError) as raised:
        bring_in(rich.state, _spoilt(copy.deepcopy(document), how))
    assert raised.value.message and not any(secret in str(raised.value.problems) for secret in SECRETS)
    assert (rich.state.serial, rich.state.resources()) == (serial, before)


def test_the_undamaged_document_is_taken(kept: tuple[RichStack, dict[str, Any]]) -> None:
    rich, document = kept
    assert bring_in(rich.state, copy.deepcopy(document)).resources == 7


def test_resources_of_other_packages_are_all_named(kept: tuple[RichStack, dict[str, Any]]) -> None:
    rich, document = kept
    document = copy.deepcopy(document)
    resources = document["deployment"]["resources"]
    provider = {"urn": "urn:pulumi:shop::shop::pulumi:providers:aws::main", "custom": True, "id": "1",
                "type": "pulumi:providers:aws"}  # fmt: skip
    bucket = {"urn": "urn:pulumi:shop::shop::aws:s3:Bucket::files", "custom": True, "id": "2", "type": "aws:s3:Bucket",
              "provider": f"{provider['urn']}::1"}  # fmt: skip
    resources += [provider, bucket]
    with pytest.raises(InputError, match="another package") as raised:
        bring_in(rich.state, document)
    assert [problem.where.urn for problem in raised.value.problems] == [provider["urn"], bucket["urn"]]


def test_a_change_after_our_export_is_noticed_and_may_be_meant(rich: RichStack) -> None:
    document = exported(rich.state)
    del find(document, "back")["protect"]
    with pytest.raises(StateError, match="was changed after virtwright had exported it") as raised:
        bring_in(rich.state, document)
    assert "deployment.metadata.virtwright" in (raised.value.hint or "")
    del document["deployment"]["metadata"]["virtwright"]
    bring_in(rich.state, document)
    assert not next(each for each in rich.state.resources() if each.urn.name == "back").protect


@pytest.mark.parametrize("in_outputs", [False, True])
def test_a_secret_copied_to_another_place_is_refused_also_without_the_seal(rich: RichStack, in_outputs: bool) -> None:
    document = by_pulumi(exported(rich.state))
    secret = copy.deepcopy(find(document, "db")["inputs"]["cloud_init"]["runcmd"][0])
    if in_outputs:
        find(document, "shop-shop")["outputs"]["nested"]["list"].append(secret)
    else:
        find(document, "web")["inputs"]["environment"]["SHOWN"] = secret
    with pytest.raises(StateError, match="moved here from another place") as raised:
        bring_in(rich.state, document)
    assert raised.value.where.path in ("outputs.nested.list[5]", "inputs.environment.SHOWN")


def test_a_wrong_passphrase_is_told_before_all_else(rich: RichStack, tmp_path: Path) -> None:
    file = tmp_path / "passphrase"
    file.write_text("correct horse\n")
    document = exported(rich.state, rich.state.keys.for_pulumi(file))
    with pytest.raises(SecretsError, match="passphrase is not the one"):
        bring_in(rich.state, document)
    bring_in(rich.state, document, rich.state.keys.for_pulumi(file))
    assert rich.state.outputs()["password"].value == SECRETS[0]


def test_secrets_of_another_provider_are_told(kept: tuple[RichStack, dict[str, Any]]) -> None:
    rich, document = kept
    document = copy.deepcopy(document)
    document["deployment"]["secrets_providers"] = {"type": "service", "state": {"url": "x"}}
    with pytest.raises(SecretsError, match="'service'") as raised:
        bring_in(rich.state, document)
    assert "change-secrets-provider passphrase" in (raised.value.hint or "")


def test_pulumis_variable_says_which_passphrase_its_documents_have(rich: RichStack, tmp_path: Path) -> None:
    variables = {"VIRTWRIGHT_PASSPHRASE": "ours", "PULUMI_CONFIG_PASSPHRASE": "theirs"}
    document = exported(rich.state, Keys(variables).for_pulumi())
    salt = document["deployment"]["secrets_providers"]["state"]["salt"]
    assert Cipher.from_passphrase("theirs", salt).salt == salt
    assert keys_in(tmp_path).for_pulumi().find().origin.endswith("key")
