"""``validate``, ``plan``, ``apply``, ``destroy`` and ``refresh``, typed."""

import json

import pytest
from tests import fake_scheme
from tests.e2e.cli.conftest import PASSWORD, Shop


def test_validate_says_that_a_stack_is_valid(shop: Shop) -> None:
    answer = shop.type("validate")
    assert (answer.code, answer.out) == (0, "The stack shop is valid.\n")


def test_validate_shows_each_problem_with_its_place(shop: Shop) -> None:
    shop.edit("memory: 512MiB", "memory: lots")
    shop.edit("cidr: 10.40.0.0/24", "cidr: 10.40.0.0/99")
    answer = shop.type("validate")
    assert answer.code == 1
    assert "shop.yaml:14:13" in answer.err
    assert "  14 |     memory: lots\n     |             ^" in answer.err
    assert "shop.yaml:8:16" in answer.err


def test_validate_needs_no_key_and_leaves_nothing_behind(shop: Shop) -> None:
    shop.edit("  db:\n", "  db:\n    protect: true\n")
    assert shop.type("validate").code == 0
    assert not (shop.folder.parent / "home").exists()


def test_plan_shows_what_would_be_made_and_makes_nothing(shop: Shop) -> None:
    answer = shop.type("plan")
    assert answer.code == 0
    assert "+ vms.db create" in answer.out
    assert "512MiB" in answer.out
    assert "Plan: 4 to create." in answer.out
    assert PASSWORD not in answer.out + answer.err
    assert shop.world.names() == []


def test_apply_makes_it_and_a_second_plan_has_no_changes(shop: Shop) -> None:
    answer = shop.type("apply", "--yes")
    assert answer.code == 0, answer.err
    assert "✓ vms.db created" in answer.out
    assert "4 created" in answer.out
    assert "url      = http://127.0.0.1:8080" in answer.out
    assert PASSWORD not in answer.out + answer.err
    assert shop.world.names() == ["back", "data", "db", "web"]
    again = shop.type("plan", "--exit-code")
    assert (again.code, again.out) == (0, "No changes: 4 unchanged.\n")


def test_apply_without_a_terminal_and_without_yes_is_refused_after_the_plan(shop: Shop) -> None:
    process = shop.start("apply")
    out, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "Plan: 4 to create." in out
    assert "there is no terminal to ask on" in err
    assert "add --yes to the command" in err
    assert shop.world.names() == []


def test_plan_exit_code_tells_changes_from_failure(applied: Shop) -> None:
    applied.edit("cpus: 1", "cpus: 2")
    assert applied.type("plan", "--exit-code").code == 2
    assert applied.type("plan").code == 0
    assert applied.type("plan", "--exit-code", "--no-such-option").code == 1
    applied.edit("cpus: 2", "cpus: many")
    assert applied.type("plan", "--exit-code").code == 1


def test_a_change_is_shown_with_its_impact(applied: Shop) -> None:
    applied.edit("memory: 512MiB", "memory: 1GiB")
    answer = applied.type("apply", "--yes")
    assert answer.code == 0, answer.err
    assert "~ vms.db update reboot (it is restarted)" in answer.out
    assert "memory  512MiB → 1GiB" in answer.out
    assert "1 updated, 3 unchanged" in answer.out


def test_drift_is_shown_and_healed(applied: Shop) -> None:
    applied.world.drop("fake://one", applied.world.find("web").id)
    answer = applied.type("plan")
    assert "drift: not on the host any more" in answer.out
    assert applied.type("apply", "--yes").code == 0
    assert applied.world.names() == ["back", "data", "db", "web"]


def test_a_plan_says_that_data_is_gone_and_what_is_made_anew(applied: Shop) -> None:
    for name in ("db", "data"):
        applied.world.drop("fake://one", applied.world.find(name).id)
    refused = applied.type("apply", "--yes")
    assert refused.code == 1 and "the data of volumes.data is gone: somebody removed it on its host" in refused.err
    assert "+ volumes.data create data-loss (its data is lost)" in refused.out
    assert "drift: not on the host any more; its data is gone with it" in refused.out
    assert "\n      virtwright apply --allow-data-loss volumes.data\n" in refused.err
    allowed = applied.type("apply", "--yes", "--allow-data-loss", "volumes.data")
    assert allowed.code == 0, allowed.err
    assert "Data is lost in: volumes.data" in allowed.out
    assert applied.world.names() == ["back", "data", "db", "web"]


def test_destroy_refuses_data_loss_and_takes_it_by_name(applied: Shop) -> None:
    refused = applied.type("destroy", "--yes")
    assert refused.code == 1
    assert "- volumes.data delete data-loss (its data is lost)" in refused.out
    assert "virtwright destroy --allow-data-loss volumes.data" in refused.err
    assert applied.world.names() == ["back", "data", "db", "web"]
    answer = applied.type("destroy", "--yes", "--allow-data-loss", "volumes.data")
    assert answer.code == 0, answer.err
    assert "Data is lost in: volumes.data" in answer.out
    assert "4 deleted" in answer.out
    assert "warning" not in answer.out
    assert applied.world.names() == []


def test_destroy_needs_no_file(applied: Shop) -> None:
    applied.file.unlink()
    answer = applied.type("destroy", "--yes", "--allow-data-loss", "data")
    assert answer.code == 0, answer.err
    assert applied.world.names() == []


def test_refresh_takes_over_what_is_gone(applied: Shop) -> None:
    applied.world.drop("fake://one", applied.world.find("web").id)
    answer = applied.type("refresh")
    assert answer.code == 0
    assert "• containers.web read: not on the host any more" in answer.out
    assert "containers.web" not in applied.type("state", "list").out


def test_a_failed_step_is_shown_with_its_hint_and_exits_with_1(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(fake_scheme.FAULT, "create:db")
    answer = shop.type("apply", "--yes")
    assert answer.code == 1
    assert "✗ vms.db creating failed" in answer.out
    assert "the fake host refuses to create db" in answer.out
    assert "hint: ask it again" in answer.out
    assert "1 failed" in answer.out
    assert "Outputs:" not in answer.out, "`virtwright output` knows none of them yet"
    monkeypatch.delenv(fake_scheme.FAULT)
    assert shop.type("apply", "--yes").code == 0


def test_json_is_one_event_a_line(shop: Shop) -> None:
    answer = shop.type("apply", "--yes", "--json")
    events = [json.loads(line) for line in answer.out.splitlines()]
    names = [event["event"] for event in events]
    assert answer.code == 0
    assert names[0] == "run-started"
    assert names[-1] == "run-finished"
    assert names.count("step-finished") == 4
    assert events[-1]["outputs"]["password"] == "[secret]"
    assert PASSWORD not in answer.out + answer.err


def test_json_errors_are_an_event_as_well(shop: Shop) -> None:
    shop.edit("cpus: 1", "cpus: none")
    answer = shop.type("plan", "--json")
    [line] = answer.out.splitlines()
    assert answer.code == 1
    assert json.loads(line)["event"] == "command-failed"
    assert json.loads(line)["problems"][0]["where"]["line"] == 13
    assert "error:" in answer.err


def test_nothing_is_asked_with_json(shop: Shop) -> None:
    answer = shop.type("apply", "--json")
    assert answer.code == 1
    assert "with --json nothing is asked" in answer.err
    assert shop.world.names() == []


def test_a_saved_plan_is_carried_out(shop: Shop) -> None:
    saved = shop.type("plan", "--out", "shop.plan")
    assert saved.code == 0
    assert "virtwright apply shop.plan" in saved.out
    assert PASSWORD not in (shop.folder / "shop.plan").read_text(encoding="utf-8")
    answer = shop.type("apply", "shop.plan", "--yes")
    assert answer.code == 0, answer.err
    assert shop.world.names() == ["back", "data", "db", "web"]


def test_a_saved_plan_is_refused_when_the_stack_has_changed(shop: Shop) -> None:
    shop.type("plan", "--out", "shop.plan")
    shop.edit("cpus: 1", "cpus: 2")
    answer = shop.type("apply", "shop.plan", "--yes")
    assert answer.code == 1
    assert "has changed since this plan was made" in answer.err
    assert answer.out == "", "what no longer holds is not shown"
    assert shop.world.names() == []


@pytest.mark.parametrize("harm", ["changed", "added", "mode"])
def test_a_saved_plan_is_refused_when_a_folder_that_it_copies_has_changed(shop: Shop, harm: str) -> None:
    file = shop.folder / "seed/deep/run.sh"
    file.parent.mkdir(parents=True)
    file.write_text("echo good\n", encoding="utf-8")
    shop.edit("data: {size: 1GiB}", "data: {size: 1GiB, source: {content: seed}}")
    shop.type("plan", "--out", "shop.plan")
    if harm == "mode":
        file.chmod(0o755)
    else:
        (file if harm == "changed" else file.with_name("more.sh")).write_text("echo evil\n", encoding="utf-8")
    answer = shop.type("apply", "shop.plan", "--yes")
    assert answer.code == 1
    assert "volumes.data is not what was planned: the files that it is filled with are others now" in answer.err
    assert shop.world.names() == []
    shop.type("plan", "--out", "shop.plan")
    assert shop.type("apply", "shop.plan", "--yes").code == 0
    file.write_text("echo later\n", encoding="utf-8")
    assert "No changes" in shop.type("plan").out, "it is copied once"


def test_a_plan_that_was_refused_says_so_on_standard_output(shop: Shop) -> None:
    answer = shop.type("plan", "--untrusted")
    assert (answer.code, answer.out) == (1, "No plan: it was refused, see the errors.\n")
    assert "it was not applied to the host 'fake://one'" in answer.err


def test_a_stale_or_foreign_plan_is_refused_before_it_is_shown(shop: Shop) -> None:
    shop.type("plan", "--out", "shop.plan")
    shop.type("plan", "--out", "prod.plan", "--stack", "prod")
    assert shop.type("apply", "shop.plan", "--yes").code == 0
    again = shop.type("apply", "shop.plan", "--yes")
    assert (again.code, again.out) == (1, "")
    assert "the state of shop has changed since this plan was made" in again.err
    other = shop.type("apply", "prod.plan", "--stack", "test", "--yes")
    assert (other.code, other.out) == (1, "")
    assert "this plan is for the stack shop/prod, not for test" in other.err
    shop.type("plan", "--out", "shop.plan")
    elsewhere = shop.type("--state", str(shop.folder / "other.db"), "apply", "shop.plan", "--yes")
    assert (elsewhere.code, elsewhere.out) == (1, "")
    assert "the state holds no such stack" in elsewhere.err


def test_a_saved_plan_takes_no_other_targets_and_needs_its_configuration(shop: Shop) -> None:
    shop.type("plan", "--out", "shop.plan", "--config", "replicas=3")
    assert "leave out --target" in shop.type("apply", "shop.plan", "--config", "replicas=3", "--target", "db").err
    assert "--config replicas=..." in shop.type("apply", "shop.plan", "--yes").err
    assert shop.type("apply", "shop.plan", "--yes", "--config", "replicas=3").code == 0


def test_a_saved_destroy_is_carried_out(applied: Shop) -> None:
    assert applied.type("plan", "--destroy", "--allow-data-loss", "data", "--out", "end.plan").code == 0
    assert applied.type("apply", "end.plan", "--yes").code == 0
    assert applied.world.names() == []


def test_targets_are_only_these_and_what_they_need(shop: Shop) -> None:
    assert shop.type("apply", "--yes", "--target", "networks.back").code == 0
    assert shop.world.names() == ["back"]
    wrong = shop.type("plan", "--target", "networks.bakc")
    assert wrong.code == 1
    assert "did you mean networks.back?" in wrong.err


def test_options_may_stand_before_and_after_the_command(shop: Shop) -> None:
    assert shop.type("--stack", "prod", "apply", "--yes").code == 0
    assert json.loads(shop.type("state", "list", "--stacks", "--json").out) == ["shop/prod"]
    assert shop.type("plan", "--stack", "prod", "--exit-code").code == 0
    assert shop.type("plan", "--stack", "test", "--exit-code").code == 2


def test_a_plan_tells_what_changes_in_the_state_alone(applied: Shop) -> None:
    """Else a merge request that lets go of an object, or shows a password, is reviewed as one that changes nothing."""
    applied.edit("image: host", "image: host\n    retain_on_delete: true")
    applied.edit("secret: true", "secret: false")
    applied.edit("outputs:", "outputs:\n  port: 8081")
    plan = applied.type("plan", "--out", "shop.plan")
    assert plan.out.startswith("Changes in the state alone:\n")
    for line in (
        "  containers.web retain_on_delete  false → true\n",
        "  containers.web environment.PASSWORD.secret  true → false\n",
        f"  output password  [secret] → {PASSWORD}\n",
        "  output port  (none) → 8081\n",
        "\nNo changes on the hosts: 4 unchanged.\n",
    ):
        assert line in plan.out, plan.out
    again = applied.type("apply", "shop.plan", "--yes")
    assert again.code == 0 and "  output port  (none) → 8081\n" in again.out
    assert applied.type("plan").out == "No changes: 4 unchanged.\n"
    applied.edit("retain_on_delete: true", "protect: true")
    told = applied.type("plan").out
    assert "containers.web protect  false → true" in told and "retain_on_delete  true → false" in told


def test_nothing_depends_on_the_order_of_sets(shop: Shop) -> None:
    """Which is another one in each process: a plan is saved, applied and looked at by three."""

    def type(seed: int, *words: str) -> str:
        shop.environment["PYTHONHASHSEED"] = str(seed)
        out, err = shop.start(*words).communicate(timeout=120)
        assert err == ""
        return str(out)

    assert type(1, "plan") == type(2, "plan")
    type(1, "plan", "--out", "shop.plan")
    assert "4 created" in type(2, "apply", "shop.plan", "--yes")
    assert type(3, "plan") == "No changes: 4 unchanged.\n"
