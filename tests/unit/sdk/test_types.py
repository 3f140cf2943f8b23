"""What a type checker says of programs that use the package."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
GOOD = """
import pulumi
import virtwright as vw

kvm = vw.Host("kvm1", uri="qemu+ssh://root@kvm1/system", ssh={"port": 22})
on_kvm = pulumi.ResourceOptions(provider=kvm)
net = vw.Network("back", cidr="10.40.0.0/24", opts=on_kvm,
    dhcp=vw.DhcpArgs(range={"start": "10.40.0.10", "end": "10.40.0.20"}))
nodes = [
    vw.VirtualMachine(f"node{i}", cpus=2, memory="2GiB", networks=[{"network": net.name}], opts=on_kvm) for i in range(3)
]
web = vw.Container("web", image="nginx", ports=["8080:80", 81, {"port": 82}], volumes=["data:/data"], command="sleep 1",
    networks=["front", vw.NetworkAttachmentArgs(network=net.name)], environment={"A": 1, "B": net.name}, restart="no")
init = vw.VirtualMachine("init", cloud_init={"runcmd": ["one", ["two", "words"]]}, graphics="vnc", boot="disk")
pulumi.export("sum", nodes[0].memory.apply(lambda memory: memory + 1))
pulumi.export("size", nodes[0].disks.apply(lambda disks: disks[0].size))
got: pulumi.Output[str] = vw.Network.get("got", "id-1").name
found: str = vw.get_image("debian:13").id
cluster = vw.Cluster("c", vw.ClusterArgs(machines=2, cloud_init={"packages": ["nginx"]}))
"""
BAD = {
    'vw.Network("n", cdir="10.0.0.0/24")': ('Unexpected keyword argument "cdir"', 'No parameter named "cdir"'),
    'vw.Network("n", mode="natt")': ('Argument "mode" to "Network" has incompatible type', 'to parameter "mode"'),
    'vw.VirtualMachine("n", memory=[1])': (
        'Argument "memory" to "VirtualMachine" has incompatible type',
        'to parameter "memory"',
    ),
    'vw.Container("n")': ('Missing named argument "image"', 'Argument missing for parameter "image"'),
    'vw.VirtualMachine("n", networks=[{"netwrok": "x"}])': (
        "List item 0 has incompatible type",
        'to parameter "networks"',
    ),
    "vw.Netwrk": ('Module has no attribute "Netwrk"', '"Netwrk" is not a known attribute of module "virtwright"'),
    'vw.Network("n").nmae': ('"Network" has no attribute "nmae"', 'Cannot access attribute "nmae" for class "Network"'),
}
"""Each mistake, and what mypy and pyright say of it."""
EXAMPLES = ("web-tier", "platform-and-app")
"""Those that are Python stacks."""


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    (tmp_path / "good.py").write_text(GOOD)
    (tmp_path / "bad.py").write_text("import virtwright as vw\n" + "\n".join(BAD) + "\n")
    return tmp_path


@pytest.mark.slow
def test_mypy_strict_takes_the_good_and_refuses_each_mistake(programs: Path) -> None:
    cache = REPOSITORY / ".mypy_cache" / "programs"
    words = ["--strict", "--config-file=", f"--cache-dir={cache}", "--no-error-summary", "good.py", "bad.py"]
    said = subprocess.run(
        [sys.executable, "-m", "mypy", *words], check=False, cwd=programs, capture_output=True, text=True, timeout=240
    )
    assert "good.py" not in said.stdout
    by_line = {int(line.split(":")[1]): line for line in reversed(said.stdout.splitlines()) if " error: " in line}
    for line, (expected, _) in enumerate(BAD.values(), 2):
        assert expected in by_line.get(line, ""), said.stdout + said.stderr


@pytest.mark.slow
def test_pyright_strict_takes_the_good_and_the_examples_and_refuses_each_mistake(programs: Path) -> None:
    for name in EXAMPLES:
        shutil.copytree(REPOSITORY / "examples" / name, programs / name)
    (programs / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict", "pythonVersion": "3.11"}')
    words = ["--pythonpath", sys.executable, "--outputjson"]
    said = subprocess.run(
        [sys.executable, "-m", "basedpyright", *words],
        check=False,
        cwd=programs,
        capture_output=True,
        text=True,
        timeout=240,
    )
    told = json.loads(said.stdout)
    assert told["summary"]["filesAnalyzed"] > 10
    errors = told["generalDiagnostics"]
    assert [each for each in errors if not each["file"].endswith("/bad.py")] == []
    for line, (_, expected) in enumerate(BAD.values(), 1):
        assert any(expected in each["message"] for each in errors if each["range"]["start"]["line"] == line), errors
