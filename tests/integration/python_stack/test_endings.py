"""However a program ends, what it says and where it failed reach the user, and nothing is lost or done twice."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.python_stacks import PRELUDE_LINES, PythonBench
from tests.waiting import until

from virtwright.engine.plan import RunOptions
from virtwright.errors import HostError, InputError, VirtwrightError

NET = 'vw.Network("net", cidr="10.0.0.0/24", opts=on)\n'


def _refused(bench: PythonBench, text: str) -> VirtwrightError:
    with pytest.raises(VirtwrightError) as caught:
        bench.plan(text)
    return caught.value


def test_an_exception_is_told_with_the_users_own_lines(bench: PythonBench) -> None:
    error = _refused(bench, "def inner():\n    raise ValueError('boom')\n\ndef outer():\n    inner()\n\nouter()\n")
    assert error.message == "ValueError: boom"
    assert error.where.file == str(bench.folder / "shop.py")
    assert error.where.line == PRELUDE_LINES + 2
    assert error.hint is not None
    assert f"shop.py:{PRELUDE_LINES + 5}, in outer" in error.hint
    assert "site-packages" not in error.hint and "runpy" not in error.hint and "host" not in error.hint


def test_an_exception_in_apply_and_a_syntax_error_have_their_line_too(bench: PythonBench) -> None:
    error = _refused(bench, "pulumi.Output.from_input(1).apply(lambda value: value / 0)\n")
    assert (error.message, error.where.line) == ("ZeroDivisionError: division by zero", PRELUDE_LINES + 1)
    error = _refused(bench, "x = 1\nfor\n")
    assert error.message.startswith("SyntaxError")
    assert error.where.line == PRELUDE_LINES + 2


def test_what_our_own_classes_refuse_has_the_users_line(bench: PythonBench) -> None:
    error = _refused(bench, "vw.Network('net', opts=pulumi.ResourceOptions(provider='one'))\n")
    assert (error.where.file, error.where.line) == (str(bench.folder / "shop.py"), PRELUDE_LINES + 1)


def test_what_fails_later_has_the_line_where_it_was_raised(bench: PythonBench) -> None:
    later = """
        import asyncio
        async def later():
            await asyncio.sleep(0.01)
            raise ValueError("later")
        pulumi.export("x", pulumi.Output.from_input(later()))
    """
    error = _refused(bench, later)
    assert (error.message, error.where.line) == ("ValueError: later", PRELUDE_LINES + 5)


def test_each_exception_of_a_group_is_told(bench: PythonBench) -> None:
    inner = 'ExceptionGroup("of two", [KeyError("a"), OSError()])'
    error = _refused(bench, f'raise ExceptionGroup("several", [ValueError("one\\nand two"), {inner}])')
    assert error.message.splitlines() == [
        "ExceptionGroup: several (2 sub-exceptions)",
        "    ValueError: one",
        "    and two",
        "    ExceptionGroup: of two (2 sub-exceptions)",
        "        KeyError: 'a'",
        "        OSError: ",
    ]


def test_a_recursion_is_told_once(bench: PythonBench) -> None:
    error = _refused(bench, "def dive(n):\n    if n:\n        dive(n - 1)\n    raise ValueError('deep')\n\ndive(9)\n")
    assert (error.message, error.where.line) == ("ValueError: deep", PRELUDE_LINES + 4)
    assert error.hint is not None
    assert error.hint.splitlines() == [
        "called from:",
        f"    {bench.folder / 'shop.py'}:{PRELUDE_LINES + 3}, in dive, 9 times",
        f"    {bench.folder / 'shop.py'}:{PRELUDE_LINES + 6}, in <module>",
    ]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ('vw.Container("web", image="host", comand=["x"], opts=on)', "did you mean command?"),
        ('pulumi.export("what", object())', "a value is text, a number"),
        ('vw.Network("n", opts=pulumi.ResourceOptions(provider=[host]))', "provider= takes one host"),
        ("import asyncio\nawaited = asyncio.to_thread(vw.Network, 'n', on)\npulumi.export('n', awaited)", "own thread"),
    ],
)
def test_a_common_mistake_gets_a_hint(bench: PythonBench, text: str, hint: str) -> None:
    assert hint in (_refused(bench, text).hint or "")


def test_what_pulumi_alone_can_do_is_told_in_our_own_name(bench: PythonBench) -> None:
    text = "pulumi.ComponentResource('my:index:Site', 'site', None, options(state_migrations=[lambda args: None]))"
    error = _refused(bench, text)
    assert error.message == "Exception: virtwright does not support state migrations"
    assert "give the option aliases" in (error.hint or "")


def test_a_run_error_is_only_its_message(bench: PythonBench) -> None:
    error = _refused(bench, 'raise pulumi.RunError("give it a name")')
    assert error.message == "give it a name"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import sys; sys.exit(3)", "exit status 3"),
        ("import sys; sys.exit('out of luck')", "out of luck"),
        ("import os; os._exit(0)", "ended before it had registered"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "the signal SIGKILL"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "the signal SIGSEGV"),
    ],
)
def test_an_early_end_fails_and_deletes_nothing(bench: PythonBench, text: str, message: str) -> None:
    error = _refused(bench, NET + text)
    assert message in str(error)


def test_a_program_that_fails_deletes_nothing_and_keeps_what_it_made(bench: PythonBench) -> None:
    bench.apply(NET + 'vw.Network("other", cidr="10.0.1.0/24", opts=on)')
    with pytest.raises(VirtwrightError, match="late"):
        bench.apply("""
            first = vw.Network("more", cidr="10.0.2.0/24", opts=on)

            def fail(name):
                if not pulumi.runtime.is_dry_run():
                    raise RuntimeError("late")

            first.name.apply(fail)
        """)
    assert bench.world.names() == ["more", "net", "other"]


def test_an_orderly_exit_is_the_end_of_the_program(bench: PythonBench) -> None:
    result = bench.apply(NET + "pulumi.export('a', 1)\nimport sys\nsys.exit()")
    assert result.succeeded and bench.outputs() == {"a": 1}


def test_prints_and_log_lines_reach_the_events(bench: PythonBench) -> None:
    bench.apply("""
        import sys
        print("to the output\\nin two lines")
        print("to the other one", file=sys.stderr)
        pulumi.log.info("told")
        pulumi.log.debug("in detail")
        pulumi.log.error("something is wrong")
        secret = pulumi.Output.secret("hunter2-and-more")
        vw.Container("web", image="host", environment={"P": secret}, opts=on)
        secret.apply(lambda value: print("it is", value))
    """)
    told = [*bench.logs]
    for line in ("to the output", "in two lines", "to the other one", "told", "in detail", "something is wrong"):
        assert line in told
    assert not any("hunter2" in line for line in told)


def test_all_that_is_wrong_with_resources_is_told_with_its_place(bench: PythonBench) -> None:
    with pytest.raises(InputError) as caught:
        bench.plan("""
            vw.Network("net", cidr="nonsense", opts=on)
            vw.Container("web", image="host", memory="lots", opts=on) if False else None
            vw.Volume("data", size=-1, opts=on)
        """)
    places = {(problem.where.path, problem.where.line) for problem in caught.value.problems}
    assert places == {("networks.net.cidr", PRELUDE_LINES + 2), ("volumes.data.size", PRELUDE_LINES + 4)}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (NET * 2, "networks.net is declared twice"),
        (
            'pulumi.CustomResource("virtwright:index:Rocket", "r", {}, on)',
            "virtwright has no kind virtwright:index:Rocket",
        ),
        ('pulumi.CustomResource("aws:s3:Bucket", "b", {})', "belongs to another provider"),
        ('pulumi.ComponentResource("my:index:C", "c", {}, None, True)', "whose plugin pulumi-resource-my is not there"),
        ('vw.Network("net", cidr="10.0.0.0/24")', "no host is named for this resource"),
        ('vw.Network("not a name", cidr="10.0.0.0/24", opts=on)', "is no name for a resource"),
        ('vw.Container("web", image=pulumi.StringAsset("x"), opts=on)', "an asset can't be given here"),
        ('pulumi.runtime.invoke("other:index:ask", {})', "can't answer other:index:ask"),
        ('pulumi.StackReference("acme/none/at-all")', "there is no state of a stack none/at-all"),
        ('pulumi.runtime.settings.require_pulumi_version("<3.0.0")', "needs Pulumi <3.0.0"),
        ('pulumi.Config().require("nothing")', "virtwright config set shop:nothing"),
        ("import nowhere_at_all", "-m pip list"),
        (
            f'net = {NET}vw.Container("c", image="host", command=["ping", f"{{net.name}}"], opts=on)',
            "use pulumi.Output.concat",
        ),
    ],
)
def test_what_a_program_must_not_ask_is_refused(bench: PythonBench, text: str, message: str) -> None:
    error = _refused(bench, text)
    assert message in "\n".join(f"{problem.message} {problem.hint}" for problem in error.problems)


def test_a_resource_that_fails_lets_the_rest_go_on_without_it(bench: PythonBench) -> None:
    def before(method: str, kind: str, name: str) -> None:
        if (method, name) == ("create", "bad"):
            raise HostError("no room")

    bench.world.before = before
    result = bench.apply(
        """
        bad = vw.Container("bad", image="host", opts=on)
        vw.Container("needs", image="host", description=bad.name, opts=on)
        vw.Container("good", image="host", opts=on)
        pulumi.export("name", bad.name)
    """,
        run=RunOptions(continue_on_error=True),
    )
    assert not result.succeeded
    assert bench.world.names() == ["good"]


def _interrupt_when(bench: PythonBench, line: str, times: int = 1) -> threading.Thread:
    def wait() -> None:
        while line not in bench.logs:
            time.sleep(0.02)
        for _ in range(times):
            bench.engine.interrupt()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def test_an_interrupt_ends_a_program_that_hangs_after_what_is_under_way(bench: PythonBench) -> None:
    program = bench.program(
        NET
        + """
if not pulumi.runtime.is_dry_run():
    import time
    print("waiting", flush=True)
    time.sleep(600)
"""
    )
    thread = _interrupt_when(bench, "waiting")
    started = time.monotonic()
    result = bench.engine.apply(program)
    thread.join()
    assert result.interrupted
    assert time.monotonic() - started < 60
    assert "net" not in bench.world.names() or "net" in bench.records()


def test_a_plan_that_is_given_up_waits_for_no_program(bench: PythonBench, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long one is given that has registered all."""
    monkeypatch.setattr("virtwright.stacks.python.serving._LAST_WORDS", 600.0)
    program = bench.program("import time\nprint('waiting', flush=True)\ntime.sleep(600)")

    def give_up() -> None:
        until("the program runs", lambda: "waiting" in bench.logs)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=give_up)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        bench.engine.plan(program)
    thread.join()


def test_a_program_that_ignores_signals_is_ended_by_force(bench: PythonBench) -> None:
    program = bench.program("""
        import os, signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if not pulumi.runtime.is_dry_run():
            print(f"pid {os.getpid()}", flush=True)
            print("waiting", flush=True)
            while True:
                time.sleep(600)
    """)
    thread = _interrupt_when(bench, "waiting")
    assert bench.engine.apply(program).interrupted
    thread.join()
    pid = int(next(line for line in bench.logs if line.startswith("pid ")).split()[1])
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_function_that_was_called_leaves_no_line_of_a_library(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("""
import pulumi
pulumi.ComponentResource("my:index:Site", "site", None, pulumi.ResourceOptions(transforms=[lambda args: None]))
""")
    done = subprocess.run(
        [Path(sys.executable).with_name("virtwright"), "plan", tmp_path / "shop.py"],
        env={"PATH": os.environ["PATH"], "VIRTWRIGHT_HOME": str(tmp_path)}, check=True, capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("No changes: 0 unchanged.\n", "")


def test_nothing_of_a_pass_is_left_behind(bench: PythonBench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.apply("")  # opens the state
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    with TemporaryDirectory() as scratch:  # sockets in it have room for a short path only
        monkeypatch.setattr("tempfile.tempdir", scratch)
        bench.apply(NET)
        bench.plan(NET)
        assert list(Path(scratch).iterdir()) == []
    assert len(list(Path("/proc/self/fd").iterdir())) <= descriptors + 4
