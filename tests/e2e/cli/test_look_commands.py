"""``output``, ``show``, ``status``, ``graph``, ``logs``, ``exec``, ``schema`` and ``version``, typed."""

import json
import re

import pytest
from tests.e2e.cli.conftest import PASSWORD, Shop


def test_output_prints_all_or_one_and_masks_secrets(applied: Shop) -> None:
    assert applied.type("output").out == "password = [secret]\nurl      = http://127.0.0.1:8080\n"
    assert applied.type("output", "url").out == "http://127.0.0.1:8080\n"
    assert applied.type("output", "password").out == "[secret]\n"
    assert applied.type("output", "password", "--show-secrets").out == f"{PASSWORD}\n"
    assert json.loads(applied.type("output", "--json").out) == {"password": "[secret]", "url": "http://127.0.0.1:8080"}
    assert json.loads(applied.type("output", "--json", "--show-secrets").out)["password"] == PASSWORD


def test_an_output_that_is_not_there_has_a_near_name(applied: Shop) -> None:
    answer = applied.type("output", "ulr")
    assert answer.code == 1
    assert "did you mean url?" in answer.err


def test_output_before_the_first_apply_says_what_to_do(shop: Shop) -> None:
    answer = shop.type("output")
    assert answer.code == 1
    assert "virtwright apply" in answer.err


def test_show_prints_inputs_outputs_and_the_last_change(applied: Shop) -> None:
    answer = applied.type("show", "web")
    assert answer.code == 0
    assert answer.out.startswith("containers.web  Container\n")
    assert "PASSWORD: [secret]" in answer.out
    assert "last change: create" in answer.out
    assert PASSWORD not in answer.out
    assert PASSWORD in applied.type("show", "containers.web", "--show-secrets").out


def test_show_json(applied: Shop) -> None:
    shown = json.loads(applied.type("show", "vms.db", "--json").out)
    assert shown["kind"] == "VirtualMachine"
    assert shown["inputs"]["memory"] == 512 * 1024**2
    assert shown["dependencies"] == ["networks.back", "volumes.data"]
    assert shown["last_change"]["op"] == "create"
    assert PASSWORD not in applied.type("show", "web", "--json").out


@pytest.mark.parametrize(("name", "hint"), [("wbe", "did you mean containers.web?"), ("vms.d", "did you mean vms.db?")])
def test_a_wrong_name_has_a_near_one(applied: Shop, name: str, hint: str) -> None:
    answer = applied.type("show", name)
    assert answer.code == 1
    assert hint in answer.err


def test_status_shows_what_is_there_and_what_is_gone(applied: Shop) -> None:
    well = applied.type("status")
    assert well.code == 0
    assert re.search(r"vms\.db +here +running .*- +\d+[sm]", well.out)
    assert re.search(r"networks\.back +here +present ", well.out)
    applied.world.drop("fake://one", applied.world.find("web").id)
    ill = applied.type("status")
    assert ill.code == 1
    assert re.search(r"containers\.web +here +gone", ill.out)
    assert "1 of 4 not as they should be" in ill.out


def test_status_json(applied: Shop) -> None:
    rows = {row["name"]: row for row in json.loads(applied.type("status", "--json").out)}
    assert set(rows) == {"vms.db", "containers.web", "networks.back", "volumes.data"}
    assert all(row["well"] for row in rows.values())


def test_graph_writes_dot_and_mermaid(shop: Shop) -> None:
    dot = shop.type("graph").out
    assert dot.startswith('digraph "shop" {')
    assert 'label="vms.db"' in dot
    assert dot.count("->") == 4
    mermaid = shop.type("graph", "--format", "mermaid").out
    assert mermaid.startswith("flowchart LR\n")
    assert shop.type("graph", "--format", "dot", "--out", "g.dot").code == 0
    assert (shop.folder / "g.dot").read_text(encoding="utf-8") == dot


def test_an_unknown_form_of_a_graph_is_told_with_those_there_are(shop: Shop) -> None:
    wrong = shop.type("graph", "--format", "svgx").err
    assert "'svgx' is not one of 'dot', 'mermaid', 'svg'" in wrong
    assert "Value error" not in wrong


def test_graph_svg_without_graphviz_names_the_package(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    answer = shop.type("graph", "--format", "svg")
    assert answer.code == 1
    assert "apt install graphviz" in answer.err


def test_logs_of_one_are_plain_and_of_several_are_prefixed(applied: Shop) -> None:
    assert applied.type("logs", "web", "--tail", "1").out == "line 2 \x1b[31mred\n"
    several = applied.type("logs", "web", "vms.db").out.splitlines()
    assert len(several) == 6
    assert several[0].startswith("containers.web | line 0")
    assert several[1].startswith("vms.db         | line 0")
    followed = applied.type("logs", "-f", "web", "vms.db").out.splitlines()
    assert sorted(followed) == sorted(several)


def test_logs_json(applied: Shop) -> None:
    [line] = applied.type("logs", "web", "--tail", "1", "--json").out.splitlines()
    assert json.loads(line) == {
        "resource": "containers.web",
        "time": "2026-01-02T03:04:02Z",
        "stream": "stdout",
        "text": "line 2 \x1b[31mred",
    }


def test_logs_of_what_does_not_run_is_an_error(applied: Shop) -> None:
    answer = applied.type("logs", "networks.back")
    assert answer.code == 1
    assert "networks.back has no logs and runs no commands" in answer.err


def test_exec_runs_the_command_and_exits_as_it_does(applied: Shop) -> None:
    for end in ((), ("--",)):
        answer = applied.type("exec", "web", *end, "ls", "-la", "--json")
        assert (answer.code, answer.out) == (7, "ls -la --json\n")


def test_exec_with_a_terminal_needs_one(applied: Shop) -> None:
    process = applied.start("exec", "-it", "web", "--", "sh")
    _, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "not a terminal" in err


def test_schema_prints_a_json_schema(shop: Shop) -> None:
    assert "vms" in json.loads(shop.type("schema").out)["properties"]


def test_version(shop: Shop) -> None:
    assert re.match(r"virtwright \d+\.\d+", shop.type("version").out)
    assert "virtwright" in json.loads(shop.type("version", "--json").out)
