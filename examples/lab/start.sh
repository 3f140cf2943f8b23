#!/bin/sh
# Makes this machine a host, at each of its starts: its identity, its keys, then its daemons. Returns when all answer.
# Run it again to start a daemon that has ended.
set -eu
trust=/srv/shared/lab
name=$(hostname)
address=$(hostname -I | cut -d' ' -f1)

[ -s /etc/machine-id ] || tr -d - < /proc/sys/kernel/random/uuid > /etc/machine-id
[ -e /etc/ssh/ssh_host_ed25519_key ] || ssh-keygen -q -t ed25519 -N '' -C "$name" -f /etc/ssh/ssh_host_ed25519_key
[ -e /root/.ssh/id_ed25519 ] || ssh-keygen -q -t ed25519 -N '' -C "root@$name" -f /root/.ssh/id_ed25519

# The hosts know and trust each other: each adds its keys to what they share.
mkdir -p "$trust"
(
    flock 9
    echo "$name,$address $(cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub)" > "$trust/$name.host"
    cp /root/.ssh/id_ed25519.pub "$trust/$name.key"
    for kind in host:known_hosts key:authorized_keys; do
        cat "$trust"/*."${kind%%:*}" > "$trust/.new"
        mv "$trust/.new" "$trust/${kind#*:}"
    done
) 9> "$trust/.lock"

# Where forwarding is on already, Docker leaves the policy of the FORWARD chain alone, and guests reach each other.
echo 1 > /proc/sys/net/ipv4/ip_forward
mkdir -p /run/sshd /var/log/libvirt/qemu
runs() { pidof "$1" > /dev/null; }
runs sshd || /usr/sbin/sshd
runs dockerd || setsid /usr/sbin/dockerd >> /var/log/dockerd.log 2>&1 < /dev/null &
runs virtlogd || /usr/sbin/virtlogd -d
runs libvirtd || /usr/sbin/libvirtd -d

ready() {
    tries=300
    until "$@" > /dev/null 2>&1; do
        tries=$((tries - 1))
        if [ "$tries" = 0 ]; then
            echo "$name: no answer to: $*" >&2
            tail -n 20 /var/log/dockerd.log >&2
            exit 1
        fi
        sleep 0.1
    done
}
# A socket that is there holds its clients until its daemon answers.
ready test -S /run/libvirt/libvirt-sock
ready test -S /run/docker.sock
ready virsh --connect qemu:///system uri
ready docker version
