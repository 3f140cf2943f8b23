"""Names of images. Grammar: https://pkg.go.dev/github.com/distribution/reference."""

import re
from dataclasses import replace
from typing import Final

from virtwright.errors import InputError, Where
from virtwright.lazy_dataclasses import dataclass

HUB: Final = "docker.io"
_OFFICIAL: Final = "library/"
_LONGEST: Final = 255
_PART: Final = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_DOMAIN: Final = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::[0-9]+)?"
_NAME: Final = re.compile(
    rf"(?:(?P<domain>{_DOMAIN})/)?(?P<path>{_PART}(?:/{_PART})*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)


@dataclass(frozen=True, slots=True)
class ImageName:
    """An image's name in its full form."""

    domain: str
    """The registry: ``docker.io`` or ``registry.example.org:5000``."""
    path: str
    """The repository in it: ``library/nginx``."""
    tag: str | None = None
    digest: str | None = None
    """``sha256:...``."""

    @property
    def repository(self) -> str:
        """As Docker writes it: ``nginx``, ``user/app`` or ``registry.example.org:5000/app``."""
        return self.path.removeprefix(_OFFICIAL) if self.domain == HUB else f"{self.domain}/{self.path}"

    @property
    def version(self) -> str:
        """The digest where there is one, else the tag."""
        return self.digest or self.tag or "latest"

    def at(self, digest: str) -> "ImageName":
        return replace(self, tag=None, digest=digest)

    def __str__(self) -> str:
        """As Docker lists it: ``nginx:1.27`` or ``nginx@sha256:...``."""
        return f"{self.repository}@{self.digest}" if self.digest else f"{self.repository}:{self.tag or 'latest'}"


def parse(text: str) -> ImageName | None:
    """None where ``text`` is no name of an image."""
    match = _NAME.fullmatch(text)
    if match is None:
        return None
    domain, path = match["domain"], match["path"]
    if domain is not None and not re.search(r"[.:\[]", domain) and domain != "localhost":
        if domain != domain.lower():
            return None
        domain, path = None, f"{domain}/{path}"
    domain = HUB if domain in (None, "index.docker.io") else domain
    if domain == HUB and "/" not in path:
        path = _OFFICIAL + path
    if len(f"{domain}/{path}") > _LONGEST:
        return None
    digest = match["digest"]
    return ImageName(domain, path, match["tag"] or (None if digest else "latest"), digest)


def image_name(text: str, field: str) -> ImageName:
    """As ``parse``, for what the user wrote in ``field``. Raises ``InputError``."""
    name = parse(text)
    if name is None:
        raise InputError.one(
            f"{text!r} is no name of an image",
            where=Where(path=field),
            hint="write it as nginx:1.27, registry.example.org:5000/team/app:1.2 or NAME@sha256:...; only a tag may hold "
            "capital letters",
        )
    return name
