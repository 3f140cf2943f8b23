"""Which fields of the vocabulary name another resource of the stack."""

from virtwright.lazy_dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RefersTo:
    """Field metadata: the text names a resource of ``kind``; its output ``attribute`` is what the provider receives.

    Where ``optional`` is set, a text that names no resource of the stack is taken as it is (an image reference).
    """

    kind: str
    attribute: str = "name"
    optional: bool = False
