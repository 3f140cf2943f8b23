"""What one pass of a Python program has told so far."""

import asyncio
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any, Final

from virtwright.errors import InputError, VirtwrightError
from virtwright.lazy_dataclasses import dataclass
from virtwright.schemas.urn import PACKAGE, STACK_TYPE, Urn
from virtwright.schemas.values import Properties, Value
from virtwright.stacks.base import Register, Services, StackName
from virtwright.stacks.python.told import Told
from virtwright.stacks.yaml.files import Texts
from virtwright.trust import TRUSTED, Trust

ORGANIZATION: Final = "organization"
"""What a stack without an organization is said to belong to, as in Pulumi's own file backend."""
Callback = Any
"""A ``pulumirpc.Callback``: the address and token of a function in the program."""


@dataclass(slots=True, eq=False)
class Entry:
    """One resource that the program has registered, with what its children inherit."""

    urn: Urn
    custom: bool
    parent: "Entry | None" = None
    protect: bool = False
    retain_on_delete: bool = False
    deleted_with: Urn | None = None
    hosts: Mapping[str, Urn] = field(default_factory=dict)
    """By package: the provider for itself (where it is custom) and its children."""
    aliases: tuple[Urn, ...] = ()
    transforms: tuple[Callback, ...] = ()
    external: bool = False
    """It was only read: the state does not hold it, so nothing may depend on it there."""
    id: str | None = None
    outputs: Properties = field(default_factory=dict)

    @property
    def host(self) -> Urn | None:
        return self.hosts.get(PACKAGE)

    @property
    def is_stack(self) -> bool:
        return self.urn.type == STACK_TYPE


@dataclass(slots=True)
class Deployment:
    """The shared state of the services of one pass."""

    name: StackName
    folder: Path
    config: Mapping[str, Value]
    """By full key, ``PROJECT:NAME``; secrets wrapped."""
    parallel: int
    interpreter: Path
    imports: Path
    """The folder that the program imports its own modules from."""
    register: Register
    services: Services
    sources: Mapping[str, Path] = field(default_factory=dict)
    """By package: where the project says that its plugin is."""
    trust: Trust = TRUSTED
    told: Told = field(init=False)
    texts: Texts = field(default_factory=Texts)
    """The files that its resources name."""
    entries: dict[str, Entry] = field(default_factory=dict)
    root: str = ""
    stack_transforms: list[Callback] = field(default_factory=list)
    invoke_transforms: list[Callback] = field(default_factory=list)
    packages: dict[bytes, str] = field(default_factory=dict)
    default_host: "asyncio.Task[Urn] | None" = None
    code_host: "asyncio.Task[Urn] | None" = None
    """Where the program's own code runs, once it is needed."""
    outputs: dict[str, Value] = field(default_factory=dict)
    refusals: list[VirtwrightError] = field(default_factory=list)
    """What the program was told is wrong with its requests."""
    registering: int = 0
    """Resources that are being registered. A request that waits for code of the program or of a plugin is none."""
    over: asyncio.Event = field(default_factory=asyncio.Event)
    """The program has registered all it wants."""
    released: asyncio.Event = field(default_factory=asyncio.Event)
    """The run is over, so that the program may end."""

    def __post_init__(self) -> None:
        self.told = Told(self.services, self.trust)

    def entry(self, urn: str, what: str) -> Entry:
        """Raises ``InputError`` where nothing of this name was registered; ``what`` says what it was to be."""
        found = self.entries.get(urn)
        if found is None:
            raise InputError.one(f"{what} {urn!r} was never registered")
        return found

    def check_open(self) -> None:
        """Raises ``InputError`` where the program has said that it is done."""
        if self.over.is_set():
            raise InputError.one("the program has ended its registrations already, and registers more")
