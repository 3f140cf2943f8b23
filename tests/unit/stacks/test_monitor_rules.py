"""What the monitor of Python programs decides: ranges of versions, names that resources had before, options."""

from typing import Any, Final

import pytest
from google.protobuf import struct_pb2
from pulumi.runtime.proto import alias_pb2, resource_pb2

from virtwright.errors import InputError
from virtwright.schemas.options import Timeouts
from virtwright.schemas.urn import STACK_TYPE, Urn
from virtwright.stacks.python.monitor.aliases import all_aliases, child_urn
from virtwright.stacks.python.monitor.deployment import Entry
from virtwright.stacks.python.monitor.options import from_transform, hook_names, timeouts, to_transform
from virtwright.stacks.python.monitor.versions import SERVED, satisfies


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("3.5.1", True),
        ("=3.5.1", True),
        ("==3.5.1", True),
        ("v3.5.1", True),
        ("3.5.0", False),
        ("3.5", True),
        ("3.5.x", True),
        ("3.x", True),
        ("3.x.x", True),
        ("3", True),
        ("4", False),
        ("3.4", False),
        ("==3.4", False),
        ("==3.5", True),
        ("!=3.5.1", False),
        ("!3.5.1", False),
        ("!3.5.0", True),
        ("!=3.5", False),
        ("!3", False),
        ("!3.4", True),
        (">=3.5.1", True),
        (">=3.5.2", False),
        (">=3.5", True),
        (">=3", True),
        (">=3.6", False),
        ("<=3.5.1", True),
        ("<=3.5.0", False),
        ("<=3.5", False),
        ("<=3.6", True),
        (">3.5.0", True),
        (">3.5.1", False),
        (">3.5", True),
        (">3", True),
        ("<3.5.2", True),
        ("<3.5.1", False),
        ("<4", True),
        ("<3.5", False),
        (">= 3.0.0 <4.0.0", True),
        (">=3.0.0 <3.5.0", False),
        ("  <  4.0.0  >3  ", True),
        ("<3.0.0 || >=3.5.0", True),
        ("<3.0.0||>4.0.0", False),
        (">=3.0.0 <3.1.0 || 3.5.1", True),
        (">=3.0.0 <4.0.0 || !3.5.1", True),
        ("3.5.1-alpha.1", True),
        ("13.5.1", False),
    ],
)
def test_ranges_of_versions(text: str, holds: bool) -> None:
    assert satisfies(text, (3, 5, 1)) is holds


@pytest.mark.parametrize(
    ("text", "holds"),
    [(">=3", True), ("<=3", True), (">3", False), ("<3", False), (">=3.0", True), ("<=3.0", True), ("<3.0", False)],
)
def test_what_is_not_said_of_a_bound_is_0(text: str, holds: bool) -> None:
    assert satisfies(text, (3, 0, 0)) is holds


@pytest.mark.parametrize("text", ["", " ", "a", "3.5.1.2", "3..1", "3.5.1 ||", "|| 3", "~3", ">=", ">=3 x", "x", "=>3"])
def test_what_is_no_range_is_an_error(text: str) -> None:
    with pytest.raises(InputError) as caught:
        satisfies(text)
    assert caught.value.message == f"{text!r} is not a range of versions"


def test_the_version_that_is_served() -> None:
    assert satisfies("=" + ".".join(map(str, SERVED)))
    assert SERVED == (3, 272, 0)


ROOT: Final = Urn("prod", "shop", STACK_TYPE, "shop-prod")
TEAM: Final = Urn("prod", "shop", "my:index:Team", "team")
WEB: Final = Urn("prod", "shop", "my:index:Team$virtwright:index:Container", "team-web")
TOP: Final = Urn("prod", "shop", "virtwright:index:Container", "web")
CONTAINER: Final = "virtwright:index:Container"


def spec(**fields: Any) -> Any:
    return alias_pb2.Alias(spec=alias_pb2.Alias.Spec(**fields))


def by_urn(urn: Urn | str) -> Any:
    return alias_pb2.Alias(urn=str(urn))


def renamed(name: str, type: str = TEAM.type, **fields: str) -> Urn:
    return Urn(fields.get("stack", "prod"), fields.get("project", "shop"), type, name)


def test_the_urn_of_what_is_part_of_something() -> None:
    assert child_urn("prod", "shop", CONTAINER, "web", None) == TOP
    assert child_urn("prod", "shop", CONTAINER, "web", ROOT) == TOP
    assert child_urn("prod", "shop", CONTAINER, "team-web", TEAM) == WEB
    below = child_urn("prod", "shop", "a:b:C", "c", WEB)
    assert below == Urn("prod", "shop", f"my:index:Team${CONTAINER}$a:b:C", "c")


FORMER: Final = renamed("former")
OTHER_TEAM: Final = renamed("other")
OF_OTHER: Final = f"my:index:Other${CONTAINER}"


@pytest.mark.parametrize(
    ("urn", "parent", "aliases", "urns", "found"),
    [
        pytest.param(TOP, None, [], [], [], id="none"),
        pytest.param(TOP, None, [], [str(WEB), str(TEAM)], [WEB, TEAM], id="as older SDKs tell them"),
        pytest.param(TOP, None, [by_urn(WEB)], [str(TEAM)], [TEAM, WEB], id="by URN"),
        pytest.param(TOP, None, [by_urn(TOP)], [str(TOP)], [], id="its own name"),
        pytest.param(TOP, None, [spec(name="w")], [], [renamed("w", CONTAINER)], id="another name"),
        pytest.param(TOP, None, [spec(type="a:b:C")], [], [renamed("web", "a:b:C")], id="another type"),
        pytest.param(TOP, None, [spec(stack="dev")], [], [renamed("web", CONTAINER, stack="dev")], id="another stack"),
        pytest.param(
            TOP, None, [spec(project="p")], [], [renamed("web", CONTAINER, project="p")], id="another project"
        ),
        pytest.param(TOP, None, [spec()], [], [], id="nothing other than now"),
        pytest.param(
            TOP,
            None,
            [spec(parentUrn=str(TEAM)), by_urn(OTHER_TEAM)],
            [],
            [OTHER_TEAM, renamed("web", WEB.type)],
            id="a part of something",
        ),
        pytest.param(WEB, Entry(TEAM, False), [spec(name="w")], [], [renamed("w", WEB.type)], id="in the same parent"),
        pytest.param(
            WEB,
            Entry(TEAM, False),
            [spec(noParent=True)],
            [],
            [renamed("team-web", CONTAINER)],
            id="no part of anything",
        ),
        pytest.param(WEB, Entry(TEAM, False), [spec(noParent=False)], [], [], id="not said to be no part"),
        pytest.param(
            WEB,
            Entry(TEAM, False),
            [spec(parentUrn=str(Urn("prod", "shop", "my:index:Other", "o")))],
            [],
            [renamed("team-web", OF_OTHER)],
            id="in another parent",
        ),
        pytest.param(TOP, Entry(ROOT, False), [spec(name="w")], [], [renamed("w", CONTAINER)], id="in the stack"),
        pytest.param(
            WEB,
            Entry(TEAM, False, aliases=(FORMER, renamed("team", stack="dev"))),
            [],
            [],
            [
                renamed("former-web", WEB.type),
                renamed("team-web", WEB.type, stack="dev"),
                renamed("former-web", WEB.type, stack="dev"),
            ],
            id="as its parent was called before",
        ),
        pytest.param(
            renamed("web", WEB.type),
            Entry(TEAM, False, aliases=(FORMER,)),
            [],
            [],
            [],
            id="a name that does not begin with the parent's",
        ),
        pytest.param(
            WEB,
            Entry(TEAM, False, aliases=(Urn("prod", "shop", "my:index:Other", "team"),)),
            [spec(name="w")],
            [],
            [renamed("w", WEB.type), renamed("team-web", OF_OTHER), renamed("w", OF_OTHER)],
            id="both: another name in another parent",
        ),
        pytest.param(
            WEB,
            Entry(TEAM, False, aliases=(Urn("prod", "shop", "my:index:Other", "team"),)),
            [by_urn(TOP)],
            [],
            [TOP, renamed("team-web", OF_OTHER)],
            id="a name outside of its parent stays outside",
        ),
    ],
)
def test_every_name_that_a_resource_may_have_had(
    urn: Urn, parent: Entry | None, aliases: list[Any], urns: list[str], found: list[Urn]
) -> None:
    assert all_aliases(urn, parent, iter(aliases), urns) == tuple(found)


@pytest.mark.parametrize(
    ("aliases", "urns"), [([by_urn("x")], []), ([], ["x"]), ([spec(parentUrn="x")], [])], ids=["urn", "older", "parent"]
)
def test_an_alias_that_is_no_urn_is_an_error(aliases: list[Any], urns: list[str]) -> None:
    with pytest.raises(InputError, match="an alias is not a URN: 'x'"):
        all_aliases(TOP, None, aliases, urns)


LISTS: Final = {
    "dependencies": "depends_on",
    "ignoreChanges": "ignore_changes",
    "replaceOnChanges": "replace_on_changes",
    "additionalSecretOutputs": "additional_secret_outputs",
    "hideDiffs": "hide_diff",
    "replace_with": "replace_with",
}
TEXTS: Final = {
    "version": "version",
    "provider": "provider",
    "pluginDownloadURL": "plugin_download_url",
    "deletedWith": "deleted_with",
    "importId": "import",
}


def a_request(**fields: Any) -> Any:
    return resource_pb2.RegisterResourceRequest(type=CONTAINER, name="web", **fields)


def full() -> Any:
    request = a_request(
        protect=True,
        retainOnDelete=False,
        deleteBeforeReplace=True,
        deleteBeforeReplaceDefined=True,
        providers={"virtwright": "one"},
        aliases=[by_urn(WEB)],
        replacement_trigger=struct_pb2.Value(string_value="t"),
        **{name: [f"{name} 1", f"{name} 2"] for name in LISTS},
        **{name: f"a {name}" for name in TEXTS},
    )
    request.customTimeouts.create = "5m"
    request.hooks.before_create.append("tell")
    return request


def test_a_transform_sees_every_option() -> None:
    options = to_transform(full())
    for ours, theirs in LISTS.items():
        assert [*getattr(options, theirs)] == [f"{ours} 1", f"{ours} 2"]
    for ours, theirs in TEXTS.items():
        assert getattr(options, theirs) == f"a {ours}"
    assert [*options.aliases] == [by_urn(WEB)]
    assert options.HasField("protect") and options.protect
    assert options.HasField("retain_on_delete") and not options.retain_on_delete
    assert options.HasField("delete_before_replace") and options.delete_before_replace
    assert dict(options.providers) == {"virtwright": "one"}
    assert options.custom_timeouts.create == "5m"
    assert [*options.hooks.before_create] == ["tell"]
    assert options.replacement_trigger.string_value == "t"


def test_a_transform_sees_what_is_not_said_as_not_said() -> None:
    options = to_transform(a_request(deleteBeforeReplace=True))
    assert options == resource_pb2.TransformResourceOptions()


def test_what_a_transform_answers_takes_the_place_of_what_was_asked() -> None:
    unchanged = full()
    from_transform(to_transform(unchanged), unchanged)
    assert unchanged == full()
    emptied = full()
    from_transform(resource_pb2.TransformResourceOptions(), emptied)
    assert emptied == a_request()
    filled = a_request()
    from_transform(to_transform(full()), filled)
    assert filled == full()
    other = full()
    answer = resource_pb2.TransformResourceOptions(protect=False, delete_before_replace=False, providers={"x": "two"})
    from_transform(answer, other)
    assert other == a_request(protect=False, deleteBeforeReplaceDefined=True, providers={"x": "two"})


def test_timeouts_are_durations() -> None:
    assert timeouts(a_request()) == Timeouts()
    request = a_request()
    request.customTimeouts.create, request.customTimeouts.update, request.customTimeouts.delete = "90s", "2m", "0.5s"
    assert timeouts(request) == Timeouts(create=90.0, update=120.0, delete=0.5)


@pytest.mark.parametrize("name", ["create", "update", "delete"])
@pytest.mark.parametrize(
    ("text", "message"), [("soon", "custom_timeouts.{}: "), ("0s", "custom_timeouts.{} must be more than nothing")]
)
def test_a_timeout_that_is_none_is_an_error(name: str, text: str, message: str) -> None:
    request = a_request()
    setattr(request.customTimeouts, name, text)
    with pytest.raises(InputError) as caught:
        timeouts(request)
    assert caught.value.message.startswith(message.format(name))


def test_hooks_are_told_by_their_moment() -> None:
    assert hook_names(a_request()) == {}
    request = a_request()
    moments = (
        *(
            "before_create",
            "after_create",
            "before_update",
            "after_update",
            "before_delete",
            "after_delete",
            "on_error",
        ),
    )
    for moment in moments:
        getattr(request.hooks, moment).extend([f"{moment} 1", f"{moment} 2"])
    assert hook_names(request) == {moment: (f"{moment} 1", f"{moment} 2") for moment in moments}
    del request.hooks.after_create[:]
    assert "after_create" not in hook_names(request)
