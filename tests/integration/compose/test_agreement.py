"""Our reading of a Compose project is ``docker compose``'s own, field by field."""

from pathlib import Path

import pytest
from tests.compose_lab import FOLDER, NAMES, as_config, as_docker, docker_config, needs_compose, project

pytestmark = needs_compose


@pytest.mark.parametrize("name", NAMES)
def test_the_merged_model_is_that_of_docker_compose(name: str) -> None:
    folder = FOLDER / name
    assert as_config(project(folder)) == as_docker(docker_config(folder))


MERGES = {
    "a list is added to": (
        "services: {a: {image: x, cap_add: [A, B], expose: ['1']}}",
        "services: {a: {cap_add: [B, C], expose: ['1', '2']}}",
    ),
    "a port is published anew": (
        "services: {a: {image: x, ports: ['80:80', '81:81']}}",
        "services: {a: {ports: ['80:80', '82:81']}}",
    ),
    "a value is removed": (
        "services: {a: {image: x, environment: {A: '1', B: '2'}, ports: ['1:1'], command: [x]}}",
        "services: {a: {environment: {A: !reset null}, ports: !reset [], command: !reset null}}",
    ),
    "a value is put in place of the other": (
        "services: {a: {image: x, environment: {A: '1'}, ports: ['1:1'], volumes: ['/a:/a']}}",
        "services: {a: {environment: !override {B: '2'}, ports: !override ['2:2'], volumes: !override ['/b:/b']}}",
    ),
    "networks and what is needed become maps": (
        "services: {a: {image: x, networks: [n], depends_on: [b]}, b: {image: x}}\nnetworks: {n: , m: }",
        "services: {a: {networks: {n: {aliases: [q]}, m: }, depends_on: {b: {condition: service_healthy}}}}",
    ),
    "addresses of a network": (
        "services: {a: {image: x, networks: [n]}}\nnetworks: {n: {ipam: {config: [{subnet: 10.1.0.0/24}]}}}",
        "networks: {n: {ipam: {config: [{subnet: 10.1.0.0/24, gateway: 10.1.0.9}]}}}",
    ),
    "log options go with their driver": (
        "services: {a: {image: x, logging: {driver: syslog, options: {a: '1', b: '2'}}}}",
        "services: {a: {logging: {options: {b: '3'}}}}",
    ),
    "a build": (
        "services: {a: {build: ., image: x}}",
        "services: {a: {build: {args: {A: '1'}, target: t}}}",
    ),
    "anchors and merge keys": (
        "x-a: &a {environment: {A: '1'}, labels: {l: m}}\nservices: {a: {<<: *a, image: x}, b: {<<: [*a], image: y}}",
        "services: {a: {environment: {A: '2'}}}",
    ),
    "deploy": (
        "services: {a: {image: x, deploy: {replicas: 2, placement: {constraints: [a==b]}}}}",
        "services: {a: {deploy: {replicas: 3, placement: {constraints: [c==d]}, resources: {limits: {memory: 1g}}}}}",
    ),
}


@pytest.mark.parametrize("title", MERGES)
def test_two_files_are_merged_as_docker_compose_merges_them(title: str, tmp_path: Path) -> None:
    base, over = MERGES[title]
    (tmp_path / "compose.yaml").write_text(base)
    (tmp_path / "compose.override.yaml").write_text(over)
    assert as_config(project(tmp_path)) == as_docker(docker_config(tmp_path))


DOTENV = r"""
PLAIN=value
export EXPORTED=yes
  INDENTED=1
SPACES =  both sides
COLON: yaml
SINGLE='it is $PLAIN \n'
DOUBLE="a\tb\n$PLAIN ${PLAIN} \"quoted\" \\ \$PLAIN"
COMMENT=before # after
HASH=before#after
EMPTY=
EMPTY_QUOTED=""
MULTI="one
two"
DEFAULT=${NOTHING:-else}
FROM_OUTSIDE=${OUTSIDE}
OUTSIDE=inside
DOLLAR=cost$$5
INHERITED
UNICODE=grüße
"""


def test_env_files_are_read_as_docker_compose_reads_them(tmp_path: Path) -> None:
    """Both kinds: for the variables of the file, and for a service."""
    (tmp_path / ".env").write_text(DOTENV)
    (tmp_path / "service.env").write_text(DOTENV)
    names = [line.split("=")[0].strip().removeprefix("export ") for line in DOTENV.splitlines() if "=" in line]
    shown = "".join(f"      V_{name}: ${{{name}-unset}}\n" for name in names)
    (tmp_path / "compose.yaml").write_text(
        f"services:\n  a:\n    image: x\n    env_file: service.env\n    environment:\n{shown}"
    )
    outside = {"OUTSIDE": "outside", "INHERITED": "inherited"}
    ours = as_config(project(tmp_path, **outside))
    assert ours == as_docker(docker_config(tmp_path, **outside))
    assert ours["services"]["a"]["environment"]["MULTI"] == "one\ntwo"


COMMANDS = (
    "echo a b",
    "echo 'a b' \"c d\"",
    r"echo a\ b \"c\" 'd\e' \n",
    "sh -c 'a; b' ; dropped",
    "a | b",
    "a > b",
    "a 2> b",
    "echo $$(date +%s) `id -u`",
    "",
    "   spaced   out   ",
    "echo ''",
    "--flag=x y",
    "a\tb\nc",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_split_as_docker_compose_splits_it(command: str, tmp_path: Path) -> None:
    import json

    (tmp_path / "compose.yaml").write_text(f"services: {{a: {{image: x, command: {json.dumps(command)}}}}}")
    docker = docker_config(tmp_path)["services"]["a"]["command"]
    ours = project(tmp_path).section("services")["a"].get("command")
    assert ours is not None
    assert [each.value for each in ours.sequence if each.get("dropped") is None] == (docker or [])


PORTS = ("80", "8080:80", "127.0.0.1:8080:80", "127.0.0.1::80", "53:53/udp", "3000-3002:4000-4002", "8000-8010:80",
         "[::1]:8080:80", "9000-9001", "1:2/sctp", "[::]:7:8/udp")  # fmt: skip


@pytest.mark.parametrize("port", PORTS)
def test_a_port_is_read_as_docker_compose_reads_it(port: str, tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(f"services: {{a: {{image: x, ports: ['{port}']}}}}")
    assert as_config(project(tmp_path))["services"]["a"]["ports"] == as_docker(docker_config(tmp_path))["services"]["a"]["ports"]  # fmt: skip
