"""Hostile values that reach a container only as what they are, and many containers at once."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.container_lab import ContainerLab, container_lab

pytestmark = pytest.mark.root

HOSTILE = (
    "$(touch /tmp/smuggled)",
    "`id`",
    "; reboot",
    "two\nlines",
    "'\"",
    "-oProxyCommand=x",
    "../../etc/shadow",
    "%s%n",
    "{{ x }}",
    "]]>&<",
    "a,b=c",
    "\u202eabc",
    "ü" * 300,
    "",
)


@pytest.fixture
def lab() -> Iterator[ContainerLab]:
    with container_lab() as lab:
        yield lab


def test_hostile_values_arrive_as_they_are(lab: ContainerLab) -> None:
    show = (
        "import json, os, sys; print(json.dumps([sys.argv[1:], {k: v for k, v in os.environ.items() if k[0] == 'V'}]))"
    )
    environment = {f"V{index}": value for index, value in enumerate(HOSTILE)}
    inputs = {
        "image": "host",
        "command": ["python3", "-c", show, *HOSTILE],
        "environment": environment,
        "files": [{"path": f"/opt/{index}/x y;$(z)", "content": value} for index, value in enumerate(HOSTILE)],
        "restart": "no",
        "wait_for": {"completed": True, "timeout": "120s"},
    }
    made = lab.create("Container", "values", **inputs)
    assert json.loads("".join(lab.log("Container", made.id))) == [list(HOSTILE), environment]
    assert lab.changes("Container", made.id, **inputs) == []


def test_hostile_file_contents_are_read_back_as_they_are(lab: ContainerLab) -> None:
    files = [{"path": f"/opt/{index}/x y;$(z)", "content": value} for index, value in enumerate(HOSTILE)]
    inputs = {"image": "host", "command": ["sleep", "1000"], "files": files, "stop_timeout": "0s"}
    made = lab.create("Container", "values", **inputs)
    assert lab.changes("Container", made.id, **inputs) == []


def test_a_file_can_not_be_used_to_read_the_host(lab: ContainerLab) -> None:
    """What is inside turns a declared file into a link to the host's own: the link is followed inside only."""
    inputs = {
        "image": "host",
        "command": ["sleep", "1000"],
        "files": [{"path": "/opt/x", "content": "declared"}],
        "stop_timeout": "0s",
    }
    made = lab.create("Container", "values", **inputs)
    secret = lab.root.path / "secret"
    secret.write_text("of the host")
    for target in (str(secret), f"../../../../../..{secret}", "/proc/1/root" + str(secret)):
        lab.execute("Container", made.id, "ln", "-sfn", target, "/opt/x")
        assert lab.fields("Container", made.id, **inputs) == ["files[0]"]
        assert "of the host" not in str(lab.observed("Container", made.id))
    lab.execute("Container", made.id, "sh", "-c", "rm /opt/x && mkfifo /opt/x")
    begin = time.monotonic()
    assert lab.fields("Container", made.id, **inputs) == ["files[0]"]
    assert time.monotonic() - begin < 60
    lab.update("Container", "values", made.id, **inputs)
    assert lab.changes("Container", made.id, **inputs) == []
    assert secret.read_text() == "of the host"


def test_many_at_once(lab: ContainerLab) -> None:
    lab.create("Network", "back", cidr="10.77.1.0/24")
    inputs = {
        "image": "host",
        "command": ["python3", "-m", "http.server", "80"],
        "networks": ["test-back"],
        "wait_for": {"tcp": 80, "timeout": "120s"},
        "stop_timeout": "0s",
    }
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda number: lab.create("Container", f"c{number}", **inputs), range(12)))
        assert len({each.address for each in made}) == 12
        seen = list(lab.handler("Container").observe("test/test"))
        assert [each.drift for each in seen] == [()] * 12
        list(pool.map(lambda each: lab.delete("Container", each.id), made))
    assert list(lab.handler("Container").observe("test/test")) == []
    assert list(lab.root.netns.iterdir()) == []
