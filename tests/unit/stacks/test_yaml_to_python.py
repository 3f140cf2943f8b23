"""A YAML stack becomes a Python one that registers the very same."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from virtwright.errors import InputError
from virtwright.schemas.host import Host
from virtwright.schemas.kinds import KINDS
from virtwright.schemas.properties import normalise
from virtwright.schemas.urn import Urn
from virtwright.schemas.values import reveal
from virtwright.stacks.base import HOST_KIND, Goal, Program, Registered
from virtwright.stacks.keys import Keys
from virtwright.stacks.load import load_stack
from virtwright.stacks.python.load import load_python
from virtwright.stacks.yaml.to_python.whole import to_python

REPOSITORY = Path(__file__).resolve().parents[3]
EXAMPLES = sorted(REPOSITORY.glob("examples/*/stack.yaml"))
EVERYTHING = """\
stack: everything
hosts:
  one: {uri: "fake://one", max_parallel: 16}
  kvm-2: {uri: "${config.second}", ssh: {identity_file: keys/id, port: 22}}
config:
  second: {type: string, default: "fake://two"}
  nodes: {type: integer, default: 3}
  ratio: {type: number, default: 0.5}
  debug: {type: boolean, default: true}
  names: {type: list, default: [a, "b"]}
  tree: {type: map, default: {deep: {cidr: 10.1.0.0/24}}}
  password: {type: string, secret: true, default: hunter22}
  mode: {type: string, default: nat}
  plain: {type: string, default: "$${x}: no", description: "on: 'one' \\"two\\" # three"}
networks:
  back: {cidr: 10.40.0.0/24, dhcp: {lease_time: 12h}, mtu: 1400}
  front: {cidr: "${config.tree.deep.cidr}", mode: "${config.mode}"}
  theirs: {existing: lan}
volumes:
  data: {size: 1GiB, protect: true, labels: {"a.b": "q\\"uote's", "multi": "x"}}
  node-data: {size: 2GiB, count: "${config.nodes}", labels: {number: "n-${index}"}}
images:
  os: {source: {archive: images/os.tar}, retain_on_delete: true}
vms:
  node:
    count: "${config.nodes}"
    cpus: 2
    memory: 2GiB
    image: os
    networks: [{network: back, address: "10.40.0.1${index}"}, front]
    disks: [{volume: "node-data-${index}", mount: "/data"}]
    cloud_init: {hostname: "node-${index}", runcmd: [one, [two, words]]}
    host: one
    timeouts: {create: 15m, delete: 30}
    ignore_changes: [labels]
  lead:
    image: os
    disks: [{volume: data, mount: /data}, {size: 3GiB}]
    depends_on: [node, volumes.node-data-1]
    import_id: old-lead
    graphics: {type: vnc, password: "${config.password}"}
containers:
  web:
    image: "${images.os.reference}"
    command: "echo ${vms.lead.address} ${config.debug} ${config.ratio}"
    environment:
      A: true
      B: 2
      RATIO: "${config.ratio}"
      LEAD: "${vms.lead.address}"
      SECRET: "pw=${config.password}"
      ALL: "${vms.node-1.cpus}/${vms.node-0.memory} {braces} \\"q\\""
      MAP: "${vms.lead.addresses.x}"
      NAME: "${networks.back.name}"
    volumes: ["data:/data:ro", "/srv:/srv"]
    networks: [back]
    ports: [80, "8080:81", {port: 90, protocol: udp}]
    files: [{path: /etc/x, source: conf/x}, {path: /etc/long, content: "[{\\"of several lines\\": 1},\\n {\\"each of its own\\": '${config.nodes}'},\\n {\\"with quotes\\": 'of both kinds'}]"}, {path: /etc/y, content: "a\\nb\\t\\"'\\\\ ${config.names[0]}"}]
    restart: no
    healthcheck: none
    working_dir: /
  class: {image: host}
  beside: {image: host, count: 2, volumes: ["node-data-${index}:/data:ro"]}
services:
  api: {image: nginx, replicas: 2, update: {delay: 5s}}
outputs:
  address: "${vms.lead.address}"
  url: "http://${vms.lead.address}:${config.nodes}/"
  list: ["${vms.node-0.address}", {deep: "${config.password}"}]
  plain: "${config.plain}"
moved:
  - {from: containers.old, to: containers.web}
"""
TOLD = {
    "address": "10.0.0.9",
    "addresses": {"x": "10.0.0.9"},
    "reference": "sha256:00",
    "path": "/data",
    "digest": "sha256:00",
    "cidr": "10.0.0.0/24",
    "bridge": "vw0",
}


class Recorder:
    """Takes goals, and answers as a host would."""

    def __init__(self) -> None:
        self.goals: dict[Urn, Goal] = {}

    async def register(self, goal: Goal) -> Registered:
        self.goals[goal.urn] = goal
        if goal.kind == HOST_KIND:
            return Registered(goal.urn, "host", {**normalise(Host, goal.inputs), "name": goal.urn.name})
        kind = KINDS[goal.kind]
        told = {name: TOLD[name] for name in kind.outputs.model_fields if name in TOLD}
        if goal.kind == "Service":
            told["addresses"] = ["10.0.0.9"]
        inputs = normalise(kind.inputs, goal.inputs)
        return Registered(goal.urn, "id-1", {**inputs, **told, "name": f"{goal.urn.name}-1", "id": "id-1"})

    def seen(self) -> dict[str, Any]:
        return {str(urn): _seen(goal) for urn, goal in sorted(self.goals.items())}


def _seen(goal: Goal) -> dict[str, Any]:
    model = Host if goal.kind == HOST_KIND else KINDS[goal.kind].inputs
    return {
        "inputs": normalise(model, goal.inputs),
        "host": goal.host,
        "dependencies": goal.dependencies - ({goal.host} if goal.host else set()),
        "aliases": goal.aliases,
        "protect": goal.protect,
        "retain": goal.retain_on_delete,
        "ignored": goal.ignore_changes,
        "taken over": goal.import_id,
        "timeouts": goal.timeouts,
    }


def run(program: Program) -> tuple[dict[str, Any], dict[str, Any]]:
    recorder = Recorder()
    outputs = asyncio.run(program.run(recorder.register))
    return recorder.seen(), dict(outputs)


def convert(stack: Path, folder: Path) -> None:
    made = to_python(stack, folder)
    folder.mkdir(exist_ok=True)
    (folder / "Pulumi.yaml").write_text(made.project)
    (folder / "__main__.py").write_text(made.program)


def mypy(folder: Path) -> str:
    cache = REPOSITORY / ".mypy_cache" / "programs"
    words = ["--strict", "--config-file=", f"--cache-dir={cache}", "--no-error-summary", "__main__.py"]
    said = subprocess.run(
        [sys.executable, "-m", "mypy", *words], check=False, cwd=folder, capture_output=True, text=True, timeout=240
    )
    return said.stdout + said.stderr


@pytest.fixture
def everything(tmp_path: Path) -> Path:
    for name in ("images/os.tar", "keys/id", "conf/x"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("hello\n")
    stack = tmp_path / "stack.yaml"
    stack.write_text(EVERYTHING)
    return stack


def same(stack: Path, folder: Path, tmp_path: Path, config: tuple[str, ...] = ()) -> None:
    keys = Keys({"VIRTWRIGHT_HOME": str(tmp_path / "home")})
    convert(stack, folder)
    wanted = run(load_stack(stack, keys=keys, environment={}, config=config))
    made = run(load_python(folder / "Pulumi.yaml", stack=None, config=config, keys=keys, environment={}))
    assert made[0].keys() == wanted[0].keys()
    for urn, goal in wanted[0].items():
        assert made[0][urn] == goal, urn
    assert reveal(made[1]) == reveal(wanted[1])


def test_the_program_registers_the_same_and_type_checks(everything: Path, tmp_path: Path) -> None:
    same(everything, tmp_path / "program", tmp_path)
    assert mypy(tmp_path / "program") == ""


LINES = r"""
            "content": (
                '[{"of several lines": 1},\n'
                f" {{\"each of its own\": '{nodes}'}},\n"
                " {\"with quotes\": 'of both kinds'}]"
            ),
"""
PARTS = """
        "ALL": pulumi.Output.concat(
            vw.text(node[1].cpus),
            "/",
            vw.text(node[0].memory),
            ' {braces} "q"',
        ),
"""
PROJECT = """\
name: everything
runtime: python
config:
  second:
    type: string
    default: fake://two
"""


def test_it_is_laid_out_as_people_write_it(everything: Path, tmp_path: Path) -> None:
    made = to_python(everything, tmp_path / "program")
    assert LINES in made.program and PARTS in made.program
    assert made.project.startswith(PROJECT)


def test_another_configuration_gives_the_same_too(everything: Path, tmp_path: Path) -> None:
    same(everything, tmp_path / "program", tmp_path, ("nodes=4", "debug=false", "ratio=0.25"))


@pytest.mark.parametrize("stack", EXAMPLES, ids=lambda path: path.parent.name)
def test_examples_convert(stack: Path, tmp_path: Path) -> None:
    made = to_python(stack, tmp_path)
    compile(made.program, "__main__.py", "exec")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("stack: s\nhosts: {h: {uri: 'fake://x'}}\nvms: {a: {count: 0}}\n", "its count is 0"),
        (
            """
stack: s
hosts: {h: {uri: "fake://x"}}
config: {v: {}}
volumes: {d: {}}
containers: {a: {image: host, volumes: ["d:/a", "${config.v}:/b"]}}
""",
            "short form",
        ),
        ("stack: s\nhosts: {h: {uri: 'fake://x'}}\nvms: {a: {cpus: many}}\n", "expected"),
    ],
)
def test_what_cannot_be_converted_is_told(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "stack.yaml").write_text(text)
    with pytest.raises(InputError, match=message):
        to_python(tmp_path / "stack.yaml", tmp_path)
