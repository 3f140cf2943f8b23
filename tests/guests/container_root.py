"""A root file system for machines on LXC: busybox and an init, in an ext4 of some megabytes."""

import os
import subprocess
import tempfile
from pathlib import Path
from typing import Final

_BUSYBOX: Final = "/usr/bin/busybox"
_FOLDERS: Final = ("bin", "dev", "etc", "proc", "run", "sbin", "sys", "tmp", "var", "www")
_APPLETS: Final = ("cat", "cp", "httpd", "ip", "mkdir", "mount", "sh", "sleep", "udhcpc")
_INIT: Final = """#!/bin/sh
# Gives each interface an address, also one that comes later, serves /www, and ends at the signals of systemd and of SIGTERM.
export PATH=/bin:/sbin
trap 'echo asked to end > /www/last; exit 0' TERM 37
mount -t tmpfs none /run
echo "$0 $*" > /www/arguments
if [ -e /var/lib/cloud/seed/nocloud/user-data ]; then cp /var/lib/cloud/seed/nocloud/* /www/; fi
httpd -p 80 -h /www
echo the guest is up
while :; do
    for path in /sys/class/net/eth* /sys/class/net/vnet*; do
        nic=${path##*/}
        [ -e "$path" ] && mkdir "/run/$nic" 2>/dev/null || continue
        ip link set "$nic" up
        udhcpc -b -A 1 -T 1 -t 3 -S -i "$nic" -s /bin/leased >/dev/null 2>&1 &
    done
    sleep 0.2 &
    wait $!
done
"""
_LEASED: Final = """#!/bin/sh
case "$1" in bound | renew) ip addr flush dev "$interface" scope global; ip addr add "$ip/$mask" dev "$interface" ;; esac
"""


def container_root(image: Path, size: int = 8 * 1024**2) -> Path:
    """Write it to ``image``, in ``size`` bytes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        for each in _FOLDERS:
            (folder / each).mkdir()
        (folder / "bin/busybox").write_bytes(Path(_BUSYBOX).read_bytes())
        for applet in _APPLETS:
            (folder / "bin" / applet).symlink_to("busybox")
        for path, text in {"bin/busybox": "", "sbin/init": _INIT, "bin/leased": _LEASED}.items():
            if text:
                (folder / path).write_text(text)
            (folder / path).chmod(0o755)
        image.touch()
        os.truncate(image, size)
        subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", "-m", "0", "-d", name, str(image)], check=True, timeout=120)
    return image
