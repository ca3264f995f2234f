"""Connections to strangers: to public addresses only, to the very address that was checked, until a deadline.

A name is resolved once per connection; all its addresses are checked, and the socket is opened to one of
them, while Host and TLS keep the name. So a name server that answers differently the second time (DNS
rebinding) gains nothing.
"""

import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import httpcore

from scout_common.errors import PermanentError

Resolve = Callable[[str, int], Sequence[str]]
"""(host, port) -> IP addresses as text. Raises OSError (socket.gaierror) or UnicodeError."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class UrlRefused(PermanentError):
    """The address may not be fetched."""


class Deadline:
    """One moment until which everything has to be done, however many steps it takes."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def left_s(self) -> float:
        return max(0.0, self._end - time.monotonic())

    def clamp(self, timeout: float | None, passed: type[Exception] = httpcore.ReadTimeout) -> float:
        """The shorter of `timeout` and what is left, seconds. Raises `passed` where nothing is."""
        left = self.left_s
        if left <= 0:
            raise passed("the time allowed for this address is over")
        return left if timeout is None else min(timeout, left)


def resolve_name(host: str, port: int) -> list[str]:
    """All addresses of a name, by the system's resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet.

    Not: loopback, private, link-local (cloud metadata), carrier-grade NAT, multicast, reserved, and IPv6
    forms that carry such an IPv4 address inside (mapped, 6to4, Teredo, NAT64).
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv4Address):
        return ip.is_global and not ip.is_multicast and not ip.is_reserved
    if ip.ipv4_mapped or ip in _NAT64:
        return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
    carried = [ip.sixtofour, *(ip.teredo or ())]
    if any(not is_public(str(inside)) for inside in carried if inside is not None):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_site_local)


class CheckedBackend(httpcore.NetworkBackend):
    """Opens sockets for httpcore: resolves, checks every address, connects to a checked one, keeps the deadline."""

    def __init__(
        self,
        deadline: Deadline,
        *,
        allow_private: bool = False,
        resolve: Resolve = resolve_name,
        inner: httpcore.NetworkBackend | None = None,
    ) -> None:
        self._deadline = deadline
        self._allow_private = allow_private
        self._resolve = resolve
        self._inner = inner or httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first checked address that answers. Raises UrlRefused, httpcore.ConnectError, ...Timeout."""
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in self._checked(host, port):
            try:
                wait = self._deadline.clamp(timeout, httpcore.ConnectTimeout)
                stream = self._inner.connect_tcp(address, port, wait, local_address, socket_options)
                return _TimedStream(stream, self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    def _checked(self, host: str, port: int) -> Sequence[str]:
        addresses = self._resolved(host, port)
        private = [address for address in addresses if not is_public(address)]
        if private and not self._allow_private:
            raise UrlRefused(
                f"{host} leads to {private[0]}, an address of a private network",
                hint="Give the file by its path, or set SCOUT_ALLOW_PRIVATE_URLS=true if you trust every catalogue.",
            )
        return addresses

    def _resolved(self, host: str, port: int) -> Sequence[str]:
        # The system's resolver takes no timeout: it is left behind in its thread where it hangs.
        answers: queue.SimpleQueue[Sequence[str] | Exception] = queue.SimpleQueue()

        def ask() -> None:
            try:
                answers.put(self._resolve(host, port))
            except (OSError, UnicodeError) as error:
                answers.put(error)

        threading.Thread(target=ask, name="resolve", daemon=True).start()
        try:
            answer = answers.get(timeout=self._deadline.clamp(None, httpcore.ConnectTimeout))
        except queue.Empty:
            raise httpcore.ConnectTimeout(f"the name {host} could not be resolved in time") from None
        if isinstance(answer, UnicodeError):
            raise UrlRefused(f"{host!r} is not a valid host name") from answer
        if isinstance(answer, socket.gaierror) and answer.errno == socket.EAI_NONAME:
            raise UrlRefused(f"there is no host named {host}", hint="Check the address.") from answer
        if isinstance(answer, Exception):
            raise httpcore.ConnectError(f"the name {host} cannot be resolved: {answer}") from answer
        return answer


class _TimedStream(httpcore.NetworkStream):
    """A stream whose every read and write ends by the deadline, whatever timeout was asked for."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.clamp(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._deadline.clamp(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        wait = self._deadline.clamp(timeout, httpcore.ConnectTimeout)
        return _TimedStream(self._inner.start_tls(ssl_context, server_hostname, wait), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
