"""Networks: from inputs to what the Docker API creates, and back. Pure.

https://docs.docker.com/reference/api/engine/version/v1.45/#tag/Network
"""

from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from typing import Any, Final

from virtwright.errors import UnsupportedError, Where
from virtwright.providers.diff import Change, Impact
from virtwright.providers.docker.labels import declared_fields, own_labels
from virtwright.providers.docker.refusal import Refusal, given, known, refuse
from virtwright.schemas.network import DockerNetwork, Network, NetworkOutputs
from virtwright.schemas.values import Unknown

BRIDGE: Final = "bridge"
OVERLAY: Final = "overlay"
MTU: Final = "com.docker.network.driver.mtu"
BRIDGE_NAME: Final = "com.docker.network.bridge.name"
_PODMANS_MTU: Final = "mtu"
_MASQUERADE: Final = "com.docker.network.bridge.enable_ip_masquerade"
ENCRYPTED: Final = "encrypted"
OWN_FIELDS: Final = (MTU, BRIDGE_NAME, _MASQUERADE, ENCRYPTED)
CHOSEN: Final = ("com.docker.network.driver.overlay.vxlanid_list",)
"""Options that the daemon chooses by itself."""


def check_network(inputs: Network, *, usual: str = BRIDGE) -> Network:
    """``usual`` is the host's own driver. Raises ``UnsupportedError`` and ``InputError``."""
    refuse(_refusals(inputs))
    docker = inputs.docker if isinstance(inputs.docker, DockerNetwork) else DockerNetwork()
    driver = known(docker.driver, usual) or usual
    if driver == OVERLAY and known(inputs.mode) == "routed":
        raise UnsupportedError(
            "an overlay network is not routed", where=Where(path="mode"), hint="use mode: nat, or isolated"
        )
    if known(docker.encrypted) and driver != OVERLAY:
        raise UnsupportedError("only an overlay network is encrypted", where=Where(path="docker.encrypted"))
    if isinstance(docker.options, dict) and (twice := sorted({*docker.options} & {*OWN_FIELDS})):
        hint = "use the fields mtu, bridge, mode and docker.encrypted"
        raise UnsupportedError(
            f"the option {twice[0]} has a field of its own", where=Where(path="docker.options"), hint=hint
        )
    if driver != BRIDGE and given(inputs.bridge):
        raise UnsupportedError(f"the driver {driver} has no bridge", where=Where(path="bridge"))
    return inputs


def _refusals(inputs: Network) -> list[Refusal]:
    dns = inputs.dns
    records = [] if isinstance(dns, Unknown) else [dns.domain, dns.records, dns.forwarders]
    return [
        ("mode", known(inputs.mode) == "bridge",
         "join the host's bridge or interface with the macvlan driver:\n    docker: {driver: macvlan, options: {parent: eth0}}"),
        ("dhcp", given(inputs.dhcp), "Docker gives out the addresses of cidr; leave it out"),
        ("dns", any(map(given, records)), "Docker resolves the members' names and aliases; leave it out"),
        ("uplink", given(inputs.uplink), "leave it out: the host's routes decide"),
        ("vlan", given(inputs.vlan), "use the macvlan driver:\n    docker: {driver: macvlan, options: {parent: eth0.42}}"),
    ]  # fmt: skip


def create_body(inputs: Network, name: str, labels: Mapping[str, str], *, driver: str = BRIDGE) -> dict[str, Any]:
    """What ``POST /networks/create`` takes. ``driver`` is the host's own where the inputs name none."""
    docker = inputs.docker or DockerNetwork()
    chosen = docker.driver or driver
    return {
        "Name": name,
        "CheckDuplicate": True,  # engines before API 1.44 would make a second of the name
        "Driver": chosen,
        "Internal": inputs.mode == "isolated",
        "Attachable": docker.attachable,
        "EnableIPv6": inputs.cidr6 is not None,
        "IPAM": {"Driver": "default", "Config": _pools(inputs)},
        "Options": _options(inputs, docker, chosen),
        "Labels": dict(labels),
    }


def _pools(inputs: Network) -> list[dict[str, str]]:
    pools = []
    for cidr, gateway in ((inputs.cidr, inputs.gateway), (inputs.cidr6, inputs.gateway6)):
        if cidr is not None:
            pools.append({"Subnet": cidr, **({"Gateway": gateway} if gateway is not None else {})})
    return pools


def _options(inputs: Network, docker: DockerNetwork, driver: str) -> dict[str, str]:
    options = dict(docker.options)
    if inputs.mtu is not None:
        options[MTU] = str(inputs.mtu)
    if inputs.bridge is not None:
        options[BRIDGE_NAME] = inputs.bridge
    if inputs.mode == "routed" and driver == BRIDGE:
        options[_MASQUERADE] = "false"
    if docker.encrypted:
        options[ENCRYPTED] = ""
    return options


def declared(inputs: Network) -> frozenset[str]:
    """The fields whose values the daemon chooses where the inputs do not."""
    named = {
        field
        for field in ("cidr", "cidr6", "gateway", "gateway6", "mtu", "bridge")
        if getattr(inputs, field) is not None
    }
    docker = inputs.docker
    more = {"docker"} if docker is not None else set()
    if docker is not None and docker.driver is not None:
        more.add("docker.driver")
    return frozenset(named | more)


def read_network(found: Mapping[str, Any]) -> Network:
    """The inputs that a network of ours was made from. ``found`` is one item of ``GET /networks``."""
    return read_fields(found, declared_fields(found.get("Labels")), own_labels(found.get("Labels")))


def driver_drift(found: Mapping[str, Any], usual: str) -> Iterator[Change]:
    """It was made where another driver is usual: the engine has become a manager of a swarm since, or is none any more."""
    if "docker.driver" not in declared_fields(found.get("Labels")) and found.get("Driver") != usual:
        yield Change(("docker", "driver"), found.get("Driver"), usual, Impact.RECREATE)


def read_fields(found: Mapping[str, Any], fields: frozenset[str], labels: Mapping[str, str]) -> Network:
    """``fields`` are those that the user gave a value, where the daemon has one too."""
    options = dict(found.get("Options") or {})
    pools = {version: pool for pool in configs(found) for version in versions(pool)}
    values: dict[str, Any] = {
        "mode": _mode(found, options),
        "cidr": pools.get(4, {}).get("Subnet"),
        "gateway": gateway_of(pools.get(4, {})),
        "cidr6": pools.get(6, {}).get("Subnet"),
        "gateway6": gateway_of(pools.get(6, {})),
        "mtu": _mtu(options),
        "bridge": options.get(BRIDGE_NAME),
    }
    optional = {"cidr", "cidr6", "gateway", "gateway6", "mtu", "bridge"} - fields
    told = {name: value for name, value in values.items() if name not in optional}
    docker = _docker(found, options, fields) if "docker" in fields else None
    return Network.model_validate({**told, "labels": dict(labels), "docker": docker})


def _mtu(options: Mapping[str, str]) -> str | None:
    text = options.get(MTU) or options.get(_PODMANS_MTU)
    return text if text and text.isdigit() else None


def _mode(found: Mapping[str, Any], options: Mapping[str, str]) -> str:
    if found.get("Internal"):
        return "isolated"
    return "routed" if options.get(_MASQUERADE) == "false" else "nat"


def _docker(found: Mapping[str, Any], options: Mapping[str, str], fields: frozenset[str]) -> dict[str, Any]:
    return {
        "driver": found.get("Driver") if "docker.driver" in fields else None,
        "options": {name: value for name, value in options.items() if name not in (*OWN_FIELDS, *CHOSEN)},
        "attachable": bool(found.get("Attachable")),
        "encrypted": ENCRYPTED in options,
    }


def configs(found: Mapping[str, Any]) -> list[dict[str, str]]:
    return list((found.get("IPAM") or {}).get("Config") or ())


def gateway_of(pool: Mapping[str, str]) -> str | None:
    """Some engines tell it with the length of the prefix."""
    return (pool.get("Gateway") or "").partition("/")[0] or None


def versions(pool: Mapping[str, str]) -> list[int]:
    subnet = pool.get("Subnet")
    return [6 if subnet and ":" in subnet else 4]


def read_outputs(found: Mapping[str, Any]) -> NetworkOutputs:
    pools = {version: pool for pool in configs(found) for version in versions(pool)}
    gateway = gateway_of(pools.get(4, {})) or first_address(found, pools.get(4, {}).get("Subnet"))
    name = (found.get("Options") or {}).get(BRIDGE_NAME) or f"br-{found['Id'][:12]}"
    return NetworkOutputs(
        id=found["Id"],
        name=found["Name"],
        cidr=pools.get(4, {}).get("Subnet"),
        cidr6=pools.get(6, {}).get("Subnet"),
        gateway=gateway,
        bridge=name if found.get("Driver") == BRIDGE else None,
    )


def first_address(found: Mapping[str, Any], subnet: str | None) -> str | None:
    """What a bridge takes for itself where no gateway was given; the daemon does not tell it in that case."""
    return lowest(subnet) if subnet is not None and found.get("Driver") == BRIDGE else None


def lowest(subnet: str) -> str:
    """The address that the daemon chooses for the gateway."""
    return str(next(ip_network(subnet).hosts()))
