// What the kernel makes up when it is read: /proc and /sys tell of one and the same machine, at the virtual time.
#pragma once

#include "preload/state.h"

// A file with the text for this path; -1: it is read as it is; another negative errno: it is not there.
// `rewritten` may be filled with the path to open instead.
long open_made_up(const char* path, char* rewritten, size_t room);
// The run's own file where `path` is a bundle of certificate authorities, of the system or of a library; else null.
// Nobody but the run's authority can be met, so nobody else needs to be trusted.
const char* bundle_in_place_of(const char* path);
