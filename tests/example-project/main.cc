#include "desk.h"
#include "ringback/cli.h"

int main(int argc, char** argv) { return ringback::cli_main(argc, argv, own_agents()); }
