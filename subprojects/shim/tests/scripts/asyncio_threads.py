"""asyncio, threads, locks, an executor, randomness, ids, files: whatever a Python program may tell two runs apart by."""
import asyncio
import concurrent.futures
import os
import random
import secrets
import socket
import tempfile
import threading
import time
import uuid

begin = time.time()


def tick(number, log, lock):
    for round in range(20):
        time.sleep(0.001 * (number + 1))
        with lock:
            log.append((number, round))


async def talk(name):
    reader, writer = await asyncio.open_connection(name, 7)
    writer.write(name.encode())
    answer = await reader.readexactly(len(name))
    writer.close()
    await writer.wait_closed()
    return answer.decode()


async def main():
    log, lock = [], threading.Lock()
    threads = [threading.Thread(target=tick, args=(i, log, lock)) for i in range(5)]
    for thread in threads:
        thread.start()
    loop = asyncio.get_running_loop()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        work = [loop.run_in_executor(pool, sum, range(1000 * i)) for i in range(8)]
        print(await asyncio.gather(*work))
    print(await asyncio.gather(*(talk(f"host{i}.example") for i in range(4))))
    await asyncio.sleep(3600)
    for thread in threads:
        thread.join()
    print(log)
    try:
        await asyncio.wait_for(talk("late.example") if False else asyncio.sleep(100), 2)
    except asyncio.TimeoutError:
        print("timed out")
    try:
        await asyncio.open_connection("nobody.example", 80)
    except OSError as error:
        print(error.strerror)
    try:
        await asyncio.open_connection("missing.example", 7)
    except socket.gaierror as error:
        print(error.strerror)


asyncio.run(main())
print(random.random(), uuid.uuid4(), uuid.uuid1(), secrets.token_hex(8), hash("text"))
print(id(object()), {object() for _ in range(3)})
with tempfile.NamedTemporaryFile() as file:
    file.write(b"x")
    file.flush()
    status = os.stat(file.name)
    print(file.name, status.st_ino, status.st_mtime, status.st_ctime)
print(os.getpid(), os.getppid(), threading.get_native_id(), os.cpu_count(), os.uname().nodename, os.times())
print(open("/proc/self/stat").read().split()[:5], open("/proc/uptime").read())
print(time.time() - begin, time.monotonic(), time.perf_counter(), time.process_time())
