"""What Pulumi demands of a deployment, in which order its resources stand, and what they are called."""

import hashlib
from dataclasses import replace
from typing import Any, Final

import pytest

from virtwright.engine.state.pulumi.document import Deployment, Resource, parse
from virtwright.engine.state.pulumi.names import Names, is_default, to_pulumi
from virtwright.engine.state.pulumi.order import ordered
from virtwright.engine.state.pulumi.rules import check, magic, needs
from virtwright.engine.state.records import ResourceRecord
from virtwright.engine.state.traits import Traits
from virtwright.errors import StateError
from virtwright.schemas.urn import DYNAMIC_HOST_TYPE, HOST_TYPE, STACK_TYPE, Urn, type_token
from virtwright.stacks.python.monitor import default_host, dynamic

CONTAINER: Final = type_token("Container")
REPAIR: Final = "export it again, or repair it there:\n    pulumi state repair"


def urn(name: str, type: str = CONTAINER) -> str:
    return f"urn:pulumi:prod::shop::{type}::{name}"


def entry(name: str, type: str = CONTAINER, **fields: Any) -> dict[str, Any]:
    return {"urn": urn(name, type), "type": type.rsplit("$", 1)[-1], "custom": True, **fields}


PROVIDER: Final = entry("one", HOST_TYPE, id="1")
REFERENCE: Final = f"{urn('one', HOST_TYPE)}::1"


def deployment(*resources: dict[str, Any], pending: tuple[dict[str, Any], ...] = (), **manifest: str) -> Deployment:
    version = manifest.get("version", "v3")
    sealed = {"time": "t", "magic": hashlib.sha256(version.encode()).hexdigest(), "version": version, **manifest}
    operations = [{"resource": each, "type": "creating"} for each in pending]
    return parse(
        {
            "version": 3,
            "deployment": {"manifest": sealed, "resources": list(resources), "pending_operations": operations},
        }
    )


def test_a_magic_belongs_to_its_version() -> None:
    assert (magic(""), magic("v3")) == ("", hashlib.sha256(b"v3").hexdigest())
    check(deployment())
    check(deployment(version="", magic=""))
    check(parse({"version": 3, "deployment": {"manifest": {"time": "", "magic": "", "version": ""}}}))
    for wrong in (deployment(magic=""), deployment(version="", magic="x")):
        with pytest.raises(StateError, match="its magic does not belong to its version") as caught:
            check(wrong)
        assert caught.value.hint == REPAIR


@pytest.mark.parametrize(
    "resources",
    [
        pytest.param([entry("a", id="1"), entry("b", id="2")], id="two"),
        pytest.param([entry("a", f"my:a:B${CONTAINER}")], id="a type below another"),
        pytest.param([entry("a", custom=False)], id="a component"),
        pytest.param([PROVIDER, entry("a", provider=REFERENCE)], id="a provider before what it provides"),
        pytest.param(
            [entry("a", provider=REFERENCE, pendingReplacement=True)], id="being replaced, without a provider"
        ),
        pytest.param(
            [
                entry("p"),
                entry("a", parent=urn("p"), dependencies=[urn("p")], deletedWith=urn("p"), replaceWith=[urn("p")]),
            ],
            id="what is needed comes before",
        ),
        pytest.param([entry("a", aliases=[urn("x")]), entry("b", dependencies=[urn("x")])], id="by an alias"),
        pytest.param([entry("a", delete=True), entry("a"), entry("a", delete=True)], id="old ones"),
        pytest.param([entry("a"), entry("b", propertyDependencies={"x": [urn("a")], "y": None})], id="by a property"),
    ],
)
def test_a_sound_deployment(resources: list[dict[str, Any]]) -> None:
    check(deployment(*resources))
    check(deployment(pending=(entry("a"), entry("a"))))


NAMES_OF_P: Final[dict[str, dict[str, Any]]] = {
    "parent": {"parent": urn("p")},
    "dependency": {"dependencies": [urn("p")]},
    "resource to be deleted with": {"deletedWith": urn("p")},
    "resource to be replaced with": {"replaceWith": [urn("p")]},
}


@pytest.mark.parametrize(
    ("resources", "why"),
    [
        pytest.param([entry("b"), entry("a", type=CONTAINER) | {"type": ""}], "it has no type", id="no type"),
        pytest.param([entry("a") | {"type": "my:a:B"}], "its type is not that of its URN", id="another type"),
        pytest.param([entry("a") | {"urn": "a"}], "this is not a URN", id="no URN"),
        pytest.param(
            [entry("a", custom=False, id="1")], "it has an id but is no resource of a provider", id="a component's id"
        ),
        pytest.param(
            [entry("a", provider=REFERENCE), PROVIDER],
            f"it refers to the provider {REFERENCE}, which does not come before it",
            id="a provider that comes later",
        ),
        pytest.param(
            [PROVIDER | {"id": "2"}, entry("a", provider=REFERENCE)],
            f"it refers to the provider {REFERENCE}, which does not come before it",
            id="a provider of another id",
        ),
        pytest.param(
            [entry("one", id="1"), entry("a", provider=f"{urn('one')}::1")],
            f"it refers to the provider {urn('one')}::1, which does not come before it",
            id="what is no provider",
        ),
        *(
            pytest.param([entry("a", **field), entry("p")], f"its {what} {urn('p')} does not come before it", id=what)
            for what, field in NAMES_OF_P.items()
        ),
        pytest.param(
            [entry("a", propertyDependencies={"x": [], "y": [urn("p")]}), entry("p")],
            f"its dependency {urn('p')} does not come before it",
            id="a property",
        ),
        pytest.param(
            [entry("b"), entry("a", dependencies=[urn("b"), urn("a")])],
            f"its dependency {urn('a')} does not come before it",
            id="itself",
        ),
        pytest.param(
            [entry("b"), entry("a"), entry("a", delete=True), entry("a")],
            "two resources have this URN, and neither is to be deleted",
            id="twice",
        ),
    ],
)
def test_a_deployment_that_pulumi_would_refuse(resources: list[dict[str, Any]], why: str) -> None:
    with pytest.raises(StateError) as caught:
        check(deployment(*resources))
    assert caught.value.message == f"the deployment is damaged: {why}"
    assert caught.value.where.urn in (urn("a"), "a")
    assert caught.value.hint == REPAIR


def test_what_is_pending_is_held_to_its_form_too() -> None:
    with pytest.raises(StateError, match="it has no type"):
        check(deployment(entry("b"), pending=(entry("a") | {"type": ""},)))


def test_what_a_resource_names() -> None:
    told = Resource.model_validate(
        entry(
            "a",
            parent=urn("p"),
            dependencies=[urn("b"), urn("c")],
            propertyDependencies={"x": [urn("d")]},
            deletedWith=urn("e"),
            replaceWith=[urn("f"), 5],
        )
    )
    assert [*needs(told)] == [
        ("parent", urn("p")),
        ("dependency", urn("b")),
        ("dependency", urn("c")),
        ("dependency", urn("d")),
        ("resource to be deleted with", urn("e")),
        ("resource to be replaced with", urn("f")),
        ("resource to be replaced with", "5"),
    ]
    assert [*needs(Resource.model_validate(entry("a", replaceWith="x")))] == []
    assert [*needs(Resource(urn=urn("a"), type=CONTAINER))] == []


def record(name: str, *needs: str, **fields: Any) -> ResourceRecord:
    traits = Traits(**{key: fields.pop(key) for key in ("parent", "deleted_with") if key in fields})
    needed = frozenset(Urn.parse(urn(each)) for each in needs)
    row = fields.pop("row", name)
    base = ResourceRecord(row=row, urn=Urn.parse(urn(name)), kind="Container", dependencies=needed, traits=traits)
    return replace(base, **fields)


HOST: Final = ResourceRecord(row="host", urn=Urn("prod", "shop", HOST_TYPE, "one"), kind="Host")


@pytest.mark.parametrize(
    ("records", "rows"),
    [
        pytest.param([], "", id="none"),
        pytest.param([record("a"), record("b")], "a b", id="as they were made"),
        pytest.param([record("a", "b"), record("b", "c"), record("c")], "c b a", id="what is needed comes first"),
        pytest.param(
            [record("a", *"gfedcb"), *map(record, "bcdefg")], "b c d e f g a", id="needs in order of their names"
        ),
        pytest.param([record("a", host=HOST.urn), record("b"), HOST], "host b a", id="hosts come first of all"),
        pytest.param([record("a"), HOST, record("b")], "host a b", id="hosts that nobody needs, too"),
        pytest.param([record("a", parent=urn("b")), record("b")], "b a", id="parents"),
        pytest.param([record("a", deleted_with=urn("b")), record("b")], "b a", id="what it is deleted with"),
        pytest.param([record("a", deleted_with=urn("b")), record("b", "a")], "a b", id="which may not need it"),
        pytest.param([record("a", "gone"), record("b")], "a b", id="what is not there"),
        pytest.param(
            [record("a", row="old", doomed=True), record("a", "b"), record("b"), record("b", row="old-b", doomed=True)],
            "b a old old-b",
            id="old ones come last",
        ),
    ],
)
def test_the_order_of_a_deployment(records: list[ResourceRecord], rows: str) -> None:
    assert [each.row for each in ordered(records)] == rows.split()


@pytest.mark.parametrize(
    ("resources", "name", "current"),
    [
        pytest.param([entry("a")], urn("a"), urn("a"), id="its own name"),
        pytest.param([entry("a", aliases=[urn("x"), urn("y")])], urn("y"), urn("a"), id="an alias"),
        pytest.param([entry("a", aliases=[urn("x")]), entry("a", aliases=[urn("x")])], urn("x"), urn("a"), id="twice"),
        *(
            pytest.param([entry(name, type)], urn(name, type), urn(ours, type), id=f"{name} of {type}")
            for type, ours in ((HOST_TYPE, default_host.DEFAULT), (DYNAMIC_HOST_TYPE, dynamic.NAME))
            for name in ("default", "default_1_2_3")
        ),
        pytest.param(
            [entry("defaults", HOST_TYPE)], urn("defaults", HOST_TYPE), urn("defaults", HOST_TYPE), id="no default"
        ),
        pytest.param([entry("default")], urn("default"), urn("default"), id="no host"),
        pytest.param(
            [entry("default", HOST_TYPE), entry("default_2", HOST_TYPE)],
            urn("default", HOST_TYPE),
            urn("default", HOST_TYPE),
            id="several defaults",
        ),
    ],
)
def test_what_resources_are_called_now(resources: list[dict[str, Any]], name: str, current: str) -> None:
    assert Names.of([Resource.model_validate(each) for each in resources]).current(name) == current


def test_no_alias_stands_for_two() -> None:
    two = [Resource.model_validate(entry(name, aliases=[urn("x")])) for name in "ba"]
    with pytest.raises(StateError, match=f"two resources have the alias {urn('x')}") as caught:
        Names.of(two)
    assert caught.value.where.urn == urn("a")


def test_a_default_host_is_called_as_pulumi_does() -> None:
    for type, ours in ((HOST_TYPE, default_host.DEFAULT), (DYNAMIC_HOST_TYPE, dynamic.NAME)):
        host = Urn("prod", "shop", type, ours)
        assert is_default(host) and to_pulumi(host) == replace(host, name="default")
    for other in (Urn("prod", "shop", HOST_TYPE, "one"), Urn("prod", "shop", STACK_TYPE, default_host.DEFAULT)):
        assert not is_default(other) and to_pulumi(other) == other
