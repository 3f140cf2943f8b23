"""From the files of a Compose project to one model: read, interpolated, extended, included, merged."""

from collections.abc import Mapping
from dataclasses import field, replace
from pathlib import Path

from virtwright.errors import InputError, Problem, Where
from virtwright.lazy_dataclasses import dataclass
from virtwright.stacks.compose.canonical import canonical
from virtwright.stacks.compose.discover import active_profiles, find_project, project_name, with_env_files
from virtwright.stacks.compose.extend import extend_services
from virtwright.stacks.compose.interpolate import interpolate
from virtwright.stacks.compose.item import Item, Spot, Steps, text_of
from virtwright.stacks.compose.keys import check_keys
from virtwright.stacks.compose.merge import merge, unique, without_tags
from virtwright.stacks.compose.project import SECTIONS, Project, Request
from virtwright.stacks.compose.read import read_file
from virtwright.stacks.yaml.allowance import Allowance, TooMuchError
from virtwright.stacks.yaml.nodes import START
from virtwright.stacks.yaml.problems import Problems

_MOST_INCLUDES = 100
_LEAST_FILE = 64 * 1024
"""Characters that a file counts for at least."""


def load_project(request: Request, environment: Mapping[str, str], current: Path) -> Project:
    """Raises ``InputError`` with what is wrong."""
    found = find_project(request, environment, current)
    loader = Loader(dict(found.variables))
    name = project_name(
        request, found.variables, _written_name(found.files, found.folder, found.variables), found.folder
    )
    loader.variables["COMPOSE_PROJECT_NAME"] = name
    model = loader.model(found.files, found.folder)
    return Project(
        name=name,
        folder=found.folder,
        files=found.files,
        model=model,
        profiles=active_profiles(request, found.variables),
        variables=loader.variables,
        warnings=tuple(loader.warnings),
    )


def _written_name(files: tuple[Path, ...], folder: Path, variables: Mapping[str, str]) -> str | None:
    """What the last file that has a ``name`` says."""
    for file in reversed(files):
        item = read_file(file, folder).get("name")
        if item is not None and isinstance(item.value, str):
            problems = Problems(str(file))
            value = interpolate(item, variables, problems, lambda name, leaf, path: None).value
            problems.check()
            return text_of(value)  # type: ignore[arg-type]
    return None


@dataclass
class Loader:
    """Reads the files of one project, or of one that it includes."""

    variables: dict[str, str] = field(repr=False)
    warnings: dict[Problem, None] = field(default_factory=dict)
    allowance: Allowance = field(default_factory=Allowance)
    """What all files may come to, each as often as it is included."""
    including: tuple[Path, ...] = ()
    """The files that include each other on the way here."""

    def model(self, files: tuple[Path, ...], folder: Path) -> Item:
        """The merged model of ``files``. Raises ``InputError``."""
        merged = Item({}, Spot(str(files[0]), START, folder))
        for file in files:
            document = self._document(file, folder)
            problems = Problems(str(file))
            document = self._with_includes(document, folder, file)
            document = extend_services(document, file, self.read, problems)
            merged = unique(merge(merged, document, problems))
            problems.check()
        return without_tags(merged)

    def read(self, file: Path, folder: Path, where: Where | None) -> Item:
        """A document in its long form, with its variables replaced. Raises ``InputError``."""
        problems = Problems(str(file))
        root = read_file(file, folder, where=where)
        self._take(root, problems)
        root = interpolate(root, self.variables, problems, self._unset, self.allowance)
        root = canonical(root, problems)
        check_keys(root, problems)
        problems.check()
        return root

    def _take(self, root: Item, problems: Problems) -> None:
        try:
            self.allowance.take(max(_LEAST_FILE, _length(root)), root.spot.at)
        except TooMuchError as error:
            problems.add(str(error), error.at)
            problems.check()

    def _document(self, file: Path, folder: Path) -> Item:
        return self.read(file, folder, None)

    def _unset(self, name: str, leaf: Item, path: Steps) -> None:
        message = f"the variable {name} is not set and was taken as empty"
        self.warnings[Problem(message, leaf.where(path), f"set it, or give a default: ${{{name}:-...}}")] = None

    def _with_includes(self, document: Item, folder: Path, file: Path) -> Item:
        includes = document.get("include")
        if includes is None:
            return document
        rest = document.with_value({key: each for key, each in document.map.items() if key != "include"})
        for index, entry in enumerate(includes.sequence):
            problems = Problems(str(file))
            included = self._include(entry, ("include", f"[{index}]"), folder, file)
            shared = included.with_value({key: included.map[key] for key in SECTIONS if key in included.map})
            rest = merge(shared, rest, problems)
            problems.check()
        return rest

    def _include(self, entry: Item, path: Steps, folder: Path, file: Path) -> Item:
        settings = entry if isinstance(entry.value, dict) else entry.beside({"path": entry})
        files = tuple(folder / text for text in _texts(settings.get("path"), entry, path))
        chain = (*self.including, file.resolve())
        _check_includes(files, chain, entry, path)
        directory = settings.get("project_directory")
        inner = folder / text_of(directory.value) if directory else files[0].parent  # type: ignore[arg-type]
        env_files = tuple(folder / text for text in _texts(settings.get("env_file"), None, path))
        if not env_files and (inner / ".env").is_file():
            env_files = (inner / ".env",)
        for each in env_files:
            if not each.is_file():
                raise InputError.one(f"there is no file {each}", where=entry.where((*path, "env_file")))
        known = with_env_files(tuple(each for each in env_files if str(each) != "/dev/null"), self.variables)
        return replace(self, variables=known, including=chain).model(files, inner)


def _length(item: Item) -> int:
    inner = item.value.values() if isinstance(item.value, dict) else item.value if isinstance(item.value, list) else ()
    return (len(item.value) if isinstance(item.value, str) else 0) + sum(map(_length, inner))


def _texts(item: Item | None, needed_by: Item | None, path: Steps) -> list[str]:
    values = [] if item is None else item.sequence if isinstance(item.value, list) else [item]
    texts = [text_of(each.value) for each in values if isinstance(each.value, str)]
    if needed_by is not None and not texts:
        raise InputError.one("an include needs the path of a file", where=needed_by.where(path))
    return texts


def _check_includes(files: tuple[Path, ...], chain: tuple[Path, ...], entry: Item, path: Steps) -> None:
    for file in files:
        if not file.is_file():
            raise InputError.one(f"there is no file {str(file)!r} to include", where=entry.where(path))
        if file.resolve() in chain or len(chain) > _MOST_INCLUDES:
            steps = " -> ".join(str(each) for each in (*chain, file.resolve()))
            raise InputError.one(f"a cycle of includes: {steps}", where=entry.where(path))
