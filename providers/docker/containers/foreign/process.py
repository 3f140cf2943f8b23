"""What runs in a container, without what its image says by itself. Pure."""

import signal
from collections.abc import Mapping
from typing import Any, Final

from virtwright.providers.docker.containers.mapping import IMAGES_OWN_SIGNAL
from virtwright.providers.docker.labels import COMPOSE, foreign_labels

Part = Mapping[str, Any]
_SECOND: Final = 1_000_000_000
_USUAL_HEALTH: Final = {"Interval": 30, "Timeout": 30, "Retries": 3}
"""What the engine takes for 0."""


def process_values(config: Part, image: Part, id: str) -> dict[str, Any]:
    """``config`` and ``image`` are ``Config`` of the container and of its image."""
    return {
        **_command(config, image),
        "environment": _variables(config, image),
        "working_dir": _other(config, image, "WorkingDir"),
        "user": _other(config, image, "User"),
        "hostname": config.get("Hostname") if config.get("Hostname") != id[:12] else None,
        "healthcheck": health_values(config.get("Healthcheck"), image.get("Healthcheck")),
        "stop_signal": _signal(_other(config, image, "StopSignal")),
        "stop_timeout": float(10 if config.get("StopTimeout") is None else config["StopTimeout"]),
        "labels": _labels(config, image),
    }


def process_unsaid(config: Part, image: Part, ports: Part) -> list[str]:
    """Settings without a word. ``ports`` are the published ones."""
    found = []
    exposed = {*(config.get("ExposedPorts") or {})} - {*(image.get("ExposedPorts") or {})} - {*ports}
    found += [f"ExposedPorts: {port}, which is not published" for port in sorted(exposed)]
    if any(name.startswith(COMPOSE) for name in config.get("Labels") or {}):
        found.append(f"Labels: {COMPOSE}*, by which docker compose knows it")
    if (config.get("Shell") or None) != (image.get("Shell") or None):
        found.append(f"Shell: {config['Shell']}")
    asked, own = _signal(config.get("StopSignal")), _signal(image.get("StopSignal"))
    if asked == IMAGES_OWN_SIGNAL and own not in (None, asked):
        found.append(f"StopSignal: {asked}, where the image asks for {own}")
    return found


def _other(config: Part, image: Part, name: str) -> Any:
    value = config.get(name) or None
    return value if value != image.get(name) else None


def _command(config: Part, image: Part) -> dict[str, Any]:
    """An entrypoint of its own takes the image's command away."""
    entrypoint, command = config.get("Entrypoint") or None, config.get("Cmd") or None
    images = image.get("Entrypoint") or None, image.get("Cmd") or None
    if (entrypoint, command) == images:
        return {}
    if entrypoint == images[0] and command is not None:
        return {"command": command}
    return {"entrypoint": entrypoint or ([""] if images[0] else None), "command": command}


def _variables(config: Part, image: Part) -> dict[str, str]:
    own, given = (dict(text.partition("=")[::2] for text in each.get("Env") or ()) for each in (image, config))
    return {name: value for name, value in given.items() if own.get(name) != value}


def _labels(config: Part, image: Part) -> dict[str, str]:
    own = image.get("Labels") or {}
    return {name: text for name, text in foreign_labels(config.get("Labels")).items() if own.get(name) != text}


def _signal(text: str | None) -> str | None:
    """``15``, ``term`` and ``SIGTERM`` alike."""
    if not text:
        return None
    if text.isdigit():
        return signal.Signals(int(text)).name if int(text) in {*signal.Signals} else text
    return text.upper() if text.upper().startswith("SIG") else f"SIG{text.upper()}"


def health_values(check: Part | None, images: Part | None) -> dict[str, Any] | None:
    check = check or {}
    test = list(check.get("Test") or ())
    if not test or check == images:
        return None
    if test == ["NONE"]:
        return {"disabled": True}
    numbers = {
        name: (check.get(name) or 0) / _SECOND for name in ("Interval", "Timeout", "StartPeriod", "StartInterval")
    }
    return {
        "command": test[1:] if test[0] == "CMD" else ["/bin/sh", "-c", *test[1:]],
        "interval": numbers["Interval"] or _USUAL_HEALTH["Interval"],
        "timeout": numbers["Timeout"] or _USUAL_HEALTH["Timeout"],
        "retries": check.get("Retries") or _USUAL_HEALTH["Retries"],
        "start_period": numbers["StartPeriod"],
        "start_interval": numbers["StartInterval"] or None,
    }
