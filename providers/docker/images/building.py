"""Build an image with the daemon: BuildKit where it is offered, else the classic builder."""

import json
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import field
from pathlib import Path
from typing import Any, Final

from virtwright.errors import HostError, Where
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.archives.errors import ImageError
from virtwright.providers.context import Context
from virtwright.providers.docker.images import buildkit
from virtwright.providers.docker.images.build_context import BuildFolder
from virtwright.providers.docker.images.dockerfile import line_of_parse_error, line_of_step
from virtwright.providers.docker.images.messages import Message, RefusedRequestError, clean
from virtwright.providers.docker.images.references import parse
from virtwright.providers.docker.images.registry import Registry
from virtwright.providers.docker.images.requests import auth_header, streamed
from virtwright.schemas.image import BuildContext, Image

_SHOWN: Final = 20
"""Lines of the failing step in the error."""
_MOST_BASES: Final = 64
_NO_SESSION: Final = re.compile(r"resolve source metadata for (?P<name>\S+): no active session")
_FRACTION: Final = re.compile(r"\b(\d+)/(\d+)\b")


class BuildError(HostError):
    """A build failed. Says in which step, and what that wrote last."""


@dataclass(slots=True)
class Builder:
    """Builds for one host."""

    registry: Registry

    def build(self, inputs: Image, tag: str, context: Context) -> None:
        """Build what ``source.build`` says and name it ``tag``. Raises ``BuildError``, ``RegistryError`` for a base that can't be
        pulled, and ``ImageError`` where the folder changed since it was checked."""
        build = inputs.source.build
        assert build is not None
        source = BuildFolder(Path(build.context), build.dockerfile)
        for _ in range(_MOST_BASES):
            missing = self._once(inputs, build, source, tag, context)
            if missing is None:
                return
            self._pull_base(missing, inputs.platform, context)
        raise BuildError("the build names more images than are plausible", where=Where(file=str(source.folder)))

    def _once(self, inputs: Image, build: BuildContext, source: BuildFolder, tag: str, context: Context) -> str | None:
        """Returns the name of an image that must be pulled first."""
        modern = self._has_buildkit()
        log = _Log(context)
        headers = {"Content-Type": "application/x-tar"}
        if not modern:
            headers["X-Registry-Config"] = auth_header(self.registry.logins.all_plain())
        try:
            for message in streamed(
                self.registry.connection,
                "build the image",
                "/build",
                context,
                params=build_params(inputs, build, tag, modern=modern),
                headers=headers,
                body=_same(source, str(build.sha256)),
            ):
                log.take(message)
        except RefusedRequestError as error:
            if (match := _NO_SESSION.search(error.message)) is not None:
                return match["name"]
            raise _build_error(source, error.message, log) from error
        return None

    def _has_buildkit(self) -> bool:
        """Daemons say which builder to take: https://docs.docker.com/reference/api/engine/#tag/System/operation/SystemPing."""
        client = self.registry.connection.client
        with self.registry.connection.errors("ask for its builder"):
            return str(client._get(client._url("/_ping")).headers.get("Builder-Version", "1")) == "2"

    def _pull_base(self, text: str, platform: str | None, context: Context) -> None:
        """BuildKit would ask its client for the logins; here the daemon pulls with the one of this registry."""
        name = parse(text)
        if name is None:
            raise BuildError(f"the build names an image {text!r}, which can't be pulled")
        self.registry.pull(name, platform, context)


def build_params(inputs: Image, build: BuildContext, tag: str, *, modern: bool) -> dict[str, Any]:
    """The query of ``POST /build``; ``modern`` asks for BuildKit."""
    params: dict[str, Any] = {
        "t": tag,
        "dockerfile": build.dockerfile,
        "version": "2" if modern else "1",
        "rm": "1",
        "forcerm": "1",
    }
    if build.args:
        params["buildargs"] = json.dumps(build.args)
    if inputs.labels:
        params["labels"] = json.dumps(inputs.labels)
    if build.cache_from:
        params["cachefrom"] = json.dumps(build.cache_from)
    if build.target is not None:
        params["target"] = build.target
    if inputs.platform is not None:
        params["platform"] = inputs.platform
    return params


def _same(source: BuildFolder, digest: str) -> Iterator[bytes]:
    """The folder's tar. Whole only when it is still what was checked: what is built must be what its digest says."""
    yield from source.tar()
    if source.digest() != digest:
        raise ImageError("changed while it was read", source=source.folder, hint="apply again")


@dataclass(slots=True)
class _Log:
    """What a build has said: shown as it comes, its end kept for an error."""

    context: Context
    names: dict[str, str] = field(default_factory=dict)
    """Of BuildKit's steps, by digest."""
    shown: set[str] = field(default_factory=set)
    lines: dict[str, deque[str]] = field(default_factory=dict)
    """Last lines by step."""
    step: str = ""
    """The step that failed, or the current one."""
    failed: bool = False

    def take(self, message: Message) -> None:
        if message.get("id") == buildkit.TRACE:
            for told in buildkit.told(message):
                self._take_step(told)
        elif isinstance(stream := message.get("stream"), str):
            self._take_line(clean(stream).strip())

    def _take_step(self, told: buildkit.Told) -> None:
        if told.name and told.started and told.step not in self.shown:
            self.shown.add(told.step)
            self._show(told.name)
        if told.name:
            self.names[told.step] = told.name
        if told.error and not self.failed:
            self.step, self.failed = told.name, True
        for line in told.output.removesuffix("\n").split("\n"):
            self._add(self.names.get(told.step, ""), line)

    def _take_line(self, line: str) -> None:
        if line.startswith("Step "):
            self.step = line
            self._show(line)
        elif line and not line.startswith("--->"):
            self._add(self.step, line)

    def _add(self, step: str, line: str) -> None:
        self.lines.setdefault(step, deque(maxlen=_SHOWN)).append(line)
        self.context.progress(f"building: {line}")

    def _show(self, step: str) -> None:
        match = _FRACTION.search(step)
        fraction = (int(match[1]) - 1) / max(int(match[2]), 1) if match and not step.startswith("[internal]") else None
        self.context.progress(f"building: {step}", fraction)


def _build_error(source: BuildFolder, said: str, log: _Log) -> BuildError:
    path = source.folder / source.dockerfile
    line = line_of_parse_error(said)
    if line is not None:
        return BuildError(f"could not build the image: {said}", where=Where(file=str(path), line=line))
    text = path.read_text(errors="replace") if path.is_file() else ""
    line = line_of_step(text, log.step) if log.step else None
    wrote = "".join(f"\n    {each}" for each in log.lines.get(log.step, ()))
    step = f" at {log.step!r}" if log.step else ""
    message = f"could not build the image{step}: {said}" + (f"\nit wrote last:{wrote}" if wrote else "")
    return BuildError(message, where=Where(file=str(path), line=line), hint=_hint(said))


def _hint(said: str) -> str | None:
    if "no space left" in said.lower():
        return "the disk of the Docker host is full; to see what takes the space:\n    docker system df"
    if "no active session" in said:
        return "secrets, ssh and local outputs of BuildKit (RUN --mount=type=secret) can't be given here: use files of the context"
    return None
