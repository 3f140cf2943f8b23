"""The wire under a connection: a socket that remembers when it was last heard from, and paramiko with what it lacks."""

import threading
import time
from typing import Any, Final

from paramiko import Channel, Message, Transport
from paramiko.common import MSG_CHANNEL_CLOSE, cMSG_CHANNEL_REQUEST

_STREAMLOCAL: Final = "direct-streamlocal@openssh.com"


class HeardSocket:
    """A socket, or a channel through another host, which notes when something was last received from it."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.heard = time.monotonic()

    def recv(self, size: int) -> bytes:
        data: bytes = self._inner.recv(size)
        self.heard = time.monotonic()
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class LastWord:
    """What a channel takes for its transport: nothing is sent for the channel after its close, by whichever thread. The host
    may have given its number to another channel by then, which an end of input or a signal would hit."""

    def __init__(self, transport: "WireTransport") -> None:
        self._transport = transport
        self._sending = threading.Lock()
        self._said = False

    def end(self) -> None:
        """The channel was closed before it had this."""
        self._said = True

    def _send_user_message(self, data: Message) -> None:
        with self._sending:
            closes = data.asbytes()[0] == MSG_CHANNEL_CLOSE
            if self._said and not closes:
                return
            self._said = self._said or closes
            self._transport._send_user_message(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class WireTransport(Transport):
    """paramiko's transport, which asks for the host's keys in a given order, opens channels to unix sockets and keeps quiet about
    closed ones."""

    def __init__(self, wire: HeardSocket, host_key_algorithms: tuple[str, ...]) -> None:
        super().__init__(wire)  # type: ignore[arg-type]  # it has what paramiko uses of a socket
        self._host_key_algorithms = host_key_algorithms
        self._more = threading.local()

    @property
    def preferred_keys(self) -> tuple[str, ...]:
        return self._host_key_algorithms

    def open_channel(self, *arguments: Any, **options: Any) -> Channel:
        channel = super().open_channel(*arguments, **options)
        last_word = LastWord(self)
        channel._set_transport(last_word)  # type: ignore[attr-defined]
        if channel.closed:
            last_word.end()
        return channel

    def open_unix_channel(self, path: str, timeout: float) -> Channel:
        """OpenSSH's PROTOCOL, 2.4: the path and two reserved fields follow what every request to open has."""
        tail = Message()
        tail.add_string(path)
        tail.add_string("")
        tail.add_int(0)
        self._more.tail = tail.asbytes()
        try:
            return self.open_channel(_STREAMLOCAL, timeout=timeout)
        finally:
            self._more.tail = b""

    def _send_user_message(self, data: Message) -> None:
        tail = getattr(self._more, "tail", b"")
        if tail:
            self._more.tail = b""
            data.add_bytes(tail)
        super()._send_user_message(data)  # type: ignore[misc]

    def signal(self, channel: Channel, name: str) -> None:
        """Ask that a signal be sent to the channel's program and its group (RFC 4254, 6.9)."""
        message = Message()
        message.add_byte(cMSG_CHANNEL_REQUEST)
        message.add_int(channel.remote_chanid)
        message.add_string("signal")
        message.add_boolean(False)
        message.add_string(name)
        channel.get_transport()._send_user_message(message)  # type: ignore[attr-defined]
