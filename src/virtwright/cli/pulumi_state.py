"""A state as Pulumi has it: the file that its command line exports, or the folder that it keeps states in."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from virtwright.cli.state_files import read_document
from virtwright.engine.state.lease import Lease
from virtwright.engine.state.stack import StackState
from virtwright.errors import InputError, StateError, Where
from virtwright.lazy_dataclasses import dataclass
from virtwright.stacks.base import StackName
from virtwright.stacks.keys import Keys

if TYPE_CHECKING:
    from virtwright.cli.session import Session


def deployment_text(session: "Session", passphrase_file: Path | None) -> str:
    """The state of the session's stack for ``pulumi stack import``."""
    from virtwright.engine.state.pulumi.writing import export_deployment

    document = export_deployment(session.state(), session.keys.for_pulumi(passphrase_file))
    return json.dumps(document, indent=4, ensure_ascii=False) + "\n"


@dataclass(frozen=True, slots=True)
class PulumiSource:
    """A deployment that was read, and whose it is."""

    name: StackName
    document: Mapping[str, Any]
    keys: Keys

    @classmethod
    def read(cls, session: "Session", source: str, passphrase_file: Path | None) -> Self:
        """``source`` is a file, ``-``, a folder, or a folder's ``file://`` URL. Raises ``InputError`` and ``StateError``."""
        from virtwright.engine.state.pulumi.backend import choose, find_stacks, read_deployment
        from virtwright.engine.state.pulumi.reading import deployment_name

        place = _path(source)
        chosen = session.settings.stack_name or ""
        project, _, stack = chosen.rpartition("/")
        stored = None
        if place.is_dir():
            stored = choose(find_stacks(place), project or None, stack or None)
            document = read_deployment(stored, place)
        else:
            document = read_document(place)
        name = deployment_name(document) or (stored.name if stored is not None else None)
        name = name or (StackName(project or stack, stack) if stack else None)
        if name is None:
            raise InputError.one(
                "this deployment holds nothing that tells whose it is", hint="say so:\n    --stack PROJECT/STACK"
            )
        if (stack and stack != name.stack) or (project and project != name.project):
            raise StateError(
                f"this is the deployment of {name}, not of {chosen}",
                where=Where(file=source),
                hint="leave --stack out, or rename the stack in Pulumi first:\n    pulumi stack rename NAME",
            )
        return cls(name, document, session.keys.for_pulumi(passphrase_file))

    def bring_in(self, state: StackState, lease: Lease) -> list[str]:
        """Put it in the place of what the state holds; returns remarks for the user."""
        from virtwright.engine.state.pulumi.reading import import_deployment

        return list(import_deployment(state, self.document, self.keys, lease).remarks)


def refuse_passphrase_file(file: Path | None) -> None:
    """Raises ``InputError`` where the option is given without ``--pulumi``."""
    if file is not None:
        raise InputError.one("--passphrase-file goes with --pulumi", hint="the state's own secrets keep their key")


def _path(source: str) -> Path:
    """Of ``file://~`` too, as Pulumi has it."""
    return Path(source.removeprefix("file://")).expanduser() if source.startswith("file://") else Path(source)
