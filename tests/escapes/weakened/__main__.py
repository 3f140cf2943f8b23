"""``python -I -S .../weakened/__main__.py DEFENCES MAIN ...``: the shim's program ``MAIN`` without ``DEFENCES``.

These are names in JSON.
"""

import json
import runpy
import sys
import types


def _main() -> None:
    names, main = json.loads(sys.argv[1]), sys.argv[2]
    package = types.ModuleType("virtwright")
    package.__path__ = [main.rsplit("/", 4)[0]]
    sys.modules["virtwright"] = package
    tests = types.ModuleType("tests")
    tests.__path__ = [__file__.rsplit("/", 3)[0]]
    sys.modules["tests"] = tests
    from tests.escapes.weakened.defences import switch_off

    for name in names:
        switch_off(name)
    sys.argv = sys.argv[2:]
    runpy.run_path(main, run_name="__main__")


_main()
