#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>

#include "preload/scheduler.h"
#include "preload/state.h"
#include "preload/trap.h"

// --- text, without libc ---

struct Text {
  char* at;
  char* end;
};

static void put_char(struct Text* text, char c) {
  if (text->at < text->end) *text->at++ = c;
}

static void put_unsigned(struct Text* text, u64 value, unsigned base) {
  char digits[24];
  int count = 0;
  do digits[count++] = "0123456789abcdef"[value % base];
  while (value /= base);
  while (count > 0) put_char(text, digits[--count]);
}

static void put_signed(struct Text* text, i64 value) {
  if (value < 0) put_char(text, '-');
  put_unsigned(text, value < 0 ? -(u64)value : (u64)value, 10);
}

int format_text(char* out, size_t size, const char* format, va_list arguments) {
  struct Text text = {out, out + size - 1};
  for (; *format; ++format) {
    if (*format != '%') {
      put_char(&text, *format);
      continue;
    }
    int longs = 0;
    for (++format; *format == 'l'; ++format) ++longs;
    switch (*format) {
      case 's':
        for (const char* s = va_arg(arguments, const char*); *s; ++s) put_char(&text, *s);
        break;
      case 'c':
        put_char(&text, (char)va_arg(arguments, int));
        break;
      case 'd':
        put_signed(&text, longs ? va_arg(arguments, long) : va_arg(arguments, int));
        break;
      case 'u':
        put_unsigned(&text, longs ? va_arg(arguments, unsigned long) : va_arg(arguments, unsigned), 10);
        break;
      case 'x':
        put_unsigned(&text, longs ? va_arg(arguments, unsigned long) : va_arg(arguments, unsigned), 16);
        break;
      case 'p':
        put_unsigned(&text, (u64)va_arg(arguments, void*), 16);
        break;
      default:
        put_char(&text, *format);
    }
  }
  *text.at = 0;
  return (int)(text.at - out);
}

char* put_decimal(char* out, unsigned long value) {
  struct Text text = {out, out + 20};
  put_unsigned(&text, value, 10);
  *text.at = 0;
  return text.at;
}

// --- messages ---

struct ShimMessage* new_message(u32 type) {
  while (page->messages_count == SHIM_MESSAGES_MAX) hand_over(SHIM_OP_FLUSH);
  struct ShimMessage* message = &page->messages[page->messages_count++];
  memset(message, 0, sizeof *message);
  message->type = type;
  return message;
}

void taint(const char* format, ...) {
  enum { KNOWN_MAX = 256 };
  static u64 known[KNOWN_MAX];
  static int known_count;
  if (!run || !page) return;
  char text[SHIM_NAME_MAX];
  va_list arguments;
  va_start(arguments, format);
  int length = format_text(text, sizeof text, format, arguments);
  va_end(arguments);
  u64 hash = 14695981039346656037u;
  for (int i = 0; i < length; ++i) hash = (hash ^ (u8)text[i]) * 1099511628211u;
  for (int i = 0; i < known_count; ++i)
    if (known[i] == hash) return;
  if (known_count < KNOWN_MAX) known[known_count++] = hash;
  memcpy(new_message(SHIM_TAINT)->name, text, (size_t)length + 1);
}

void trace_line(const char* format, ...) {
  char line[512];
  struct Text text = {line, line + sizeof line - 2};
  put_unsigned(&text, page->now_ns, 10);
  put_char(&text, ' ');
  put_signed(&text, page->pid);
  put_char(&text, '.');
  put_unsigned(&text, self ? self->number : 0, 10);
  put_char(&text, ' ');
  va_list arguments;
  va_start(arguments, format);
  text.at += format_text(text.at, (size_t)(text.end - text.at), format, arguments);
  va_end(arguments);
  *text.at++ = '\n';
  size_t length = (size_t)(text.at - line);
  // Lines of the way out of a full page are dropped: handing over would trace again.
  if (page->text_size + length > SHIM_TEXT_MAX) return;
  memcpy(page->text + page->text_size, line, length);
  page->text_size += (u32)length;
}

// --- the stack of a thread that does not come back ---

extern int backtrace(void** frames, int most);

struct Symbol {
  const char* file;
  void* base;
  const char* name;
  void* address;
};
extern int dladdr(const void* address, struct Symbol* out);

static void put_frame(struct Text* text, void* frame) {
  struct Symbol symbol = {0};
  bool found = dladdr(frame, &symbol) != 0 && symbol.file;
  for (const char* s = found ? symbol.file : "?"; *s; ++s) put_char(text, *s);
  put_char(text, '(');
  if (found && symbol.name) {
    for (const char* s = symbol.name; *s; ++s) put_char(text, *s);
    put_char(text, '+');
    put_unsigned(text, (u64)frame - (u64)symbol.address, 16);
  } else {
    put_char(text, '+');
    put_unsigned(text, (u64)frame - (u64)symbol.base, 16);
  }
  put_char(text, ')');
  put_char(text, '\n');
}

void on_watchdog(int signal, siginfo_t* information, void* context) {
  (void)signal, (void)information, (void)context;
  void* frames[64];
  struct Text text = {page->stack, page->stack + SHIM_TEXT_MAX - 1};
  trap_open();
  int count = backtrace(frames, 64);
  // The first two are this handler and its return.
  for (int i = 2; i < count; ++i) put_frame(&text, frames[i]);
  trap_close();
  *text.at = 0;
  __atomic_store_n(&page->stack_ready, 1, __ATOMIC_RELEASE);
  KERNEL4(SYS_futex, &page->stack_ready, FUTEX_WAKE, 1, 0);
}
