"""The phone agent of tests/agents/plain with care, and the mistakes that can be planted in it, one at a time.

    python3 desk.py FLAW      none, or one of FLAWS
"""

import asyncio
import base64
import json
import pathlib
import sys
import urllib.request

FLAW = sys.argv[1] if len(sys.argv) > 1 else "none"
FLAWS = ["silence-after-giving-up", "no-time-out", "call-started-twice", "arguments-unchecked", "fields-unchecked",
         "socket-closes"]
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "agents" / "plain"))
import bridge  # noqa: E402

SORRY = "I can't reach the records right now. Let me have someone call you back."
MOMENT = "One moment, please."
PARDON = "Sorry, could you say that again?"
LOST = "One moment please, the line to our system broke."
BOOKKEEPING_S = 2
MODEL_S = 3


def ask_records(arguments):
    request = urllib.request.Request("https://ehr.example/v1/patients", data=arguments.encode(),
                                     headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=None if FLAW == "no-time-out" else BOOKKEEPING_S) as response:
        text = response.read().decode()
    json.loads(text)
    return text


class Watched:
    """The model's socket; the desk sees what comes before the bridge does."""

    def __init__(self, socket, observe):
        self.socket, self.send, self.observe = socket, socket.send, observe

    async def messages(self):
        async for event in self.socket.messages():
            self.observe(event)
            yield event


class Desk(bridge.Call):
    def __init__(self, phone):
        super().__init__(phone)
        self.started = set()
        self.is_over = False
        self.has_answered = False
        self.failures = 0
        self.is_working = self.was_working = False  # nothing was said since a call
        self.due = None  # until then the model has to do something

    async def run(self):
        try:
            await super().run()
        finally:
            self.is_over = True

    async def follow_model(self):
        self.spawn(self.watch())
        while True:
            try:
                self.model = Watched(self.model, self.observe)
                await super().follow_model()
            except (OSError, AssertionError, asyncio.IncompleteReadError, json.JSONDecodeError) as error:
                print("model:", type(error).__name__, flush=True)
            if self.is_over or FLAW == "socket-closes":
                return
            self.is_ready = False
            self.say(LOST)
            await asyncio.sleep(0.2)
            self.model = await self.open_again()

    async def open_again(self):
        while True:
            try:
                opening = bridge.open_socket("api.openai.com", "/v1/realtime?model=gpt-realtime")
                model = await asyncio.wait_for(opening, MODEL_S)
                self.expect()
                return model
            except (OSError, AssertionError, asyncio.IncompleteReadError, asyncio.TimeoutError) as error:
                print("model:", type(error).__name__, flush=True)
                self.say(LOST)
                await asyncio.sleep(1)

    def expect(self):
        self.due = asyncio.get_running_loop().time() + MODEL_S

    async def watch(self):
        while not self.is_over:
            await asyncio.sleep(0.5)
            if self.due is not None and asyncio.get_running_loop().time() > self.due:
                self.due = None
                if FLAW != "socket-closes":
                    self.model.socket.writer.transport.abort()

    def observe(self, event):
        kind = event["type"]
        if kind in ("input_audio_buffer.speech_stopped", "response.created"):
            self.has_answered = False
            self.expect()
        elif kind in ("response.output_audio.delta", "response.function_call_arguments.done"):
            self.has_answered = True
            self.was_working, self.is_working = self.is_working, kind != "response.output_audio.delta"
            self.due = None
        elif kind == "response.done":
            self.due = None
            status = event["response"].get("status")
            if status == "failed" and self.failures < 3:
                self.failures += 1
                self.ask()
            elif status in ("completed", "failed") and not self.has_answered:
                self.say(PARDON)

    def ask(self):
        self.model.send({"type": "response.create"})
        self.expect()

    def say(self, text):
        self.play(base64.b64encode((b"\x9f" * 10 + b"\x1f" * 10) * 24 * len(text)).decode())

    def answer(self, call_id, output):
        self.model.send({"type": "conversation.item.create",
                         "item": {"type": "function_call_output", "call_id": call_id, "output": output}})
        self.ask()

    async def look_up(self, call_id, arguments):
        if call_id in self.started and FLAW != "call-started-twice":
            return
        self.started.add(call_id)
        try:
            json.loads(arguments)
        except json.JSONDecodeError:
            if FLAW == "arguments-unchecked":
                raise
            return self.answer(call_id, '{"error":"the arguments are no JSON"}')
        for attempt in range(2):
            if attempt > 0 or self.was_working:
                self.say(MOMENT)
            if attempt > 0:
                await asyncio.sleep(0.2)
            try:
                output = await asyncio.get_running_loop().run_in_executor(None, ask_records, arguments)
                break
            except Exception as error:  # whatever it is, the caller waits
                print("attempt", attempt + 1, type(error).__name__, flush=True)
        else:
            if FLAW == "silence-after-giving-up":
                return
            self.say(SORRY)
            output = '{"error":"the records cannot be reached; the caller was told"}'
        if FLAW == "fields-unchecked":
            print("found", [match["id"] for match in json.loads(output)["matches"]], flush=True)
        self.answer(call_id, output)


bridge.Call = Desk
asyncio.run(bridge.main())
