"""Nothing of a Compose file is dropped in silence: what is written is found in the stack, or in the report."""

import os
import tempfile
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from virtwright.errors import InputError, VirtwrightError
from virtwright.stacks.compose.convert.whole import convert
from virtwright.stacks.compose.load import load_project
from virtwright.stacks.compose.project import Request
from virtwright.stacks.compose.write import write_stack

SOAK: Final = int(os.environ.get("VIRTWRIGHT_SOAK", "1"))
PHASES: Final = (Phase.explicit, Phase.reuse, Phase.generate)
"""Without shrinking: whole projects take minutes to shrink, and the message names the key."""
WORDS: Final = st.from_regex(r"mark[a-z]{8}", fullmatch=True)
"""Texts that occur nowhere else."""
NUMBERS: Final = st.integers(100_003, 999_983).filter(lambda number: number % 2 == 1)
NAMES: Final = st.sampled_from(("a", "b", "web", "data.1", "x_y"))


def maps(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(WORDS, values, min_size=1, max_size=2)


LISTS: Final = st.lists(WORDS, min_size=1, max_size=2)
PATHS: Final = WORDS.map(lambda word: f"/{word}")
SIZES: Final = NUMBERS.map(lambda number: f"{number}m")
TIMES: Final = st.integers(1001, 3599).map(lambda number: f"{number}s")
HOOKS: Final = st.lists(st.fixed_dictionaries({"command": LISTS}), min_size=1, max_size=1)
UPDATE: Final = st.fixed_dictionaries({}, optional={"delay": TIMES, "monitor": TIMES, "parallelism": NUMBERS})
_OPTIONAL: Final[dict[str, st.SearchStrategy[Any]]] = {
    "annotations": maps(WORDS),
    "attach": st.just(False),
    "blkio_config": st.fixed_dictionaries({"weight": NUMBERS}),
    "cap_add": WORDS.map(lambda word: [word.upper()]),
    "cap_drop": WORDS.map(lambda word: [word.upper()]),
    "cgroup": st.just("host"),
    "cgroup_parent": WORDS,
    "command": LISTS,
    "configs": st.just(["markconfig"]),
    "container_name": WORDS,
    "cpu_count": NUMBERS,
    "cpu_rt_period": TIMES,
    "cpu_shares": NUMBERS,
    "cpuset": WORDS,
    "credential_spec": st.fixed_dictionaries({"file": WORDS}),
    "deploy": st.fixed_dictionaries(
        {},
        optional={
            "labels": maps(WORDS),
            "endpoint_mode": st.just("vip"),
            "update_config": UPDATE,
            "rollback_config": UPDATE,
            "placement": st.fixed_dictionaries({"constraints": LISTS}),
            "restart_policy": st.fixed_dictionaries({"window": TIMES, "delay": TIMES, "max_attempts": NUMBERS}),
            "resources": st.fixed_dictionaries(
                {}, optional={"limits": st.fixed_dictionaries({"memory": SIZES, "pids": NUMBERS})}
            ),
        },
    ),
    "device_cgroup_rules": LISTS,
    "devices": PATHS.map(lambda path: [f"{path}:{path}x:r"]),
    "dns": LISTS,
    "dns_opt": LISTS,
    "dns_search": LISTS,
    "domainname": WORDS,
    "entrypoint": LISTS,
    "environment": maps(WORDS),
    "expose": st.lists(NUMBERS.map(str), min_size=1, max_size=1),
    "external_links": LISTS,
    "extra_hosts": WORDS.map(lambda word: [f"{word}:10.1.2.3"]),
    "group_add": LISTS,
    "healthcheck": st.fixed_dictionaries(
        {"test": LISTS.map(lambda words: ["CMD", *words])}, optional={"retries": NUMBERS, "interval": TIMES}
    ),
    "hostname": WORDS,
    "init": st.booleans(),
    "ipc": WORDS,
    "labels": maps(WORDS),
    "logging": st.fixed_dictionaries({"driver": WORDS, "options": maps(WORDS)}),
    "mac_address": WORDS,
    "mem_swappiness": NUMBERS,
    "networks": st.just(["marknetwork"]),
    "oom_score_adj": NUMBERS,
    "pid": WORDS,
    "platform": WORDS,
    "ports": st.integers(2000, 60000).map(
        lambda port: [f"{port}:80", {"target": 81, "published": str(port + 1), "name": "markname"}]
    ),
    "post_start": HOOKS,
    "pre_stop": HOOKS,
    "read_only": st.booleans(),
    "runtime": WORDS,
    "secrets": st.just(["marksecret"]),
    "security_opt": LISTS,
    "shm_size": SIZES,
    "stop_grace_period": TIMES,
    "stop_signal": WORDS,
    "storage_opt": maps(WORDS),
    "sysctls": maps(WORDS),
    "tmpfs": PATHS.map(lambda path: [path]),
    "ulimits": maps(NUMBERS),
    "user": WORDS,
    "userns_mode": WORDS,
    "uts": st.just("host"),
    "volumes": PATHS.map(lambda path: [f"markvolume:{path}:ro", f"{path}b:{path}c"]),
    "working_dir": PATHS,
    "x-mark": maps(WORDS),
}
SERVICE: Final = st.fixed_dictionaries({"image": WORDS}, optional=_OPTIONAL)  # fmt: skip
NETWORK: Final = st.fixed_dictionaries(
    {},
    optional={
        "driver": WORDS,
        "driver_opts": maps(WORDS),
        "labels": maps(WORDS),
        "name": WORDS,
        "ipam": st.fixed_dictionaries({"driver": WORDS, "options": maps(WORDS)}),
        "external": st.just(True),
    },
)
VOLUME: Final = st.fixed_dictionaries(
    {}, optional={"driver": WORDS, "driver_opts": maps(WORDS), "labels": maps(WORDS), "name": WORDS}
)
DOCUMENT: Final = st.fixed_dictionaries(
    {
        "services": st.dictionaries(NAMES, SERVICE, min_size=1, max_size=3),
        "networks": st.fixed_dictionaries({"marknetwork": NETWORK}, optional={"markunused": NETWORK}),
        "volumes": st.fixed_dictionaries({"markvolume": VOLUME}),
        "configs": WORDS.map(lambda word: {"markconfig": {"content": word}}),
        "secrets": WORDS.map(lambda word: {"marksecret": {"file": f"./{word}"}}),
    },
    optional={"x-mark": maps(WORDS), "version": st.just("3.8")},
)


def leaves(value: Any, path: str = "") -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [leaf for key, each in value.items() for leaf in leaves(each, f"{path}.{key}" if path else key)]
    if isinstance(value, list):
        return [leaf for index, each in enumerate(value) for leaf in leaves(each, f"{path}[{index}]")]
    return [(path, str(value))]


def needles(text: str) -> list[str]:
    """What of a value must be found again: its marks and numbers; a unit may be written in another way."""
    import re

    return re.findall(r"mark[a-z]+|[0-9]{4,}", text)


@pytest.mark.slow
@pytest.mark.soak
@settings(max_examples=12 * SOAK, suppress_health_check=list(HealthCheck), derandomize=SOAK == 1, phases=PHASES)
@given(DOCUMENT, st.sampled_from(("docker:///", "swarm:///")))
def test_every_leaf_is_in_the_stack_or_in_the_report(document: dict[str, Any], host: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        YAML(typ="safe", pure=True).dump(document, folder / "compose.yaml")
        project = load_project(Request((folder,)), {"HOME": "/root"}, folder)
        made = convert(project, host, folder)
    stack = write_stack(made, "compose.yaml").lower()
    told = [each.where.path or "" for each in made.findings]
    for written, value in leaves(document):
        path = written.replace(".networks[0]", ".networks.marknetwork")  # as a map, in the long form
        if any(path == each or path.startswith((f"{each}.", f"{each}[")) for each in told):
            continue
        if _is_time(path):
            continue  # 1234s is 20m34s: seen by the tests of each key
        for needle in needles(value):
            assert needle.lower() in stack, f"{path}: {value} is neither in the stack nor told:\n{stack}\n{told}"


def _is_time(path: str) -> bool:
    return path.rpartition(".")[2] in ("delay", "monitor", "window", "interval", "stop_grace_period", "cpu_rt_period")


ODD: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS_OF_SERVICES: Final = st.sampled_from(
    sorted((*_OPTIONAL, "build", "depends_on", "extends", "env_file", "links", "gpus", "profiles"))
)


@pytest.mark.soak
@settings(max_examples=30 * SOAK, suppress_health_check=list(HealthCheck), derandomize=SOAK == 1, phases=PHASES)
@given(st.dictionaries(KEYS_OF_SERVICES, ODD, min_size=1, max_size=3), ODD)
def test_anything_at_all_gives_a_stack_or_an_error_that_says_where(service: dict[str, Any], other: Any) -> None:
    document = {"services": {"a": {"image": "x", **service}}, "networks": other}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        YAML(typ="safe", pure=True).dump(document, folder / "compose.yaml")
        try:
            made = convert(load_project(Request((folder,)), {"HOME": "/root"}, folder), "docker:///", folder)
        except VirtwrightError as error:
            assert isinstance(error, InputError)
            assert all(problem.where.file for problem in error.problems), error.problems
        else:
            write_stack(made, "compose.yaml")
