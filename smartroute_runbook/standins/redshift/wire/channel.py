"""The byte stream between a client and the server: exact reads, whole writes, TLS once the client asks for it."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
from typing import BinaryIO

__all__ = ["Channel"]

LONGEST_MESSAGE = 64 * 1024 * 1024
LEAVE_WITHIN = 0.5  # seconds that a client has to end TLS on its side


class Channel:
    """One client's socket.

    Attributes:
        out: what will be written by the next :meth:`send`.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._input: BinaryIO = connection.makefile("rb")
        self.out = bytearray()

    def encrypt(self, tls: ssl.SSLContext) -> None:
        """All that follows is inside TLS."""
        self._input.close()
        self._connection = tls.wrap_socket(self._connection, server_side=True)
        self._input = self._connection.makefile("rb")

    def read(self, count: int) -> bytes:
        """So many bytes.

        Raises:
            ConnectionError: the client is gone.
        """
        data = self._input.read(count)
        if len(data) < count:
            raise ConnectionError
        return data

    def message(self) -> tuple[bytes, bytes]:
        """The next message: its letter and its body.

        Raises:
            ConnectionError: the client is gone, or speaks something else.
        """
        code, length = struct.unpack("!cI", self.read(5))
        if not 4 <= length <= LONGEST_MESSAGE:
            raise ConnectionError
        return code, self.read(length - 4)

    def send(self, data: bytes = b"") -> None:
        """Writes what has gathered in ``out``, and this."""
        self.out += data
        if self.out:
            self._connection.sendall(self.out)
            self.out = bytearray()

    def hang_up(self) -> None:
        """Closes the connection, also while another thread reads from it; may be called from any thread."""
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Lets go of the socket; a client that still reads sees an orderly end of TLS, as libpq asks for."""
        if isinstance(self._connection, ssl.SSLSocket):
            with contextlib.suppress(OSError, ValueError):
                self._connection.settimeout(LEAVE_WITHIN)
                self._connection.unwrap()
        self._input.close()
        self._connection.close()
