// SPDX-License-Identifier: GPL-3.0-or-later
/// neural-style: everything is in its module.
#include "program.hpp"

int main(int count, char** arguments) {
    return start_program(count, arguments);
}
