#!/bin/bash
# Run targets of the Makefile on a fresh Debian machine, which is a root file system with git, python3 and make alone, in namespaces of its
# own. It has this machine's kernel, network, name servers, certificates and settings of pip, and goes when the run ends.
#     tests/fresh_machine/run.sh [TARGET]...
# What the quickstart makes is destroyed as it says itself, as its bridge is in the network of this machine.
# RELEASE is Debian's (trixie), MIRROR where it comes from, ROOTS the folder in which it lies (/var/tmp: not one in memory).
set -euo pipefail

here=$(cd "$(dirname "$0")/../.." && pwd)
root=$(mktemp -d -p "${ROOTS:-/var/tmp}" virtwright-fresh-XXXXXX)
trap 'rm -rf --one-file-system "$root"' EXIT
chmod 755 "$root"

echo "Making a Debian root in $root"
mmdebstrap --quiet --variant=minbase --include=ca-certificates,git,make,python3 \
    "${RELEASE:-trixie}" "$root" "${MIRROR:-http://deb.debian.org/debian}"
cp /etc/resolv.conf /etc/hosts "$root/etc/"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
cp -r /usr/local/share/ca-certificates/. "$root/usr/local/share/ca-certificates/"
git clone --quiet "$here" "$root/root/virtwright"
mkdir "$root/old"

mapfile -t settings < <(env | grep -E '^(PIP_|SSL_CERT_FILE=|REQUESTS_CA_BUNDLE=|(http|https|no)_proxy=)' || true)
# A new root by pivot_root, not chroot: who enters another mount namespace from a chroot is at that namespace's root.
unshare --mount --uts --pid --fork --kill-child bash -euo pipefail -c '
    root=$1
    shift
    mount --make-rprivate /
    mount --bind "$root" "$root"
    mount -t proc proc "$root/proc"
    mount --rbind /sys "$root/sys"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs none "$root/run"
    mount -t tmpfs none "$root/dev/shm"
    cd "$root"
    pivot_root . old
    cd /root/virtwright
    exec /usr/bin/env -i HOME=/root LANG=C.UTF-8 TERM=dumb "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" \
        "$@"
' bash "$root" "${settings[@]}" bash -c '
        umount --lazy /old
        time make "$@" || exit
        if [ "$1" = quickstart ]; then
            cd examples/quickstart && ../../.venv/bin/virtwright destroy --yes --allow-data-loss data
        fi
    ' make "${@:-test}" &
trap 'kill -9 $! 2>/dev/null || true; wait || true; rm -rf --one-file-system "$root"' EXIT INT TERM
wait $!
