"""How the end of what runs inside is heard of."""

import socket

from virtwright.providers.namespace import relay


def test_what_was_told_is_read_though_the_other_side_left_something_unread() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours:
        ours.send(b"unread")
        theirs.send(b"told")
        theirs.close()
        assert relay._received(ours) == b"told"
        assert relay._received(ours) == b""
