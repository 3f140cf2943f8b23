"""What a type checker says of programs that use the package."""

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
    'vw.Network("n", cdir="10.0.0.0/24")': 'Unexpected keyword argument "cdir"',
    'vw.Network("n", mode="natt")': 'Argument "mode" to "Network" has incompatible type',
    'vw.VirtualMachine("n", memory=[1])': 'Argument "memory" to "VirtualMachine" has incompatible type',
    'vw.Container("n")': 'Missing named argument "image"',
    'vw.VirtualMachine("n", networks=[{"netwrok": "x"}])': "List item 0 has incompatible type",
    "vw.Netwrk": 'Module has no attribute "Netwrk"',
    'vw.Network("n").nmae': '"Network" has no attribute "nmae"',
}


@pytest.mark.slow
def test_mypy_strict_takes_the_good_and_refuses_each_mistake(tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text(GOOD)
    (tmp_path / "bad.py").write_text("import virtwright as vw\n" + "\n".join(BAD) + "\n")
    cache = REPOSITORY / ".mypy_cache" / "programs"
    words = ["--strict", "--config-file=", f"--cache-dir={cache}", "--no-error-summary", "good.py", "bad.py"]
    said = subprocess.run(
        [sys.executable, "-m", "mypy", *words], check=False, cwd=tmp_path, capture_output=True, text=True, timeout=240
    )
    assert "good.py" not in said.stdout
    by_line = {int(line.split(":")[1]): line for line in reversed(said.stdout.splitlines()) if " error: " in line}
    for line, expected in enumerate(BAD.values(), 2):
        assert expected in by_line.get(line, ""), said.stdout + said.stderr
