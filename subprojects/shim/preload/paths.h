// The run's temporary folder has one name in the program, SHIM_TEMPORARY_FOLDER, whatever its real one is: so runs at
// the same time do not differ by it. /dev/shm, where named semaphores and shared memory lie, is the run's own as well.
// Paths are translated on their way into the kernel, and back where the kernel tells one.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "preload/kernel.h"

enum { PATH_ROOM = 1024 };

// Whether a path of this call lies in the folder; then it is served with translated arguments.
bool has_temporary_path(long number, const long* a);
struct TranslatedCall {
  Arguments arguments;
  char paths[2][PATH_ROOM];
};
void translate_call(long number, const long* a, struct TranslatedCall* out);

// A path of `length` octets that the kernel wrote, in place; its new length.
size_t translate_back(char* path, size_t length);
