"""The agent of the benchmarks' long call: one look-up by number, for at most two seconds."""

from bridge import Tool, ask, serve


async def answer(call, tool, arguments):
    return await ask(call, tool, arguments, timeout_s=2)


serve(answer, [Tool("lookup_patient", "Finds a patient.", "https://ehr.example/v1/patients", {"id": {"type": "number"}})])
