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
LOST = "One moment please, the line to our system broke."
BOOKKEEPING_S = 2


def ask_records(arguments):
    request = urllib.request.Request("https://ehr.example/v1/patients", data=arguments.encode(),
                                     headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=None if FLAW == "no-time-out" else BOOKKEEPING_S) as response:
        text = response.read().decode()
    json.loads(text)
    return text


class Desk(bridge.Call):
    def __init__(self, phone):
        super().__init__(phone)
        self.started = set()
        self.is_over = False

    async def run(self):
        try:
            await super().run()
        finally:
            self.is_over = True

    async def follow_model(self):
        for attempt in range(4):
            try:
                await super().follow_model()
            except (OSError, AssertionError, asyncio.IncompleteReadError, json.JSONDecodeError) as error:
                print("model:", type(error).__name__, flush=True)
            if self.is_over or FLAW == "socket-closes":
                return
            self.is_ready = False
            self.say(LOST)
            await asyncio.sleep(0.2 * attempt)
            self.model = await bridge.open_model()

    def say(self, text):
        self.play(base64.b64encode((b"\x9f" * 10 + b"\x1f" * 10) * 24 * len(text)).decode())

    def answer(self, call_id, output):
        self.model.send({"type": "conversation.item.create",
                         "item": {"type": "function_call_output", "call_id": call_id, "output": output}})
        self.model.send({"type": "response.create"})

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
