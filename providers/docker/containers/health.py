"""Health checks in Docker's terms. Docker only knows commands that run inside the container.

``tcp`` needs a ``/bin/sh`` there and nothing else: it looks for a listening socket in the kernel's own list. ``http`` needs
``/bin/sh`` and one of curl, wget, python3 and bash.
"""

import re
from typing import Any, Final

from virtwright.schemas.readiness import Healthcheck

_SECOND: Final = 1_000_000_000
_NAME: Final = "virtwright"
LISTENS: Final = (
    "p=$(printf %04X $1); for f in /proc/net/tcp /proc/net/tcp6; do [ -r $f ] && while read -r n l r s t; do "
    'case "$l $s" in *:$p" 0A") exit 0;; esac; done < $f; done; echo "nothing listens on port $1"; exit 1'
)
"""For ``/bin/sh -c``; the argument is the port. The columns are those of proc_net_tcp(5); 0A means LISTEN."""
_ANSWERS: Final = (
    "u=http://127.0.0.1:$1$2; has() { command -v $1 >/dev/null 2>&1; }; "
    'if has curl; then exec curl -fsS -o /dev/null "$u"; elif has wget; then exec wget -q -O /dev/null "$u"; '
    'elif has python3; then exec python3 -c "import sys,urllib.request as r; r.urlopen(sys.argv[1])" "$u"; '
    'elif has bash; then exec bash -c \'exec 3<>/dev/tcp/127.0.0.1/$1; printf "GET $2 HTTP/1.0\\r\\nHost: 127.0.0.1\\r\\n\\r\\n" >&3; '
    'read -r v c t <&3; echo "status $c"; [ "$c" -ge 200 ] && [ "$c" -lt 400 ]\' bash "$1" "$2"; '
    'else echo "an http check needs curl, wget, python3 or bash in the image"; exit 1; fi'
)
_HTTP: Final = re.compile(r"(?:http://(?P<host>[^:/]*))?:?(?P<port>[0-9]{1,5})?(?P<path>/.*)?")


def docker_health(check: Healthcheck | None) -> dict[str, Any] | None:
    """What goes into ``Healthcheck`` of a container's configuration; None leaves the image's own."""
    if check is None:
        return None
    if check.disabled:
        return {"Test": ["NONE"]}
    found = {
        "Test": _test(check),
        "Interval": round(check.interval * _SECOND),
        "Timeout": round(check.timeout * _SECOND),
        "Retries": check.retries,
        "StartPeriod": round(check.start_period * _SECOND),
    }
    if check.start_interval is not None:
        found["StartInterval"] = round(check.start_interval * _SECOND)
    return found


def listens(port: int) -> list[str]:
    """The command that succeeds when something listens on the port."""
    return ["/bin/sh", "-c", LISTENS, _NAME, str(port)]


def _test(check: Healthcheck) -> list[str]:
    if check.command is not None:
        return ["CMD", *check.command]
    if check.tcp is not None:
        return ["CMD", *listens(check.tcp)]
    parts = _HTTP.fullmatch(check.http or "")
    assert parts is not None, "the schema has checked it"
    return ["CMD", "/bin/sh", "-c", _ANSWERS, _NAME, parts["port"] or "80", parts["path"] or "/"]
