"""Resources that a program makes with code of its own (``pulumi.dynamic``): files in a folder, and a log of all calls."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from tests.python_stacks import PythonBench

from virtwright.engine.events import StepFailed, StepProgress
from virtwright.errors import InputError, VirtwrightError
from virtwright.schemas.values import Secret
from virtwright.stacks.base import StackName

SHOP = StackName("shop", "shop")
CODE = dedent("""\
    import pathlib, sys
    import pulumi, virtwright as vw
    from pulumi.dynamic import *
    from naming import suffix

    class Files(ResourceProvider):
        def configure(self, req):
            self.owner = req.config.get("owner") or "nobody"

        def note(self, what):
            with open("calls", "a") as log:
                log.write(what + "\\n")

        def check(self, olds, news):
            failures = [CheckFailure("text", "is empty")] if news["text"] == "" else []
            return CheckResult({"suffix": suffix(), **news}, failures)

        def diff(self, id, olds, news):
            changed = [name for name in ("path", "text", "suffix") if olds[name] != news[name]]
            return DiffResult(bool(changed), [name for name in changed if name == "path"], [], True)

        def create(self, props):
            print("making", props["path"])
            self.note("create")
            return CreateResult(props["path"], self.write(props))

        def update(self, id, olds, news):
            self.note("update " + olds["text"])
            return UpdateResult(self.write(news))

        def delete(self, id, props):
            self.note("delete")
            pathlib.Path(id + props["suffix"]).unlink()

        def read(self, id, props):
            self.note("read")
            file = pathlib.Path(id + props.get("suffix", suffix()))
            return ReadResult(id, {**props, "text": file.read_text()}) if file.exists() else ReadResult()

        def write(self, props):
            if props["text"] == "boom":
                raise RuntimeError("can't write that")
            pathlib.Path(props["path"] + props["suffix"]).write_text(props["text"])
            return {**props, "size": len(props["text"]), "owner": self.owner}

    class File(Resource, name="File"):
        size: pulumi.Output[int]
        owner: pulumi.Output[str]

        def __init__(self, name, path, text, opts=None):
            super().__init__(Files(), name, {"path": path, "text": text, "size": None, "owner": None}, opts)

""")


def program(text: str, path: str = "a") -> str:
    return f'{CODE}file = File("file", "{path}", {text})\npulumi.export("size", file.size)\n'


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[PythonBench]:
    (tmp_path / "naming.py").write_text('def suffix():\n    return ".txt"\n')
    (tmp_path / "calls").write_text("")
    bench = PythonBench(tmp_path)
    yield bench
    bench.close()


def calls(bench: PythonBench) -> list[str]:
    """What the code did since it was last asked."""
    log = bench.folder / "calls"
    found = log.read_text().splitlines()
    log.write_text("")
    return found


@pytest.mark.slow
def test_a_whole_life(bench: PythonBench) -> None:
    hello, longer = program('"hello"'), program('pulumi.Output.secret("longer-than-before")')
    bench.apply(hello, prelude="", config=["owner=me"])
    assert calls(bench) == ["create"]
    assert [event.message for event in bench.events if isinstance(event, StepProgress)] == ["making a"]
    assert bench.outputs() == {"size": 5}
    record = bench.records()["file"]
    assert isinstance(record.inputs["__provider"], Secret)
    assert record.outputs == {"path": "a", "text": "hello", "suffix": ".txt", "size": 5, "owner": "me", "id": "a"}
    assert bench.steps(bench.plan(hello, prelude="", config=["owner=me"])) == {}

    plan = bench.plan(longer, prelude="")
    assert bench.steps(plan) == {"file": "update"}
    assert "longer" not in repr(plan)
    assert calls(bench) == []
    bench.apply(longer, prelude="")
    assert calls(bench) == ["update hello"]
    assert (bench.folder / "a.txt").read_text() == "longer-than-before"
    assert bench.records()["file"].outputs["text"] == Secret("longer-than-before")
    assert "longer" not in repr(bench.events)

    bench.apply(program('"moved"', "b"), prelude="")
    assert calls(bench) == ["delete", "create"]
    assert bench.done == {"file": "replace"}
    (bench.folder / "shop.py").unlink()  # no program, but the modules that its code imports
    assert bench.engine.destroy(SHOP).succeeded
    assert calls(bench) == ["delete"]
    assert bench.store.stack(SHOP).resources() == []
    assert not (bench.folder / "b.txt").exists()


@pytest.mark.slow
def test_what_goes_wrong_in_the_code_is_told_with_its_place(bench: PythonBench) -> None:
    with pytest.raises(InputError) as refused:
        bench.plan(program('""'), prelude="")
    assert (refused.value.message, refused.value.where.path) == ("is empty", "dynamic.file.text")
    assert not bench.apply(program('"boom"'), prelude="").succeeded
    (problem,) = [event.problem for event in bench.events if isinstance(event, StepFailed)]
    assert problem.message == "RuntimeError: can't write that"
    assert f"{bench.folder}/shop.py:" in str(problem.hint)
    assert bench.store.stack(SHOP).open_operations() == []
    (bench.folder / "naming.py").write_text("import os\nos._exit(3)\n")
    with pytest.raises(VirtwrightError, match="ended"):
        bench.plan(program('"x"'), prelude="")


@pytest.mark.slow
def test_a_number_that_becomes_a_flag_is_a_change(bench: PythonBench) -> None:
    """Python holds 1 and True to be equal; what the code makes of them need not be."""

    def switch(values: str) -> str:
        return dedent(f"""\
            from pulumi.dynamic import *

            class Switches(ResourceProvider):
                def create(self, props):
                    return CreateResult("switch", props)

                def update(self, id, olds, news):
                    with open("calls", "a") as log:
                        log.write(f"{{olds['on']}} {{olds['of']}} to {{news['on']}} {{news['of']}}\\n")
                    return UpdateResult(news)

            class Switch(Resource):
                pass

            Switch(Switches(), "switch", {values})
            """)

    bench.apply(switch('{"on": 1, "of": [0]}'), prelude="")
    assert bench.steps(bench.plan(switch('{"on": 1, "of": [0]}'), prelude="")) == {}
    bench.apply(switch('{"on": True, "of": [0]}'), prelude="")
    bench.apply(switch('{"on": True, "of": [False]}'), prelude="")
    assert calls(bench) == [
        "1.0 [0.0] to True [0.0]",
        "True [0.0] to True [False]",
    ]
    assert bench.records()["switch"].outputs["of"][0] is False


@pytest.mark.slow
def test_a_refresh_asks_the_code(bench: PythonBench) -> None:
    text = program('"hello"')
    bench.apply(text, prelude="")
    calls(bench)
    (bench.folder / "a.txt").write_text("by hand")
    bench.engine.refresh(SHOP)
    assert calls(bench) == ["read"]
    assert bench.steps(bench.plan(text, prelude="")) == {"file": "update"}
    bench.apply(text, prelude="")
    assert (bench.folder / "a.txt").read_text() == "hello"
    (bench.folder / "a.txt").unlink()
    bench.engine.refresh(SHOP)
    assert bench.steps(bench.plan(text, prelude="")) == {"file": "create"}


@pytest.mark.slow
def test_options_hold_for_them_too(bench: PythonBench) -> None:
    def both(text: str, second: str) -> str:
        return f"{CODE}one = File('one', 'a', '{text}')\n{second}\n"

    uses = "two = File('{0}', 'b', one.size.apply(str), pulumi.ResourceOptions(ignore_changes=['text'], {1}))"
    bench.apply(both("x", uses.format("two", "protect=True")), prelude="")
    assert (bench.folder / "b.txt").read_text() == "1"
    assert bench.records()["two"].references == {bench.records()["one"].urn}
    with pytest.raises(VirtwrightError, match=r"dynamic\.two is protected"):
        bench.plan(both("x", ""), prelude="")
    calls(bench)
    bench.apply(
        both("xyz", uses.format("deux", "retain_on_delete=True, aliases=[pulumi.Alias(name='two')]")), prelude=""
    )
    assert bench.done == {"one": "update", "deux": "move"}
    assert calls(bench) == ["update x"]
    bench.apply(both("xyz", ""), prelude="")
    assert calls(bench) == []
    assert (bench.folder / "b.txt").exists()


@pytest.mark.slow
def test_what_is_there_already_is_read_and_taken_over(bench: PythonBench) -> None:
    def taking(text: str, options: str, id: str = "a") -> str:
        options = f"pulumi.ResourceOptions({options})"
        return f'{CODE}file = File("file", "{id}", {text}, {options})\npulumi.export("text", file.text)\n'

    (bench.folder / "a.txt").write_text("by hand")
    read = taking("pulumi.Output.secret('whatever')", 'id="a"').replace(
        "size: pulumi", "text: pulumi.Output[str]\n    size: pulumi"
    )
    assert bench.plan(read, prelude="").changes == ()
    bench.apply(read, prelude="")
    assert bench.outputs() == {"text": "by hand"}
    assert set(bench.records()) == {"code"}  # what was only read is not the stack's
    assert set(calls(bench)) == {"read"}
    with pytest.raises(VirtwrightError, match="the program's code finds no 'b' for file"):
        bench.plan(read.replace('id="a"', 'id="b"'), prelude="")

    taken = taking('"by hand"', 'import_="a"').replace("size: pulumi", "text: pulumi.Output[str]\n    size: pulumi")
    calls(bench)
    assert bench.steps(bench.plan(taken, prelude="")) == {"file": "import"}
    bench.apply(taken, prelude="")
    assert set(calls(bench)) == {"read"}
    assert bench.steps(bench.plan(taken, prelude="")) == {}
    bench.apply(taken.replace('"by hand"', '"by us"'), prelude="")
    assert calls(bench) == ["update by hand"]
    assert (bench.folder / "a.txt").read_text() == "by us"
    with pytest.raises(VirtwrightError, match=r"a is in this stack already, as dynamic\.file"):
        bench.plan(
            taken.replace('"by hand"', '"by us"') + 'File("more", "a", "by us", pulumi.ResourceOptions(import_="a"))',
            prelude="",
        )
    bench.engine.destroy(SHOP)
    assert not (bench.folder / "a.txt").exists()


@pytest.mark.slow
def test_another_content_of_an_asset_is_a_change(bench: PythonBench) -> None:
    text = """
        from pulumi.dynamic import *

        class Sites(ResourceProvider):
            def create(self, props):
                assert isinstance(props["page"], pulumi.FileAsset)
                return CreateResult("site", {"said": open(props["page"].path).read()})

            def update(self, id, olds, news):
                return UpdateResult({"said": open(news["page"].path).read()})

        class Site(Resource):
            said: pulumi.Output[str]

        site = Site(Sites(), "site", {"page": pulumi.FileAsset("page.html"), "said": None})
        pulumi.export("said", site.said)
    """
    page = bench.folder / "page.html"
    page.write_text("hello")
    bench.apply(text)
    assert bench.steps(bench.plan(text)) == {}
    page.write_text("goodbye")
    plan = bench.plan(text)
    [change] = [change for step in plan.changes for change in step.changes]
    assert change.field == "page.hash" and isinstance(change.goal, Secret), "a short content could be guessed from it"
    assert hashlib.sha256(b"goodbye").hexdigest() not in repr(change.goal.value)
    elsewhere = bench.folder.parent / f"{bench.folder.name}.html"
    elsewhere.write_text("hello")
    [outside] = bench.plan(text.replace("page.html", str(elsewhere))).outside
    assert (outside.file, outside.field) == (str(elsewhere), "page")
    bench.apply(text)
    assert bench.outputs() == {"said": "goodbye"}
