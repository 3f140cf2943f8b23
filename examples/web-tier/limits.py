"""A rule for the whole stack: no container without limits."""

import pulumi

LIMITS = {"cpus": 0.5, "memory": "128MiB", "pids": 64}


def limit_every_container(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
    """A transform: what has limits of its own keeps them."""
    if args.type_ != "virtwright:index:Container" or args.props.get("resources"):
        return None
    return pulumi.ResourceTransformResult(props={**args.props, "resources": LIMITS}, opts=args.opts)
