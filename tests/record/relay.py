#!/usr/bin/env python3
"""A TCP relay that keeps every frame of the remoting protocol that passes.

usage: relay.py OUT LABEL=HOST:PORT=HOST:PORT ...

Each LABEL=LISTEN=TARGET makes one listener. A connection to LISTEN is joined to a new one to TARGET; bytes pass unchanged and
at once, and are cut into frames on the side. When a frame is whole, OUT/frames.jsonl gets a line {n, label, connection, to, ms,
size} and OUT/NNNNNN.bin its bytes; "to" is "server" or "client". A line "ready" is printed when all listeners are open.
Ends with SIGTERM or SIGINT. Listens where it is told to, so give it loopback addresses.
"""
import asyncio
import json
import os
import signal
import sys
import time

MAX_FRAME = 16 * 1024 * 1024


class Recorder:
    """Numbers the frames and writes them down."""

    def __init__(self, folder):
        self.folder = folder
        self.count = 0
        self.start = time.monotonic()
        self.log = open(os.path.join(folder, "frames.jsonl"), "w", encoding="ascii")

    def keep(self, label, connection, to, frame):
        self.count += 1
        with open(os.path.join(self.folder, "%06d.bin" % self.count), "wb") as out:
            out.write(frame)
        line = {"n": self.count, "label": label, "connection": connection, "to": to, "size": len(frame),
                "ms": int((time.monotonic() - self.start) * 1000)}
        self.log.write(json.dumps(line) + "\n")
        self.log.flush()


class Cutter:
    """Cuts one direction of a connection into frames: a 4-byte length, then so many bytes."""

    def __init__(self, found):
        self.found = found
        self.rest = b""

    def feed(self, data):
        self.rest += data
        while len(self.rest) >= 4:
            whole = 4 + int.from_bytes(self.rest[:4], "big")
            if whole > MAX_FRAME:
                raise ValueError("not the remoting protocol: a frame of %d bytes" % whole)
            if len(self.rest) < whole:
                return
            self.found(self.rest[:whole])
            self.rest = self.rest[whole:]


async def pump(reader, writer, cutter):
    try:
        while data := await reader.read(65536):
            cutter.feed(data)
            writer.write(data)
            await writer.drain()
    except (ConnectionError, ValueError) as error:
        print("relay: %s" % error, file=sys.stderr)
    finally:
        writer.close()


def listener(recorder, numbers, label, target):
    async def joined(reader, writer):
        numbers[0] += 1
        connection = numbers[0]
        try:
            there_reader, there_writer = await asyncio.open_connection(*target)
        except OSError:
            writer.close()
            return
        to_server = Cutter(lambda frame: recorder.keep(label, connection, "server", frame))
        to_client = Cutter(lambda frame: recorder.keep(label, connection, "client", frame))
        await asyncio.gather(pump(reader, there_writer, to_server), pump(there_reader, writer, to_client))

    return joined


def address(text):
    host, port = text.rsplit(":", 1)
    return host, int(port)


async def main():
    recorder, numbers = Recorder(sys.argv[1]), [0]
    for rule in sys.argv[2:]:
        label, listen, target = rule.split("=")
        await asyncio.start_server(listener(recorder, numbers, label, address(target)), *address(listen))
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    print("ready", flush=True)
    await stop.wait()


asyncio.run(main())
