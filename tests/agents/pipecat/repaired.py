"""Two attempts of two seconds, then a sentence for the caller and an answer for the model."""

import asyncio

from bridge import ask, serve
from loguru import logger

FALLBACK = "I can't reach the records right now. Let me have someone call you back."


async def answer(call, tool, arguments):
    for attempt in range(2):
        if attempt > 0:
            await asyncio.sleep(0.2)
        try:
            return await ask(call, tool, arguments, timeout_s=2)
        except Exception as error:
            logger.error(f"attempt {attempt + 1}: {error!r}")
    await call.say_aloud(FALLBACK)
    return {"error": "the records cannot be reached; the caller was told"}


serve(answer)
