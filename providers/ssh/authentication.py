"""Logging in: what is offered, in which order, and what to say where nothing was taken."""

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.ssh.errors import LoginError, SshTimeoutError
from virtwright.providers.ssh.keys import KeyRing, key_ring
from virtwright.providers.ssh.target import SshTarget
from virtwright.schemas.quantities import format_duration

if TYPE_CHECKING:
    from paramiko import Transport

_PUBLIC_KEY: Final = "publickey"
_PASSWORD: Final = "password"
_INTERACTIVE: Final = "keyboard-interactive"


@dataclass(frozen=True, slots=True)
class _Offer:
    method: str
    label: str
    make: "Callable[[], Sequence[str]]"
    """Makes the offer; returns what the server asks for besides, nothing when it is content."""


def login(transport: "Transport", target: SshTarget, deadline: float) -> None:
    """Log in as the target's user. ``deadline`` is on the clock of ``time.monotonic``; the host's key was checked.

    Raises ``LoginError`` or ``SshTimeoutError``."""
    from paramiko.ssh_exception import BadAuthenticationType

    left = max(0.1, deadline - time.monotonic())
    transport.auth_timeout = left
    with key_ring(target, left) as ring:
        attempt = _Attempt(transport, target, ring, deadline)
        try:
            attempt.allowed = list(transport.auth_none(target.user))
        except BadAuthenticationType as error:
            attempt.allowed = list(error.allowed_types)
        except Exception as error:
            raise attempt.failure(error) from error
        if not transport.is_authenticated():
            attempt.run()


class _Attempt:
    def __init__(self, transport: "Transport", target: SshTarget, ring: KeyRing, deadline: float) -> None:
        self._transport = transport
        self._target = target
        self._ring = ring
        self._deadline = deadline
        self._tried: list[str] = []
        self.allowed: list[str] = []

    def run(self) -> None:
        from paramiko.ssh_exception import AuthenticationException, BadAuthenticationType, SSHException

        last: Exception | None = None
        for offer in self._offers():
            if offer.method not in self.allowed:
                continue
            self._transport.auth_timeout = max(0.1, self._deadline - time.monotonic())
            self._tried.append(offer.label)
            try:
                self.allowed = list(offer.make()) or self.allowed
            except BadAuthenticationType as error:
                self.allowed = list(error.allowed_types)
            except (AuthenticationException, SSHException, OSError, EOFError) as error:
                last = error
                if not self._transport.is_active() or time.monotonic() >= self._deadline:
                    raise self.failure(error) from error
            if self._transport.is_authenticated():
                return
        raise self.failure(last)

    def _offers(self) -> Iterator[_Offer]:
        user, transport = self._target.user, self._transport
        for named in self._ring.keys:
            key = named.key
            yield _Offer(_PUBLIC_KEY, named.label, partial(transport.auth_publickey, user, key))
        password = self._target.password
        if password is not None:
            yield _Offer(_PASSWORD, "the password", lambda: transport.auth_password(user, password, fallback=False))
            yield _Offer(
                _INTERACTIVE,
                "the password, asked for interactively",
                lambda: transport.auth_interactive(user, _answers(password)),
            )

    def failure(self, error: Exception | None) -> LoginError | SshTimeoutError:
        target = self._target
        if time.monotonic() >= self._deadline:
            limit = format_duration(target.connect_timeout)
            return SshTimeoutError(f"{target} did not answer the login within {limit}")
        said = f" ({error})" if error and str(error) not in ("", "Authentication failed.") else ""
        tried = f"it took none of: {', '.join(self._tried)}" if self._tried else "there was nothing to offer it"
        allows = f"; it allows {', '.join(self.allowed)}" if self.allowed else ""
        unusable = f"; not usable: {', '.join(self._ring.unusable)}" if self._ring.unusable else ""
        locked = f"; locked by a passphrase: {', '.join(self._ring.encrypted)}" if self._ring.encrypted else ""
        return LoginError(
            f"{target} refused the login: {tried}{allows}{unusable}{locked}{said}", hint=self._hint(error)
        )

    def _hint(self, error: Exception | None) -> str:
        target, ring = self._target, self._ring
        if ring.encrypted:
            starts = "" if target.agent else "    eval $(ssh-agent)\n"
            return f"give the key to an agent, which unlocks it once:\n{starts}    ssh-add {ring.encrypted[0]}"
        if error is not None and not self._transport.is_active() and len(self._tried) > 2:
            return "the server counts failures: name the right key as ssh.identity_file, so that it is tried first"
        if self.allowed and _PUBLIC_KEY not in self.allowed and target.password is None:
            return "it wants a password: give it as ssh.password, from a secret of the configuration"
        advice = f"see what OpenSSH makes of it:\n    {target.command} -v true"
        return (
            advice
            if self._tried
            else f"name a key as ssh.identity_file, or give one to an agent (ssh-add); or {advice}"
        )


def _answers(password: str) -> "Callable[[str, str, Sequence[tuple[str, bool]]], list[str]]":
    """Answers the one question for the password; what is shown as it is typed is no password."""

    def answer(title: str, instructions: str, prompts: Sequence[tuple[str, bool]]) -> list[str]:
        hidden = [prompt for prompt, echo in prompts if not echo]
        if len(hidden) != len(prompts) or len(hidden) > 1:
            return [""] * len(prompts)
        return [password] * len(hidden)

    return answer
