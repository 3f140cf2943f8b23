"""Infrastructure as code for virtual machines, containers, networks and storage on hosts of your own.

A Python stack finds here what it needs: ``import virtwright as vw``, then ``vw.Host``, ``vw.Network``, ``vw.VirtualMachine``
and the rest. Pulumi's SDK is loaded when the first of them is asked for.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from virtwright.sdk import *
else:

    def __getattr__(name: str) -> Any:
        # `from virtwright import process` asks here first; a module of ours is no reason to load the SDK
        if name.startswith("__") or find_spec(f"{__name__}.{name}") is not None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        sdk = import_module("virtwright.sdk")
        if name in sdk.__all__:
            found = globals()[name] = getattr(sdk, name)  # asked for once
            return found
        near = import_module("virtwright.schemas.problems").near
        meant = near(name, sdk.__all__)
        hint = f"; did you mean {meant}?" if meant else ""
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}{hint}")

    def __dir__() -> list[str]:
        return [*globals(), *import_module("virtwright.sdk").__all__]
