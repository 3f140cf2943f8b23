"""Every field of every kind reaches the engine under its own name, in its nested forms too."""

from typing import Any

import pulumi
import pytest
from tests.pulumi_mocks import MockedEngine

import virtwright as vw
from virtwright.codegen.forms import Choice, Field, Form, ListOf, MapOf, Object, OneOf, Scalar, fields_of
from virtwright.codegen.vocabulary import TOP, nested_models
from virtwright.schemas.host import Host
from virtwright.schemas.kinds import KINDS
from virtwright.schemas.model import Model
from virtwright.schemas.urn import HOST_TYPE, type_token

_WORDS: dict[type, Any] = {str: "text", int: 7, float: 1.5, bool: True}


def value(form: Form, *, as_args: bool) -> Any:
    """A value of that form: nested objects as args objects, or as plain dictionaries."""
    match form:
        case Scalar(kind):
            return _WORDS[kind]
        case Choice(_, words):
            return words[-1]
        case ListOf(item):
            return [value(item, as_args=as_args)]
        case MapOf(inner):
            return {"a_key": value(inner, as_args=as_args)}
        case OneOf(members):
            nested = [each for each in members if isinstance(each, Object | ListOf)]
            return value(nested[0] if nested else members[0], as_args=as_args)
        case Object(model):
            fields = {field.name: value(field.input, as_args=as_args) for field in fields_of(model)}
            return getattr(vw, f"{model.__name__}Args")(**fields) if as_args else fields


def required(model: type[Model], besides: Field) -> dict[str, Any]:
    return {
        field.name: value(field.input, as_args=False)
        for field in fields_of(model)
        if field.required and field.name != besides.name
    }


@pytest.mark.parametrize("model", TOP, ids=lambda model: model.__name__)
@pytest.mark.parametrize("as_args", [True, False], ids=["args", "dictionaries"])
def test_each_field_is_sent_under_its_name_and_nothing_else(model: type[Model], as_args: bool) -> None:
    engine = MockedEngine()
    fields = fields_of(model)

    async def program() -> None:
        for field in fields:
            given = {field.name: value(field.input, as_args=as_args), **required(model, field)}
            getattr(vw, model.__name__)(f"the-{field.name}", **given)

    engine.run(program)
    for field in fields:
        seen = engine.one(f"the-{field.name}")
        assert seen.type == (HOST_TYPE if model is Host else type_token(model.__name__))
        assert seen.inputs == {field.name: value(field.input, as_args=False), **required(model, field)}


@pytest.mark.parametrize("model", nested_models(), ids=lambda model: model.__name__)
def test_args_class_and_dictionary_have_the_fields_of_the_model(model: type[Model]) -> None:
    fields = fields_of(model)
    args, form = getattr(vw, f"{model.__name__}Args"), getattr(vw, f"{model.__name__}ArgsDict")
    assert list(args.__dataclass_fields__) == [field.name for field in fields]
    assert list(form.__annotations__) == [field.name for field in fields]
    optional = {name for name, kind in form.__annotations__.items() if "NotRequired" in str(kind)}
    assert optional == {field.name for field in fields if not field.required}
    with pytest.raises(TypeError, match="unexpected keyword argument"):
        args(not_a_field=1)


def test_outputs_are_typed_nested_objects() -> None:
    engine = MockedEngine(
        told={
            "address": "10.0.0.5",
            "addresses": {"back": "10.0.0.5"},
            "memory": 1024,
            "disks": [{"size": 5, "mount": "/data"}],
            "cloud_init": {"runcmd": ["one", ["two", "words"]], "users": [{"name": "ann", "uid": 1000}]},
            "resources": {"cpu_limit": 0.5},
        }
    )

    async def program() -> tuple[Any, ...]:
        machine = vw.VirtualMachine("db")
        return (
            await machine.address.future(),
            await machine.addresses.future(),
            await machine.memory.future(),
            await machine.disks.future(),
            await machine.cloud_init.future(),
            await machine.resources.apply(lambda limits: limits.cpu_limit).future(),
        )

    address, addresses, memory, disks, init, limit = engine.run(program)
    assert (address, addresses, memory, limit) == ("10.0.0.5", {"back": "10.0.0.5"}, 1024, 0.5)
    assert type(memory) is int
    assert isinstance(disks[0], vw.outputs.Disk) and (disks[0].size, disks[0].mount) == (5, "/data")
    assert init.runcmd == ["one", ["two", "words"]]
    assert isinstance(init.users[0], vw.outputs.User) and init.users[0].uid == 1000


@pytest.mark.parametrize("kind", KINDS)
def test_get_reads_by_id_and_sends_no_inputs(kind: str) -> None:
    engine = MockedEngine(told={"name": "back-1"})

    async def program() -> Any:
        return await getattr(vw, kind).get("it", "id-7").name.future()

    assert engine.run(program) == "back-1"
    assert (engine.one("it").id, engine.one("it").inputs) == ("id-7", {})


def test_a_host_is_the_provider_of_its_resources() -> None:
    engine = MockedEngine()

    async def program() -> Any:
        host = vw.Host("kvm1", uri="qemu:///system")
        vw.Network("back", opts=pulumi.ResourceOptions(provider=host))
        return await host.name.future()

    assert engine.run(program) == "kvm1"
    provider = engine.one("back").provider
    assert provider is not None and provider.endswith("pulumi:providers:virtwright::kvm1::kvm1-id")


def test_functions_ask_by_token_and_give_typed_answers() -> None:
    engine = MockedEngine(answers={"id": "i", "name": "n", "reference": "r"})

    async def image() -> Any:
        return await vw.get_image_output("debian:13").future()

    found = engine.run(image)
    assert isinstance(found, vw.GetImageResult) and (found.id, found.digest) == ("i", None)
    assert engine.calls == [("virtwright:index:getImage", {"reference": "debian:13"})]

    engine = MockedEngine(answers={"name": "here", "uri": "namespace:///", "facts": [{"name": "cpus", "value": "2"}]})

    async def host() -> Any:
        return await vw.get_host_output().future()

    told = engine.run(host)
    assert isinstance(told.facts[0], vw.HostFact) and told.facts[0].value == "2"
    assert engine.calls == [("virtwright:index:getHost", {})]
