"""Asks helpers that are linked statically, two at once, while timers of its own run. What they answer takes no time."""
import asyncio
import os
import signal
import subprocess
import sys
import time

STARTED = time.monotonic()
seen = []


def see(*what):
    seen.append((round(time.monotonic() - STARTED, 3), *what))


async def asks(name, lines):
    helper = await asyncio.create_subprocess_exec(sys.argv[1], "answer", stdin=asyncio.subprocess.PIPE,
                                                  stdout=asyncio.subprocess.PIPE, limit=1 << 21)
    for line in lines:
        helper.stdin.write(line + b"\n")
        await helper.stdin.drain()
        await asyncio.sleep(0.01)
        see(name, (await helper.stdout.readline()).decode().strip())
    for line in lines:  # all at once
        helper.stdin.write(line + b"\n")
    for _ in lines:
        see(name, (await helper.stdout.readline()).decode().strip())
    return helper


async def ticks():
    while True:
        await asyncio.sleep(0.004)
        see("tick")


async def main():
    ticking = asyncio.create_task(ticks())
    first, second = await asyncio.gather(asks("first", [b"x" * size for size in (1, 70_000, 3)]),
                                         asks("second", [b"y" * size for size in (5, 300_000, 7, 9)]))
    ticking.cancel()
    first.stdin.close()
    second.send_signal(signal.SIGTERM)
    see(await first.wait(), await second.wait())


asyncio.run(main())
third = subprocess.Popen([sys.argv[1], "answer"], stdin=subprocess.PIPE)
third.stdin.close()
end = os.waitid(os.P_PID, third.pid, os.WEXITED)
see("third", end.si_code == os.CLD_EXITED, end.si_status)
print(*seen, sep="\n")
