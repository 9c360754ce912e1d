"""A chat agent on Python's standard library alone: a WebSocket for whoever types, a completion model, tools over HTTPS.

    python3 chat.py chat|responses|messages [whole] [fallback]

The calls that the model asks for run side by side in threads; model and tools are tried again with a growing pause. With
`whole` the model's answer is asked for in one piece, with `fallback` a failure is said to the caller.
"""

import asyncio
import json
import os
import sys
import time
import urllib.error
import urllib.request

from bridge import accept

PROTOCOL, STREAMS, SPEAKS = sys.argv[1], "whole" not in sys.argv, "fallback" in sys.argv
ATTEMPTS, TIMEOUT_S = 4, 6
FALLBACK = "I can't get that done right now. Please try again later."
TOOLS = {"find_order": "https://shop.example/v1/orders", "track": "https://parcels.example/v2/track",
         "replace_order": "https://shop.example/v1/replacements"}
PROMPT = "You are the assistant in the chat window of the Lantern Shop."


def post(url, body, read):
    headers = {"Content-Type": "application/json", "Authorization": "Bearer " + os.environ["OPENAI_API_KEY"]}
    request = urllib.request.Request(url, data=json.dumps(body).encode(), headers=headers)
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:
        return read(response)


def try_often(what, function):
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(0.2 * 2 ** (attempt - 1))
        try:
            return function()
        except Exception as error:  # whatever it is, it is tried again
            print(what, "attempt", attempt + 1, type(error).__name__, error, flush=True)
    raise RuntimeError(what)


def events(response):
    """The data of server-sent events, which must not end before their last one."""
    for line in response:
        if line.startswith(b"data: "):
            data = line[6:].strip()
            if data == b"[DONE]":
                return
            event = json.loads(data)
            yield event
            if event.get("type") in ("response.completed", "message_stop"):
                return
    raise EOFError("the stream ended early")


class Answer:
    def __init__(self):
        self.text, self.calls = "", {}  # key: [id, name, arguments]

    def call(self, key, call_id, name):
        self.calls[key] = [call_id, name, ""]


class Chat:
    url = "https://api.openai.com/v1/chat/completions"

    def __init__(self):
        self.items = [{"role": "system", "content": PROMPT}]

    def user(self, text):
        self.items.append({"role": "user", "content": text})

    def request(self):
        return {"model": "gpt-4o-mini", "messages": self.items, "stream": STREAMS}

    def read(self, answer, response):
        if not STREAMS:
            return self.take(answer, json.load(response)["choices"][0]["message"])
        for event in events(response):
            self.take(answer, event["choices"][0]["delta"])

    def take(self, answer, message):
        answer.text += message.get("content") or ""
        for number, call in enumerate(message.get("tool_calls") or []):
            key = call.get("index", number)
            if "id" in call:
                answer.call(key, call["id"], call["function"]["name"])
            answer.calls[key][2] += call["function"].get("arguments", "")

    def said(self, answer):
        message = {"role": "assistant", "content": answer.text or None}
        if answer.calls:
            message["tool_calls"] = [{"id": i, "type": "function", "function": {"name": n, "arguments": a}}
                                     for i, n, a in answer.calls.values()]
        self.items.append(message)

    def outputs(self, outputs):
        self.items += [{"role": "tool", "tool_call_id": i, "content": text} for i, text in outputs]


class Responses(Chat):
    url = "https://api.openai.com/v1/responses"

    def __init__(self):
        self.items = []

    def request(self):
        return {"model": "gpt-4o-mini", "instructions": PROMPT, "input": self.items, "stream": STREAMS}

    def read(self, answer, response):
        if not STREAMS:
            for key, item in enumerate(json.load(response)["output"]):
                if item["type"] == "message":
                    answer.text += "".join(part["text"] for part in item["content"])
                else:
                    answer.calls[key] = [item["call_id"], item["name"], item["arguments"]]
            return
        for event in events(response):
            if event["type"] == "response.output_text.delta":
                answer.text += event["delta"]
            elif event["type"] == "response.output_item.added" and event["item"]["type"] == "function_call":
                answer.call(event["output_index"], event["item"]["call_id"], event["item"]["name"])
            elif event["type"] == "response.function_call_arguments.delta":
                answer.calls[event["output_index"]][2] += event["delta"]

    def said(self, answer):
        if answer.text:
            self.items.append({"role": "assistant", "content": answer.text})
        self.items += [{"type": "function_call", "call_id": i, "name": n, "arguments": a} for i, n, a in answer.calls.values()]

    def outputs(self, outputs):
        self.items += [{"type": "function_call_output", "call_id": i, "output": text} for i, text in outputs]


class Messages(Chat):
    url = "https://api.anthropic.com/v1/messages"

    def __init__(self):
        self.items = []

    def request(self):
        return {"model": "claude", "max_tokens": 1024, "system": PROMPT, "messages": self.items, "stream": STREAMS}

    def read(self, answer, response):
        if not STREAMS:
            for key, block in enumerate(json.load(response)["content"]):
                if block["type"] == "text":
                    answer.text += block["text"]
                else:
                    answer.calls[key] = [block["id"], block["name"], json.dumps(block["input"])]
            return
        for event in events(response):
            if event["type"] == "content_block_start" and event["content_block"]["type"] == "tool_use":
                answer.call(event["index"], event["content_block"]["id"], event["content_block"]["name"])
            elif event["type"] == "content_block_delta" and event["delta"]["type"] == "text_delta":
                answer.text += event["delta"]["text"]
            elif event["type"] == "content_block_delta":
                answer.calls[event["index"]][2] += event["delta"]["partial_json"]

    def said(self, answer):
        blocks = [{"type": "text", "text": answer.text}] if answer.text else []
        blocks += [{"type": "tool_use", "id": i, "name": n, "input": json.loads(a)} for i, n, a in answer.calls.values()]
        self.items.append({"role": "assistant", "content": blocks})

    def outputs(self, outputs):
        self.items.append({"role": "user", "content": [{"type": "tool_result", "tool_use_id": i, "content": text}
                                                       for i, text in outputs]})


def ask(model):
    def once():
        answer = Answer()
        post(model.url, model.request(), lambda response: model.read(answer, response))
        for _, _, arguments in answer.calls.values():
            json.loads(arguments)
        return answer
    return try_often("model", once)


def run_tool(name, arguments):
    def once():
        text = post(TOOLS[name], json.loads(arguments), lambda response: response.read().decode())
        json.loads(text)
        return text
    return try_often(name, once)


async def answer_turn(model, socket):
    loop = asyncio.get_running_loop()
    while True:
        answer = await loop.run_in_executor(None, ask, model)
        model.said(answer)
        if answer.text:
            socket.send({"text": answer.text})
        if not answer.calls:
            return
        calls = list(answer.calls.values())
        outputs = await asyncio.gather(*(loop.run_in_executor(None, run_tool, name, arguments) for _, name, arguments in calls))
        model.outputs([(call[0], output) for call, output in zip(calls, outputs)])


async def take_chat(reader, writer):
    socket = await accept(reader, writer)
    model = {"chat": Chat, "responses": Responses, "messages": Messages}[PROTOCOL]()
    async for message in socket.messages():
        model.user(message["text"])
        try:
            await answer_turn(model, socket)
        except RuntimeError as error:
            print("gave up:", error, flush=True)
            if SPEAKS:
                socket.send({"text": FALLBACK})


async def main():
    server = await asyncio.start_server(take_chat, "0.0.0.0", 8080)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
