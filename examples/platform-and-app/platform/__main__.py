"""The platform: a network and a store that keeps its data on a volume. Applications find both through this stack's outputs."""

import pulumi

import virtwright as vw

config = pulumi.Config()
token = config.require_secret("token")
here = vw.Host("here", uri=config.require("host"))
on_here = pulumi.ResourceOptions(provider=here)

network = vw.Network("platform", opts=on_here)
data = vw.Volume("store-data", size="64MiB", opts=on_here)
store = vw.Container(
    "store",
    image="host",
    command=["python3", "-u", "/opt/store.py"],
    files=[vw.FileArgs(path="/opt/store.py", source="store.py")],
    environment={"TOKEN": token},
    networks=[vw.NetworkAttachmentArgs(network=network.name)],
    volumes=[vw.MountArgs(volume=data.name, mount="/var/lib/store")],
    healthcheck=vw.HealthcheckArgs(http="7000/health", interval="1s"),
    wait_for=vw.WaitForArgs(healthy=True, timeout="60s"),
    opts=on_here,
)

pulumi.export("network", network.name)
pulumi.export("store", pulumi.Output.format("http://{0}:7000", store.address))
pulumi.export("token", token)
