"""The resources that the namespace runtime's contract tests are made of."""

from typing import Any

from tests.programs import Item

from virtwright.schemas.values import Secret

BACK = Item("Network", "back", {"cidr": "10.40.0.0/24"})
DATA = Item("Volume", "data", {"size": "16MiB"})
WEB = Item(
    "Container",
    "web",
    {
        "image": "host",
        "command": ["busybox", "httpd", "-f", "-p", "80", "-h", "/data"],
        "networks": [{"network": "{back}", "address": "10.40.0.10"}],
        "volumes": [{"volume": "{data}", "mount": "/data"}],
        "environment": {"TOKEN": Secret("s3cret-token")},
        "stop_timeout": "0s",
    },
    uses=("back", "data"),
)
DB = Item(
    "VirtualMachine",
    "db",
    {
        "image": "host",
        "memory": "64MiB",
        "networks": [{"network": "{back}", "address": "10.40.0.20"}],
        "disks": [{"volume": "{data}", "mount": "/data"}],
        "shutdown_timeout": "1s",
    },
    uses=("back", "data"),
)
OS = Item("Image", "os", {"source": {"archive": "@here/one.tar"}})
APP = Item(
    "Container",
    "app",
    {
        "image": "{os.reference}",
        "command": ["sleep", "1000"],
        "volumes": [{"volume": "{data}", "mount": "/data"}],
        "stop_timeout": "0s",
    },
    uses=("os", "data"),
)
SHOP = (BACK, DATA, WEB)
FARM = (BACK, DATA, DB)
STUDIO = (OS, DATA, APP)


def altered(item: Item, **inputs: Any) -> Item:
    return Item(item.kind, item.name, {**item.inputs, **inputs}, item.uses, item.after)


def swapped(items: tuple[Item, ...], item: Item) -> tuple[Item, ...]:
    """``items`` with ``item`` in the place of the one that has its name, or at the end."""
    if any(each.name == item.name for each in items):
        return tuple(item if each.name == item.name else each for each in items)
    return (*items, item)
