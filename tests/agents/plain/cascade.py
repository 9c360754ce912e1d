"""A phone agent on Python's standard library alone, with speech-to-text, a completion model and text-to-speech as services of their own.

    python3 cascade.py messages [fallback]

Sentences are spoken one after the other, as soon as each is whole. When the caller speaks, what was not said is dropped.
"""

import asyncio
import re
import uuid

from bridge import accept, open_socket
from chat import FALLBACK, SPEAKS, TIMEOUT_S, TOOLS, Answer, Messages, post, run_tool, try_often

SPEECH_HOST = "speech.example"
START = {"type": "start", "encoding": "mulaw", "rate": 8000}
SENTENCE_END = re.compile(r"(?<=[.?!])\s+")
TOOLS.update(status="https://trains.example/v1/status", connections="https://trains.example/v1/connections")


class SpokenAnswer(Answer):
    """Hands on each sentence as soon as it is whole, but none of the first `skip`, which an earlier attempt has said."""

    def __init__(self, say, skip):
        self.say, self.skip, self.count, self.rest, self.whole = say, skip, 0, "", ""
        super().__init__()

    @property
    def text(self):
        return self.whole

    @text.setter
    def text(self, text):
        *sentences, self.rest = SENTENCE_END.split(self.rest + text[len(self.whole):])
        self.whole = text
        for sentence in sentences:
            self.hand_on(sentence)

    def finish(self):
        if self.rest.strip():
            self.hand_on(self.rest.strip())

    def hand_on(self, sentence):
        self.count += 1
        if self.count > self.skip:
            self.say(sentence)


class Speaker:
    """The synthesizer's socket, opened anew where it breaks."""

    def __init__(self, call):
        self.call, self.socket, self.sentences, self.talks_until = call, None, [], 0

    async def run(self):
        while True:
            socket = await try_socket("/speak")
            if socket:
                socket.send(START)
                async for frame in socket.messages():
                    self.take(socket, frame)
                self.socket = None
                print("the synthesizer is gone", flush=True)
            await asyncio.sleep(0.2)

    def take(self, socket, frame):
        if frame["type"] == "ready":
            self.socket = socket
            self.send_next()
        elif not self.sentences or frame.get("id") != self.sentences[0][0]:
            return  # of what was stopped
        elif frame["type"] == "audio":
            now = asyncio.get_running_loop().time()
            self.talks_until = max(self.talks_until, now) + len(frame["audio"]) * 3 / 4 / START["rate"]
            self.call.phone.send({"event": "media", "streamSid": self.call.sid, "media": {"payload": frame["audio"]}})
        elif frame["type"] in ("done", "error"):
            self.sentences.pop(0)
            self.send_next()

    def say(self, text):
        self.sentences.append((str(uuid.uuid4()), text))
        if len(self.sentences) == 1:
            self.send_next()

    def send_next(self):
        if self.socket and self.sentences:
            self.socket.send({"type": "speak", "id": self.sentences[0][0], "text": self.sentences[0][1]})

    def stop(self):
        if self.socket and self.sentences:
            self.socket.send({"type": "cancel", "id": self.sentences[0][0]})
        self.sentences = []
        if self.talks_until > asyncio.get_running_loop().time():
            self.call.phone.send({"event": "clear", "streamSid": self.call.sid})
        self.talks_until = 0


async def try_socket(path):
    try:
        return await asyncio.wait_for(open_socket(SPEECH_HOST, path), TIMEOUT_S)
    except (OSError, AssertionError, EOFError, asyncio.TimeoutError) as error:
        print(path, type(error).__name__, error, flush=True)
        return None


class Call:
    def __init__(self, phone):
        self.phone, self.sid, self.transcriber, self.early, self.turn = phone, "", None, [], None
        self.model, self.speaker, self.begin = Messages(), Speaker(self), 0
        self.tasks = []

    async def run(self):
        async for message in self.phone.messages():
            if message["event"] == "start":
                self.sid = message["start"]["streamSid"]
                self.tasks += [asyncio.ensure_future(self.speaker.run()), asyncio.ensure_future(self.listen())]
                self.start_turn()
            elif message["event"] == "media":
                self.hear(message["media"]["payload"])
        for task in [*self.tasks, self.turn]:
            task.cancel()
        for socket in (self.transcriber, self.speaker.socket):
            if socket:
                socket.send(b"\x03\xe8", 8)

    def hear(self, sound):
        if self.transcriber:
            self.transcriber.send({"type": "audio", "audio": sound})
        else:
            self.early.append(sound)

    async def listen(self):
        while True:
            socket = await try_socket("/listen")
            if socket:
                socket.send(START)
                async for frame in socket.messages():
                    self.take(socket, frame)
                self.transcriber = None
                print("the transcriber is gone", flush=True)
            await asyncio.sleep(0.2)

    def take(self, socket, frame):
        if frame["type"] == "ready":
            self.transcriber, early, self.early = socket, self.early, []
            for sound in early:
                self.hear(sound)
        elif frame["type"] == "speech_started":
            self.interrupt()
        elif frame["type"] == "final":
            self.interrupt()
            self.model.user(frame["text"])
            self.start_turn()

    def interrupt(self):
        self.speaker.stop()
        if not self.turn.done():
            self.turn.cancel()
            del self.model.items[self.begin:]  # what was not answered is asked with the next turn

    def start_turn(self):
        self.begin = len(self.model.items)
        self.turn = asyncio.ensure_future(self.answer())

    async def answer(self):
        loop = asyncio.get_running_loop()
        try:
            while True:
                answer = await loop.run_in_executor(None, self.ask, loop)
                self.model.said(answer)
                if not answer.calls:
                    return
                calls = list(answer.calls.values())
                outputs = await asyncio.gather(*(loop.run_in_executor(None, run_tool, name, text) for _, name, text in calls))
                self.model.outputs([(call[0], output) for call, output in zip(calls, outputs)])
        except RuntimeError as error:
            print("gave up:", error, flush=True)
            if SPEAKS:
                self.speaker.say(FALLBACK)

    def ask(self, loop):
        said = []

        def say(sentence):
            said.append(sentence)
            loop.call_soon_threadsafe(self.speaker.say, sentence)

        def once():
            answer = SpokenAnswer(say, len(said))
            post(self.model.url, self.model.request(), lambda response: self.model.read(answer, response))
            answer.finish()
            return answer

        return try_often("model", once)


async def take_call(reader, writer):
    await Call(await accept(reader, writer)).run()


async def main():
    server = await asyncio.start_server(take_call, "0.0.0.0", 5050)
    async with server:
        await server.serve_forever()


asyncio.run(main())
