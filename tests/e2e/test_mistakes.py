"""What operators do wrong: each error says what, where and what to do, and nothing is changed."""

import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest
from tests.e2e.operator_lab import Operator
from tests.ports import free_port

pytestmark = pytest.mark.root

STACK = """\
stack: slip
hosts: {here: {uri: "HOST"}}
networks: {back: {mode: isolated}}
containers:
  web:
    image: host
    command: [sleep, "600"]
    stop_signal: SIGKILL
    networks: [back]
"""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("containers:", "container:", ["4:1", "did you mean containers?"]),
        ("image:", "imge:", ["6:5", "did you mean image?"]),
        ("[back]", "[bakc]", ["9:16", "did you mean back?"]),
        ("HOST", "namspace:///", ["2:", "no provider serves the URI scheme 'namspace'", "did you mean namespace?"]),
        ("[sleep", '["${networks.bakc.id}"', ["7:15", "did you mean back?"]),
        ("  web:", "  web: {}\n  web:", ["6:3", "given twice"]),
        ("image: host", "image: host\n    depends_on: [web]", ["a cycle: containers.web -> containers.web"]),
        ("image: host", "image: hots", ["6:12", "or use image: host"]),
        ('"600"', "600", ["7:22", 'put it in quotes: "600"']),
        (
            'hosts: {here: {uri: "HOST"}}\n',
            "",
            ['\n      hosts:\n        here: {uri: "namespace:///"}\n'],
        ),
    ],
)
def test_a_slip_in_the_stack_is_told_with_its_place(operator: Operator, old: str, new: str, told: list[str]) -> None:
    operator.write(STACK.replace(old, new, 1), "slip.yaml")
    err = operator.type("apply", "slip.yaml", "--yes", code=1).err
    for text in told:
        assert text in err
    assert not operator.runtime.path.exists()


@pytest.mark.slow
def test_slips_on_the_command_line(operator: Operator) -> None:
    operator.write(STACK, "slip.yaml")
    slips = {
        ("plan", "slpi.yaml"): "did you mean slip.yaml?",
        ("aply",): "Did you mean 'apply'?",
        ("plan", "--target", "wbe"): "did you mean web?",
        ("plan", "--config", "a=1"): "no configuration key 'a'",
        ("config", "set", "a", "1"): "no configuration key 'a'",
        ("apply",): "add --yes",
        ("status",): "virtwright apply",
        ("state", "import", "slip.yaml", "--yes"): "error:",
        ("--state", "mysql://x/y", "plan"): "can't keep states in mysql",
    }
    for words, told in slips.items():
        assert told in operator.type(*words, code=1).err
    assert not operator.runtime.path.exists()


def test_a_secret_needs_a_value_and_its_passphrase(operator: Operator) -> None:
    operator.write(STACK + "config: {token: {type: string, secret: true}}\n", "slip.yaml")
    assert "standard input is empty" in operator.type("config", "set", "token", code=1).err
    operator.type("config", "set", "token", stdin="hunter2-hunter2\n")
    operator.environment["VIRTWRIGHT_PASSPHRASE"] = "another one"
    refused = operator.type("plan", code=1).err
    assert "the passphrase is not the one" in refused
    assert "export VIRTWRIGHT_PASSPHRASE=" in refused
    assert "hunter2" not in refused


@pytest.mark.slow
def test_what_goes_wrong_on_the_host_is_told_and_mended_by_the_next_apply(operator: Operator) -> None:
    """A port in use, a program that is not there, one that ends at once."""
    port = free_port()
    operator.write(STACK + f'    ports: ["127.0.0.1:{port}:80"]\n', "slip.yaml")
    with socket.create_server(("127.0.0.1", port)):
        taken = operator.type("apply", "--yes", code=1).err
        taken += operator.type("apply", "--yes", code=1).out
    assert f"127.0.0.1:{port}/tcp is in use by" in taken
    operator.edit("[sleep, ", "[slep, ", "slip.yaml")
    assert "could not start containers.web: command not found: slep" in operator.type("apply", "--yes", code=1).all
    operator.edit("[slep, ", '[sh, -c, "echo no luck; exit 3", ', "slip.yaml")
    operator.edit(
        "    networks", "    wait_for: {tcp: 80, timeout: 120s}\n    restart: 'no'\n    networks", "slip.yaml"
    )
    ended = operator.type("apply", "--yes", code=1).all
    assert "has ended before it was ready" in ended
    assert "no luck" in ended
    operator.write(STACK, "slip.yaml")
    operator.type("apply", "--yes")
    operator.type("plan", "--exit-code")
    assert operator.names("Container") == ["web"]


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_while_something_never_becomes_ready(operator: Operator, times: int) -> None:
    limit = "5s" if times == 1 else "10m"  # the first one lets what is under way come to its end
    operator.write(STACK + f"    wait_for: {{tcp: 80, timeout: {limit}}}\n", "slip.yaml")
    process = operator.start("apply", "--yes")
    _read_until(process, "waiting for")
    for _ in range(times):
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "Traceback" not in err
    operator.write(STACK, "slip.yaml")
    operator.type("apply", "--yes")
    operator.type("plan", "--exit-code")
    assert operator.names("Container") == ["web"]


def test_a_state_that_can_not_be_written_is_told_before_anything_is_made(operator: Operator) -> None:
    operator.write(STACK, "slip.yaml")
    place = Path(operator.temporary) / "no-folder"
    place.write_text("", encoding="utf-8")
    operator.environment["VIRTWRIGHT_HOME"] = str(place / "home")
    err = operator.type("apply", "--yes", code=1).err
    assert str(place) in err
    assert "export VIRTWRIGHT_HOME=" in err
    assert not operator.runtime.path.exists()


def _read_until(process: "subprocess.Popen[str]", text: str) -> None:
    assert process.stdout is not None
    seen = ""
    while text not in seen:
        line = process.stdout.readline()
        assert line, f"ended early: {seen}"
        seen += line
