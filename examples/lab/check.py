#!/usr/bin/env python3
"""See that the lab's hosts work: `check.py PRIVATE_KEY ADDRESS...`. Exits with 1, and says why, where one does not.

Logs in by SSH as root, asks each host's Docker and libvirt, and has each host log in on every other one.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

KNOWN_HOSTS = "/srv/shared/lab/known_hosts"


def virtwright_known_hosts(folder: Path) -> Path:
    """The hosts' keys, asked of the machine that they run on, so that no network has to be trusted."""
    file = folder / "known_hosts"
    words = ["virtwright", "exec", "host-0", "--", "cat", KNOWN_HOSTS]
    asked = subprocess.run(words, capture_output=True, text=True, check=False)
    if asked.returncode:
        sys.exit(f"the hosts' keys could not be read:\n{asked.stderr}")
    file.write_text(asked.stdout)
    return file


def ssh(key: str, known_hosts: Path, address: str, command: str) -> str:
    words = ["ssh", "-F", "none", "-i", key, "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes"]
    words += ["-o", f"UserKnownHostsFile={known_hosts}", f"root@{address}", "--", command]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        sys.exit(f"{address}: {command} exited with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


def main() -> None:
    key, *addresses = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        known_hosts = virtwright_known_hosts(Path(folder))
        names = {address: ssh(key, known_hosts, address, "hostname") for address in addresses}
        for address, name in names.items():
            docker = ssh(key, known_hosts, address, "docker info --format 'Docker {{.ServerVersion}} on {{.Driver}}'")
            machines = ssh(key, known_hosts, address, "virsh list --all --name | grep -c . || true")
            for other in names.values():
                if other != name:
                    seen = ssh(key, known_hosts, address, f"virsh --connect qemu+ssh://root@{other}/system hostname")
                    if seen != other:
                        sys.exit(f"{name} reached {seen} instead of {other}")
            print(f"{name} at {address}: {docker}, libvirt with {machines} machines, reaches the others")


if __name__ == "__main__":
    main()
