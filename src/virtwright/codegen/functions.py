"""The package's functions, as its schema describes them."""

from typing import Any, Final

from virtwright.codegen.forms import fields_of
from virtwright.schemas.functions import GET_HOST, GET_IMAGE, GetHostResult, GetImageArgs, GetImageResult, HostFact
from virtwright.schemas.model import Model
from virtwright.schemas.urn import type_token

_WORDS: Final[dict[type, str]] = {str: "string", bool: "boolean"}


def _object(model: type[Model]) -> dict[str, Any]:
    fields = fields_of(model)
    return {
        "type": "object",
        "properties": {field.name: {**_type(field.name, model), "description": field.text} for field in fields},
        "required": [field.name for field in fields if not field.nullable],
    }


def _type(name: str, model: type[Model]) -> dict[str, Any]:
    if (model, name) == (GetHostResult, "facts"):
        return {"type": "array", "items": {"$ref": f"#/types/{type_token(HostFact.__name__)}"}}
    annotation = model.model_fields[name].annotation
    return {"type": _WORDS[bool if annotation is bool else str]}


FUNCTION_TYPES: Final = {
    type_token(HostFact.__name__): {"description": HostFact.__doc__, **_object(HostFact)},
}
FUNCTIONS: Final = {
    GET_IMAGE: {
        "description": "An image that is on the host already.",
        "inputs": _object(GetImageArgs),
        "outputs": _object(GetImageResult),
    },
    GET_HOST: {
        "description": "What the host tells of itself.",
        "inputs": {"type": "object", "properties": {}},
        "outputs": _object(GetHostResult),
    },
}
