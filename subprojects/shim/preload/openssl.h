// OpenSSL's own generator mixes addresses, thread ids and the time-stamp counter into its bytes. Wherever its symbols
// are exported, ours takes its place: at the start, and before the first symbol of a library that was loaded later is
// looked up.
#pragma once

void hook_openssl(void* handle);
// The program opens a file: it may be libcrypto.
void note_library(const char* path);
