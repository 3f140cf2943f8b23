#!/usr/bin/env bash
# What `make quickstart` does: apply the stack, ask it for a page, say how to go on.
# Usage: run.sh VIRTWRIGHT PORT [more options of apply]
set -euo pipefail
bin=$(cd "$(dirname "$1")" && pwd)
port=$2
cd "$(dirname "${BASH_SOURCE[0]}")"

"$bin/virtwright" apply --yes --config port="$port" "${@:3}"
echo
"$bin/python" check.py "$("$bin/virtwright" output url)"

setting=""
[[ $port == 8080 ]] || setting=" VIRTWRIGHT_CONFIG_PORT=$port"
cat <<TEXT

It runs on this machine, without a daemon, until you destroy it. Its files are in /var/lib/virtwright, the state in
${VIRTWRIGHT_HOME:-${XDG_STATE_HOME:-$HOME/.local/state}/virtwright}. Look around:
    cd $PWD
    export PATH=$bin:\$PATH$setting
    virtwright status
    virtwright logs web
    virtwright exec -it db -- bash
Change stack.yaml and see what that would cost, then do it:
    virtwright plan
    virtwright apply
Remove all of it, the database's volume too:
    virtwright destroy --allow-data-loss data
TEXT
