"""The application: on the platform's network, with the platform's store and the token that opens it."""

import pulumi

import virtwright as vw

config = pulumi.Config()
platform = pulumi.StackReference(config.require("platform"))
here = vw.Host("here", uri=config.require("host"))

vw.Container(
    "app",
    image="host",
    command=["python3", "-u", "/opt/app.py"],
    files=[vw.FileArgs(path="/opt/app.py", source="app.py")],
    environment={
        "STORE": platform.require_output("store"),
        "TOKEN": platform.require_output("token"),
        "GREETING": config.require("greeting"),
    },
    networks=[vw.NetworkAttachmentArgs(network=platform.require_output("network"))],
    ports=[f"127.0.0.1:{config.require_int('port')}:8080"],
    wait_for=vw.WaitForArgs(tcp=8080, timeout="60s"),
    opts=pulumi.ResourceOptions(provider=here),
)
pulumi.export("url", f"http://127.0.0.1:{config.require_int('port')}")
