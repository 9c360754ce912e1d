"""Children of every kind that Python makes."""
import multiprocessing
import os
import signal
import subprocess
import sys
import time


def child(pipe, queue):
    time.sleep(1)
    queue.put(os.getpid())
    pipe.send(time.time())


def main():
    print(subprocess.run(["/bin/echo", "hello"], capture_output=True).stdout)
    print(subprocess.check_output("sleep 5; echo $$; date", shell=True), time.time())
    process = subprocess.Popen([sys.executable, "-c", "import time, random; time.sleep(2); print(time.time(), random.random())"],
                               stdout=subprocess.PIPE)
    print(process.communicate(), process.returncode, process.pid)
    try:
        subprocess.run(["no-such-program"])
    except FileNotFoundError as error:
        print(error.strerror)
    near, far = multiprocessing.Pipe()
    queue = multiprocessing.Queue()
    worker = multiprocessing.Process(target=child, args=(far, queue))
    worker.start()
    print(near.recv(), queue.get())
    worker.join()
    with multiprocessing.Pool(3) as pool:
        print(pool.map(abs, range(-5, 0)))
    print(os.system("exit 3") >> 8, os.popen("echo popen").read())
    sleeper = subprocess.Popen(["sleep", "1000"])
    try:
        sleeper.wait(3)
    except subprocess.TimeoutExpired:
        sleeper.send_signal(signal.SIGTERM)
    print(sleeper.wait(), time.time())


if __name__ == "__main__":
    main()
