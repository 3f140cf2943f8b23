"""What a command may do for the sake of a stack: for one's own everything, for a stranger's very little.

A value of this kind is made where the command begins and handed down; whoever opens a file, asks a host, runs a program or
decrypts something for a stack asks it first. There is no other place where the rules are.
"""

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import field
from pathlib import Path
from typing import Final

from virtwright.errors import RefusedError, Where
from virtwright.lazy_dataclasses import dataclass

Confine = Callable[[Sequence[str], Path, Sequence[int]], list[str]]
"""Makes of a command, the folder of its stack and the descriptors that it inherits the command that runs it confined. Raises
``RefusedError`` where this machine can't."""
GIT: Final = ".git"
_HINT: Final = "who trusts this stack leaves out --untrusted"


@dataclass(frozen=True, slots=True)
class Trust:
    """The stack has the rights of who runs the command (decision 0013)."""

    @property
    def limited(self) -> bool:
        """Whether the stack is a stranger's: no secret is decrypted for it."""
        return False

    @property
    def confine(self) -> Confine | None:
        """How a program of the stack is run; None: as any other, or where the stack is a stranger's not at all."""
        return None

    def check_path(self, path: str | Path, where: Where | None = None) -> None:
        """Raises ``RefusedError`` where this file or folder may not be read. Opens nothing."""

    def check_own(self, path: str | Path) -> None:
        """Raises ``RefusedError`` where this may be none of the stack's own files: it is not shown, and nothing is bound to it."""

    def check_host_file(self, path: str, where: Where | None = None) -> None:
        """As ``check_path``, of a file by which a host is known or logged in to."""

    def check_host(self, uri: str, *, applied: bool, plain: bool, where: Where | None = None) -> None:
        """Raises ``RefusedError`` where a host may not be asked. ``applied`` says that the last applied state has just this way to
        it, and ``plain`` that nothing but its URI is said."""

    def check_output(self, path: Path) -> None:
        """Raises ``RefusedError`` where this file may not be written, as something in the checkout leads elsewhere."""

    def check_state(self, place: str | Path) -> None:
        """Raises ``RefusedError`` where a state at this place could be the stranger's own."""

    def refuse(self, what: str, where: Where | None = None) -> None:
        """Raises ``RefusedError``: ``what`` is not done for a stranger's stack."""


TRUSTED: Final = Trust()


@dataclass(frozen=True, slots=True)
class Untrusted(Trust):
    """The stack is a stranger's: nothing outside of its folder is read for it, and only known hosts are asked."""

    folder: Path
    """The stack's own."""
    allow_path: tuple[Path, ...] = ()
    """What the operator lets such a stack read besides."""
    allowed_hosts: Collection[str] = field(default=frozenset())
    """URIs of hosts that the operator lets it ask besides those of the last applied state."""
    confining: Confine | None = None
    """How a program of the stack is run, where that can be."""

    @property
    def confine(self) -> Confine | None:
        return self.confining

    @property
    def limited(self) -> bool:
        return True

    def check_path(self, path: str | Path, where: Where | None = None) -> None:
        found = os.path.realpath(path)
        if _is_gits(found):
            raise RefusedError(f"{str(path)!r} is, or leads to, Git's own, and the stack is not trusted", where=where)
        if any(_below(found, os.path.realpath(root)) for root in (self.folder, *self.allow_path)):
            return
        raise RefusedError(
            f"{str(path)!r} is, or leads, out of the stack's folder, and the stack is not trusted",
            where=where,
            hint=f"{_HINT}; the operator of this machine can allow it:\n    virtwright operator add allow_path PATH",
        )

    def check_own(self, path: str | Path) -> None:
        found = os.path.realpath(path)
        if _is_gits(found) or not _below(found, os.path.realpath(self.folder)):
            raise RefusedError(f"{str(path)!r} is none of the stack's own files")

    def check_host_file(self, path: str, where: Where | None = None) -> None:
        if _below(os.path.realpath(path), str(checkout_of(self.folder))):
            raise RefusedError(
                f"{path!r} says how a host is known or logged in to, and may have come with the stack, which is not trusted",
                where=where,
                hint="name a file outside of the stack's checkout, or give the host's key itself, as ssh.host_key",
            )

    def check_host(self, uri: str, *, applied: bool, plain: bool, where: Where | None = None) -> None:
        if applied or (plain and uri in self.allowed_hosts):
            return
        raise RefusedError(
            f"the stack is not trusted, and it was not applied to the host {uri!r}, or not in this way",
            where=where,
            hint=f"{_HINT}; the operator of this machine can allow the host:\n    virtwright operator add allowed_hosts URI",
        )

    def check_output(self, path: Path) -> None:
        if path.is_symlink() or any(self._led_out(link) for link in _links(path.parent)):
            raise RefusedError(
                f"{str(path)!r} leads elsewhere by a link that may have come with the stack, which is not trusted",
                hint="write to a folder outside of the checkout",
            )

    def _led_out(self, link: str) -> bool:
        """Whether a link lies in the checkout, as far as that is known, and leads out of it, or to what is Git's own."""
        roots = [os.path.realpath(root) for root in (checkout_of(self.folder), ".")]
        return any(_below(link, root) and _leads_out(link, root) for root in roots)

    def check_state(self, place: str | Path) -> None:
        if _below(os.path.realpath(place), str(checkout_of(self.folder))):
            raise RefusedError(
                f"the state {str(place)!r} lies in the checkout of the stack, which is not trusted and may have brought it along",
                hint="keep it elsewhere, and say where:\n    export VIRTWRIGHT_STATE=...",
            )

    def refuse(self, what: str, where: Where | None = None) -> None:
        raise RefusedError(f"{what}: that is not done for a stack that is not trusted", where=where, hint=_HINT)


def checkout_of(folder: Path) -> Path:
    """All that came along with a stack: the top of its Git repository, past the submodules that it lies in; its own folder where
    there is none. Links are followed."""
    top = folder.resolve()
    for place in (top, *top.parents):
        mark = place / GIT
        if os.path.lexists(mark):
            top = place
        if mark.is_dir():
            break
    return top


def link_out(path: Path) -> str | None:
    """A link on the way of ``path`` that a stranger may have made to lead elsewhere: one in a Git repository, or below the current
    folder, that leads out of there, or the end of the way itself."""
    here, end = checkout_of(Path.cwd()), Path(os.path.realpath(path.parent), path.name)
    for link in _links(path):
        repository = checkout_of(Path(link).parent)
        if link != str(end) and not os.path.lexists(repository / GIT):
            if not _below(link, str(here)):
                continue
            repository = here
        if _leads_out(link, str(repository)):
            return link
    return None


def _leads_out(link: str, root: str) -> bool:
    """Whether a link leads out of a folder, or to what is Git's own."""
    found = os.path.realpath(link)
    return _is_gits(found) or not _below(found, root)


def _is_gits(path: str) -> bool:
    """Whether it belongs to a repository rather than to what is checked out: runners keep their tokens there."""
    return GIT in path.split("/")


def _below(path: str, root: str) -> bool:
    return path == root or path.startswith(root.rstrip("/") + "/")


def _links(path: Path) -> Iterator[str]:
    """The links that the way of ``path`` goes through, each by its own real place."""
    at = Path.cwd()
    for part in path.parts:
        place = at / part
        if part != ".." and place.is_symlink():
            yield str(place)
        at = place.resolve()
