"""The engine's face: validate, plan, apply, destroy, refresh and recover a stack."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from virtwright.engine.events import Command, Event, Listener
from virtwright.engine.hosts import Opener, introduce, open_provider
from virtwright.engine.keeping import KeptHosts
from virtwright.engine.masking import Redactor, Unhearing
from virtwright.engine.plan import Plan, Result, RunOptions
from virtwright.engine.session import Session
from virtwright.errors import Problem, VirtwrightError
from virtwright.garbage import collector_held_back
from virtwright.providers.base import Provider
from virtwright.schemas.host_models import host_model
from virtwright.schemas.values import reveal
from virtwright.stacks.base import EmptyProgram, Goal, Program, StackName
from virtwright.trust import TRUSTED, Trust

if TYPE_CHECKING:
    from virtwright.engine.recovery import Claim
    from virtwright.engine.state.empty import EmptyStore
    from virtwright.engine.state.stack import StackState
    from virtwright.engine.state.store import StateStore

T = TypeVar("T")
_THREADS = 64
"""Threads for calls to hosts, all hosts together."""


class Engine:
    """Runs commands on the stacks of one store. Its methods block; ``interrupt`` may be called from anywhere."""

    def __init__(
        self,
        store: "StateStore | EmptyStore",
        listeners: Sequence[Listener] = (),
        *,
        opener: Opener = open_provider,
        typed: str = "",
        trust: Trust = TRUSTED,
    ) -> None:
        """``typed`` is the command line, for hints that repeat it with another option. With a limited ``trust`` there are
        nothing but plans."""
        self._trust = trust
        self._store = store
        self._typed = typed
        self._listeners = tuple(listeners)
        self._opener = opener
        self._session: Session | None = None
        self._redactor = Unhearing() if trust.limited else Redactor()
        self._interrupts = 0
        self._kept: KeptHosts | None = None
        self._abandoned = False
        """A run was stopped while calls to hosts were under way, whose connections are left alone."""
        self._lock = threading.RLock()  # a signal may come while it is held

    def validate(self, program: Program) -> list[Problem]:
        """Everything that is wrong and can be seen without touching a host."""
        try:
            self._run(program, "validate", RunOptions(), lambda session: session.plan(observe=False))
        except VirtwrightError as error:
            return list(error.problems)
        return []

    def plan(self, program: Program, options: RunOptions | None = None, *, command: Command = "plan") -> Plan:
        """What ``apply`` would do. Changes nothing. Raises what would stop the apply, all problems at once."""
        return self._run(program, command, options, lambda session: session.plan())

    def bind(self, program: Program) -> str:
        """What binds a plan that is saved to its program: a keyed hash of that and its configuration."""
        from virtwright.engine.taking import bind

        return bind(self._store, program)

    def check_saved(self, plan: Plan) -> None:
        """Raises ``RefusedError`` where a saved plan was made from another state than there is now, which can be told
        without asking a host."""
        from virtwright.engine.taking import check_saved

        check_saved(self._store, plan)

    def apply(
        self,
        program: Program,
        options: RunOptions | None = None,
        *,
        expected: Plan | None = None,
        saved: bool = False,
    ) -> Result:
        """Bring the hosts to what the program says. Held to ``expected``, or to a plan made at once. A plan that was
        ``saved`` is compared with what would be planned now before anything is touched."""
        return self._run(program, "apply", options, lambda session: session.apply(expected, saved=saved))

    def destroy(
        self,
        name: StackName,
        options: RunOptions | None = None,
        *,
        expected: Plan | None = None,
        saved: bool = False,
        hosts: Sequence[Goal] = (),
    ) -> Result:
        """Delete everything that the stack has, also on ``hosts`` that the state does not know. The plan is used as in ``apply``."""
        program = EmptyProgram(name, hosts=tuple(hosts))
        return self._run(program, "destroy", options, lambda session: session.apply(expected, saved=saved))

    def refresh(self, name: StackName, options: RunOptions | None = None) -> Result:
        """Take over into the state what the hosts report. Changes no host."""
        return self._run(EmptyProgram(name), "refresh", options, lambda session: session.refresh())

    def recover(self, program: Program, options: RunOptions | None = None) -> Result:
        """Rebuild the state from the stamps on the hosts that the program names. Changes no host."""
        return self._run(program, "recover", options, lambda session: session.recover())

    def claim(self, program: Program, options: RunOptions | None = None) -> "Claim":
        """What ``recover`` would take that nothing proves to be this state's. Changes nothing, the state neither. Raises as it does."""
        return self._run(program, "recover", options, lambda session: session.claim())

    def interrupt(self) -> None:
        """First call: begin nothing more, finish and record what is under way. Second call: stop at once; what was
        under way is settled by the next run. A call to a host that does not give up goes on in its thread, and the lease
        is kept, until this process ends: end it."""
        with self._lock:
            self._interrupts += 1
            if self._session is not None:
                self._session.interrupt(at_once=self._interrupts > 1)

    def scrub(self, text: str) -> str:
        """``text`` without the secrets that the engine has met so far."""
        return self._redactor.scrub(text)

    @contextmanager
    def keeping_hosts(self) -> Iterator[None]:
        """Meanwhile a run leaves its hosts connected for the next one, as an apply follows its plan."""
        self._kept = KeptHosts(self._opener)
        try:
            yield
        finally:
            kept, self._kept = self._kept, None
            if not self._abandoned:
                kept.close()

    def providers(self, state: "StackState") -> Mapping[str, Provider]:
        """By host name: a provider for each host that the state knows. The caller closes them."""
        hosts = [record for record in state.resources() if record.urn.is_host]
        providers = {
            record.urn.name: self._opener(
                record.urn.name, host_model(record.inputs).model_validate(reveal(record.inputs))
            )
            for record in hosts
        }
        for each in providers.values():
            introduce(each, lambda: providers)
        return providers

    def _run(
        self,
        program: Program,
        command: Command,
        options: RunOptions | None,
        work: Callable[[Session], Coroutine[Any, Any, T]],
    ) -> T:
        threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="host")
        kept = self._kept
        session = Session(
            self._store, program, command, options or RunOptions(), self._listen, threads,
            kept.open if kept is not None else self._opener, self._typed, redactor=self._redactor,
            trust=self._trust,
        )  # fmt: skip
        self._begin(session)
        told: list[T] = []

        async def run() -> None:
            """Returns nothing: asyncio writes a result out as text when it ends, however large it is."""
            told.append(await session.told(work(session)))

        try:
            with collector_held_back():
                asyncio.run(run())
            return told[0]
        except KeyboardInterrupt:
            session.abandoned = True
            raise
        finally:
            self._end()
            threads.shutdown(wait=not session.abandoned, cancel_futures=True)
            self._abandoned = session.abandoned
            if not session.abandoned and kept is None:
                session.close()

    def _begin(self, session: Session) -> None:
        with self._lock:
            self._session = session
            if self._interrupts:  # between two runs
                session.interrupt(at_once=self._interrupts > 1)

    def _end(self) -> None:
        with self._lock:
            self._session = None
            self._interrupts = 0

    def _listen(self, event: Event) -> None:
        for listener in self._listeners:
            listener(event)
