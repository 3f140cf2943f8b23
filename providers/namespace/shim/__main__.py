"""``python -I -S .../virtwright/providers/namespace/shim/__main__.py MOUNTS ROOT launch|enter``: standard library only.

It is started among read-only mounts (``read_only_start``); MOUNTS and ROOT are file descriptors of the host's mount namespace and root, to
which it goes once all is loaded.

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
    if sys.argv[3] == "launch":
        from virtwright.providers.namespace.shim.launcher import main
    else:
        from virtwright.providers.namespace.shim.enter import main
    from virtwright.providers.namespace.kernel.calls import hide_memory
    from virtwright.providers.namespace.kernel.mounts import return_to

    hide_memory()
    return_to(int(sys.argv[1]), int(sys.argv[2]))
    main()


_main()
