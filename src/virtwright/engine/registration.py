"""What programs call: ``register`` brings about one goal."""

import asyncio
import time
from dataclasses import replace

from virtwright.engine.components import component_record
from virtwright.engine.desired import placed
from virtwright.engine.events import Warned
from virtwright.engine.existing import without_existing
from virtwright.engine.paths import parse_path
from virtwright.engine.resource import bring_about
from virtwright.engine.run import Run, host_name, unknown
from virtwright.engine.selection import address
from virtwright.engine.state.records import Changes, ResourceRecord
from virtwright.errors import InputError, VirtwrightError
from virtwright.lazy_dataclasses import dataclass
from virtwright.providers.hooks import WarnsOfWay, offers
from virtwright.stacks.base import COMPONENT_KIND, HOST_KIND, Goal, Registered


@dataclass(frozen=True, slots=True)
class Registration:
    """The program's side of a run."""

    run: Run

    async def register(self, goal: Goal) -> Registered:
        """Bring about one goal. Never raises for what goes wrong with it: the answer's ``result`` tells."""
        if goal.urn in self.run.registered:
            raise InputError.one(f"{address(goal.urn)} is declared twice", where=goal.locate(()))
        answer: asyncio.Future[Registered] = asyncio.get_running_loop().create_future()
        self.run.registered[goal.urn] = answer
        work = asyncio.ensure_future(self._answer(goal, answer))
        self.run.under_way.add(work)
        work.add_done_callback(self.run.under_way.discard)
        return await asyncio.shield(work)

    async def _answer(self, goal: Goal, answer: "asyncio.Future[Registered]") -> Registered:
        """A task of its own: a program that fails or gives up on a goal does not tear a call to a host apart."""
        started = time.monotonic()
        try:
            result = await self._bring_about(goal)
        except VirtwrightError as error:
            self.run.undone.add(goal.urn)
            problems = placed(error.problems, goal)
            self.run.fail(
                error, goal.urn, goal.kind, host_name(goal.host), time.monotonic() - started, problems=problems
            )
            result = unknown(goal, "failed")
        except BaseException:
            self.run.undone.add(goal.urn)
            answer.cancel()
            raise
        answer.set_result(result)
        return result

    async def _bring_about(self, goal: Goal) -> Registered:
        self.run.redactor.learn(goal.inputs)
        self.run.note_reads(goal)
        if (taken := self.run.selection.imports(goal.urn)) is not None:
            goal = replace(goal, import_id=taken)
        if goal.kind == HOST_KIND:
            return await self._host(goal)
        if goal.kind == COMPONENT_KIND:
            return await self._component(goal)
        prior = self.run.snapshot.find(goal.urn, goal.aliases)
        if prior is not None and prior.urn != goal.urn:
            self.run.renamed[prior.urn] = goal.urn
        self.run.arrive(goal.urn, prior.urn if prior is not None else goal.urn)
        if prior is not None and (clearing := self.run.clearing.get(prior.row)) is not None:
            await asyncio.wait([clearing])
            prior = self.run.snapshot.find(goal.urn, goal.aliases)
        if not self.run.selection.includes(goal.urn):
            return self._passed_over(goal, prior)
        if (reason := self._blocked(goal)) is not None:
            return self.run.skip(goal, reason)
        return await bring_about(self.run, without_existing(self.run, goal), prior)

    async def _host(self, goal: Goal) -> Registered:
        record = self.run.places.declare(goal)
        if record is None:
            return unknown(goal, "done")
        self._warn_of_way(goal)
        prior = self.run.snapshot.live.get(goal.urn)
        if prior is None or not replace(record, modified=prior.modified).says(prior):
            await self.run.actor.commit(Changes(put=(record,)))
        return Registered(goal.urn, record.id, {**record.inputs, "name": goal.urn.name})

    def _warn_of_way(self, goal: Goal) -> None:
        """Show in a plan what is unwise about the way to a host, whether or not anything changes there."""
        place = self.run.places.connection(goal.urn) if self.run.planning else None
        if place is None or not offers(place.provider, WarnsOfWay):
            return
        for problem in place.provider.way_warnings():
            where = replace(goal.locate(parse_path(problem.where.path or "")), urn=str(goal.urn))
            self.run.listen(Warned(self.run.redactor.scrub_problem(replace(problem, where=where))))

    async def _component(self, goal: Goal) -> Registered:
        """It has no object anywhere: the state remembers it, for its name and its outputs."""
        prior = self.run.snapshot.find(goal.urn, goal.aliases)
        if prior is not None and prior.urn != goal.urn:
            self.run.renamed[prior.urn] = goal.urn
        record = component_record(goal, prior)
        if prior is None or not replace(record, modified=prior.modified).says(prior):
            await self.run.actor.commit(Changes(put=(record,)))
        return Registered(goal.urn, None, {**record.inputs, **record.outputs})

    def _blocked(self, goal: Goal) -> str | None:
        if self.run.halted:
            return "the run was stopped"
        if self.run.planning:
            return None
        failed = sorted(address(urn) for urn in goal.dependencies & self.run.undone)
        if (host := self.run.failed_host(goal.host)) is not None:
            failed.append(host)
        return f"it needs {failed[0]}" if failed else None

    def _passed_over(self, goal: Goal, prior: ResourceRecord | None) -> Registered:
        if prior is None:
            return unknown(goal, "skipped")
        return Registered(goal.urn, prior.id, {**prior.inputs, **prior.outputs})
