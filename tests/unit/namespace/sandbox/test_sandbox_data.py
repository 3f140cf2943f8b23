"""Specs, statuses, filters and user tables."""

import os
import sys
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, note
from tests.dice import DICE, several, text

from virtwright.providers.namespace.kernel.processes import Process
from virtwright.providers.namespace.sandbox import filters, users
from virtwright.providers.namespace.sandbox import status as status_file
from virtwright.providers.namespace.sandbox.spec import BootAction, FileContent, HealthCheck, Limits, SandboxSpec
from virtwright.providers.namespace.sandbox.status import Status


def file(dice: Random) -> FileContent:
    return FileContent(text(dice, 10), text(dice, 10))


def boot_action(dice: Random) -> BootAction:
    operations: tuple[Any, ...] = ("write_file", "add_user", "install", "run")
    return BootAction(dice.choice(operations), dice.choice((None, file(dice))))


def spec(dice: Random) -> SandboxSpec:
    return SandboxSpec(
        id="x" + text(dice, 10),
        folder=text(dice, 10),
        healthcheck=dice.choice((None, HealthCheck())),
        boot=tuple(several(dice, 2, boot_action)),
        files=tuple(several(dice, 2, file)),
        limits=Limits(cpus=dice.choice((None, 0.0, 100.0, dice.uniform(0, 100)))),
        env=dice.choice((None, dict(several(dice, 3, lambda dice: (text(dice, 10), text(dice, 10)))))),
    )


@given(DICE)
def test_a_spec_survives_as_json(dice: Random) -> None:
    note(repr(made := spec(dice)))
    assert SandboxSpec.from_json(made.to_json()) == made


def test_a_spec_of_another_version_can_be_read() -> None:
    assert SandboxSpec.from_json('{"id": "a", "folder": "/x", "new": 1}') == SandboxSpec("a", "/x")
    with pytest.raises(ValueError, match="not a SandboxSpec"):
        SandboxSpec.from_json("[]")


def test_a_status_is_what_is_true_now(tmp_path: Path) -> None:
    assert status_file.read(tmp_path).state == "absent"
    assert status_file.read(tmp_path / "nonesuch").state == "absent"
    me = Process.of(os.getpid())
    assert me is not None
    running = Status("running", shim=me, process=me, started_at="x", warnings=("w",))
    status_file.write(tmp_path, running)
    assert status_file.read(tmp_path) == running
    for other in (replace(me, started=me.started + 1), replace(me, boot="another"), None):
        status_file.write(tmp_path, replace(running, shim=other))
        assert status_file.read(tmp_path).state == "gone"
    status_file.write(tmp_path, replace(running, state="exited", shim=None))
    assert status_file.read(tmp_path).state == "exited"


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"state": "running", "shim": 3}', '{"nothing": 1}'])
def test_a_damaged_status_counts_as_gone(tmp_path: Path, text: str) -> None:
    (tmp_path / "status").write_text(text)
    assert status_file.read(tmp_path).state == "gone"


def test_ready_means_running_booted_and_healthy() -> None:
    running = Status("running")
    assert running.ready
    assert not replace(running, health="starting").ready
    assert not replace(running, boot="failed").ready
    assert not replace(running, state="paused").ready
    assert replace(running, health="healthy", boot="done").ready


def test_the_filter_gives_way_to_capabilities() -> None:
    plain = filters.denied(())
    assert {"mount", "bpf", "keyctl", "unshare", "reboot", "kexec_load", "open_by_handle_at"} <= set(plain)
    admin = filters.denied(("CAP_SYS_ADMIN",))
    assert "mount" not in admin
    assert "keyctl" in admin
    assert "reboot" in admin
    assert "bpf" not in filters.denied(("CAP_BPF",))


def test_a_filter_is_compiled_once(tmp_path: Path) -> None:
    path = filters.compiled(tmp_path, ())
    assert path.stat().st_size % 8 == 0
    before = path.stat()
    assert filters.compiled(tmp_path, ()) == path
    assert path.stat().st_ino == before.st_ino
    assert filters.compiled(tmp_path, ("CAP_SYS_ADMIN",)) != path
    assert len(list(tmp_path.iterdir())) == 2


def test_without_the_library_there_is_no_filter_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyseccomp", None)
    with pytest.raises(filters.FilterUnavailableError, match="libseccomp is not installed"):
        filters.compiled(tmp_path, ())
    assert list(tmp_path.iterdir()) == []


def test_joining_groups() -> None:
    lines = ["root:x:0:", "sudo:x:27:ann", "odd"]
    assert users.joined(lines, "sudo", "bob") == ["root:x:0:", "sudo:x:27:ann,bob", "odd"]
    assert users.joined(lines, "sudo", "ann") == lines
    assert users.joined(lines, "new", "bob")[-1] == "new:x:1000:bob"
