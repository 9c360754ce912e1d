"""Takes every call of the corpus: a tool for each that their models ask for, tried three times with a pause drawn at random."""

import asyncio
import random

from bridge import LOOKUP_PATIENT, Tool, ask, serve
from loguru import logger

TEXT, NUMBER = {"type": "string"}, {"type": "number"}
TOOLS = (
    LOOKUP_PATIENT,
    Tool("check", "check", "https://line.example/v1/check", {"customer": TEXT}),
    Tool("invoice", "invoice", "https://billing.example/v1/invoices", {"customer": TEXT}),
    Tool("credit", "credit", "https://billing.example/v1/credits", {"customer": TEXT, "cents": NUMBER, "reason": TEXT}),
    Tool("log_reading", "log_reading", "https://vitals.example/v1/readings",
         {"number": NUMBER, "systolic": NUMBER, "diastolic": NUMBER}),
    Tool("refill", "refill", "https://pharmacy.example/v2/refills", {"prescription": TEXT}),
)


async def answer(call, tool, arguments):
    for attempt in range(3):
        if attempt > 0:
            await asyncio.sleep(0.2 + 0.4 * random.random())
        try:
            return await ask(call, tool, arguments, timeout_s=2)
        except Exception as error:
            logger.error(f"attempt {attempt + 1}: {error!r}")
    return {"error": "out of reach"}


serve(answer, TOOLS)
