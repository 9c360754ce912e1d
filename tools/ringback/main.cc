#include "tools/ringback/cli.h"

int main(int argc, char** argv) { return ringback::cli_main(argc, argv); }
