"""A loopback proxy that injects faults into real connections, with one exchange on each.

What happens later happens on the clock of the caller's pauses where it has one, so that the order
of both does not depend on the machine.
"""

import asyncio
import re
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Self

from neon_sandbox.server.http import LOOPBACK
from tests.faults.evidence import EventClock
from tests.faults.schedule import SLOW, Fault, Injection, Schedule

REFUSED_FOR = 0.8
"""Seconds for which the proxy refuses connections."""
Work = Callable[[], Awaitable[object]]
LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
END = b"\r\n\r\n"
INTERIM = b"HTTP/1.1 103 Early Hints" + END
PIECE_EVERY = 0.25


class Proxy:
    """A proxy for a server; it closes a connection after each response, to count exchanges."""

    def __init__(
        self,
        schedule: Schedule,
        door_port: int,
        *,
        pauses: EventClock | None = None,
        refused_for: float | None = REFUSED_FOR,
    ) -> None:
        """Take the clock of the caller's pauses; without ``refused_for``, go on refusing."""
        self.schedule = schedule
        self._pauses = pauses
        self._refused_for = refused_for
        self.port = 0
        self.requests = 0
        self.posts = 0
        self._door_port = door_port
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self._listen()
        await self._refuse_if_next()
        return self

    async def __aexit__(self, *_: object) -> None:
        # Requests in transit arrive, whether or not a client waits for the response.
        while self._tasks:
            await asyncio.gather(*self._tasks)
        await self._close()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._connected, LOOPBACK, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        if self._server:
            self._server.close()
            self._server = None

    async def _refuse_if_next(self) -> None:
        """Stop listening for a while if the next exchange is to be refused."""
        injection = self.schedule.injections.get(self.requests)
        if injection and injection.fault is Fault.REFUSED and self._server:
            await self._close()
            if self._refused_for is not None:
                self._later(self._refused_for, self._listen)

    def _later(self, seconds: float, work: Work) -> None:
        async def wait(seconds: float) -> None:
            await asyncio.sleep(seconds)
            await work()

        if self._pauses:
            # Run in the caller's thread, which goes on when the work is done.
            loop = asyncio.get_running_loop()
            now = partial(wait, 0)
            self._pauses.after(
                seconds, lambda: asyncio.run_coroutine_threadsafe(now(), loop).result()
            )
        else:
            self._keep(asyncio.create_task(wait(seconds)))

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._keep(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            request = await _message(reader)
            number, post = self.requests, self.posts
            self.requests += 1
            injection = self.schedule.injections.get(number)
            if request.startswith(b"POST "):
                self.posts += 1
                injection = self.schedule.post_injections.get(post, injection)
            await self._refuse_if_next()
            if injection and injection.fault in SLOW:
                await _send_slowly(writer, injection, await self._ask(request))
            elif answer := await self._exchange(request, injection, reader):
                writer.write(answer)
                await writer.drain()
            else:
                # To linger for no seconds makes the end of the connection a TCP reset.
                connection = writer.get_extra_info("socket")
                linger = struct.pack("ii", 1, 0)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                writer.transport.abort()
        writer.close()

    async def _exchange(
        self, request: bytes, injection: Injection | None, reader: asyncio.StreamReader
    ) -> bytes:
        """Return the bytes for the client; empty bytes reset the connection."""
        fault = injection.fault if injection else None
        if injection and fault is Fault.LATE:
            self._later(injection.seconds, partial(self._ask, request))
        if fault in (Fault.LATE, Fault.LOST):
            return b""
        answer = await self._ask(request)
        match fault:
            case Fault.RESET:
                return b""
            case Fault.BROKEN_OFF:
                return answer[: len(answer) - len(answer.partition(END)[2]) // 2]
            case Fault.TWICE_FIRST:
                await self._ask(request)
            case Fault.TWICE_SECOND:
                return await self._ask(request)
            case Fault.DELAY if self._pauses:
                # The caller gives up, however long the machine takes for that.
                await reader.read()
            case Fault.DELAY:
                await asyncio.sleep(injection.seconds if injection else 0)
        return answer

    async def _ask(self, request: bytes) -> bytes:
        """Forward a request to the server on a new connection."""
        reader, writer = await asyncio.open_connection(LOOPBACK, self._door_port)
        try:
            writer.write(request)
            await writer.drain()
            answer = await _message(reader)
        finally:
            writer.close()
        head, _, body = answer.partition(END)
        return head + b"\r\nconnection: close" + END + body


async def _send_slowly(writer: asyncio.StreamWriter, injection: Injection, answer: bytes) -> None:
    """Send bytes of an answer, or interim answers, for the injection's seconds, then break off."""
    is_dripped = injection.fault is Fault.DRIPPED
    for number in range(int(injection.seconds / PIECE_EVERY)):
        writer.write(answer[number : number + 1] if is_dripped else INTERIM)
        await writer.drain()
        await asyncio.sleep(PIECE_EVERY)


async def _message(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(END)
    length = LENGTH.search(head)
    return head + (await reader.readexactly(int(length[1])) if length else b"")
