"""All that is generated: the files, by their path in the repository, and writing them."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from virtwright.codegen.package_schema import schema_text
from virtwright.codegen.python_index import index_module
from virtwright.codegen.python_inputs import inputs_module
from virtwright.codegen.python_outputs import outputs_index, outputs_module
from virtwright.codegen.python_resources import resource_module
from virtwright.codegen.vocabulary import TOP, module_of, nested_models
from virtwright.process import run
from virtwright.schemas.model import Model


def write(repository: Path) -> Sequence[Path]:
    """Write every generated file below ``repository``; returns their paths. Raises ``OSError``, and ``HostError``
    where the formatter (ruff, a development tool) is not there."""
    written = []
    for name, text in _python().items():
        written.append(_put(repository / name, text))
    run([sys.executable, "-m", "ruff", "check", "--fix-only", "--quiet", *_config(), *map(str, written)])
    run([sys.executable, "-m", "ruff", "format", "--quiet", *_config(), *map(str, written)])
    return [*written, _put(repository / "schemas/pulumi.json", schema_text())]


def _config() -> list[str]:
    return ["--config", str(Path(__file__).resolve().parents[3] / "pyproject.toml")]


def _put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def _python() -> Mapping[str, str]:
    sdk = "src/virtwright/sdk"
    files = {f"{sdk}/__init__.py": index_module(), f"{sdk}/outputs/__init__.py": outputs_index(nested_models())}
    for module, models in _by_module().items():
        files[f"{sdk}/inputs/{module}.py"] = inputs_module(module, models)
        files[f"{sdk}/outputs/{module}.py"] = outputs_module(module, models)
    for folder in ("inputs", "resources"):
        files[f"{sdk}/{folder}/__init__.py"] = ""
    for model in TOP:
        files[f"{sdk}/resources/{module_of(model)}.py"] = resource_module(model)
    return files


def _by_module() -> dict[str, list[type[Model]]]:
    found: dict[str, list[type[Model]]] = {}
    for model in nested_models():
        found.setdefault(module_of(model), []).append(model)
    return found
