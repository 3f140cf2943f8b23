"""A fake provider: hosts in memory or in a folder, with callables, faults and latency. For the engine's own tests."""

import json
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Self
from uuid import uuid4

from virtwright.errors import HostError, InputError
from virtwright.failpoints import reach
from virtwright.providers.base import Found, Handler, HostFact, Observed, Operations, Provider, Stamp
from virtwright.providers.context import Context
from virtwright.providers.diff import Change, Diff, Impact, compare
from virtwright.schemas.attachments import NetworkAttachment
from virtwright.schemas.host import Host
from virtwright.schemas.kinds import KINDS, Kind
from virtwright.schemas.model import Model, to_properties
from virtwright.schemas.values import has_unknown

LIVE = {
    "labels": Impact.LIVE,
    "description": Impact.LIVE,
    "cpus": Impact.LIVE,
    "memory": Impact.REBOOT,
    "power": Impact.LIVE,
    "resources": Impact.LIVE,
    "mtu": Impact.LIVE,
}
"""Every other field needs a replacement."""
_RUNNING = ("Container", "Service", "VirtualMachine")


@dataclass(slots=True)
class FakeObject:
    """Something on a fake host."""

    id: str
    kind: str
    stamp: Stamp
    inputs: dict[str, Any]
    complete: bool = True
    broken: bool = False
    data: str = ""
    """What somebody wrote into it."""
    stamped: str = ""
    """The id that the stamp names; by default its own. A copy made by somebody else has another id."""
    name: str = ""
    """Its name on the host: given at its creation for good, also where its resource is renamed."""
    marked: str = ""
    """The name that the stamp was written for, on a host whose stamps can't name ids. Another one than ``name``: renamed, or a copy."""
    made: str = ""
    """When it was made, on a host that tells."""

    def __post_init__(self) -> None:
        self.stamped = self.stamped or self.id
        self.name = self.name or self.stamp.stack.replace("/", "-") + "-" + self.stamp.urn.rsplit("::", 1)[-1]

    @property
    def displaced(self) -> bool:
        return self.marked not in ("", self.name)

    def to_json(self) -> str:
        plain = ("id", "kind", "inputs", "complete", "broken", "data", "stamped", "name", "marked", "made")
        return json.dumps({**{name: getattr(self, name) for name in plain}, "stamp": self.stamp.to_labels()})

    @classmethod
    def from_json(cls, text: str) -> "FakeObject":
        data = json.loads(text)
        labels = data.pop("stamp")
        marks = ("stack", "urn", "operation", "inputs", "identity")
        stamp = Stamp(*(labels.get(f"virtwright.{each}", "") for each in marks))  # one that nobody can read, too
        return cls(stamp=stamp, **data)


@dataclass
class FakeWorld:
    """All fake hosts of a test, by URI. With ``folder`` the objects survive this process."""

    folder: Path | None = None
    latency: float = 0.0
    before: Callable[[str, str, str], None] | None = None
    """Called with (method, kind, name) before anything happens; may raise."""
    half_way: Callable[[str, str, str], None] | None = None
    """Called when an object was made but is not complete, or changed but not finished."""
    refuses_while_used: bool = True
    """Whether a network or volume that something uses can't be deleted, as on real hosts."""
    ready: Callable[[str], bool] | None = None
    """Called with a name: whether what was made is ready, which its creation waits for."""
    moves: bool = False
    """Whether machines and volumes can go from one fake host to another."""
    ids_are_names: bool = False
    """Whether the id of a volume is its name on the host, as some hosts have it."""
    evidence: dict[str, dict[str, str]] = field(default_factory=dict)
    """By URI: what the host tells of itself. With a folder it is kept there."""
    unreachable: set[str] = field(default_factory=set)
    calls: list[tuple[str, str, str]] = field(default_factory=list)
    prepared: dict[str, Model] = field(default_factory=dict)
    """By the old object's name: what is to take its place."""
    running: int = 0
    most_at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    _objects: dict[tuple[str, str], FakeObject] = field(default_factory=dict)

    def open(self, name: str, host: Host) -> "FakeProvider":
        if not host.uri.startswith("fake://"):
            raise InputError.one(f"the fake provider does not serve {host.uri}")
        return FakeProvider(self, host.uri)

    def handler(self, uri: str, kind: Kind) -> "FakeHandler":
        from tests.fake_mover import MOVING, FakeMover

        return (
            FakeMover(self, uri, kind)
            if self.moves and kind.name in MOVING
            else (FakeRunner if kind.name in _RUNNING else FakeHandler)(self, uri, kind)
        )

    def objects(self, uri: str = "fake://one") -> list[FakeObject]:
        """What is on a host now."""
        if self.folder is None:
            return [each for (place, _), each in list(self._objects.items()) if place == uri]
        texts = [_read(path) for path in sorted(self._place(uri).glob("*.json"))]
        return [FakeObject.from_json(text) for text in texts if text is not None]

    def get(self, uri: str, id: str) -> FakeObject | None:
        if self.folder is None:
            return self._objects.get((uri, id))
        return next((each for each in self.objects(uri) if each.id == id), None)

    def names(self, uri: str = "fake://one") -> list[str]:
        return sorted(each.stamp.urn.rsplit("::", 1)[-1] for each in self.objects(uri))

    def add_foreign(self, kind: str, name: str, inputs: Mapping[str, Any], uri: str = "fake://one") -> FakeObject:
        """Something that somebody else made, without a stamp."""
        plain = to_properties(KINDS[kind].inputs.model_validate(inputs))
        item = FakeObject(uuid4().hex[:12], kind, Stamp("", "", "", ""), plain, name=name)
        self.put(uri, item)
        return item

    def find(self, name: str, uri: str = "fake://one") -> FakeObject:
        return next(each for each in self.objects(uri) if each.stamp.urn.endswith(f"::{name}"))

    def put(self, uri: str, item: FakeObject) -> None:
        if self.folder is None:
            self._objects[uri, item.id] = item
            return
        path = self._place(uri) / f"{item.id}.json"
        draft = path.with_suffix(".new")
        draft.write_text(item.to_json())
        draft.rename(path)

    def drop(self, uri: str, id: str) -> None:
        if self.folder is None:
            self._objects.pop((uri, id), None)
        else:
            (self._place(uri) / f"{id}.json").unlink(missing_ok=True)

    def tell(self, uri: str, **evidence: str) -> None:
        """Let the host tell this of itself from now on."""
        if self.folder is None:
            self.evidence[uri] = evidence
        else:
            (self._place(uri) / "evidence").write_text(json.dumps(evidence))

    def told(self, uri: str) -> dict[str, str]:
        if self.folder is None:
            return self.evidence.get(uri, {})
        told: dict[str, str] = json.loads(_read(self._place(uri) / "evidence") or "{}")
        return told

    def _place(self, uri: str) -> Path:
        assert self.folder is not None
        place = self.folder / uri.rsplit("/", 1)[-1]
        place.mkdir(parents=True, exist_ok=True)
        return place

    def enter(self, method: str, kind: str, name: str, uri: str) -> None:
        with self.lock:
            self.calls.append((method, kind, name))
            self.running += 1
            self.most_at_once = max(self.most_at_once, self.running)
        if uri in self.unreachable:
            raise HostError(f"{uri} can't be reached")
        if self.before is not None:
            self.before(method, kind, name)
        reach(f"fake.{method}.before")
        if self.latency:
            time.sleep(self.latency)

    def leave(self) -> None:
        with self.lock:
            self.running -= 1

    def middle(self, method: str, kind: str, name: str) -> None:
        if self.half_way is not None:
            self.half_way(method, kind, name)
        reach(f"fake.{method}.half")


class FakeHandler:
    """One kind on one fake host."""

    def __init__(self, world: FakeWorld, uri: str, kind: Kind) -> None:
        self._world = world
        self._uri = uri
        self._kind = kind

    def check(self, inputs: Model) -> Model:
        return inputs

    def diff(self, prior: Model, goal: Model) -> Diff:
        impacts = dict(LIVE)
        if self._kind.name == "Volume":
            impacts["size"] = Impact.LIVE if _grows(prior, goal) else Impact.DATA_LOSS
        networks = getattr(goal, "networks", ())
        fixed = not has_unknown(networks) and any(
            isinstance(each, NetworkAttachment) and isinstance(each.address, str) for each in networks
        )
        named = self._kind.name in ("Network", "Volume")  # what uses them names them by the name on the host
        return compare(prior, goal, impacts, delete_before_create=named or fixed)

    def prepare(self, inputs: Model, context: Context) -> None:
        assert context.known is not None
        name = context.known.urn.rsplit("::", 1)[-1]
        self._world.prepared[name] = inputs
        try:
            self._world.enter("prepare", self._kind.name, name, self._uri)
        finally:
            self._world.leave()

    def create(self, stamp: Stamp, inputs: Model, context: Context) -> Model:
        name = stamp.urn.rsplit("::", 1)[-1]
        try:
            self._world.enter("create", self._kind.name, name, self._uri)
            context.progress("making it")
            item = FakeObject(self._id(stamp), self._kind.name, stamp, to_properties(inputs), complete=False)
            if self._world.refuses_while_used:
                item.name = self._free_name(item)
            self._world.put(self._uri, item)
            try:
                self._world.middle("create", self._kind.name, name)
                if (ready := self._world.ready) is not None:
                    context.wait(f"{name} to be ready", lambda: (ready(name) or None, "it is not"))
            except HostError:
                self._world.drop(self._uri, item.id)
                raise
            item.complete = True
            self._world.put(self._uri, item)
            return self._outputs(item)
        finally:
            self._world.leave()

    def update(self, id: str, stamp: Stamp, prior: Model, goal: Model, context: Context) -> Model:
        name = stamp.urn.rsplit("::", 1)[-1]
        try:
            self._world.enter("update", self._kind.name, name, self._uri)
            item = self._get(id)
            item.inputs = to_properties(goal)
            item.broken = False
            item.name = item.marked or item.name
            self._world.put(self._uri, item)
            self._world.middle("update", self._kind.name, name)
            item.stamp = stamp
            self._world.put(self._uri, item)
            return self._outputs(item)
        finally:
            self._world.leave()

    def delete(self, id: str, context: Context) -> None:
        found = self._world.get(self._uri, id)
        name = found.stamp.urn.rsplit("::", 1)[-1] if found is not None else id
        try:
            self._world.enter("delete", self._kind.name, name, self._uri)
            if found is not None and self._world.refuses_while_used:
                self._refuse_while_used(found)
            self._world.drop(self._uri, id)
            self._world.middle("delete", self._kind.name, name)
        finally:
            self._world.leave()

    def observe(self, stack: str) -> Iterable[Observed[Any, Any]]:
        try:
            self._world.enter("observe", self._kind.name, "", self._uri)
            return [self._observed(item) for item in self._world.objects(self._uri) if self._mine(item, stack)]
        finally:
            self._world.leave()

    def find(self, names: Collection[str] | None) -> Iterable[Found[Any, Any]]:
        for item in self._world.objects(self._uri):
            if item.kind == self._kind.name and (names is None or item.id in names or item.name in names):
                inputs = self._kind.inputs.model_validate(item.inputs)
                yield Found(item.id, item.name, inputs, self._outputs(item), item.stamp if item.stamp.stack else None)

    def _id(self, stamp: Stamp) -> str:
        if self._world.ids_are_names and self._kind.name == "Volume":
            return stamp.stack.replace("/", "-") + "-" + stamp.urn.rsplit("::", 1)[-1]
        return uuid4().hex[:12]

    def _free_name(self, item: FakeObject) -> str:
        others = {other.name for other in self._world.objects(self._uri) if other.kind == item.kind}
        return f"{item.name}-{item.id}" if item.name in others else item.name

    def _mine(self, item: FakeObject, stack: str) -> bool:
        return item.kind == self._kind.name and item.stamp.stack == stack and item.stamped == item.id

    def _observed(self, item: FakeObject) -> Observed[Any, Any]:
        drift = (Change(("running",), False, True, Impact.LIVE),) if item.broken else ()
        if item.displaced:
            drift = (Change(("name",), item.name, item.marked, Impact.LIVE), *drift)
        inputs = self._kind.inputs.model_validate(item.inputs)
        outputs = self._outputs(item)
        seen = Observed(item.stamp, item.id, inputs, outputs, drift, item.complete)
        return replace(seen, displaced=item.displaced, made=item.made)

    def _get(self, id: str) -> FakeObject:
        item = self._world.get(self._uri, id)
        if item is None:
            raise HostError(f"there is no {self._kind.name} {id}")
        return item

    def _refuse_while_used(self, item: FakeObject) -> None:
        """As real hosts do: a network or volume that something uses can't be deleted."""
        name = item.name
        if item.kind not in ("Network", "Volume"):
            return
        for other in self._world.objects(self._uri):
            if other.stamped != other.id:
                continue
            if item.kind == "Network":
                used = [each.get("network") for each in other.inputs.get("networks", ())]
            else:
                disks = (*other.inputs.get("volumes", ()), *other.inputs.get("disks", ()))
                used = [each.get("volume") for each in disks]
            if name in used:
                raise HostError(f"{name} is in use by {other.name}")

    def _outputs(self, item: FakeObject) -> Model:
        outputs = {"id": item.id, "name": item.name}
        if item.kind == "Image":
            outputs["reference"] = f"fake:{item.id}"
        return self._kind.outputs.model_validate(outputs)


class FakeRunner(FakeHandler):
    """One of a kind that runs."""

    def stop(self, id: str, context: Context) -> None:
        """It is broken then, as what does not run is."""
        if (item := self._world.get(self._uri, id)) is not None:
            item.broken = True
            self._world.put(self._uri, item)


def _read(path: Path) -> str | None:
    """None where another thread has just deleted it."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def _grows(prior: Model, goal: Model) -> bool:
    before, after = getattr(prior, "size", None), getattr(goal, "size", None)
    return after is None or (isinstance(before, int) and isinstance(after, int) and after >= before)


class FakeProvider:
    """A fake host: every kind, or some."""

    schemes: ClassVar[tuple[str, ...]] = ("fake",)

    def __init__(self, world: FakeWorld, uri: str, kinds: Collection[str] = tuple(KINDS)) -> None:
        self._peers: Callable[[], Mapping[str, Provider]] = dict
        self._world, self._uri = world, uri
        self._handlers: dict[str, Handler[Any, Any]] = {name: world.handler(uri, KINDS[name]) for name in kinds}

    @classmethod
    def open(cls, name: str, host: Host) -> Self:
        raise InputError.one("a fake host is opened by its FakeWorld")

    @property
    def handlers(self) -> Mapping[str, Handler[Any, Any]]:
        return self._handlers

    def operations(self, kind: str) -> Operations | None:
        return None

    def stacks(self) -> frozenset[str]:
        return frozenset(item.stamp.stack for item in self._world.objects(self._uri) if item.stamp.stack)

    def evidence(self) -> Mapping[str, str]:
        return self._world.told(self._uri)

    def facts(self) -> Sequence[HostFact]:
        return [HostFact("fake", "yes")]

    def meet(self, peers: Callable[[], Mapping[str, Provider]]) -> None:
        self._peers = peers

    def close(self) -> None:
        """Nothing is open."""
