"""The component: a network, copies of a page, and a balancer in front of them."""

import pulumi

import virtwright as vw

PAGE_PORT = 8000


class WebTier(pulumi.ComponentResource):
    """``NAME`` is the network and the balancer, ``NAME-0``, ``NAME-1``, ... are the copies of the page."""

    url: pulumi.Output[str]
    """Where the balancer answers."""
    addresses: pulumi.Output[list[str]]
    """``ADDRESS:PORT`` of each copy."""

    def __init__(
        self, name: str, *, copies: int, port: int, greeting: str, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("web-tier:index:WebTier", name, {"copies": copies}, opts)
        within = pulumi.ResourceOptions(parent=self)
        network = vw.Network(name, opts=within)
        pages = [
            vw.Container(
                f"{name}-{index}",
                image="host",
                command=["python3", "-u", "/opt/page.py"],
                files=[vw.FileArgs(path="/opt/page.py", source="page.py")],
                environment={"GREETING": greeting, "PORT": str(PAGE_PORT)},
                networks=[vw.NetworkAttachmentArgs(network=network.name)],
                healthcheck=vw.HealthcheckArgs(http=f"{PAGE_PORT}/", interval="1s"),
                wait_for=vw.WaitForArgs(healthy=True, timeout="60s"),
                opts=within,
            )
            for index in range(copies)
        ]
        self.addresses = pulumi.Output.all(*(page.address for page in pages)).apply(
            lambda found: [f"{address}:{PAGE_PORT}" for address in found]
        )
        vw.Container(
            f"{name}-balancer",
            image="host",
            command=["python3", "-u", "/opt/balancer.py"],
            files=[vw.FileArgs(path="/opt/balancer.py", source="balancer.py")],
            environment={"PAGES": self.addresses.apply(" ".join)},
            networks=[vw.NetworkAttachmentArgs(network=network.name)],
            ports=[f"127.0.0.1:{port}:8080"],
            wait_for=vw.WaitForArgs(tcp=8080, timeout="60s"),
            opts=within,
        )
        self.url = pulumi.Output.from_input(f"http://127.0.0.1:{port}")
        self.register_outputs({"url": self.url, "addresses": self.addresses})
