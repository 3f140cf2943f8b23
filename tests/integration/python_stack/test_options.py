"""Each ResourceOption does what Pulumi says it does; without it the test fails."""

import pytest
from tests.python_stacks import PRELUDE_LINES, PythonBench

from virtwright.engine.plan import RunOptions
from virtwright.errors import RefusedError, VirtwrightError
from virtwright.providers.diff import Impact
from virtwright.schemas.values import Secret

URN = "urn:pulumi:shop::shop::"


def test_parent_gives_the_urn_its_chain_of_types(bench: PythonBench) -> None:
    bench.apply("""
        outer = pulumi.ComponentResource("my:index:Outer", "outer", None, pulumi.ResourceOptions(providers=[host]))
        inner = pulumi.ComponentResource("my:index:Inner", "inner", None, pulumi.ResourceOptions(parent=outer))
        net = vw.Network("net", cidr="10.0.0.0/24", opts=pulumi.ResourceOptions(parent=inner))
        vw.Volume("data", size="1GiB", opts=pulumi.ResourceOptions(parent=net))
    """)
    records = bench.records()
    assert str(records["outer"].urn) == f"{URN}my:index:Outer::outer"
    inside = "my:index:Outer$my:index:Inner$virtwright:index:Network"
    assert str(records["net"].urn) == f"{URN}{inside}::net"
    assert records["net"].traits.parent == f"{URN}my:index:Outer$my:index:Inner::inner"
    assert str(records["data"].urn) == f"{URN}{inside}$virtwright:index:Volume::data"
    assert records["data"].dependencies == {records["net"].urn}


def test_depends_on_orders_what_no_reference_orders(bench: PythonBench) -> None:
    bench.world.latency = 0.05
    bench.apply("""
        first = vw.Network("first", cidr="10.0.0.0/24", opts=on)
        group = pulumi.ComponentResource("my:index:Group", "group")
        member = vw.Network("member", cidr="10.0.1.0/24", opts=options(parent=group))
        vw.Network("second", cidr="10.0.2.0/24", opts=options(depends_on=[first, group]))
    """)
    created = [name for method, _, name in bench.world.calls if method == "create"]
    assert created[-1] == "second"
    records = bench.records()
    assert records["second"].dependencies == {records["first"].urn, records["member"].urn}
    assert records["second"].references == frozenset()


def test_protect_is_inherited_and_refuses_a_deletion(bench: PythonBench) -> None:
    bench.apply("""
        group = pulumi.ComponentResource("my:index:Group", "group", None, pulumi.ResourceOptions(protect=True))
        vw.Network("kept", cidr="10.0.0.0/24", opts=options(parent=group))
        vw.Network("loose", cidr="10.0.1.0/24", opts=options(parent=group, protect=False))
    """)
    with pytest.raises(RefusedError, match="kept is protected"):
        bench.plan("pass")
    assert bench.records()["kept"].protect and not bench.records()["loose"].protect


def test_retain_on_delete_leaves_the_object(bench: PythonBench) -> None:
    bench.apply("""
        vw.Network("stays", cidr="10.0.0.0/24", opts=options(retain_on_delete=True))
        vw.Network("goes", cidr="10.0.1.0/24", opts=on)
    """)
    bench.apply("pass")
    assert bench.world.names() == ["stays"]
    assert "stays" not in bench.records()


def test_ignore_changes_keeps_what_is_in_force(bench: PythonBench) -> None:
    text = 'vw.Container("web", image="host", labels={{"a": "{0}"}}, description="{0}", opts=options(ignore_changes=["labels"]))'
    bench.apply(text.format("1"))
    bench.apply(text.format("2"))
    inputs = bench.world.find("web").inputs
    assert (inputs["labels"], inputs["description"]) == ({"a": "1"}, "2")


def test_replace_on_changes_replaces_what_would_be_updated(bench: PythonBench) -> None:
    text = 'vw.Container("web", image="host", labels={{"a": "{0}"}}, opts=options(replace_on_changes=["labels.a"]))'
    bench.apply(text.format("1"))
    plan = bench.plan(text.format("2"))
    step = next(step for step in plan.steps if step.urn.name == "web")
    assert (step.op, step.impact, step.reason) == ("replace", Impact.RECREATE, "labels.a changes (replace_on_changes)")
    before = bench.world.find("web").id
    bench.apply(text.format("2"))
    assert bench.world.find("web").id != before


def test_delete_before_replace_lets_the_old_one_go_first(bench: PythonBench) -> None:
    text = 'vw.Container("web", image="{0}", opts=options(delete_before_replace={1}))'
    bench.apply(text.format("a", True))
    for goes_first, image in ((True, "b"), (False, "c")):
        bench.world.calls.clear()
        bench.apply(text.format(image, goes_first))
        calls = [method for method, _, name in bench.world.calls if method in ("create", "delete")]
        assert calls == (["delete", "create"] if goes_first else ["create", "delete"])


def test_deleted_with_spares_a_deletion_of_its_own(bench: PythonBench) -> None:
    bench.apply("""
        net = vw.Network("net", cidr="10.0.0.0/24", opts=on)
        vw.Container("web", image="host", opts=options(deleted_with=net))
        vw.Container("other", image="host", opts=on)
    """)
    bench.world.calls.clear()
    bench.apply("pass")
    assert {name for method, _, name in bench.world.calls if method == "delete"} == {"net", "other"}
    assert bench.records().keys() <= {"one"}


def test_aliases_keep_what_got_another_name_type_or_parent(bench: PythonBench) -> None:
    bench.apply("""
        old = pulumi.ComponentResource("my:index:Old", "shop", None, pulumi.ResourceOptions(providers=[host]))
        vw.Network("shop-net", cidr="10.0.0.0/24", opts=pulumi.ResourceOptions(parent=old))
        vw.Network("a", cidr="10.0.1.0/24", opts=on)
        vw.Network("b", cidr="10.0.2.0/24", opts=options(parent=old))
        vw.Network("c", cidr="10.0.3.0/24", opts=on)
    """)
    before = {item.id for item in bench.world.objects()}
    bench.apply(f"""
        new = pulumi.ComponentResource("my:index:New", "store", None, pulumi.ResourceOptions(
            providers=[host], aliases=[pulumi.Alias(name="shop", type_="my:index:Old")]))
        vw.Network("store-net", cidr="10.0.0.0/24", opts=pulumi.ResourceOptions(parent=new))
        vw.Network("a2", cidr="10.0.1.0/24", opts=options(aliases=["{URN}virtwright:index:Network::a"]))
        vw.Network("b", cidr="10.0.2.0/24", opts=options(aliases=[pulumi.Alias(parent="{URN}my:index:Old::shop")]))
        vw.Network("c", cidr="10.0.3.0/24", opts=options(parent=new, aliases=[pulumi.Alias(parent=None)]))
    """)
    assert {item.id for item in bench.world.objects()} == before
    assert set(bench.done.values()) == {"move"}
    assert bench.records().keys() == {"one", "store", "store-net", "a2", "b", "c"}


def test_custom_timeouts_reach_the_operation(bench: PythonBench) -> None:
    bench.world.latency = 0.0
    seen = []
    program = bench.program("""
        vw.Network("a", cidr="10.0.0.0/24", opts=options(custom_timeouts=pulumi.CustomTimeouts(create="90s", update="1h", delete="2m30s")))
    """)
    bench.engine.plan(program)
    import asyncio

    from virtwright.engine import goals

    seen = [goal for goal in asyncio.run(goals.collect_goals(program)) if goal.urn.name == "a"]
    assert (seen[0].timeouts.create, seen[0].timeouts.update, seen[0].timeouts.delete) == (90.0, 3600.0, 150.0)


def test_import_takes_over_what_somebody_else_made(bench: PythonBench) -> None:
    foreign = bench.world.add_foreign("Container", "old-web", {"image": "host"})
    bench.apply('vw.Container("web", image="host", opts=options(import_="old-web"))')
    assert bench.done == {"web": "import"}
    assert bench.world.objects() == [foreign]
    assert bench.records()["web"].id == foreign.id


def test_additional_secret_outputs_are_kept_and_passed_on_as_secrets(bench: PythonBench) -> None:
    bench.apply("""
        web = vw.Container("web", image="host", opts=options(additional_secret_outputs=["name"]))
        pulumi.export("name", web.name)
        pulumi.export("image", web.image)
    """)
    assert bench.records()["web"].outputs["name"] == Secret("shop-shop-web")
    assert bench.outputs() == {"name": Secret("shop-shop-web"), "image": "host"}


def test_provider_says_where_and_providers_are_inherited(bench: PythonBench) -> None:
    bench.apply("""
        two = vw.Host("two", uri="fake://two")
        group = pulumi.ComponentResource("my:index:Group", "group", None, pulumi.ResourceOptions(providers={"virtwright": two}))
        sub = pulumi.ComponentResource("my:index:Group", "sub", None, pulumi.ResourceOptions(parent=group))
        vw.Network("a", cidr="10.0.0.0/24", opts=pulumi.ResourceOptions(provider=two))
        vw.Network("b", cidr="10.0.1.0/24", opts=pulumi.ResourceOptions(parent=sub))
        vw.Network("c", cidr="10.0.2.0/24", opts=on)
    """)
    assert bench.world.names("fake://two") == ["a", "b"]
    assert bench.world.names("fake://one") == ["c"]


def test_a_replacement_trigger_replaces_when_it_changes(bench: PythonBench) -> None:
    text = 'vw.Container("web", image="host", opts=options(replacement_trigger={0!r}))'
    bench.apply(text.format("v1"))
    assert bench.steps(bench.plan(text.format("v1"))) == {}
    assert bench.steps(bench.plan(text.format("v2"))) == {"web": "replace"}
    assert "v1" not in str(bench.records()["web"].traits)


def test_replace_with_follows_another_replacement(bench: PythonBench) -> None:
    text = """
        first = vw.Container("first", image="{0}", opts=on)
        vw.Container("second", image="x", opts=options(replace_with=[first]))
        vw.Container("third", image="x", opts=on)
    """
    bench.apply(text.format("a"))
    assert bench.steps(bench.plan(text.format("b"))) == {"first": "replace", "second": "replace"}


def test_hidden_diffs_are_masked(bench: PythonBench) -> None:
    text = 'vw.Container("web", image="host", labels={{"a": "{0}"}}, description="{0}", opts=options(hide_diffs=["labels"]))'
    bench.apply(text.format("first"))
    changes = {
        change.field: change.goal for step in bench.plan(text.format("second")).changes for change in step.changes
    }
    assert isinstance(changes["labels.a"], Secret)
    assert changes["description"] == "second"


def test_hooks_are_called_around_each_step(bench: PythonBench) -> None:
    text = """
        def tell(args):
            pulumi.log.info(f"{{args.name}} {{args.id != ''}} {{(args.new_inputs or {{}}).get('image')}} {{(args.old_inputs or {{}}).get('image')}}")

        hooks = {{moment: pulumi.ResourceHook(moment, lambda args, m=moment: pulumi.log.info(
            f"{{m}}: new {{(args.new_inputs or {{}}).get('description')}}, old {{(args.old_inputs or {{}}).get('description')}}, "
            f"name {{(args.new_outputs or {{}}).get('name')}}"))
            for moment in ("before_create", "after_create", "before_update", "after_update", "before_delete", "after_delete")}}
        binding = pulumi.ResourceHookBinding(**{{moment: [hook] for moment, hook in hooks.items()}})
        if {1}:
            vw.Container("web", image="host", description="{0}", opts=options(hooks=binding))
    """
    bench.apply(text.format("1", True))
    assert bench.logs == [
        "before_create: new 1, old None, name None",
        "after_create: new 1, old None, name shop-shop-web",
    ]
    bench.apply(text.format("2", True))
    assert bench.logs == ["before_update: new 2, old 1, name None", "after_update: new 2, old 1, name shop-shop-web"]
    bench.apply(text.format("2", False))
    assert bench.logs == ["before_delete: new None, old 2, name None", "after_delete: new None, old 2, name None"]


def test_a_hook_that_fails_stops_the_step(bench: PythonBench) -> None:
    result = bench.apply(
        """
        def refuse(args):
            raise ValueError("not today")

        vw.Container("web", image="host", opts=options(hooks=pulumi.ResourceHookBinding(before_create=[refuse])))
        opts = pulumi.ResourceHookOptions(ignore_errors=True)
        lenient = pulumi.ResourceHook("lenient", refuse, opts)
        vw.Container("other", image="host", opts=options(hooks=pulumi.ResourceHookBinding(before_create=[lenient])))
    """,
        run=RunOptions(continue_on_error=True),
    )
    assert not result.succeeded
    assert bench.world.names() == ["other"]
    assert any("lenient" in text and "not today" in text for text in bench.warnings)


def test_an_error_hook_may_have_a_step_tried_again(bench: PythonBench) -> None:
    tries = []

    def before(method: str, kind: str, name: str) -> None:
        if method == "create":
            tries.append(name)
            if len(tries) < 3:
                from virtwright.errors import HostError

                raise HostError("busy")

    bench.world.before = before
    result = bench.apply("""
        again = pulumi.ErrorHook("again", lambda args: "busy" in args.errors[0])
        vw.Container("web", image="host", opts=options(hooks=pulumi.ResourceHookBinding(on_error=[again])))
    """)
    assert result.succeeded and tries == ["web"] * 3


def test_a_hook_that_a_destroy_can_not_call_is_told(bench: PythonBench) -> None:
    bench.apply("""
        hook = pulumi.ResourceHook("farewell", lambda args: None)
        vw.Container("web", image="host", opts=options(hooks=pulumi.ResourceHookBinding(before_delete=[hook])))
    """)
    bench.events.clear()
    bench.engine.destroy(bench.program("pass").name)
    assert any("farewell" in text for text in bench.warnings)
    assert bench.world.names() == []


def test_transforms_change_inputs_and_options_inside_out(bench: PythonBench) -> None:
    bench.apply("""
        def add(text):
            def transform(args):
                props = dict(args.props)
                props["description"] = (props.get("description") or "") + text
                return pulumi.ResourceTransformResult(props, args.opts)
            return transform

        def protect(args):
            if args.type_ != "virtwright:index:Container":
                return None
            args.opts.protect = True
            return pulumi.ResourceTransformResult({**args.props, "description": args.props["description"] + "d"}, args.opts)

        group = pulumi.ComponentResource("my:index:Group", "group", None, pulumi.ResourceOptions(transforms=[add("c")]))
        pulumi.runtime.register_resource_transform(protect)
        vw.Container("web", image="host", opts=options(parent=group, transforms=[add("a"), add("b")]))
    """)
    record = bench.records()["web"]
    assert record.inputs["description"] == "abcd"
    assert record.protect


def test_old_transformations_work_too(bench: PythonBench) -> None:
    bench.apply("""
        def label(args):
            return pulumi.ResourceTransformationResult({**args.props, "labels": {"by": "me"}}, args.opts)

        vw.Container("web", image="host", opts=options(transformations=[label]))
    """)
    assert bench.world.find("web").inputs["labels"] == {"by": "me"}


def test_a_transform_that_raises_fails_the_program_with_its_reason(bench: PythonBench) -> None:
    with pytest.raises(VirtwrightError) as caught:
        bench.plan("""
            def fail(args):
                raise ValueError("no such luck")

            vw.Container("web", image="host", opts=options(transforms=[fail]))
        """)
    assert caught.value.message == "a function of the program failed: no such luck"
    assert (caught.value.where.file, caught.value.where.line) == (str(bench.folder / "shop.py"), PRELUDE_LINES + 3)


def test_get_reads_what_is_on_the_host(bench: PythonBench) -> None:
    foreign = bench.world.add_foreign("Network", "lan", {"cidr": "10.9.0.0/24"})
    bench.apply("""
        lan = vw.Network.get("lan", "lan", opts=on)
        vw.Container("web", image="host", networks=[{"network": lan.name}], opts=on)
        pulumi.export("cidr", lan.cidr)
        pulumi.export("id", lan.id)
    """)
    assert bench.outputs() == {"cidr": "10.9.0.0/24", "id": foreign.id}
    assert "lan" not in bench.records()
    with pytest.raises(VirtwrightError, match="there is no Network 'nothing'"):
        bench.plan('vw.Network.get("nothing", "nothing", opts=on)')
