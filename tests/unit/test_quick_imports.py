"""What is imported quickly is what it would be otherwise."""

import json
import subprocess
import sys

PROGRAM = """
import dataclasses, json, sys, typing
standard = dataclasses.dataclass, typing.TypedDict
if sys.argv[1] == "quickly":
    from virtwright.quick_imports import import_quickly
    import_quickly()
    import_quickly()
import annotated_types
from pydantic import BaseModel, Field, TypeAdapter, functional_validators, types
from pydantic_core import core_schema
import asyncio
late = not {"ssl", "_ssl", "asyncio.sslproto"} & sys.modules.keys()
assert (dataclasses.dataclass, typing.TypedDict) == standard
from asyncio import base_events, selector_events
protocol, context = selector_events.sslproto.SSLProtocol.__name__, base_events.ssl.SSLContext
import ssl
assert context is ssl.SSLContext

class Size(BaseModel):
    bytes: typing.Annotated[int, Field(gt=0, lt=9)] = 1
    tags: dict[str, list[typing.Literal["a", "b"]]] = {}

def refused(value):
    try:
        Size.model_validate(value)
    except ValueError as error:
        return str(error)

gt = annotated_types.Gt(1)
try:
    gt.gt = 2
except dataclasses.FrozenInstanceError as error:
    frozen = str(error)
made = [each for module in (annotated_types, functional_validators, types) for each in vars(module).values()]
print(json.dumps([
    sorted(each.__name__ for each in made if dataclasses.is_dataclass(each)),
    [str([field.name for field in dataclasses.fields(each)]) for each in made if dataclasses.is_dataclass(each)],
    repr(gt), gt == annotated_types.Gt(1), gt == annotated_types.Gt(2), hash(gt) == hash(annotated_types.Gt(1)), frozen,
    repr(annotated_types.Len(1, 2)), repr(list(annotated_types.Interval(gt=1, le=4))), repr(types.Strict(False)),
    refused({"bytes": 9}), refused({"tags": {"x": ["c"]}}), Size.model_json_schema(), Size(bytes=2).model_dump(),
    TypeAdapter(typing.Annotated[str, types.StringConstraints(max_length=2)]).validate_python("ab"),
    core_schema.int_schema(gt=1), core_schema.model_field(core_schema.str_schema(strict=True)),
    sorted(core_schema.SerializationInfo.__annotations__), sorted(core_schema.StringSchema.__annotations__),
    protocol,
]), late)
"""


def told(*words: str) -> tuple[list[object], bool]:
    done = subprocess.run([sys.executable, "-c", PROGRAM, *words], capture_output=True, text=True, check=True)
    values, late = done.stdout.rsplit(" ", 1)
    return json.loads(values), late.strip() == "True"


def test_it_is_what_it_would_be() -> None:
    slowly, loaded = told("slowly")
    quickly, late = told("quickly")
    assert quickly == slowly
    assert late and not loaded
