#!/usr/bin/env bash
# What `make quickstart` does: apply the stack, ask it for a page, say how to go on.
# Usage: run.sh VIRTWRIGHT PORT [more options of apply]
set -euo pipefail
virtwright=$1 port=$2
folder=$(dirname "${BASH_SOURCE[0]}")
stack=$folder/stack.yaml

"$virtwright" apply "$stack" --yes --config port="$port" "${@:3}"
echo
url=$("$virtwright" output "$stack" url)
"$(dirname "$virtwright")/python" "$folder/check.py" "$url"
cat <<TEXT

It runs on this machine, without a daemon, until you destroy it. Look around:
    $virtwright status $stack
    $virtwright logs $stack web
    $virtwright exec -it $stack db -- bash
Change $stack and see what that would cost, then do it:
    $virtwright plan $stack
    $virtwright apply $stack
Remove it; the database's volume too:
    $virtwright destroy $stack --allow-data-loss data
TEXT
