"""A way to say what the vocabulary has no word for."""

from virtwright.schemas.model import Model
from virtwright.schemas.text import Text


class LibvirtOverlay(Model):
    """What only libvirt hosts know."""

    xml: Text | None = None
    """A fragment laid over the generated XML. Default: none."""
