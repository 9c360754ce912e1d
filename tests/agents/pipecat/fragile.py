"""Retries five times, and when that does not help, waits for somebody to notice: the tool never ends."""

import asyncio

from bridge import ask, serve
from loguru import logger


async def answer(call, tool, arguments):
    for attempt in range(6):
        if attempt > 0:
            await asyncio.sleep(0.2 * 2 ** (attempt - 1))
        try:
            return await ask(call, tool, arguments)
        except Exception as error:
            logger.error(f"attempt {attempt + 1}: {error!r}")
    await asyncio.Event().wait()


serve(answer)
