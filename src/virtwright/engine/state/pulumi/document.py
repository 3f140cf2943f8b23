"""The form of what ``pulumi stack export`` writes and ``pulumi stack import`` reads (sdk/go/common/apitype/core.go)."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from virtwright.errors import InputError, Problem, StateError, Where
from virtwright.schemas.urn import STACK_TYPE, Urn
from virtwright.stacks.base import StackName

VERSION: Final = 3
WITH_FEATURES: Final = 4
"""The version of documents that name the features which their reader has to know."""
FEATURES: Final = frozenset(
    ("refreshBeforeUpdate", "views", "hooks", "taint", "replaceWith", "extensionParameterization", "byteString")
)
"""Those that can be read here. ``snippets-prototype`` would make Pulumi's engine run code that no program has."""
PASSPHRASE: Final = "passphrase"
_MOST_SHOWN: Final = 20

_Line = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=4096)]
_Lines = list[_Line] | None


class _Part(BaseModel):
    model_config = ConfigDict(
        frozen=True, strict=True, extra="allow", alias_generator=to_camel, populate_by_name=True,
        hide_input_in_errors=True,
    )  # fmt: skip


class CustomTimeouts(_Part):
    """In seconds."""

    create: float = 0
    update: float = 0
    delete: float = 0
    read: float = 0


class Resource(_Part):
    """``ResourceV3``. Fields that are not known stay in ``model_extra``."""

    urn: _Line
    custom: bool = False
    delete: bool = False
    id: _Line = ""
    type: _Line
    inputs: dict[str, Any] | None = None
    outputs: dict[str, Any] | None = None
    parent: _Line = ""
    protect: bool = False
    external: bool = False
    dependencies: _Lines = None
    provider: _Line = ""
    """``URN::ID``."""
    property_dependencies: dict[str, _Lines] | None = None
    pending_replacement: bool = False
    aliases: _Lines = None
    custom_timeouts: CustomTimeouts | None = None
    import_id: _Line = Field("", alias="importID")
    retain_on_delete: bool = False
    deleted_with: _Line = ""
    replacement_trigger: Any = None
    created: _Line = ""
    modified: _Line = ""
    resource_hooks: dict[str, list[_Line]] | None = None

    @property
    def uses(self) -> list[str]:
        """What its properties depend on."""
        return [urn for urns in (self.property_dependencies or {}).values() for urn in urns or ()]


class Operation(_Part):
    """``OperationV2``: what was under way."""

    resource: Resource
    type: _Line


class Manifest(_Part):
    """Who wrote it, and when."""

    time: str
    magic: str
    version: str


class SecretsProvider(_Part):
    """How the secrets in it are encrypted."""

    type: _Line
    state: Any = None

    @property
    def salt(self) -> str | None:
        """Of the passphrase provider."""
        salt = self.state.get("salt") if isinstance(self.state, dict) else None
        return salt if isinstance(salt, str) else None


class Deployment(_Part):
    """``DeploymentV3``."""

    manifest: Manifest
    secrets_providers: SecretsProvider | None = Field(None, alias="secrets_providers")
    resources: list[Resource] | None = None
    pending_operations: list[Operation] | None = Field(None, alias="pending_operations")
    metadata: dict[str, Any] | None = None
    snippets: list[Any] | None = None


def parse(document: Mapping[str, Any]) -> Deployment:
    """The deployment in an exported document. Raises ``InputError`` for one of another form, ``StateError`` for one of
    another version or with features that are not known here."""
    version = document.get("version")
    if "deployment" not in document or not isinstance(version, int) or isinstance(version, bool):
        raise InputError.one(
            "this is not a deployment of Pulumi", hint="give what this wrote:\n    pulumi stack export --file FILE"
        )
    _check_version(version, document.get("features"))
    try:
        return Deployment.model_validate(document["deployment"])
    except ValidationError as error:
        raise InputError(_problems(error)) from None


def _check_version(version: int, features: Any) -> None:
    if version < VERSION:
        raise StateError(
            f"this deployment is of the old version {version}",
            hint="let a newer Pulumi bring it up to date:\n    pulumi refresh\n    pulumi stack export --file FILE",
        )
    unknown: list[Any] = []
    if version >= WITH_FEATURES and features is not None:
        unknown = [each for each in features if each not in FEATURES] if _texts(features) else ["?"]
    if version > WITH_FEATURES or unknown:
        what = f"the features {', '.join(map(ascii, unknown))}" if unknown else f"version {version}"
        raise StateError(f"this deployment needs {what}, which this virtwright does not know")


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _problems(error: ValidationError) -> list[Problem]:
    found = error.errors(include_input=False, include_url=False, include_context=False)
    return [
        Problem(
            f"not a deployment of Pulumi: {one['msg']}", Where(path=".".join(map(str, ("deployment", *one["loc"]))))
        )
        for one in found[:_MOST_SHOWN]
    ]


def stack_name(deployment: Deployment) -> StackName | None:
    """Whose deployment it is, as its URNs say; None where it holds nothing. Raises ``StateError`` for a broken URN."""
    held = deployment.resources or []
    first = next((each for each in held if each.type == STACK_TYPE), held[0] if held else None)
    if first is None:
        return None
    urn = parse_urn(first.urn)
    return StackName(urn.project, urn.stack)


def parse_urn(text: str) -> Urn:
    """Raises ``StateError``."""
    try:
        return Urn.parse(text)
    except ValueError as error:
        raise damaged("this is not a URN", text) from error


def damaged(why: str, urn: str | None = None) -> StateError:
    """The deployment breaks the rules of its form."""
    return StateError(
        f"the deployment is damaged: {why}",
        where=Where(urn=urn),
        hint="export it again, or repair it there:\n    pulumi state repair",
    )
