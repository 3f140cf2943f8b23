"""The resources that the Docker host's contract tests are made of."""

from tests.contract.namespace.items import altered
from tests.docker_lab import BUSYBOX
from tests.programs import Item

from virtwright.schemas.values import Secret

BACK = Item("Network", "back", {"cidr": "10.40.0.0/24"})
SIDE = Item("Network", "side", {"cidr": "10.50.0.0/24"})
DATA = Item("Volume", "data", {})
ALONE = {"network_mode": "none"}
WEB = Item(
    "Container",
    "web",
    {
        "image": BUSYBOX,
        "command": ["httpd", "-f", "-p", "80", "-h", "/data"],
        "networks": [{"network": "{back}", "address": "10.40.0.10"}],
        "volumes": [{"volume": "{data}", "mount": "/data"}],
        "environment": {"TOKEN": Secret("s3cret-token")},
        "stop_timeout": "0s",
    },
    uses=("back", "data"),
)
APP = Item(
    "Container",
    "app",
    {
        "image": BUSYBOX,
        "command": ["sleep", "1000"],
        "volumes": [{"volume": "{data}", "mount": "/data"}],
        "stop_timeout": "0s",
        "docker": ALONE,
    },
    uses=("data",),
)
"""It joins no network, so that it starts sooner."""
SHOP = (BACK, DATA, WEB)
STALL = (DATA, APP)
JOURNEY = (
    (DATA, APP, BACK),
    (
        DATA,
        altered(APP, resources={"pids": 77}),
        altered(BACK, mtu=1400),
        altered(WEB, files=[{"path": "/etc/token", "content": Secret("s3cret-file"), "in_memory": True}]),
    ),
)
