"""What is deleted at the end of a run, and why: the state's records against what the program registered."""

from dataclasses import replace
from typing import Final

import pytest
from tests.states import urn
from tests.unit.engine.runs import HERE, record, run

from virtwright.engine.deletion import Deletion, leaving
from virtwright.engine.permits import Agreement
from virtwright.engine.plan import Plan
from virtwright.engine.run import Run
from virtwright.engine.state.records import ResourceRecord
from virtwright.engine.state.traits import Traits
from virtwright.engine.step import Op, Step
from virtwright.errors import VirtwrightError
from virtwright.providers.diff import Impact
from virtwright.schemas.urn import Urn, type_token
from virtwright.stacks.base import COMPONENT_KIND, HOST_KIND

TEAM: Final = Urn("prod", "shop", "my:index:Team", "team")
DATA: Final = Urn("prod", "shop", type_token("Volume"), "data")
OLD: Final = "the old one of a replacement"
RETAINED: Final = "its object stays on the host (retain_on_delete)"
ALONG: Final = "its object goes with volumes.data (deleted_with)"


HOST: Final = ResourceRecord(row="host", urn=HERE, kind=HOST_KIND)
COMPONENT: Final = ResourceRecord(row="component", urn=TEAM, kind=COMPONENT_KIND)
VOLUME: Final = record("data", urn=DATA, kind="Volume")
WITH_DATA: Final = record("web", traits=Traits(deleted_with=str(DATA)))


def step(
    name: str, reason: str = "", impact: Impact = Impact.NONE, kind: str = "Container", host: str | None = "here"
) -> Step:
    about = DATA if kind == "Volume" else urn(name)
    return Step(Op.DELETE, about, kind, host, impact=impact, reason=reason, keeps=reason == RETAINED)


LOSS: Final = step("data", impact=Impact.DATA_LOSS, kind="Volume")


@pytest.mark.parametrize(
    ("seen", "steps"),
    [
        pytest.param(run(), [], id="nothing"),
        pytest.param(run(HOST, COMPONENT), [], id="hosts and components go otherwise"),
        pytest.param(run(record("web"), record("job")), [step("web"), step("job")], id="what nobody registers"),
        pytest.param(run(record("web"), record("job"), registered=(urn("web"),)), [step("job")], id="and nothing else"),
        pytest.param(run(record("web"), renamed={urn("web"): urn("front")}), [], id="what has another name"),
        pytest.param(run(record("web", host=None)), [step("web", host=None)], id="what is on no host"),
        pytest.param(run(VOLUME), [LOSS], id="data"),
        pytest.param(
            run(replace(VOLUME, id=None)), [replace(LOSS, impact=Impact.NONE)], id="data that is gone already"
        ),
        pytest.param(
            run(replace(VOLUME, retain_on_delete=True)),
            [replace(LOSS, impact=Impact.NONE, reason=RETAINED, keeps=True)],
            id="data that stays",
        ),
        pytest.param(run(record("web", doomed=True)), [step("web", OLD)], id="an old one"),
        pytest.param(
            run(record("web", row="old", doomed=True), record("web"), registered=(urn("web"),)),
            [step("web", OLD)],
            id="an old one, whose new one is there",
        ),
        pytest.param(
            run(record("web", doomed=True), undone={urn("web")}), [], id="an old one, whose new one is not there"
        ),
        pytest.param(
            run(record("web", doomed=True), undone={urn("front")}, renamed={urn("web"): urn("front")}),
            [],
            id="an old one, whose new one has another name and is not there",
        ),
        pytest.param(
            run(record("web", doomed=True), late={"web"}),
            [step("web", "an earlier run made it when it had been given up")],
            id="one that came late",
        ),
        pytest.param(
            run(record("web", doomed=True, retain_on_delete=True)), [step("web", RETAINED)], id="an old one that stays"
        ),
        pytest.param(
            run(record("job"), record("web", doomed=True)), [step("web", OLD), step("job")], id="old ones come first"
        ),
        pytest.param(
            run(record("web"), record("job"), options={"exclude": ("web",)}), [step("job")], id="what is left out stays"
        ),
        pytest.param(
            run(record("web", doomed=True), options={"targets": ("job",)}),
            [step("web", OLD)],
            id="an old one of what is acted on",
        ),
        pytest.param(
            run(record("web"), record("job"), options={"targets": ("web",)}), [step("web")], id="what was chosen"
        ),
        pytest.param(
            run(
                record("back"),
                record("db", "back"),
                record("web", "db"),
                record("job", "back"),
                record("other"),
                registered=(urn("job"),),
                options={"targets": ("back",)},
            ),
            [step("back"), step("db"), step("web")],
            id="what depends on what was chosen, unless it is registered",
        ),
        pytest.param(
            run(record("back"), record("web", "back"), options={"exclude": ("web",)}),
            [step("back")],
            id="what depends on it is not dragged in by what is left out",
        ),
        pytest.param(run(VOLUME, WITH_DATA), [LOSS, step("web", ALONG)], id="what goes along"),
        pytest.param(
            run(VOLUME, WITH_DATA, registered=(DATA,)), [step("web")], id="what would go along, but that stays"
        ),
        pytest.param(
            run(VOLUME, WITH_DATA, options={"exclude": ("data",)}),
            [step("web")],
            id="what would go along, but that is left out",
        ),
        pytest.param(
            run(VOLUME, WITH_DATA, undone={DATA}), [LOSS, step("web")], id="what would go along, but that was refused"
        ),
        pytest.param(
            run(VOLUME, WITH_DATA, renamed={DATA: urn("x")}),
            [step("web")],
            id="what would go along, but that was renamed",
        ),
        pytest.param(run(WITH_DATA), [step("web")], id="what would go along with what is not there"),
        pytest.param(
            run(replace(VOLUME, retain_on_delete=True), WITH_DATA),
            [replace(LOSS, impact=Impact.NONE, reason=RETAINED, keeps=True), step("web")],
            id="what would go along with what stays",
        ),
        pytest.param(
            run(VOLUME, replace(WITH_DATA, doomed=True)), [step("web", OLD), LOSS], id="an old one goes by itself"
        ),
    ],
)
def test_what_has_to_go(seen: Run, steps: list[Step]) -> None:
    assert [each.step for each in leaving(seen)] == steps
    assert [each.record.urn for each in leaving(seen)] == [each.urn for each in steps]


def refused(seen: Run) -> tuple[list[str], list[str]]:
    """The rows that may be deleted, and what is wrong with the others."""
    allowed = [each.record.row for each in Deletion(seen).permitted()]
    return allowed, [problem.message for problem in seen.problems]


AGREED: Final = Agreement(Plan("shop", "apply", (step("web"), step("data", kind="Volume"), step("old", OLD)), 1))
NOT_PLANNED: Final = "containers.job is not what was planned: the plan has no step for it"


@pytest.mark.parametrize(
    ("seen", "allowed", "problems"),
    [
        pytest.param(run(record("web", host=None)), ["web"], [], id="anything"),
        pytest.param(
            run(record("web", protect=True, id=None), record("job", id=None)),
            ["job"],
            ["containers.web is protected and would be deleted"],
            id="what is protected stays",
        ),
        pytest.param(
            run(record("web", protect=True, doomed=True, id=None)), ["web"], [], id="an old one was protected by its new one"
        ),
        pytest.param(
            run(replace(VOLUME, host=None)),
            [],
            ["the data of volumes.data would be lost: it would be deleted"],
            id="data stays",
        ),
        pytest.param(
            run(replace(VOLUME, host=None), options={"allow_data_loss": ("data",)}), ["data"], [], id="data that is named"
        ),
        pytest.param(run(replace(VOLUME, host=None, retain_on_delete=True)), ["data"], [], id="data that stays there"),
        pytest.param(
            run(replace(VOLUME, doomed=True, host=None), replacing={"data"}), ["data"], [], id="what this run replaces"
        ),
        pytest.param(
            run(replace(VOLUME, doomed=True, host=None), replacing={"other"}),
            [],
            ["the data of volumes.data would be lost: it would be deleted"],
            id="old data",
        ),
        pytest.param(
            run(record("web", id=None), record("job", id=None), agreement=AGREED), ["web"], [NOT_PLANNED], id="as planned"
        ),
        pytest.param(
            run(record("web", id=None), astray={urn("web"): VirtwrightError("one does not answer")}),
            [],
            [
                "which host containers.web is on can't be told: an earlier run was moving it, and one does not answer",
            ],
            id="what may be elsewhere",
        ),
        pytest.param(
            run(replace(VOLUME, host=None), replace(WITH_DATA, doomed=True), options={"allow_data_loss": ("data",)}),
            ["data"],
            ["the state does not know the host here, where this object is"],
            id="an old one does not go along",
        ),
        pytest.param(
            run(replace(VOLUME, host=None), WITH_DATA, options={"allow_data_loss": ("data",)}),
            ["data", "web"],
            [],
            id="what goes along is asked of no host",
        ),
        pytest.param(
            run(record("web")),
            [],
            ["the state does not know the host here, where this object is"],
            id="what is on a host that nobody knows",
        ),
    ],
)  # fmt: skip
def test_what_may_go(seen: Run, allowed: list[str], problems: list[str]) -> None:
    assert refused(seen) == (allowed, problems)
    assert len(seen.undone) == len(problems), "what is refused is noted"
