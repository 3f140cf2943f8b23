"""A Python stack on disk: a folder with ``Pulumi.yaml``, or a single file."""

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any, Final

from virtwright.errors import InputError, Where
from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.declarations import ConfigDeclaration, ConfigType
from virtwright.stacks.config import Declarations, DeclaredValue
from virtwright.stacks.config_text import to_value
from virtwright.stacks.yaml.compose import compose
from virtwright.stacks.yaml.nodes import Node
from virtwright.stacks.yaml.outline import is_name
from virtwright.stacks.yaml.problems import Problems
from virtwright.stacks.yaml.source import read_text
from virtwright.trust import TRUSTED, Trust

_TYPES: Final[Mapping[str, ConfigType]] = {
    "string": "string", "integer": "integer", "number": "number", "boolean": "boolean", "array": "list", "object": "map",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Project:
    """What a stack's program is, and how it is run."""

    name: str
    file: Path
    """``Pulumi.yaml``, or the program itself."""
    folder: Path
    """Absolute. Where the program runs."""
    program: Path
    """Absolute: a file, or a folder with ``__main__.py``."""
    toolchain: str = "pip"
    virtualenv: Path | None = None
    """Absolute. None: the interpreter that virtwright runs with."""
    declarations: Declarations = field(default_factory=dict)
    sources: Mapping[str, Path] = field(default_factory=dict)
    """By package: where its plugin is, absolute."""

    @property
    def is_folder(self) -> bool:
        return self.file != self.program

    @property
    def imports(self) -> Path:
        """The folder that the program imports its own modules from."""
        return self.program if self.program.is_dir() else self.program.parent

    def config_file(self, stack: str) -> Path:
        """``Pulumi.prod.yaml`` in the folder; beside ``shop.py``: ``shop.prod.yaml``."""
        return self.file.with_name(f"{self.file.stem}.{stack}{self.file.suffix if self.is_folder else '.yaml'}")


def read_project(file: Path, trust: Trust = TRUSTED) -> Project:
    """Raises ``InputError`` where ``Pulumi.yaml`` can't be read, or is of another language."""
    if file.suffix == ".py":
        program = file.absolute()
        if not is_name(file.stem):
            message = f"the file's name is the project's, and {file.stem!r} is no name"
            raise InputError.one(message, where=Where(str(file)), hint="use letters, digits, '_', '.' and '-'")
        return Project(file.stem, file, program.parent, program)
    problems = Problems(str(file))
    root = compose(read_text(file), problems)
    problems.check()
    project = _Reader(file, problems, trust).read(root)
    problems.check()
    return project


@dataclass(slots=True)
class _Reader:
    file: Path
    problems: Problems
    trust: Trust

    def read(self, root: Node) -> Project:
        name = self._text(root, ("name",))
        if name is None or not is_name(name):
            self.problems.add(
                "the project needs a name of letters, digits, '_', '.' and '-'", root.position(("name",)), "name"
            )
        runtime = root.find(("runtime",)).value if isinstance(root.value, dict) else None
        language = runtime if isinstance(runtime, str) else self._text(root, ("runtime", "name"))
        if language != "python":
            hint = "runtime: python; programs in other languages run with `pulumi up`"
            self.problems.add("virtwright runs Python programs only", root.position(("runtime",)), "runtime", hint)
        folder = self.file.absolute().parent
        main = self._text(root, ("main",)) or "."
        environment = self._text(root, ("runtime", "options", "virtualenv"))
        toolchain = self._text(root, ("runtime", "options", "toolchain")) or "pip"
        if toolchain not in ("pip", "uv", "poetry"):
            at = root.position(("runtime", "options", "toolchain"))
            self.problems.add(f"unknown toolchain {toolchain!r}", at, "runtime.options.toolchain", "pip, uv or poetry")
        if toolchain == "uv" and environment is None:
            environment = ".venv"
        program = (folder / main).resolve() if main != "." else folder
        self.trust.check_path(program)
        if not (program.is_file() or (program / "__main__.py").is_file()):
            hint = "main names a file, or a folder with the file __main__.py"
            self.problems.add(f"there is no program at {main}", root.position(("main",)), "main", hint)
        return Project(
            name or "", self.file, folder, program, toolchain, folder / environment if environment else None,
            self._declarations(root, name or ""), {name: folder / path for name, path in _sources(root).items()},
        )  # fmt: skip

    def _text(self, root: Node, path: tuple[str, ...]) -> str | None:
        node: Any = root
        for part in path:
            if not isinstance(node.value, dict) or part not in node.value:
                return None
            node = node.value[part]
        return node.value if isinstance(node.value, str) else None

    def _declarations(self, root: Node, project: str) -> Declarations:
        section = root.value.get("config") if isinstance(root.value, dict) else None
        if section is None or section.value is None:
            return {}
        if not isinstance(section.value, dict):
            if not isinstance(section.value, str):
                self.problems.add("expected a map from keys to declarations", section.at, "config")
            return {}  # older projects name the folder of their configuration here
        return {
            written.removeprefix(f"{project}:"): self._declaration(written, node)
            for written, node in section.value.items()
        }

    def _declaration(self, written: str, node: Node) -> DeclaredValue:
        line, column = node.at
        where = Where(str(self.file), line, column, f"config.{written}")
        value = to_value(node)
        fields = value if isinstance(value, dict) else {"default": value}
        default = fields.get("default", fields.get("value"))
        named = fields.get("type", type_of(default) if default is not None else "string")
        kind = _TYPES.get(named, named) if isinstance(named, str) else ""
        try:
            declaration = ConfigDeclaration(
                type=kind,
                default=default,
                secret=bool(fields.get("secret")),
                description=str(fields.get("description", "")),
            )
        except ValueError:
            self.problems.add("a wrong type, or a default of another type", node.at, f"config.{written}")
            return DeclaredValue(None, where)
        return DeclaredValue(declaration, where)


def _sources(root: Node) -> dict[str, str]:
    """``packages: {team: ./team}`` and ``plugins: {providers: [{name: team, path: ./team}]}``. Packages that come from
    elsewhere are looked for as others are."""
    told = to_value(root)
    packages = told.get("packages") if isinstance(told, dict) else None
    plugins = told.get("plugins") if isinstance(told, dict) else None
    found: dict[str, str] = {}
    for name, source in packages.items() if isinstance(packages, dict) else ():
        path = source.get("source") if isinstance(source, dict) else source
        if isinstance(path, str) and path.startswith(("./", "../", "/")):
            found[name] = path
    for each in (plugins.get("providers") or ()) if isinstance(plugins, dict) else ():
        if isinstance(each, dict) and isinstance(each.get("name"), str) and isinstance(each.get("path"), str):
            found[each["name"]] = each["path"]
    return found


def type_of(value: Any) -> ConfigType:
    """The type of configuration that a plain value is of."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    return "list" if isinstance(value, list) else "map" if isinstance(value, dict) else "string"
