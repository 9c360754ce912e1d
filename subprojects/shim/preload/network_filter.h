// Keeps a process from the machine's network by the kernel itself: for programs that this library cannot be loaded
// into.
#pragma once

// From now on the calling thread, and whatever it executes or forks, gets no sockets but local ones, no io_uring, and
// no system calls of another machine (32 bits, x32). Those of the run do not need any: what they see as TCP is local
// underneath. 0, or a negative errno.
long close_network(void);
