"""Whose connection it is: the account database's entry of this process's user, as OpenSSH has it, whatever ``HOME`` and ``USER`` say."""

import getpass
import os
import pwd
from pathlib import Path
from typing import Self

from virtwright.lazy_dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Account:
    """A user of this machine."""

    name: str
    home: Path

    @classmethod
    def own(cls) -> Self:
        """Of the user that this process runs as. Where the database does not know it, what the environment says."""
        try:
            entry = pwd.getpwuid(os.getuid())
        except KeyError:
            return cls(getpass.getuser(), Path.home())
        return cls(entry.pw_name, Path(entry.pw_dir))
