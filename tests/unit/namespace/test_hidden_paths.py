"""Who names a program of the host's that ``image: host`` does not show is told so."""

from pathlib import Path

import pytest

from virtwright.providers.namespace.containers import hidden_paths
from virtwright.providers.namespace.containers.hidden_paths import start_hint, warnings
from virtwright.providers.namespace.containers.refusal import start_failure
from virtwright.schemas.container import Container
from virtwright.schemas.model import to_properties
from virtwright.schemas.urn import Urn, type_token
from virtwright.schemas.values import UNKNOWN, Secret

RUN = {"command": ["sleep", "1"]}


def told(**fields: object) -> list[str]:
    inputs = to_properties(Container.model_validate({"image": "host", **RUN, **fields}))
    return [f"{problem.where.path}: {problem.message.split()[0]}" for problem in warnings(inputs)]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"command": ["python3", "--directory", "/opt/wheels"]}, "command: /opt/wheels"),
        ({"command": "cd /opt/app; exec ./run"}, "command: /opt/app"),
        ({"entrypoint": ["/usr/local/bin/pg_ctl"]}, "entrypoint: /usr/local/bin/pg_ctl"),
        ({"command": ["x", "--conf=/usr/local/etc/x.conf"]}, "command: /usr/local/etc/x.conf"),
        ({"working_dir": "/opt/app"}, "working_dir: /opt/app"),
        ({"healthcheck": {"command": ["/opt/check"]}}, "healthcheck.command: /opt/check"),
        ({"environment": {"PATH": "/usr/local/bin:/opt/go/bin:/bin"}}, "environment.PATH: /opt/go/bin"),
    ],
)
def test_each_field_that_names_what_is_not_shown_is_warned_of(fields: dict[str, object], expected: str) -> None:
    assert told(**fields) == [expected]


@pytest.mark.parametrize(
    "fields",
    [
        RUN,
        {"command": ["ls", "/opt", "/srv/opt/x", "/usr/locale/x", "https://e.example/opt/x"]},
        {"environment": {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/bin"}},
        {"command": ["/opt/app/run"], "namespace": {"host_folders": ["/opt/app"]}},
        {"command": ["/opt/app/run"], "volumes": ["data:/opt/app"]},
        {"command": ["/opt/run.sh"], "files": [{"path": "/opt/run.sh", "content": "x"}]},
        {"command": ["/opt/app/run"], "image": "sha256:" + "0" * 64},
    ],
)
def test_what_is_shown_or_nowhere_named_is_not(fields: dict[str, object]) -> None:
    assert told(**fields) == []


@pytest.mark.parametrize("field", ["command", "entrypoint", "healthcheck.command"])
def test_a_program_that_only_such_a_folder_of_the_host_has_is_warned_of(
    field: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local, system = tmp_path / "local", tmp_path / "system"
    for folder in (local, system):
        folder.mkdir()
    (local / "pg_ctl").touch()
    monkeypatch.setattr(hidden_paths, "FOLDERS", (str(local),))
    monkeypatch.setattr(hidden_paths, "_SEARCHED", (str(local),))
    monkeypatch.setattr(hidden_paths, "_SYSTEM", (str(system),))
    argv = ["pg_ctl", "start"]
    fields: dict[str, object] = {"healthcheck": {"command": argv}} if field == "healthcheck.command" else {field: argv}
    assert told(**fields) == [f"{field}: pg_ctl"]
    assert list(warnings({"image": "host", **fields, "namespace": {"host_folders": [str(local)]}})) == []
    assert told(**fields, files=[{"path": f"{local}/pg_ctl", "content": "x"}]) == []
    assert told(**fields, environment={"PATH": str(system)}) == []
    assert told(command=["other"]) == []
    unknown = {"image": "host", "command": [UNKNOWN, "pg_ctl"]}
    assert list(warnings(unknown)) == [], "what is not known yet may be anything"
    (system / "pg_ctl").touch()
    assert told(**fields) == [], "it is found there"


def test_a_folder_that_holds_a_file_of_the_stack_is_there() -> None:
    assert told(command=["ls", "/usr/local/bin"], files=[{"path": "/usr/local/bin/run.sh", "content": "x"}]) == []


def test_what_showing_it_does_is_said() -> None:
    inputs = {"image": "host", "cloud_init": {"runcmd": ["/opt/setup"]}}
    (problem,) = warnings(inputs, "restarts the machine")
    assert problem.hint and problem.hint.startswith("show it, which restarts the machine:")


def test_a_machines_commands_are_looked_at_too() -> None:
    inputs = {"image": "host", "cloud_init": {"runcmd": ["true", ["/opt/setup", "x"]]}}
    assert [problem.where.path for problem in warnings(inputs)] == ["cloud_init.runcmd[1]"]


def test_secrets_and_what_is_not_known_yet_are_passed_over() -> None:
    hidden = {"command": UNKNOWN, "environment": {"A": Secret("/opt/secret"), "B": UNKNOWN}, "namespace": UNKNOWN}
    assert list(warnings({"image": "host", **hidden})) == []


def test_the_error_of_the_start_says_where_the_host_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pg_ctl").touch()
    monkeypatch.setattr(hidden_paths, "FOLDERS", (str(tmp_path),))
    monkeypatch.setattr(hidden_paths, "_SEARCHED", (str(tmp_path),))
    for name in ("pg_ctl", f"{tmp_path}/pg_ctl"):
        hint = start_hint([name], ["host"], [])
        assert hint and f"host_folders: [{tmp_path}]" in hint
        web = Urn("shop", "shop", type_token("Container"), "web")
        assert start_failure(web, [name], f"command not found: {name}", hint).hint == hint
        assert start_hint([name], ["host"], [str(tmp_path)]) is None
        assert start_hint([name], ["/layer"], []) is None
    assert start_hint(["gone"], ["host"], []) is None
