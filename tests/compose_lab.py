"""The Compose files that were written for the tests, and ``docker compose``'s own view of them."""

import functools
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from virtwright.stacks.compose.convert.draft import Draft
from virtwright.stacks.compose.convert.ledger import Finding
from virtwright.stacks.compose.convert.process import env_files, label_files
from virtwright.stacks.compose.convert.whole import Converted, convert
from virtwright.stacks.compose.item import Item, plain, text_of
from virtwright.stacks.compose.load import load_project
from virtwright.stacks.compose.project import Project, Request
from virtwright.stacks.compose.units import to_boolean, to_duration, to_integer, to_number, to_size
from virtwright.stacks.compose.write import write_stack

FOLDER: Final = Path(__file__).parent / "compose_files"
NAMES: Final = sorted(each.name for each in FOLDER.iterdir() if each.is_dir())
ENVIRONMENT: Final = {"PATH": os.environ["PATH"], "HOME": "/home/somebody"}
needs_compose = pytest.mark.skipif(shutil.which("docker-compose") is None, reason="docker-compose is not installed")


def project(folder: Path, *profiles: str, **environment: str) -> Project:
    return load_project(Request((folder,), (), profiles or ("*",)), {**ENVIRONMENT, **environment}, folder)


def converted(folder: Path, host: str = "docker:///", *profiles: str, **environment: str) -> Converted:
    return convert(project(folder, *profiles, **environment), host, folder)


@functools.cache
def sample(name: str, host: str = "docker:///") -> Converted:
    """What one of the files here becomes."""
    return converted(FOLDER / name, host)


def text(made: Converted) -> str:
    return write_stack(made, "compose.yaml")


def remark(finding: Finding) -> str:
    """A finding as a comment of a golden file."""
    instead = "".join(f"#     {line.strip()}\n" for line in (finding.instead or "").splitlines())
    return f"# {finding.weight}: {finding.where}\n#   {finding.means}\n{instead}"


def from_text(tmp_path: Path, compose: str, host: str = "docker:///", **environment: str) -> Converted:
    (tmp_path / "compose.yaml").write_text(compose, encoding="utf-8")
    return converted(tmp_path, host, **environment)


def docker_config(folder: Path, *options: str, **environment: str) -> Any:
    """What ``docker compose config`` says, without a daemon."""
    done = subprocess.run(
        ["docker-compose", "--profile", "*", *options, "config", "--format", "json"],
        cwd=folder,
        env={**ENVIRONMENT, **environment},
        capture_output=True,
        check=True,
        timeout=120,
    )
    return _unescaped(json.loads(done.stdout))


def _unescaped(value: Any) -> Any:
    """``config`` writes ``$`` as ``$$``, so that its output is a Compose file again."""
    if isinstance(value, str):
        return value.replace("$$", "$")
    if isinstance(value, list):
        return [_unescaped(each) for each in value]
    return (
        {key.replace("$$", "$"): _unescaped(each) for key, each in value.items()} if isinstance(value, dict) else value
    )


_SIZES: Final = {
    "mem_limit", "mem_reservation", "memswap_limit", "shm_size", "memory", "size", "rate", "mem_swappiness"
}  # fmt: skip
_DURATIONS: Final = {
    "interval",
    "timeout",
    "start_period",
    "start_interval",
    "delay",
    "monitor",
    "window",
    "stop_grace_period",
}
_TEXT_MAPS: Final = {"environment", "labels", "args", "driver_opts", "options", "sysctls", "annotations", "storage_opt"}
_NUMBERS: Final = {"cpus", "cpu_percent", "max_failure_ratio"}


def as_config(project: Project) -> Any:
    """Our model with what ``config`` fills in besides, all scalars in one form."""
    model = plain(_resolved(project.model, project, ()))
    draft = Draft(project, "docker:///", project.folder)
    files = {name: (env_files(fields, draft), label_files(fields, draft)) for name, fields in draft.fields("services")}
    services = {name: _service(each, *files[name]) for name, each in model.get("services", {}).items()}
    used = {name for each in services.values() for name in each.get("networks", {})}
    networks = {name: each for name, each in model.get("networks", {}).items() if name in used}
    for each in networks.values():
        (each or {}).get("ipam", {}).pop("options", None)  # ``config`` leaves them out
    model.pop("version", None)
    return normal({**model, "services": services, "networks": networks, "name": project.name})


def as_docker(config: dict[str, Any]) -> Any:
    """``config``'s output without the names that it makes from the project's."""
    for section in ("networks", "volumes", "configs", "secrets"):
        for key, each in config.get(section, {}).items():
            if each.get("name") in (key, f"{config['name']}_{key}"):
                del each["name"]
    return normal(config)


def _service(service: dict[str, Any], env: dict[str, str], labels: dict[str, str]) -> dict[str, Any]:
    made = {key: value for key, value in service.items() if key not in ("extends", "env_file", "label_file")}
    made["environment"] = {**env, **service.get("environment", {})}
    made["labels"] = {**labels, **service.get("labels", {})}
    for secret in made.get("secrets", ()):
        secret.setdefault("target", f"/run/secrets/{secret['source']}")
    if "build" in made and "dockerfile_inline" not in made["build"]:
        made["build"] = {"dockerfile": "Dockerfile", **made["build"]}
    if "networks" not in made and "network_mode" not in made:
        made["networks"] = {"default": {}}
    if "scale" in made:
        made["deploy"] = {"replicas": made["scale"], **made.get("deploy", {})}
    made["depends_on"] = {**_implied(made), **made.get("depends_on", {})}
    return made


def _implied(service: dict[str, Any]) -> dict[str, Any]:
    links = [each.partition(":")[0] for each in service.get("links", ())]
    modes = [str(service.get(key, "")).partition(":") for key in ("network_mode", "ipc", "pid")]
    names = [*links, *(name for kind, _, name in modes if kind == "service")]
    mounts = [each.partition(":")[0] for each in service.get("volumes_from", ())]
    needed = {"condition": "service_started", "required": True}
    return {**dict.fromkeys(mounts, needed), **{name: {**needed, "restart": True} for name in names}}


def _resolved(item: Item, project: Project, path: tuple[str, ...]) -> Item:
    """Relative paths made absolute, and variables looked up: what Compose does on the way to ``config``."""
    if isinstance(item.value, dict):
        return item.with_value({key: _resolved(each, project, (*path, key)) for key, each in item.map.items()})
    if isinstance(item.value, list):
        return item.with_value([_resolved(each, project, (*path, "[]")) for each in item.sequence])
    inside_mount = path[-3:-1] == ("volumes", "[]") and path[-1] == "source" and str(item.value)[0] in "./~"
    is_path = (
        path[-1:] == ("context",)
        or "additional_contexts" in path
        or (path[0] in ("configs", "secrets") and path[-1] == "file")
        or inside_mount
    )
    is_path = is_path or path[-4:] == ("develop", "watch", "[]", "path")
    if isinstance(item.value, str) and is_path:
        text = item.value.replace("~", ENVIRONMENT["HOME"], 1) if item.value.startswith("~") else item.value
        return item.with_value(os.path.normpath(item.spot.folder / text))
    if item.value is None and "environment" in path and path[-1] in project.variables:
        return item.with_value(project.variables[path[-1]])
    return item


def normal(value: Any, key: str = "", path: tuple[str, ...] = ()) -> Any:
    """One form for each kind of scalar; what says nothing is left out, and so is ``create_host_path``, which ``config``
    shows for short forms only."""
    if isinstance(value, Mapping):
        texts = key in _TEXT_MAPS
        entries = {
            name: text_of(each)
            if texts and not isinstance(each, dict | list) and each is not None
            else normal(each, name, (*path, name))
            for name, each in value.items()
        }
        if key == "environment":
            return entries
        return {
            name.lower() if key == "[]" else name: each
            for name, each in entries.items()
            if each not in (None, {}, [], False) and name != "create_host_path"
        }
    if isinstance(value, list):
        if key == "environment":
            return {name: rest for name, _, rest in (each.partition("=") for each in value)}
        inner = "[]" if key.startswith("device_") or key == "weight_device" else key
        return [
            normal(
                {"source": each} if path[-2:] == ("build", "secrets") and isinstance(each, str) else each,
                inner,
                (*path, "[]"),
            )
            for each in value
        ]
    for keys, parse in ((_SIZES, to_size), (_DURATIONS, to_duration), (_NUMBERS, to_number)):
        if key in keys and value is not None:
            return parse(value)
    if isinstance(value, str) and value in ("true", "false"):
        return to_boolean(value)
    if isinstance(value, str) and value.lstrip("-").isdigit():
        return to_integer(value)
    return value
