"""What is inside can't see, signal, change or reach what is outside."""

import shlex
import subprocess
import uuid
from dataclasses import replace
from pathlib import Path

import pytest
from tests.sandbox_lab import SandboxLab

from virtwright.errors import HostError
from virtwright.providers.namespace.sandbox.idmap import FIRST
from virtwright.providers.namespace.sandbox.rootfs import writable_layer
from virtwright.providers.namespace.sandbox.spec import HOST, MountPoint
from virtwright.providers.namespace.supervisor import remove, status

pytestmark = pytest.mark.root
BOTH = pytest.mark.parametrize("mapped", [True, False], ids=["mapped ids", "host ids"])


@BOTH
def test_processes_of_the_host_are_neither_seen_nor_signalled(sandboxes: SandboxLab, mapped: bool) -> None:
    with subprocess.Popen(["sleep", "60"]) as outside:
        script = f"ls /proc | grep -c '^[0-9]'; kill -9 {outside.pid} 2>&1; kill -9 -1; echo alive"
        _, text = sandboxes.run("sh", "-c", script, user_namespace=mapped)
        assert outside.poll() is None
        outside.kill()
    lines = text.splitlines()
    assert int(lines[0]) <= 3
    assert "No such process" in lines[1]


REFUSED = (
    "mount -t tmpfs none /tmp",
    "mount -o remount,rw /proc/sys",
    "umount /proc/sys",
    "umount -l /dev",
    "mount --bind / /tmp",
    "unshare -m true",
    "unshare -U true",
    "unshare -n true",
    "nsenter -t 1 -m true",
    "mknod /tmp/disk b 254 0",
    "mknod /tmp/mem c 1 1",
    "echo 1 > /proc/sys/kernel/panic",
    "echo 0 > /proc/sys/net/ipv4/ip_forward",
    "echo b > /proc/sysrq-trigger",
    "echo x > /sys/kernel/uevent_helper",
    "mkdir /sys/fs/cgroup/x",
    "hostname other",
    "! date -s 2001-01-01 2>&1 | grep -q not.permitted",
    "reboot -f",
    "swapon /tmp",
    "insmod /bin/busybox",
    "dmesg",
    "ip link add x type dummy",
    "nice -n -5 true",
)
"""Each would change the machine, and must fail."""


@BOTH
def test_what_changes_the_machine_is_refused(sandboxes: SandboxLab, mapped: bool) -> None:
    script = "\n".join(
        f"(sh -c {shlex.quote(command)}) >/dev/null 2>&1 && echo done: {shlex.quote(command)}" for command in REFUSED
    )
    _, text = sandboxes.run("sh", "-c", f"{script}\necho end", user_namespace=mapped)
    assert text == "end"


def test_what_is_refused_inside_works_outside() -> None:
    """The list means something: a few of its commands, harmless to the machine, succeed for root as it is."""
    for command in ("unshare -m true", "unshare -m mount -t tmpfs none /tmp", "unshare -n true", "dmesg"):
        subprocess.run(command, shell=True, check=True, stdout=subprocess.DEVNULL)


@BOTH
def test_what_proc_and_sys_tell_of_the_host_is_hidden(sandboxes: SandboxLab, mapped: bool) -> None:
    script = "cat /proc/kcore /proc/keys /proc/timer_list 2>/dev/null | wc -c; ls /sys/firmware /proc/acpi /proc/scsi 2>/dev/null | grep -vc :"
    _, text = sandboxes.run("sh", "-c", script, user_namespace=mapped)
    assert text.split()[0] == "0"


ROOTS_OWN = """
find /proc -path '/proc/[0-9]*' -prune -o -path /proc/sys -prune -o -type f ! -perm -004 -print 2>/dev/null | while read file; do
    [ "$(head -c 1 "$file" 2>/dev/null | wc -c)" = 0 ] || echo "$file"
done
cat /sys/kernel/slab/*/objects 2>/dev/null
"""
"""Files of the kernel's with content that only the host's root may read."""


@BOTH
def test_nothing_of_the_kernels_is_open_that_only_the_hosts_root_may_read(sandboxes: SandboxLab, mapped: bool) -> None:
    _, text = sandboxes.run("sh", "-c", ROOTS_OWN, user_namespace=mapped)
    assert text == ""


@BOTH
def test_the_hosts_secrets_and_data_are_hidden_in_its_root(sandboxes: SandboxLab, mapped: bool) -> None:
    own = sandboxes.folder
    script = f"""
        ls -A /root /home /srv /mnt /tmp /run /boot | grep -v : ; echo --
        cut -d: -f2 /etc/shadow | sort -u; echo --
        cat /etc/machine-id {own}/marker 2>/dev/null; find / -xdev -path '*{own.name}*' 2>/dev/null; echo --
        ls /var/lib/docker /var/lib/libvirt /var/lib/virtwright /var/log 2>/dev/null | grep -v : ; echo --
    """
    own.mkdir(exist_ok=True)
    (own / "marker").write_text("secret")
    code, text = sandboxes.run("sh", "-c", script, layers=(HOST,), user_namespace=mapped)
    assert code == 0
    root, shadow, hidden, data, _ = text.split("--")
    assert root.strip() == ""
    assert shadow.split() == ["*"]
    assert hidden.strip() == ""
    assert data.strip() == ""


def test_nothing_that_only_root_may_read_is_left_in_the_hosts_etc(sandboxes: SandboxLab) -> None:
    script = "find /etc -xdev -type f ! -perm -004 ! -path '/etc/sudoers*' ! -name .pwd.lock ! -name '*shadow'"
    _, text = sandboxes.run("sh", "-c", script, layers=(HOST,))
    assert text == ""


@BOTH
def test_writes_stay_in_the_containers_own_layer(sandboxes: SandboxLab, mapped: bool) -> None:
    name = f"virtwright-{uuid.uuid4().hex}"
    folder = sandboxes.start(sandboxes.spec("sh", "-c", f"echo x > /etc/{name}", layers=(HOST,), user_namespace=mapped))
    sandboxes.until(folder, lambda now: now.state == "exited")
    assert not Path("/etc", name).exists()
    written = writable_layer(str(folder)) / "etc" / name
    assert written.read_text() == "x\n"
    assert written.stat().st_uid == 0  # on disk owners are what they are inside


def test_ids_are_mapped_away_from_the_hosts(sandboxes: SandboxLab) -> None:
    folder = sandboxes.start(sandboxes.spec("sleep", "60", user="worker"))
    process = status(folder).process
    assert process is not None
    inside, outside, size = map(int, Path(f"/proc/{process.pid}/uid_map").read_text().split())
    assert (inside, size) == (0, 65536)
    assert outside > FIRST
    assert Path(f"/proc/{process.pid}").stat().st_uid == outside + 1000
    assert Path(f"/proc/{process.pid}/ns/user").readlink() != Path("/proc/self/ns/user").readlink()


@BOTH
def test_every_namespace_is_its_own(sandboxes: SandboxLab, mapped: bool) -> None:
    folder = sandboxes.start(sandboxes.spec("sleep", "60", user_namespace=mapped))
    process = status(folder).process
    assert process is not None
    for kind in ("cgroup", "ipc", "mnt", "net", "pid", "uts", *(["user"] if mapped else [])):
        assert Path(f"/proc/{process.pid}/ns/{kind}").readlink() != Path(f"/proc/self/ns/{kind}").readlink(), kind


def test_privileges_are_the_default_set_under_a_filter(sandboxes: SandboxLab) -> None:
    _, text = sandboxes.run("grep", "-E", "CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs|Seccomp:", "/proc/self/status")
    found = dict(line.split(":\t") for line in text.splitlines())
    assert found == {
        "CapInh": "0000000000000000",
        "CapPrm": "00000000a00425fb",
        "CapEff": "00000000a00425fb",
        "CapBnd": "00000000a00425fb",
        "CapAmb": "0000000000000000",
        "NoNewPrivs": "1",
        "Seccomp": "2",
    }


def test_capabilities_are_dropped_and_added(sandboxes: SandboxLab) -> None:
    fields = {"drop_capabilities": ("ALL",), "capabilities": ("CAP_NET_ADMIN",)}
    _, text = sandboxes.run("grep", "CapEff", "/proc/self/status", **fields)
    assert int(text.split()[1], 16) == 1 << 12
    _, text = sandboxes.run("grep", "CapEff", "/proc/self/status", user="worker", **fields)
    assert int(text.split()[1], 16) == 1 << 12  # also for a user who is not root
    code, text = sandboxes.run("ip", "link", "set", "lo", "mtu", "1400", capabilities=("CAP_NET_ADMIN",))
    assert code == 0, text


def test_a_user_who_is_not_root_has_no_capability(sandboxes: SandboxLab) -> None:
    _, text = sandboxes.run("sh", "-c", "id; grep -E 'Cap(Eff|Prm)' /proc/self/status", user="worker")
    assert text.splitlines()[0] == "uid=1000(worker) gid=1000(worker) groups=50(helpers),1000(worker)"
    assert {line.split()[1] for line in text.splitlines()[1:]} == {"0000000000000000"}


def test_no_file_descriptor_and_no_variable_of_the_host_leaks_in(sandboxes: SandboxLab) -> None:
    _, text = sandboxes.run("sh", "-c", "ls /proc/self/fd; env | cut -d= -f1 | sort; readlink /proc/1/cwd")
    lines = text.splitlines()
    assert lines[:4] == ["0", "1", "2", "3"]  # 3 is ls reading the folder
    assert lines[4:] == ["HOME", "HOSTNAME", "PATH", "PWD", "SHLVL", "/"]


@BOTH
def test_the_interpreter_of_a_system_containers_init_is_out_of_reach(sandboxes: SandboxLab, mapped: bool) -> None:
    folder = sandboxes.start(sandboxes.spec(init="system", user_namespace=mapped))
    for path in ("exe", "root", "cwd", "fd/0"):
        assert sandboxes.enter(folder, "sh", "-c", f"readlink /proc/1/{path} && cat /proc/1/exe > /tmp/x") != 0
    assert sandboxes.enter(folder, "sh", "-c", "grep -q python /proc/1/cmdline") == 1


@BOTH
def test_mounts_and_a_read_only_root(sandboxes: SandboxLab, tmp_path: Path, mapped: bool) -> None:
    for name in ("rw", "ro"):
        (tmp_path / name).mkdir()
    (tmp_path / "file").write_text("from the host")
    points = (
        MountPoint(str(tmp_path / "rw"), "/data/rw"),
        MountPoint(str(tmp_path / "ro"), "/data/ro", read_only=True),
        MountPoint(str(tmp_path / "file"), "/etc/told"),
    )
    script = "cat /etc/told; echo; touch /x || echo root; touch /data/ro/x || echo ro; touch /data/rw/x && echo rw"
    _, text = sandboxes.run("sh", "-c", f"({script}) 2>/dev/null", mounts=points, read_only=True, user_namespace=mapped)
    assert text.split("\n") == ["from the host", "root", "ro", "rw"]
    assert (tmp_path / "rw/x").stat().st_uid == 0


def test_a_setuid_program_gives_nothing(sandboxes: SandboxLab, tmp_path: Path) -> None:
    layer = tmp_path / "layer/bin"
    layer.mkdir(parents=True)
    (layer / "up").write_bytes(Path("/bin/busybox").read_bytes())
    (layer / "up").chmod(0o4755)
    spec_layers = (str(sandboxes.busybox), str(layer.parent))
    _, text = sandboxes.run("/bin/up", "id", "-u", layers=spec_layers, user="worker")
    assert "0" not in text.split() or "1000" in text


def test_a_privileged_container_says_so_by_what_it_may(sandboxes: SandboxLab) -> None:
    code, text = sandboxes.run("mount", "-t", "tmpfs", "none", "/tmp", privileged=True)
    assert code == 0, text


def test_a_user_namespace_that_was_asked_for_is_never_left_out(sandboxes: SandboxLab, tmp_path: Path) -> None:
    """A file system that can't map ids: an error where the map was asked for, a warning where it was not."""
    spec = sandboxes.spec("sleep", "60", mounts=(MountPoint("/sys/kernel", "/data"),))
    with pytest.raises(HostError, match="map the owners of /sys/kernel"):
        sandboxes.start(replace(spec, user_namespace=True))
    folder = sandboxes.start(spec)
    now = status(folder)
    assert not now.user_namespace
    assert "no user namespace" in now.warnings[0]
    remove(folder)


def test_memory_that_is_mounted_inside_has_a_size(sandboxes: SandboxLab) -> None:
    code, text = sandboxes.run("df", "-m", "/run", "/dev/shm", "/dev", layers=(HOST,))
    sizes = {line.split()[-1]: int(line.split()[1]) for line in text.split("\n")[1:]}
    assert (code, sizes["/run"], sizes["/dev/shm"]) == (0, 256, 64) and sizes["/dev"] <= 64


@pytest.mark.parametrize("name", ["", "A=B"])
def test_an_environment_that_no_program_can_have_is_refused_in_words(sandboxes: SandboxLab, name: str) -> None:
    with pytest.raises(HostError, match=r"can't run true: .*environment of the image"):
        sandboxes.start(sandboxes.spec("true", env={name: "x"}))
