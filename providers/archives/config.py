"""What an image says of how it wants to be run. Format: OCI image-spec, config.md; Docker adds the health check."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

_NANOSECONDS = 1e-9
_SIGNALS = {
    "1": "SIGHUP",
    "2": "SIGINT",
    "3": "SIGQUIT",
    "9": "SIGKILL",
    "10": "SIGUSR1",
    "12": "SIGUSR2",
    "15": "SIGTERM",
}


def _list(value: Any) -> Any:
    return [] if value is None else value


def _keys(value: Any) -> Any:
    return sorted(value) if isinstance(value, dict) else _list(value)


def _text(value: Any) -> Any:
    return "" if value is None else value


def _signal(value: Any) -> Any:
    name = _SIGNALS.get(str(value), str(value)) if value else ""
    return name if not name or name.startswith("SIG") else f"SIG{name}"


_Words = Annotated[list[str], BeforeValidator(_list)]
_Text = Annotated[str, BeforeValidator(_text)]


class ImageHealthcheck(BaseModel):
    """``HEALTHCHECK`` of a Dockerfile. Times in nanoseconds; 0 means the default."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    test: Annotated[_Words, Field(alias="Test")] = []
    interval: Annotated[int, Field(alias="Interval")] = 0
    timeout: Annotated[int, Field(alias="Timeout")] = 0
    start_period: Annotated[int, Field(alias="StartPeriod")] = 0
    retries: Annotated[int, Field(alias="Retries")] = 0

    def command(self) -> list[str] | None:
        """The command to run inside; None where there is no check."""
        if len(self.test) > 1 and self.test[0] == "CMD":
            return self.test[1:]
        if len(self.test) > 1 and self.test[0] == "CMD-SHELL":
            return ["/bin/sh", "-c", self.test[1]]
        return None

    def seconds(self, nanoseconds: int, default: float) -> float:
        return nanoseconds * _NANOSECONDS or default


class ImageConfig(BaseModel):
    """The run-time part of an image's configuration; all of it may be missing."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    env: Annotated[_Words, Field(alias="Env")] = []
    """``NAME=value`` each."""
    command: Annotated[_Words, Field(alias="Cmd")] = []
    entrypoint: Annotated[_Words, Field(alias="Entrypoint")] = []
    user: Annotated[_Text, Field(alias="User")] = ""
    working_dir: Annotated[_Text, Field(alias="WorkingDir")] = ""
    exposed_ports: Annotated[list[str], BeforeValidator(_keys), Field(alias="ExposedPorts")] = []
    """``80/tcp`` each; for people, nothing is published by it."""
    stop_signal: Annotated[str, BeforeValidator(_signal), Field(alias="StopSignal")] = ""
    healthcheck: Annotated[ImageHealthcheck | None, Field(alias="Healthcheck")] = None

    def environment(self) -> dict[str, str]:
        return dict(entry.split("=", 1) for entry in self.env if "=" in entry)


class RootFs(BaseModel):
    """The digests of the plain layers."""

    diff_ids: _Words = []


class ImageDocument(BaseModel):
    """A whole image configuration document."""

    model_config = ConfigDict(extra="ignore")

    architecture: str = ""
    os: str = ""
    config: Annotated[ImageConfig, BeforeValidator(lambda value: value or {})] = ImageConfig()
    rootfs: RootFs = RootFs()
