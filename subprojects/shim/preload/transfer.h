// Reading and writing: what would wait in the kernel waits in the scheduler.
#pragma once

#include "preload/kernel.h"

long call_read(const long* a);
long call_readv(const long* a);
long call_write(const long* a);
long call_writev(const long* a);
long call_recvfrom(const long* a);
long call_recvmsg(const long* a);
long call_recvmmsg(const long* a);
long call_sendto(const long* a);
long call_sendmsg(const long* a);
long call_sendmmsg(const long* a);
long call_sendfile(const long* a);
long call_splice(const long* a);
