"""Every key of the Compose specification, in the long form.

Source: the JSON Schema of https://github.com/compose-spec/compose-spec; a test compares these with the schema inside of the
installed Docker Compose.
"""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from virtwright.stacks.compose.item import Item, Steps, shown
from virtwright.stacks.yaml.problems import Problems, choice, suggestion

Keys: TypeAlias = Mapping[str, Any]
"""What may stand below: keys, ``*`` for any key, ``[]`` for the items of a list. Empty: a value."""
ANY: Final[Keys] = {"*": {}}


def _keys(names: str, **inner: Keys) -> dict[str, Any]:
    return {**{name: {} for name in names.split()}, **inner}


_LABELS: Final = ANY
_ULIMITS: Final[Keys] = {"*": _keys("soft hard")}
_FILE: Final[Keys] = {"[]": _keys("source target uid gid mode")}
_HOOKS: Final[Keys] = {"[]": _keys("command user privileged working_dir image per_replica", environment=ANY)}
_GPUS: Final[Keys] = {"[]": _keys("capabilities count device_ids driver", options=ANY)}
_RATES: Final[Keys] = {"[]": _keys("path rate")}
_UPDATE: Final[Keys] = _keys("delay failure_action max_failure_ratio monitor order parallelism")
_EXTERNAL: Final[Keys] = _keys("name")

_BUILD: Final = _keys(
    "cache_from cache_to context dockerfile dockerfile_inline entitlements extra_hosts isolation network no_cache platforms "
    "privileged provenance pull sbom shm_size tags target",
    additional_contexts=ANY,
    args=ANY,
    labels=_LABELS,
    secrets=_FILE,
    ssh=ANY,
    ulimits=_ULIMITS,
)
_DEPLOY: Final = _keys(
    "endpoint_mode mode replicas",
    labels=_LABELS,
    placement=_keys("constraints max_replicas_per_node", preferences={"[]": _keys("spread")}),
    resources={
        "limits": _keys("cpus memory pids"),
        "reservations": _keys(
            "cpus memory",
            devices=_GPUS,
            generic_resources={"[]": {"discrete_resource_spec": _keys("kind value")}},
        ),
    },
    restart_policy=_keys("condition delay max_attempts window"),
    rollback_config=_UPDATE,
    update_config=_UPDATE,
)
_WATCH: Final = _keys("action ignore include initial_sync path target", exec=_HOOKS["[]"])
_MOUNT: Final = _keys(
    "consistency read_only source target type",
    bind=_keys("create_host_path propagation recursive selinux"),
    image=_keys("subpath"),
    tmpfs=_keys("mode size"),
    volume=_keys("nocopy subpath", labels=_LABELS),
)
_SERVICE: Final = _keys(
    "attach cap_add cap_drop cgroup cgroup_parent command container_name cpu_count cpu_percent cpu_period cpu_quota "
    "cpu_rt_period cpu_rt_runtime cpu_shares cpus cpuset device_cgroup_rules dns dns_opt dns_search domainname entrypoint "
    "expose external_links extra_hosts group_add hostname image init ipc isolation label_file links mac_address mem_limit "
    "mem_reservation mem_swappiness memswap_limit network_mode oom_kill_disable oom_score_adj pid pids_limit platform "
    "privileged profiles pull_policy pull_refresh_after read_only restart runtime scale security_opt shm_size stdin_open "
    "stop_grace_period stop_signal tmpfs tty use_api_socket user userns_mode uts volumes_from working_dir",
    annotations=_LABELS,
    blkio_config=_keys(
        "weight",
        device_read_bps=_RATES,
        device_read_iops=_RATES,
        device_write_bps=_RATES,
        device_write_iops=_RATES,
        weight_device={"[]": _keys("path weight")},
    ),
    build=_BUILD,
    configs=_FILE,
    credential_spec=_keys("config file registry"),
    depends_on={"*": _keys("condition required restart")},
    deploy=_DEPLOY,
    develop={"watch": {"[]": _WATCH}},
    devices={"[]": _keys("permissions source target")},
    env_file={"[]": _keys("format path required")},
    environment=ANY,
    extends=_keys("file service"),
    gpus=_GPUS,
    healthcheck=_keys("disable interval retries start_interval start_period test timeout"),
    labels=_LABELS,
    logging=_keys("driver", options=ANY),
    models={"*": _keys("endpoint_var model_var")},
    networks={
        "*": _keys(
            "aliases gw_priority interface_name ipv4_address ipv6_address link_local_ips mac_address priority",
            driver_opts=ANY,
        )
    },
    ports={"[]": _keys("app_protocol host_ip mode name protocol published target")},
    post_start=_HOOKS,
    pre_start=_HOOKS,
    pre_stop=_HOOKS,
    provider=_keys("type", options=ANY),
    secrets=_FILE,
    storage_opt=ANY,
    sysctls=ANY,
    ulimits=_ULIMITS,
    volumes={"[]": _MOUNT},
)
_NETWORK: Final = _keys(
    "attachable driver enable_ipv4 enable_ipv6 internal name",
    driver_opts=ANY,
    external=_EXTERNAL,
    ipam=_keys("driver", config={"[]": _keys("gateway ip_range subnet", aux_addresses=ANY)}, options=ANY),
    labels=_LABELS,
)
_VOLUME: Final = _keys("driver name", driver_opts=ANY, external=_EXTERNAL, labels=_LABELS)
_CONFIG: Final = _keys("content environment file name template_driver", external=_EXTERNAL, labels=_LABELS)
_SECRET: Final = _keys(
    "content driver environment file name template_driver", driver_opts=ANY, external=_EXTERNAL, labels=_LABELS
)
KEYS: Final[Keys] = _keys(
    "name version",
    configs={"*": _CONFIG},
    include={"[]": _keys("env_file path project_directory")},
    models={"*": _keys("context_size model runtime_flags")},
    networks={"*": _NETWORK},
    secrets={"*": _SECRET},
    services={"*": _SERVICE},
    volumes={"*": _VOLUME},
)


def check_keys(root: Item, problems: Problems) -> None:
    """Every key of a document in its long form must be one of the specification's, or begin with ``x-``."""
    _check(root, KEYS, (), problems)


def _check(item: Item, keys: Keys, path: Steps, problems: Problems) -> None:
    inner = keys.get("*")
    if inner and len(keys) == 1 and len(path) == 1 and not isinstance(item.value, dict | None):
        problems.add("expected a map from names to settings", item.spot.at, shown(path))
        return
    if isinstance(item.value, list):
        for index, each in enumerate(item.value):
            _check(each, keys.get("[]", {}), (*path, f"[{index}]"), problems)
    for key, each in item.map.items():
        if key in keys:
            _check(each, keys[key], (*path, key), problems)
        elif "*" in keys:
            _named(key, each, keys["*"], (*path, key), problems)
        elif keys and "[]" not in keys and not key.startswith("x-"):
            spot = each.key_spot or each.spot
            hint = suggestion(key, keys) or f"known keys: {choice(sorted(keys), 20)}"
            problems.add(f"there is no key {key!r} here", spot.at, shown((*path, key)), hint)


def _named(key: str, item: Item, keys: Keys, path: Steps, problems: Problems) -> None:
    """An entry whose name the user chose."""
    if keys and item.value is not None and not isinstance(item.value, dict) and "soft" not in keys and not item.tag:
        problems.add("expected a map of settings", item.spot.at, shown(path))
        return
    _check(item, keys, path, problems)
