"""Runs one Pulumi program in this process, as the engine orders (pulumi-language-python-exec is the model).

The engine starts this file with the project's own interpreter, where ``virtwright`` need not be installed, and gives it two pipes:
one line of JSON with everything the program has to know comes in, reports go out. When the first pipe closes, the engine
is gone and the program ends.
"""

import asyncio
import importlib.util
import inspect
import json
import os
import runpy
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TextIO

ENGINE_GONE = 70
FAILED = 1


def main() -> int:
    """Returns the exit status; what happened is in the report."""
    orders_pipe, report_pipe = (int(text) for text in sys.argv[1:3])
    orders_file = os.fdopen(orders_pipe, encoding="utf-8")
    orders = json.loads(orders_file.readline())
    threading.Thread(target=_end_with_engine, args=(orders_file,), daemon=True).start()
    with os.fdopen(report_pipe, "w", encoding="utf-8") as report:
        return _run(orders, report)


def _end_with_engine(orders: TextIO) -> None:
    orders.read()
    os._exit(ENGINE_GONE)


def _run(orders: dict[str, Any], report: TextIO) -> int:
    reports = _sibling("report")
    try:
        _set_up(orders)
        _carry_out(orders, lambda: reports.send(report, kind="ready"))
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else FAILED
        reports.send(report, kind="exit", code=code, message=error.code if isinstance(error.code, str) else "")
        return code
    except BaseException as error:  # noqa: BLE001 - whatever it is, the engine is told
        reports.send(report, kind="failed", **reports.describe(error), run_error=_is_run_error(error))
        return FAILED
    reports.send(report, kind="done")
    return 0


def _set_up(orders: dict[str, Any]) -> None:
    import pulumi.runtime
    from pulumi.runtime import Settings, configure

    if orders["mend"]:
        _sibling("mends").mend()
        _sibling("lazy_outputs").mend()
    pulumi.runtime.set_all_config(orders["config"], orders["secret_keys"])
    wanted = {
        **_engine(orders),
        "project": orders["project"],
        "stack": orders["stack"],
        "organization": orders["organization"],
        "root_directory": orders["root_directory"],
        "parallel": orders["parallel"],
        "dry_run": orders["dry_run"],
    }
    known = inspect.signature(Settings.__init__).parameters
    configure(Settings(**{name: value for name, value in wanted.items() if name in known}))
    os.chdir(orders["folder"])
    sys.argv = [orders["program"], *orders["arguments"]]
    program = Path(orders["program"])
    sys.path[0] = str(program if program.is_dir() else program.parent)


def _engine(orders: dict[str, Any]) -> dict[str, Any]:
    """The services of the engine as the SDK takes them: gRPC's addresses, or stubs on a line of ours."""
    if "line" not in orders:
        return {"monitor": orders["monitor"], "engine": orders["engine"]}
    from pulumi.runtime.proto import engine_pb2, resource_pb2

    line = _sibling("line").Line(orders["line"])
    return {
        "monitor": line.stub(resource_pb2.DESCRIPTOR.services_by_name["ResourceMonitor"]),
        "engine": line.stub(engine_pb2.DESCRIPTOR.services_by_name["Engine"]),
    }


def _carry_out(orders: dict[str, Any], ready: Callable[[], None]) -> None:
    from pulumi.runtime import run_in_stack

    def program() -> None:
        ready()
        try:
            runpy.run_path(orders["program"], run_name="__main__")
        except SystemExit as error:
            if error.code not in (None, 0):
                raise

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.set_default_executor(ThreadPoolExecutor(max_workers=orders["parallel"] * 4))
    try:
        loop.run_until_complete(run_in_stack(program))
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()


def _is_run_error(error: BaseException) -> bool:
    """Raised to tell the user something, without a trace."""
    kind = getattr(sys.modules.get("pulumi"), "RunError", None)  # where it can't be imported, that is the error
    return kind is not None and isinstance(error, kind)


def _sibling(name: str) -> Any:
    """A module beside this file, which no import path has."""
    file = Path(__file__).resolve().with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"virtwright_host_{name}", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    sys.exit(main())
