"""One resource or host as a stack file declares it, ready to become a goal."""

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path as FilePath

from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.model import Model
from virtwright.schemas.options import Options
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import Path
from virtwright.stacks.yaml.check import Place, Shape
from virtwright.stacks.yaml.evaluate import Template
from virtwright.stacks.yaml.expressions import Expression, Key
from virtwright.stacks.yaml.nodes import Position


@dataclass(frozen=True, slots=True)
class Link:
    """A field that names another resource by itself, without ``${ }``: ``networks: [back]``."""

    path: Path
    target: Key
    attribute: str
    """The target's output that takes the name's place."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A resource or host."""

    key: Key
    kind: str
    urn: Urn
    model: type[Model]
    """Of its inputs."""
    place: Place
    folder: FilePath
    """What relative paths start from."""
    shape: Shape
    """Its inputs as far as they are known before the run."""
    holes: tuple[tuple[Path, Expression], ...] = ()
    """The places in ``shape`` whose value other resources give."""
    template: Template | None = None
    """All its inputs, where filling the holes is not enough: a shorthand made other fields from one of them."""
    index: int | None = None
    links: tuple[Link, ...] = ()
    uses: Mapping[Key, Position] = field(default_factory=dict)
    """What its inputs refer to, and where."""
    after: Mapping[Key, Position] = field(default_factory=dict)
    """``depends_on``."""
    host: Key | None = None
    options: Options = field(default_factory=Options)
    aliases: frozenset[Urn] = frozenset()

    @property
    def needs(self) -> Mapping[Key, Position]:
        """Everything that must be registered first, its host included."""
        needs = {**self.uses, **self.after}
        if self.host:
            needs.setdefault(self.host, self.place.node.at)
        return needs
