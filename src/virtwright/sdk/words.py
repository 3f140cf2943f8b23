"""A command: its words, or one line for the shell."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import pulumi

if TYPE_CHECKING:
    Words: TypeAlias = str | Sequence[pulumi.Input[str]]
else:
    Words = Any  # Pulumi's SDK looks for the type of the items of each list that it sends, and fails on a union
