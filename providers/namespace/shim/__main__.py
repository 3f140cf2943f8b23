"""``python -I -S .../virtwright/providers/namespace/shim/__main__.py launch|enter``: standard library only.

It is run by path, and imports its neighbours under their true names while ``virtwright``'s own package, which brings
pydantic and more, stays out: an empty stand-in with the right path takes its place.
"""

import sys
import types

_ROOT = __file__.rsplit("/", 4)[0]
"""The folder of the package ``virtwright``; the program is run by its absolute path."""


def _main() -> None:
    package = types.ModuleType("virtwright")
    package.__path__ = [_ROOT]
    sys.modules["virtwright"] = package
    if sys.argv[1] == "launch":
        from virtwright.providers.namespace.shim.launcher import main
    else:
        from virtwright.providers.namespace.shim.enter import main
    main()


_main()
