"""Many connections over one pair of streams. Runs on both sides: here, and as a program of its own in a container.

A frame is the number of a connection, its kind, and the length of what follows. Each side may have `WINDOW` bytes of a
connection under way that the other one has not passed on, so that one that is not read holds up no other. Python 3.9
and its standard library, nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
import sys
from collections.abc import Awaitable, Callable

HEAD = struct.Struct(">IBI")
OPEN, DATA, END, CLOSE, TAKEN, ALIVE = range(6)
"""A connection to a port, its bytes, the end of one direction, the end of both, so many bytes were passed on; and that
this side is there."""
PART, WINDOW = 64 * 1024, 1024 * 1024
ALIVE_SECONDS, SILENT_SECONDS = 5.0, 20.0
NUMBER = struct.Struct(">I")

Read = Callable[[int], Awaitable[bytes]]
"""Exactly so many bytes; asyncio.IncompleteReadError or OSError at the end."""


class Connection:
    """One of them, on one side."""

    def __init__(self) -> None:
        self.credit = WINDOW
        self.room = asyncio.Event()
        self.parts: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.task: asyncio.Task[None] | None = None


class Multiplexer:
    """All of them."""

    def __init__(self, read: Read, writer: asyncio.StreamWriter) -> None:
        self._read = read
        self._writer = writer
        self._turn = asyncio.Lock()
        self._connections: dict[int, Connection] = {}
        self._next = 0
        self._heard = 0.0
        self._sending: asyncio.Task[None] | None = None
        self.over = False

    async def run(self) -> None:
        """Runs until the streams end, or the other side is silent. Never raises but when it is cancelled."""
        loop = asyncio.get_running_loop()
        self._heard = loop.time()
        alive = loop.create_task(self._stay_alive())
        try:
            while True:
                number, kind, size = HEAD.unpack(await self._read(HEAD.size))
                body = await self._read(size) if size else b""
                self._heard = loop.time()
                self._take(number, kind, body)
        except (asyncio.IncompleteReadError, OSError, struct.error):
            pass
        finally:
            self.over = True
            alive.cancel()
            for each in list(self._connections.values()):
                if each.task is not None:
                    each.task.cancel()
            self._writer.close()

    async def carry(self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A connection of this side to a port of the other one, until both directions have ended."""
        self._next += 1
        number = self._next
        connection = self._connections[number] = Connection()
        connection.task = asyncio.current_task()
        try:
            await self._send(number, OPEN, NUMBER.pack(port))
            await self._pass_on(number, connection, reader, writer)
        finally:
            self._connections.pop(number, None)

    def _take(self, number: int, kind: int, body: bytes) -> None:
        if kind == OPEN:
            connection = self._connections[number] = Connection()
            connection.task = asyncio.get_running_loop().create_task(self._dial(number, connection, body))
            return
        target = self._connections.get(number)
        if target is None:
            return
        if kind == DATA:
            target.parts.put_nowait(body)
        elif kind == END:
            target.parts.put_nowait(b"")
        elif kind == CLOSE:
            target.parts.put_nowait(None)
        elif kind == TAKEN:
            target.credit += NUMBER.unpack(body)[0]
            target.room.set()

    async def _dial(self, number: int, connection: Connection, body: bytes) -> None:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", NUMBER.unpack(body)[0])
        except OSError:
            await self._send(number, CLOSE)
            self._connections.pop(number, None)
            return
        try:
            await self._pass_on(number, connection, reader, writer)
        finally:
            self._connections.pop(number, None)

    async def _pass_on(
        self, number: int, connection: Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        up = asyncio.ensure_future(self._up(number, connection, reader))
        down = asyncio.ensure_future(self._down(number, connection, writer))
        whole = False
        try:
            await asyncio.wait((up, down), return_when=asyncio.FIRST_EXCEPTION)
            whole = all(each.done() and each.exception() is None for each in (up, down))
        finally:
            for each in (up, down):
                each.cancel()
            if not whole:
                writer.transport.abort()
                with contextlib.suppress(OSError):
                    await self._send(number, CLOSE)
            writer.close()

    async def _up(self, number: int, connection: Connection, reader: asyncio.StreamReader) -> None:
        while True:
            while connection.credit <= 0:
                connection.room.clear()
                await connection.room.wait()
            part = await reader.read(min(PART, connection.credit))
            connection.credit -= len(part)
            await self._send(number, DATA if part else END, part)
            if not part:
                return

    async def _down(self, number: int, connection: Connection, writer: asyncio.StreamWriter) -> None:
        while True:
            part = await connection.parts.get()
            if part is None:
                raise ConnectionResetError
            if not part:
                writer.write_eof()
                return
            writer.write(part)
            await writer.drain()
            await self._send(number, TAKEN, NUMBER.pack(len(part)))

    async def _send(self, number: int, kind: int, body: bytes = b"") -> None:
        if self.over:
            raise ConnectionResetError
        async with self._turn:
            self._writer.write(HEAD.pack(number, kind, len(body)) + body)
            await self._writer.drain()

    async def _stay_alive(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(ALIVE_SECONDS)
            if loop.time() - self._heard > SILENT_SECONDS:
                self._writer.transport.abort()
                self.stop()
                return
            self._sending = loop.create_task(self._quietly_alive())

    async def _quietly_alive(self) -> None:
        with contextlib.suppress(OSError):
            await self._send(0, ALIVE)

    def stop(self) -> None:
        """Ends the stream that a side reads from, if it has one of its own."""


async def _main() -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    pipe, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, sys.stdout)
    multiplexer = Multiplexer(reader.readexactly, asyncio.StreamWriter(pipe, protocol, None, loop))
    multiplexer.stop = transport.close  # type: ignore[method-assign]
    running = loop.create_task(multiplexer.run())
    await running


if __name__ == "__main__":
    asyncio.run(_main())
