"""``python -I -S .../virtwright/providers/namespace/confining/__main__.py ORDER``: standard library only, as ``shim/__main__.py``."""

import sys
import types

_ROOT = __file__.rsplit("/", 4)[0]


def _main() -> None:
    package = types.ModuleType("virtwright")
    package.__path__ = [_ROOT]
    sys.modules["virtwright"] = package
    from virtwright.providers.namespace.confining.run import main

    main()


_main()
