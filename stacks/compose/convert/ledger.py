"""The account of a conversion: what of the model was used, and what is to be told of the rest. Nothing is dropped in silence:
whatever no converter took is reported when the account is closed."""

from dataclasses import field
from typing import Literal, TypeAlias

from virtwright.errors import Where
from virtwright.lazy_dataclasses import dataclass
from virtwright.stacks.compose.convert.counterparts import counterpart, is_told
from virtwright.stacks.compose.item import Item, Steps, leaves

Weight: TypeAlias = Literal["lost", "changed", "note"]
"""``lost``: not in the stack. ``changed``: there, but it does not mean quite the same. ``note``: nothing needs to be done."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to tell about one key."""

    weight: Weight
    where: Where
    """File, line, column and the path of the key."""
    means: str
    """What the key means, or what has become of it."""
    instead: str | None = None
    """What to do instead."""


@dataclass(slots=True)
class Ledger:
    """Which leaves of the model are accounted for."""

    findings: list[Finding] = field(default_factory=list)
    _used: dict[int, Item] = field(default_factory=dict)
    """By ``id``, with the item, so that the id stays its own."""

    def use(self, item: Item) -> None:
        """Everything in ``item`` has become part of the stack."""
        for _, leaf in leaves(item):
            self._used[id(leaf)] = leaf

    def tell(self, weight: Weight, item: Item, path: Steps, means: str, instead: str | None = None) -> None:
        """Report ``item``, and count everything in it as accounted for."""
        self.use(item)
        self.findings.append(Finding(weight, item.where(path, of_key=True), means, instead))

    def is_used(self, item: Item) -> bool:
        return id(item) in self._used

    def close(self, root: Item) -> None:
        """Report what nobody took, each time as the largest part of the model that there is something to tell of."""
        self._close(root, ())
        self.findings.sort(key=lambda each: (each.where.file or "", each.where.line or 0, each.where.column or 0))

    def _close(self, item: Item, path: Steps) -> None:
        every = [leaf for _, leaf in leaves(item)]
        if all(self.is_used(leaf) or leaf.filled_in or _says_nothing(leaf) for leaf in every):
            return
        whole = not any(self.is_used(leaf) for leaf in every)
        if not isinstance(item.value, list | dict) or (whole and is_told(path)):
            weight, means, instead = counterpart(path)
            self.tell(weight, item, path, means, instead)
            return
        for key, each in item.map.items():
            self._close(each, (*path, key))
        for index, each in enumerate(item.sequence):
            self._close(each, (*path, f"[{index}]"))


def _says_nothing(leaf: Item) -> bool:
    return leaf.value is None or leaf.value == [] or leaf.value == {}
