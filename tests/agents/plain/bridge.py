"""A phone agent on Python's standard library alone: Twilio Media Streams in, the Realtime model out, one tool over HTTPS.

    python3 bridge.py fragile|repaired|stranger|crash|deaf|clocks
"""

import asyncio
import base64
import hashlib
import json
import os
import signal
import ssl
import sys
import time
import urllib.request

MODE = sys.argv[1] if len(sys.argv) > 1 else "fragile"
SALT = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
FALLBACK = "I can't reach the records right now. Let me have someone call you back."


class Socket:
    """One end of a WebSocket; a client masks."""

    def __init__(self, reader, writer, masks):
        self.reader, self.writer, self.masks = reader, writer, masks

    def send(self, message, opcode=1):
        data = json.dumps(message).encode() if opcode == 1 else message
        head = bytes([0x80 | opcode])
        bit = 0x80 if self.masks else 0
        if len(data) < 126:
            head += bytes([bit | len(data)])
        elif len(data) < 65536:
            head += bytes([bit | 126]) + len(data).to_bytes(2, "big")
        else:
            head += bytes([bit | 127]) + len(data).to_bytes(8, "big")
        if self.masks:
            mask = os.urandom(4)
            head += mask
            data = bytes(b ^ mask[i % 4] for i, b in enumerate(data))
        self.writer.write(head + data)

    async def messages(self):
        whole = b""
        while True:
            try:
                first, second = await self.reader.readexactly(2)
                size = second & 0x7F
                if size > 125:
                    size = int.from_bytes(await self.reader.readexactly(2 if size == 126 else 8), "big")
                mask = await self.reader.readexactly(4) if second & 0x80 else b"\0\0\0\0"
                data = await self.reader.readexactly(size)
            except (asyncio.IncompleteReadError, ConnectionError):
                return
            if second & 0x80:
                data = bytes(b ^ mask[i % 4] for i, b in enumerate(data))
            if first & 0x0F == 8:
                self.send(data[:2], 8)
                self.writer.close()
                return
            whole += data
            if first & 0x80:
                yield json.loads(whole)
                whole = b""


async def open_socket(host, target):
    reader, writer = await asyncio.open_connection(host, 443, ssl=ssl.create_default_context())
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        f"GET {target} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode())
    answer = await reader.readuntil(b"\r\n\r\n")
    assert b" 101 " in answer.split(b"\r\n")[0], answer
    return Socket(reader, writer, masks=True)


def ask_records(arguments):
    request = urllib.request.Request("https://ehr.example/v1/patients", data=arguments.encode(),
                                     headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=2 if MODE == "repaired" else None) as response:
        text = response.read().decode()
    json.loads(text)
    return text


class Call:
    def __init__(self, phone):
        self.phone, self.model, self.sid, self.tasks = phone, None, "", set()
        self.is_ready = False  # the model knows the format of our sound

    async def run(self):
        async for message in self.phone.messages():
            if message["event"] == "start":
                self.sid = message["start"]["streamSid"]
                self.model = await open_socket("api.openai.com", "/v1/realtime?model=gpt-realtime")
                self.spawn(self.follow_model())
            elif message["event"] == "media" and self.is_ready:
                self.model.send({"type": "input_audio_buffer.append", "audio": message["media"]["payload"]})
        if self.model is not None:
            self.model.send(b"\x03\xe8", 8)

    def spawn(self, work):
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def follow_model(self):
        async for event in self.model.messages():
            if event["type"] == "session.created":
                sound = {"format": {"type": "audio/pcmu"}}
                self.model.send({"type": "session.update", "session": {
                    "type": "realtime", "audio": {"input": dict(sound, turn_detection={
                        "type": "server_vad", "create_response": True, "interrupt_response": True}), "output": sound}}})
            elif event["type"] == "session.updated":
                self.is_ready = True
                self.model.send({"type": "response.create"})
            elif event["type"] == "response.output_audio.delta":
                self.play(event["delta"])
            elif event["type"] == "input_audio_buffer.speech_started":
                self.phone.send({"event": "clear", "streamSid": self.sid})
            elif event["type"] == "response.function_call_arguments.done":
                self.spawn(self.look_up(event["call_id"], event["arguments"]))

    def play(self, payload):
        self.phone.send({"event": "media", "streamSid": self.sid, "media": {"payload": payload}})

    async def look_up(self, call_id, arguments):
        if MODE == "crash":
            os._exit(3)
        for attempt in range(2 if MODE == "repaired" else 6):
            if attempt > 0:
                await asyncio.sleep(0.2 * 2 ** (attempt - 1))
            try:
                output = await asyncio.get_running_loop().run_in_executor(None, ask_records, arguments)
                break
            except Exception as error:  # whatever it is, the caller waits
                print("attempt", attempt + 1, type(error).__name__, flush=True)
        else:
            if MODE != "repaired":
                return
            self.play(base64.b64encode((b"\x9f" * 10 + b"\x1f" * 10) * 24 * len(FALLBACK)).decode())
            output = '{"error":"the records cannot be reached; the caller was told"}'
        self.model.send({"type": "conversation.item.create",
                         "item": {"type": "function_call_output", "call_id": call_id, "output": output}})
        self.model.send({"type": "response.create"})


async def accept(reader, writer):
    """Takes a client's handshake; the open WebSocket."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
    accept = base64.b64encode(hashlib.sha1((fields["Sec-WebSocket-Key"] + SALT).encode()).digest()).decode()
    writer.write(f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 f"Sec-WebSocket-Accept: {accept}\r\n\r\n".encode())
    return Socket(reader, writer, masks=False)


async def take_call(reader, writer):
    await Call(await accept(reader, writer)).run()


async def tell_clocks():
    print("begun", time.time(), flush=True)
    while True:
        wall, monotonic = time.time(), time.monotonic()
        await asyncio.sleep(1)
        print("clocks", time.time() - wall, time.monotonic() - monotonic, flush=True)


async def main():
    if MODE == "deaf":
        signal.signal(signal.SIGTERM, lambda *_: print("not now", flush=True))
    if MODE == "clocks":
        asyncio.ensure_future(tell_clocks()).add_done_callback(print)
    if MODE == "stranger":
        try:
            await asyncio.open_connection("telemetry.example", 443)
        except OSError as error:
            print("telemetry:", error, flush=True)
    server = await asyncio.start_server(take_call, "0.0.0.0", 5050)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
