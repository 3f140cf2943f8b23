"""The resources that the libvirt hosts' contract tests are made of."""

from tests.contract.namespace.items import altered
from tests.programs import Item

BACK = Item("Network", "back", {"cidr": "10.40.0.0/24"})
DATA = Item("Volume", "data", {"size": "4MiB", "format": "raw"})
LAYER = Item("Volume", "layer", {"backing": "{data}"}, uses=("data",))
FILLED = Item("Volume", "filled", {"size": "8MiB", "source": {"content": "@here/content"}})
COPY = Item("Volume", "copy", {"source": {"clone": "{data}"}, "format": "qcow2"}, uses=("data",))
BASE = Item("Image", "base", {"source": {"file": "@here/base.qcow2"}, "format": "qcow2"})
OTHER_BASE = altered(BASE, source={"file": "@here/other.qcow2"})
ROOT = Item("Volume", "root", {"backing": "{base.reference}", "size": "16MiB"}, uses=("base",))
"""A layer over an image, as the disk of a machine is."""
SHOP = (BACK, DATA)
"""What the test driver can have, too."""
