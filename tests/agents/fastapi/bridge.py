"""A phone agent as most are written by hand: FastAPI under uvicorn for the phone, websockets for the model, aiohttp for the tool.

    bridge.py fragile|repaired
"""

import asyncio
import base64
import json
import logging
import os
import sys

import aiohttp
import uvicorn
import websockets
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

MODEL = "wss://api.openai.com/v1/realtime?model=gpt-realtime"
RECORDS = "https://ehr.example/v1/patients"
IS_REPAIRED = sys.argv[1:] == ["repaired"]
ATTEMPTS = 2 if IS_REPAIRED else 6
FALLBACK = "I can't reach the records right now. Let me have someone call you back."
SOUND = {"format": {"type": "audio/pcmu"}}
SESSION = {"type": "realtime", "audio": {
    "input": dict(SOUND, turn_detection={"type": "server_vad", "create_response": True, "interrupt_response": True}), "output": SOUND}}

logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
log = logging.getLogger("bridge")
app = FastAPI()


async def ask_records(records, arguments):
    """The answer's text; None where there is none of use."""
    for attempt in range(ATTEMPTS):
        if attempt > 0:
            await asyncio.sleep(0.2 * 2 ** (attempt - 1))
        try:
            limit = aiohttp.ClientTimeout(total=2 if IS_REPAIRED else None)
            async with records.post(RECORDS, json=json.loads(arguments), timeout=limit) as response:
                response.raise_for_status()
                return json.dumps(json.loads(await response.text()))
        except (aiohttp.ClientError, asyncio.TimeoutError, ValueError) as error:
            log.warning("attempt %d: %r", attempt + 1, error)
    return None


class Call:
    def __init__(self, phone, model, records):
        self.phone, self.model, self.records = phone, model, records
        self.sid, self.is_ready, self.look_ups = None, False, set()

    async def to_model(self, kind, **fields):
        await self.model.send(json.dumps({"type": kind, **fields}))

    async def to_phone(self, event, **fields):
        await self.phone.send_json({"event": event, "streamSid": self.sid, **fields})

    async def follow_phone(self):
        try:
            async for text in self.phone.iter_text():
                message = json.loads(text)
                if message["event"] == "start":
                    self.sid = message["start"]["streamSid"]
                elif message["event"] == "media" and self.is_ready:
                    await self.to_model("input_audio_buffer.append", audio=message["media"]["payload"])
        except WebSocketDisconnect:
            log.info("the caller is gone")
        await self.model.close()

    async def follow_model(self):
        async for text in self.model:
            event = json.loads(text)
            if event["type"] == "session.created":
                await self.to_model("session.update", session=SESSION)
            elif event["type"] == "session.updated":
                self.is_ready = True
                await self.to_model("response.create")
            elif event["type"] == "response.output_audio.delta":
                await self.to_phone("media", media={"payload": event["delta"]})
            elif event["type"] == "input_audio_buffer.speech_started":
                await self.to_phone("clear")
            elif event["type"] == "response.function_call_arguments.done":
                look_up = asyncio.create_task(self.look_up(event["call_id"], event["arguments"]))
                self.look_ups.add(look_up)
                look_up.add_done_callback(self.look_ups.discard)

    async def look_up(self, call_id, arguments):
        output = await ask_records(self.records, arguments)
        if output is None:
            if not IS_REPAIRED:
                return
            tone = (b"\x9f" * 10 + b"\x1f" * 10) * 24 * len(FALLBACK)  # in the place of a recorded sentence
            await self.to_phone("media", media={"payload": base64.b64encode(tone).decode()})
            output = '{"error":"the records cannot be reached; the caller was told"}'
        await self.to_model("conversation.item.create", item={"type": "function_call_output", "call_id": call_id, "output": output})
        await self.to_model("response.create")


@app.websocket("/media-stream")
async def media_stream(phone: WebSocket):
    await phone.accept()
    key = {"Authorization": f"Bearer {os.environ['OPENAI_API_KEY']}"}
    async with websockets.connect(MODEL, additional_headers=key) as model, aiohttp.ClientSession() as records:
        call = Call(phone, model, records)
        await asyncio.gather(call.follow_phone(), call.follow_model())


if __name__ == "__main__":
    uvicorn.run(app, host="0.0.0.0", port=5050)
