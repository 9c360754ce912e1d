#include "desk.h"
#include "ringback/cli.h"

int main(int argc, char** argv) {
  return ringback::cli_main(
      argc, argv,
      {{.name = "desk", .summary = "the parcel desk: retries=N (4), fallback=none|spoken (none)", .make = make_desk}});
}
