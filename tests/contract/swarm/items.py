"""The resources that the swarm's contract tests are made of."""

from tests.contract.namespace.items import altered
from tests.docker_lab import BUSYBOX
from tests.programs import Item

from virtwright.schemas.values import Secret

BACK = Item("Network", "back", {"cidr": "10.40.0.0/24"})
DATA = Item("Volume", "data", {})
QUICK = {
    "image": BUSYBOX,
    "volumes": [{"volume": "{data}", "mount": "/data"}],
    "update": {"monitor": "0.2s"},
    "stop_timeout": "0s",
    "docker": {"restart_delay": "0.1s"},
}
APP = Item("Service", "app", {**QUICK, "command": ["sleep", "1000"]}, uses=("data",))
"""It joins no network, so that it starts sooner."""
WEB = Item(
    "Service",
    "web",
    {**QUICK, "command": ["httpd", "-f", "-p", "80", "-h", "/data"], "networks": ["{back}"],
     "environment": {"TOKEN": Secret("s3cret-token")}},
    uses=("back", "data"),
)  # fmt: skip
HELD = altered(APP, files=[{"path": "/run/token", "content": Secret("s3cret-file"), "in_memory": True}])
SHOP = (BACK, DATA, WEB)
STALL = (DATA, APP)
JOURNEY = ((DATA, APP, BACK), (DATA, HELD, altered(BACK, mtu=1400)))
"""Killed at the first step inside the provider, a run leaves a secret without its service on the way there, and an update that
nobody waits for, with a secret that nobody needs, on the way back."""
