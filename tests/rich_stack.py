"""A stack on fake hosts that has one of everything that a state can hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.fake_provider import FakeWorld
from tests.programs import Item, ListProgram
from tests.states import operation, resource
from virtwright.engine.api import Engine
from virtwright.engine.plan import RunOptions
from virtwright.engine.state.records import Changes, OperationRecord
from virtwright.engine.state.stack import StackState
from virtwright.engine.state.store import StateStore
from virtwright.engine.state.traits import Traits
from virtwright.schemas.options import Timeouts
from virtwright.schemas.signatures import ASSET, BYTES, SIGNATURE
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import Secret
from virtwright.stacks.base import COMPONENT_KIND, Goal, Register, StackName

SECRETS = ("hunter2-hunter2", "open sesame", "a <secret> & more")
NAME = StackName("shop", "shop")


class RichProgram(ListProgram):
    """Registers a component, and resources below it and beside it."""

    def __init__(self, trigger: str = "one") -> None:
        component = Urn("shop", "shop", "my:module:Part", "part")
        protected: dict[str, Any] = {"protect": True, "retain_on_delete": True}
        self.component = component
        super().__init__(
            Item("Network", "back", {"cidr": "10.40.0.0/24"}, options=protected),
            Item("Volume", "data", {"size": "1GiB"}),
            Item(
                "VirtualMachine",
                "db",
                {
                    "cpus": 1,
                    "memory": "512MiB",
                    "networks": [{"network": "{back}"}],
                    "disks": [{"volume": "{data}", "mount": "/data"}],
                    "cloud_init": {"runcmd": [Secret(SECRETS[1])]},
                },
                uses=("back", "data"),
                options={"timeouts": Timeouts(delete=90.0), "replacement_trigger": Secret(trigger)},
            ),
            Item(
                "Container",
                "web",
                {"image": "host", "environment": {"DB": "{db}", "PASSWORD": Secret(SECRETS[0])}, "resources": {"cpus": 0.5}},
                uses=("db",),
                after=("back",),
                options={
                    "secret_outputs": frozenset(["name"]),
                    "parent": component,
                    "hooks": {"before_delete": ("tell",)},
                    "deleted_with": Urn("shop", "shop", "virtwright:index:VirtualMachine", "db"),
                },
            ),
            hosts={"one": "fake://one", "two": "fake://two"},
        )  # fmt: skip

    async def run(self, register: Register) -> Mapping[str, object]:
        await register(Goal(self.component, COMPONENT_KIND, {"size": 3, "key": Secret(SECRETS[2])}))
        outputs = await super().run(register)
        return {**outputs, "password": Secret(SECRETS[0]), "nested": {"list": [1, 2.5, None, True, "ü\u2028"]}}

    def urn(self, name: str, kind: str | None = None) -> Urn:
        made = super().urn(name, kind)
        return Urn(made.stack, made.project, f"my:module:Part${made.type}", name) if name == "web" else made


@dataclass
class RichStack:
    """An applied stack, with an old half of a replacement, a pending one, and operations that a kill left open."""

    store: StateStore
    world: FakeWorld = field(default_factory=FakeWorld)

    @property
    def engine(self) -> Engine:
        return Engine(self.store, opener=self.world.open)

    @property
    def state(self) -> StackState:
        return self.store.stack(NAME)

    def apply(self) -> None:
        result = self.engine.apply(RichProgram(), RunOptions())
        assert result.succeeded, result

    def add_remains(self) -> None:
        """What only a killed run leaves."""
        host = next(each for each in self.state.resources() if each.kind == "Host")
        old = resource(
            "web", urn=RichProgram().urn("web"), host=host.urn, doomed=True, id="old", outputs={}, inputs=_container()
        )
        gone = resource(
            "gone", urn=Urn("shop", "shop", "virtwright:index:Container", "gone"), host=host.urn, id=None,
            pending_replacement=True, outputs={}, inputs=_container(),
        )  # fmt: skip
        odd = resource(
            "odd", urn=Urn("shop", "shop", "my:module:Odd", "odd"), kind=COMPONENT_KIND, id=None,
            inputs={"asset": {SIGNATURE: ASSET, "text": "x"}},
            outputs={"bytes": {SIGNATURE: BYTES, "base64": "/w=="}, "nan": float("inf")},
        )  # fmt: skip
        put = (old, gone, odd)
        with self.state.acquire(holder="a test", wait=5) as lease:
            self.state.commit(Changes(put=put, begin=(self._operation(host.urn, old.row),)), lease)

    def _operation(self, host: Urn, row: str) -> OperationRecord:
        return operation(
            "late", urn=Urn("shop", "shop", "virtwright:index:Container", "late"), host=host, op="delete", row=row,
            inputs={**_container(), "environment": {"P": Secret(SECRETS[1])}}, object_id="late-1", inputs_hash="ab",
            traits=Traits(deleted_with="x", trigger="t", hooks={"before_delete": ("tell", "ask")}, leaves="y"),
        )  # fmt: skip


def _container() -> dict[str, Any]:
    from virtwright.schemas.container import Container
    from virtwright.schemas.model import to_properties

    return to_properties(Container.model_validate({"image": "host"}))
