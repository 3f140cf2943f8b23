"""What a program makes with its own code: the code is asked, the state remembers."""

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from virtwright.errors import HostError, InputError, Problem, UnsupportedError, Where
from virtwright.providers.base import Observed, Stamp
from virtwright.providers.context import Context, Known
from virtwright.providers.diff import NO_DIFF, Change, Diff, Impact, differences
from virtwright.providers.dynamic.last_words import LastWords
from virtwright.providers.dynamic.process import CodeProcess
from virtwright.providers.dynamic.wire import from_json, to_json, with_hashes_of
from virtwright.schemas.dynamic import CODE, Dynamic, DynamicOutputs
from virtwright.schemas.model import to_properties
from virtwright.schemas.values import UNKNOWN, Properties, equal, has_unknown, reveal

_PATIENCE = 300.0
"""Seconds that the code may take to check, compare or read."""
_REMEMBERED = "remembered"
"""The operation of what only the state knows of."""


class DynamicHandler:
    """Implements ``Handler`` and ``Recalls``."""

    def __init__(self, process: CodeProcess, last_words: LastWords) -> None:
        self._process = process
        self._last_words = last_words

    # in a plan too

    def recall(self, stack: str, known: Iterable[Known]) -> Iterator[Observed[Dynamic, DynamicOutputs]]:
        objects = list(known)
        for each in objects:
            yield _observed(stack, each, each.inputs, each.outputs)
        recorded = {(each.urn, each.id) for each in objects}
        for made in list(self._last_words.read()):
            if (made.urn, made.id) in recorded:
                self._last_words.forget(made.urn, made.id)
            else:
                yield Observed(
                    Stamp(stack, made.urn, made.operation, ""), made.id, Dynamic(), _outputs(made.id, made.outs)
                )

    def judge(self, known: Known | None, inputs: Dynamic) -> Dynamic:
        news = to_properties(inputs)
        if news.get(CODE) is UNKNOWN and known is None:
            return inputs
        told = self._process.ask("check", _thinking(), olds=to_json(known.inputs if known else {}), news=to_json(news))
        if told["failures"]:
            raise InputError([Problem(each["reason"], Where(path=each["property"])) for each in told["failures"]])
        checked = with_hashes_of(news, reveal(from_json(told["inputs"] or {})))
        return Dynamic.model_validate({**checked, CODE: news[CODE]})

    def compare(self, known: Known, goal: Dynamic) -> Diff:
        """As Pulumi's engine reads the code's answer: where it says nothing, what differs between old and new inputs does."""
        inputs, news = reveal(known.inputs), to_properties(goal)
        told = self._process.ask("diff", _thinking(), id=known.id, olds=_told(known), news=to_json(news))
        if told["changes"] is False:
            return NO_DIFF
        changes = [_change(told["replaces"], *each) for each in differences(inputs, news)]
        fields = {change.path[0] for change in changes}
        changes += [
            Change((name,), inputs.get(name), news.get(name), Impact.RECREATE)
            for name in told["replaces"]
            if name not in fields
        ]
        outputs = frozenset({*known.outputs, *news} - {CODE, "id"})
        return Diff(tuple(changes), told["delete_before_replace"], unsettles=outputs)

    def check(self, inputs: Dynamic) -> Dynamic:
        return self.judge(None, inputs)

    def diff(self, prior: Dynamic, goal: Dynamic) -> Diff:
        """Of what the state does not know: whatever the goal says is told to the code."""
        fields = differences(to_properties(prior), to_properties(goal))
        return Diff(tuple(Change(path, old, new, Impact.LIVE) for path, old, new in fields))

    # never in a plan

    def create(self, stamp: Stamp, inputs: Dynamic, context: Context) -> DynamicOutputs:
        told = self._process.ask(
            "create", context, news=to_json(to_properties(inputs)), operation=stamp.operation, urn=stamp.urn
        )
        if not isinstance(told["id"], str) or not told["id"]:
            raise HostError(f"the program's code gave what it made no id: create returned {told['id']!r}")
        return _outputs(told["id"], told["outs"])

    def update(self, id: str, stamp: Stamp, prior: Dynamic, goal: Dynamic, context: Context) -> DynamicOutputs:
        assert context.known is not None, "an update is of what the state has"
        if equal(to_properties(prior), to_properties(goal)):  # only its name is another
            return DynamicOutputs.model_validate({**context.known.outputs, "id": id})
        olds, news = _told(context.known), to_json(to_properties(goal))
        return _outputs(id, self._process.ask("update", context, id=id, olds=olds, news=news)["outs"])

    def delete(self, id: str, context: Context) -> None:
        assert context.known is not None, "only what the state has is deleted"
        self._process.ask("delete", context, id=id, olds=_told(context.known))
        self._last_words.forget(context.known.urn, id)

    def observe(self, stack: str) -> Iterable[Observed[Dynamic, DynamicOutputs]]:
        """Nothing lists what the code made."""
        return ()

    # a refresh

    def read(self, known: Known) -> Observed[Dynamic, DynamicOutputs] | None:
        told = self._process.ask("read", _thinking(), id=known.id, olds=_told(known))
        if not told["id"]:
            return None
        if told["id"] != known.id:
            raise UnsupportedError(
                f"the program's code says that {known.id} is {told['id']!r} now: an id never changes"
            )
        outputs = known.outputs if told["outs"] is None else from_json(told["outs"])
        given = from_json(told["inputs"]) if told["inputs"] is not None else _seen(known.inputs, outputs)
        return _observed("", known, {**given, CODE: known.inputs[CODE]}, outputs)


def _thinking() -> Context:
    """For what comes before a step, which has no deadline of its own."""
    return Context(deadline=time.monotonic() + _PATIENCE)


def _told(known: Known) -> dict[str, Any]:
    """What the code told of an object, and beside it what it was given."""
    return to_json({**known.inputs, **_without_id(known.outputs)})


def _without_id(outputs: Properties) -> dict[str, Any]:
    return {name: value for name, value in outputs.items() if name != "id"}


def _seen(inputs: Properties, outputs: Properties) -> dict[str, Any]:
    """The inputs, as the outputs of the same name say."""
    return {name: outputs.get(name, value) for name, value in inputs.items()}


def _observed(stack: str, known: Known, inputs: Properties, outputs: Properties) -> Observed[Dynamic, DynamicOutputs]:
    stamp = Stamp(stack, known.urn, _REMEMBERED, known.inputs_hash)
    made = DynamicOutputs.model_validate({**_without_code(outputs), "id": known.id})
    return Observed(stamp, known.id, Dynamic.model_validate(reveal(inputs)), made)


def _outputs(id: str, told: Mapping[str, Any] | None) -> DynamicOutputs:
    outputs = _without_code(from_json(told or {}))
    if has_unknown(outputs):
        raise HostError("the program's code returned an output that is not known")
    return DynamicOutputs.model_validate({**outputs, "id": id})


def _without_code(outputs: Properties) -> dict[str, Any]:
    return {name: value for name, value in outputs.items() if name != CODE}


def _change(replaces: list[str], path: Any, old: Any, new: Any) -> Change:
    return Change(path, old, new, Impact.RECREATE if path[0] in replaces else Impact.LIVE)
