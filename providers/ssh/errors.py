"""What can go wrong between here and a host that is reached over SSH."""

from virtwright.errors import HostError, Where


class SshError(HostError):
    """A host can't be reached over SSH, or something on the way there failed."""


class HostKeyError(SshError):
    """The host did not show a key that is known to be its own. No secret was sent to it."""

    def __init__(self, message: str, *, fingerprint: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.fingerprint = fingerprint


class LoginError(SshError):
    """The host took none of the keys and passwords that it was offered."""


class IncompatibleError(SshError):
    """Both sides know no algorithm in common."""


class SshTimeoutError(SshError):
    """Something took longer than it was given."""


class LineBrokenError(SshError):
    """The connection ended under an operation."""

    def __init__(self, message: str, *, sent: bool, where: Where | None = None, hint: str | None = None) -> None:
        super().__init__(message, where=where, hint=hint)
        self.sent = sent
        """Whether anything of the operation may have reached the host: it may have happened there. Where False, it
        did not, and can be repeated."""
