// The `tfx` command.
#include <iostream>

#include "tfx/cli/commands.h"

int main(int argc, char** argv) { return tfx::cli::Run(argc, argv, std::cout, std::cerr); }
