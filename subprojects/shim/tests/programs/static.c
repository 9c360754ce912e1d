#include <sys/socket.h>

// 3 where it can have no socket but a local one, as nothing that the run started should.
int main(void) {
  if (socket(AF_UNIX, SOCK_STREAM, 0) < 0) return 5;
  return socket(AF_INET, SOCK_STREAM, 0) < 0 && socket(AF_INET6, SOCK_DGRAM, 0) < 0 ? 3 : 4;
}
