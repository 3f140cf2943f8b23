"""A web tier: pages in copies behind a balancer, and the file that tells Prometheus of them."""

import pulumi
from limits import limit_every_container
from targets import Targets
from tier import WebTier

import virtwright as vw

config = pulumi.Config()
pulumi.runtime.register_stack_transform(limit_every_container)
here = vw.Host("here", uri=config.require("host"))
tier = WebTier(
    "web",
    copies=config.require_int("copies"),
    port=config.require_int("port"),
    greeting=config.require("greeting"),
    opts=pulumi.ResourceOptions(providers=[here]),
)
targets = Targets("targets", config.require("targets"), tier.addresses)

pulumi.export("url", tier.url)
pulumi.export("pages", targets.count)
