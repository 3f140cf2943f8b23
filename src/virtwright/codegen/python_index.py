"""The module that a program's names come from."""

from typing import Final

from virtwright.codegen.python_types import PACKAGE, args_names, header
from virtwright.codegen.vocabulary import TOP, module_of, nested_models

BY_HAND: Final = {
    "cluster": ("Cluster", "ClusterArgs"),
    "values": ("known", "text"),
    "functions": (
        "GetHostResult",
        "GetImageResult",
        "HostFact",
        "get_host",
        "get_host_output",
        "get_image",
        "get_image_output",
    ),
}
"""What is written by hand, by its module."""


def index_module() -> str:
    """Every public name of ``import virtwright as vw``."""
    sources: dict[str, list[str]] = {f"{PACKAGE}.{module}": list(names) for module, names in BY_HAND.items()}
    for model in TOP:
        sources[f"{PACKAGE}.resources.{module_of(model)}"] = [model.__name__]
    for model in nested_models():
        sources.setdefault(f"{PACKAGE}.inputs.{module_of(model)}", []).extend(args_names(model))
    names = sorted(["outputs", *(name for group in sources.values() for name in group)])
    lines = [*header("Everything that a Python stack uses, as ``vw.Network``."), f"from {PACKAGE} import outputs"]
    lines += [f"from {module} import {', '.join(sorted(group))}" for module, group in sorted(sources.items())]
    return "\n".join([*lines, "", "__all__ = [", *(f'    "{name}",' for name in names), "]"]) + "\n"
