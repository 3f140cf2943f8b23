"""Where a connection goes, held against OpenSSH's own answer (``ssh -G``)."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from virtwright.errors import InputError
from virtwright.providers.ssh.account import Account
from virtwright.providers.ssh.resolve import Surroundings, resolve
from virtwright.providers.ssh.target import SshTarget
from virtwright.schemas.host import Host

CONFIGS = {
    "empty": ("", "kvm1"),
    "hostname, user and port": ("Host kvm1\n HostName 192.0.2.7\n User admin\n Port 2222\n", "kvm1"),
    "first value wins": ("Host kvm*\n User one\nHost kvm1\n User two\n Port 99\n", "kvm1"),
    "negated pattern": ("Host *.example.org !db.example.org\n User web\nHost *\n User other\n", "db.example.org"),
    "equals signs, quotes and a comment": ('Host=kvm1\n  User="admin"\n  Port = 2200 # the odd one\n', "kvm1"),
    "upper and lower case": ("HOST kvm1\n hOSTnAME k.example.org\n", "kvm1"),
    "hostname with the name in it": ("Host web*\n HostName %h.example.org\n", "web1"),
    "several identity files": ("Host kvm1\n IdentityFile ~/.ssh/a\nHost *\n IdentityFile /keys/%r-%n-%p\n", "kvm1"),
    "identities only": ("IdentitiesOnly yes\nIdentityFile ~/.ssh/only\n", "kvm1"),
    "alias for the key": ("Host kvm1\n HostKeyAlias kvm-one\n HostName 192.0.2.7\n", "kvm1"),
    "known hosts files": ('UserKnownHostsFile ~/.ssh/one "/two words/known"\nGlobalKnownHostsFile none\n', "kvm1"),
    "no known hosts": ("UserKnownHostsFile none\nGlobalKnownHostsFile /etc/known\n", "kvm1"),
    "match on host": ("Match host kvm1,kvm2\n User matched\nMatch all\n Port 77\n", "kvm1"),
    "match on user": ("Host kvm1\n User admin\nMatch user admin\n Port 2200\n", "kvm1"),
    "match on the resolved name": (
        "Host kvm1\n HostName k.example.org\nMatch host k.example.org\n Port 2201\n",
        "kvm1",
    ),
    "match on the original name": (
        "Host kvm1\n HostName k.example.org\nMatch originalhost kvm1\n Port 2202\n",
        "kvm1",
    ),
    "percent in a path": ("IdentityFile /keys/100%%\n", "kvm1"),
    "certificate": ("CertificateFile ~/.ssh/%r-cert.pub\nUser ops\n", "kvm1"),
    "patience": ("ConnectTimeout 7\nServerAliveInterval 9\nServerAliveCountMax 4\n", "kvm1"),
    "proxy command": ("Host kvm1\n ProxyCommand nc -X connect %h %p\n", "kvm1"),
    "no proxy": ("Host kvm1\n ProxyJump none\nHost *\n ProxyJump gate\n", "kvm1"),
    "proxy command before jump": ("ProxyCommand nc %h %p\nProxyJump gate\n", "kvm1"),
    "jump before proxy command": ("Host kvm1\n ProxyJump gate\nHost *\n ProxyCommand nc %h %p\nHost gate\n", "kvm1"),
    "include": ("Include conf.d/*\nHost kvm1\n User late\n", "kvm1"),
    "include in a block": ("Host kvm1\n Include plain\n Port 4\nHost *\n User outside\n", "kvm2"),
    "include of nothing": ("Include nowhere/*\nUser there\n", "kvm1"),
}
INCLUDED = {"conf.d/one": "Host kvm1\n User included\n Port 2022\n", "plain": "User inside\n"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / ".ssh"
    for name, text in INCLUDED.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def _resolve(home: Path, config: str, uri: str, **ssh: Any) -> SshTarget:
    (home / ".ssh" / "config").write_text(config)
    here = Surroundings(Account("me", home), {}, config_files=(home / ".ssh" / "config",))
    return resolve(Host.model_validate({"uri": uri, "ssh": ssh}), here)


def _openssh(home: Path, config: str, name: str) -> dict[str, list[str]]:
    """Includes are named whole: OpenSSH looks for the user's home in the accounts, not in the environment."""
    path = home / ".ssh" / "config.absolute"
    path.write_text(config.replace("Include ", f"Include {home}/.ssh/"))
    argv = (
        ["ssh", "-G", "-F", str(path), "-l", "me", name]
        if "User" not in config
        else ["ssh", "-G", "-F", str(path), name]
    )
    done = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=120)
    found: dict[str, list[str]] = {}
    for line in done.stdout.splitlines():
        key, _, value = line.partition(" ")
        found.setdefault(key, []).append(value)
    return found


@pytest.mark.skipif(shutil.which("ssh") is None, reason="needs OpenSSH's client")
@pytest.mark.parametrize(("config", "name"), CONFIGS.values(), ids=CONFIGS.keys())
def test_agrees_with_openssh(home: Path, config: str, name: str) -> None:
    ours, theirs = _resolve(home, config, f"docker+ssh://{name}"), _openssh(home, config, name)
    assert ours.host == theirs["hostname"][0]
    assert str(ours.port) == theirs["port"][0]
    if theirs["user"] != [Account.own().name]:
        assert ours.user == theirs["user"][0]
    assert ours.identities_only == (theirs["identitiesonly"][0] == "yes")
    assert ours.key_name == theirs.get("hostkeyalias", [""])[0]
    if "IdentityFile" in config:
        assert list(ours.identity_files) == [_expanded(home, path, ours, name) for path in theirs["identityfile"]]
    if "CertificateFile" in config:
        assert list(ours.certificate_files) == [_expanded(home, path, ours, name) for path in theirs["certificatefile"]]
    assert (ours.jump.host if ours.jump else "none") == theirs.get("proxyjump", ["none"])[0]
    command = theirs.get("proxycommand", ["none"])[0].replace("%h", ours.host).replace("%p", str(ours.port))
    assert (ours.proxy_command or "none") == command
    if "ServerAlive" in config:
        assert [ours.connect_timeout] == [float(each) for each in theirs["connecttimeout"]]
        assert [ours.keepalive] == [float(each) for each in theirs["serveraliveinterval"]]
        assert [str(ours.keepalive_count)] == theirs["serveralivecountmax"]
    files = f"{theirs['userknownhostsfile'][0]} {theirs['globalknownhostsfile'][0]}"
    told = [part for part in files.replace("/two words/", "/two_words/").split() if part != "none"]
    assert [path.replace(" ", "_") for path in ours.known_hosts] == [_expanded(home, path, ours, name) for path in told]


def _expanded(home: Path, path: str, target: SshTarget, name: str) -> str:
    """``ssh -G`` shows some paths as they were written."""
    root = str(Account.own().home)
    path = path.replace(f"{root}/", f"{home}/", 1) if path.startswith(root) else path
    path = path.replace("~/", f"{home}/", 1) if path.startswith("~/") else path
    tokens = {"%r": target.user, "%n": name, "%p": str(target.port), "%%": "%"}
    for token, value in tokens.items():
        path = path.replace(token, value)
    return path


@pytest.mark.skipif(shutil.which("ssh") is None, reason="needs OpenSSH's client")
def test_home_and_name_are_the_account_databases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "USER", "LOGNAME"):
        monkeypatch.setenv(name, str(tmp_path / "somebody-else"))
    said = subprocess.run(["ssh", "-G", "kvm1"], capture_output=True, text=True, check=True, timeout=120).stdout
    theirs = dict(line.split(" ", 1) for line in said.splitlines())
    ours = resolve(Host(uri="docker+ssh://kvm1"))
    assert ours.user == theirs["user"]
    home = str(Account.own().home)
    assert list(ours.known_hosts[:2]) == [path.replace("~", home, 1) for path in theirs["userknownhostsfile"].split()]
    assert all(path.startswith(f"{home}/.ssh/") for path in ours.default_identity_files)


def test_the_stack_comes_before_the_uri_and_the_uri_before_the_configuration(home: Path) -> None:
    config = "Host kvm1\n User configured\n Port 1\n ConnectTimeout 3\n IdentityFile /configured\n"
    assert _resolve(home, config, "docker+ssh://kvm1").user == "configured"
    assert _resolve(home, config, "docker+ssh://uri@kvm1:2").user == "uri"
    target = _resolve(home, config, "docker+ssh://uri@kvm1:2", user="stack", identity_file="/stack")
    assert (target.user, target.port, target.connect_timeout) == ("stack", 2, 3.0)
    assert target.identity_files == ("/stack", "/configured")
    given = _resolve(home, config, "docker+ssh://uri@kvm1:2", port=3, connect_timeout="4s")
    assert (given.port, given.connect_timeout) == (3, 4.0)


def test_hops_are_reached_one_through_the_other(home: Path) -> None:
    config = "Host gate\n HostName gate.example.org\n User keeper\nHost kvm1\n ProxyJump gate,inner:2200\n"
    target = _resolve(home, config, "qemu+ssh://root@kvm1/system", password="p", identity_file="/mine")
    assert [str(hop) for hop in target.hops] == ["keeper@gate.example.org", "me@inner:2200"]
    assert target.password == "p"
    assert all(hop.password is None and hop.identity_files == ("/mine",) for hop in target.hops)
    given = _resolve(home, config, "qemu+ssh://root@kvm1/system", jump="other@side:2")
    assert [str(hop) for hop in given.hops] == ["other@side:2"]


def test_a_password_is_not_shown(home: Path) -> None:
    assert "sesame" not in repr(_resolve(home, "", "docker+ssh://kvm1", password="sesame"))


@pytest.mark.parametrize(
    ("config", "uri", "words"),
    [
        ("Host a\n ProxyJump b\nHost b\n ProxyJump a\n", "docker+ssh://a", "circle"),
        ("Host *\n ProxyJump gate\n", "docker+ssh://a", "circle"),
        ("Match exec true\n User x\n", "docker+ssh://a", "Match exec"),
        ("Port many\n", "docker+ssh://a", "port"),
        ("User -oProxyCommand=x\n", "docker+ssh://a", "user"),
        ("HostName $(reboot)\n", "docker+ssh://a", "host"),
        ("ProxyJump -evil\n", "docker+ssh://a", "host"),
        ("ConnectTimeout soon\n", "docker+ssh://a", "connecttimeout"),
        ("IdentityFile %q\n", "docker+ssh://a", "%q"),
        ("IdentityFile ${NOT_SET}/x\n", "docker+ssh://a", "NOT_SET"),
        ('UserKnownHostsFile "open\n', "docker+ssh://a", "quote"),
        ("Host x\n Include conf.d/*\n", "docker+ssh://a", "blocks of its own"),
        ("nonsense\n", "docker+ssh://a", "understood"),
    ],
)
def test_what_is_wrong_is_said(home: Path, config: str, uri: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        _resolve(home, config, uri)
