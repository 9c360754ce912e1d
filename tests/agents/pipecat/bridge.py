"""A phone agent as pipecat's users write it: Twilio Media Streams in, the Realtime model out, tools over aiohttp.

`serve(answer)` runs it; `answer(call, tool, arguments)` gives a tool's output for the model. `Call.say_aloud(text)` is what a
repaired agent falls back to: a tone of 60 ms a character, in the place of a recorded sentence.
"""

import json
import os
from dataclasses import dataclass

import aiohttp
import uvicorn
from fastapi import FastAPI, WebSocket
from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.frames.frames import LLMRunFrame, TTSAudioRawFrame, TTSStartedFrame, TTSStoppedFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair, LLMUserAggregatorParams
from pipecat.runner.utils import parse_telephony_websocket
from pipecat.serializers.twilio import TwilioFrameSerializer
from pipecat.services.llm_service import FunctionCallParams
from pipecat.services.openai.realtime.events import AudioConfiguration, AudioInput, SessionProperties, TurnDetection
from pipecat.services.openai.realtime.llm import OpenAIRealtimeLLMService
from pipecat.transports.websocket.fastapi import FastAPIWebsocketParams, FastAPIWebsocketTransport
from pipecat.turns.user_turn_strategies import ExternalUserTurnStrategies
from pipecat.workers.runner import WorkerRunner

INSTRUCTIONS = "You are a telephone assistant. Look things up before you talk of them, and speak in short sentences."
TELEPHONE_RATE = 8000


@dataclass
class Tool:
    name: str
    description: str
    url: str
    properties: dict  # JSON schema of each argument; all are required


LOOKUP_PATIENT = Tool("lookup_patient", "Finds a patient's record by name and date of birth.", "https://ehr.example/v1/patients",
                      {"name": {"type": "string"}, "date_of_birth": {"type": "string"}})


async def ask(call, tool, arguments, timeout_s=None):
    """One attempt: the answer, or an error where it is of no use."""
    async with call.session.post(tool.url, json=arguments, timeout=aiohttp.ClientTimeout(total=timeout_s)) as response:
        text = await response.text()
        response.raise_for_status()
        return json.loads(text)


def tone(text):
    """A square wave, 60 ms a character."""
    samples = TELEPHONE_RATE * 60 // 1000 * len(text)
    return b"".join((3900 if i // 10 % 2 == 0 else -3900).to_bytes(2, "little", signed=True) for i in range(samples))


class Call:
    def __init__(self, phone, stream_sid, session, answer, tools):
        self.session, self.answer = session, answer
        self.transport = FastAPIWebsocketTransport(
            websocket=phone,
            params=FastAPIWebsocketParams(
                audio_in_enabled=True,
                audio_out_enabled=True,
                serializer=TwilioFrameSerializer(
                    stream_sid, params=TwilioFrameSerializer.InputParams(auto_hang_up=False))))
        self.llm = OpenAIRealtimeLLMService(
            api_key=os.environ["OPENAI_API_KEY"],
            settings=OpenAIRealtimeLLMService.Settings(
                model="gpt-realtime",
                system_instruction=INSTRUCTIONS,
                session_properties=SessionProperties(
                    audio=AudioConfiguration(input=AudioInput(turn_detection=TurnDetection())))))
        for tool in tools:
            self.llm.register_function(tool.name, self.handler(tool))
        schemas = [FunctionSchema(tool.name, tool.description, tool.properties, list(tool.properties)) for tool in tools]
        context = LLMContextAggregatorPair(
            LLMContext(tools=ToolsSchema(schemas)),
            user_params=LLMUserAggregatorParams(user_turn_strategies=ExternalUserTurnStrategies()))  # the model's server hears turns
        self.worker = PipelineWorker(
            Pipeline([self.transport.input(), context.user(), self.llm, self.transport.output(), context.assistant()]),
            params=PipelineParams(audio_in_sample_rate=TELEPHONE_RATE, audio_out_sample_rate=TELEPHONE_RATE))

        @self.transport.event_handler("on_client_connected")
        async def on_client_connected(transport, client):
            await self.worker.queue_frames([LLMRunFrame()])

        @self.transport.event_handler("on_client_disconnected")
        async def on_client_disconnected(transport, client):
            await self.worker.cancel()

    def handler(self, tool):
        async def handle(params: FunctionCallParams):
            await params.result_callback(await self.answer(self, tool, dict(params.arguments)))

        return handle

    async def say_aloud(self, text):
        await self.worker.queue_frames([
            TTSStartedFrame(),
            TTSAudioRawFrame(audio=tone(text), sample_rate=TELEPHONE_RATE, num_channels=1),
            TTSStoppedFrame()])

    async def run(self):
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(self.worker)
        await runner.run()


def serve(answer, tools=(LOOKUP_PATIENT,)):
    app = FastAPI()

    @app.websocket("/media-stream")
    async def media_stream(phone: WebSocket):
        await phone.accept()
        _, start = await parse_telephony_websocket(phone)
        async with aiohttp.ClientSession() as session:
            await Call(phone, start["stream_id"], session, answer, tools).run()

    uvicorn.run(app, host="0.0.0.0", port=int(os.environ.get("PORT", "5050")))
