// SPDX-License-Identifier: GPL-3.0-or-later
/// The executable neural-style-engine: paints alone, or has an engine paint that others share.
#include "joining.hpp"
#include "program.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

int main(int count, char** values) {
    std::vector<char*> arguments(values, values + count);
    const auto shared = std::ranges::find(arguments, std::string_view("--shared"));
    if (shared == arguments.end())
        return start_program(count, values);
    arguments.erase(shared);
    if (const auto status = neural_style::sharing::join_shared_engine(program_module(), arguments))
        return *status;
    arguments.push_back(nullptr);
    return start_program(int(arguments.size()) - 1, arguments.data());
}
