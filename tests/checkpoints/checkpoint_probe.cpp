// SPDX-License-Identifier: GPL-3.0-or-later
// checkpoint-probe FILE: what is read of a file of weights, for tests that know what was written: a line of
// JSON for each tensor, or the sentence that refuses the file and exit status 1. With the word "architecture"
// behind it instead the network that it is, and its tensors' names, ours and the file's.
#include "architectures.hpp"
#include "checkpoint.hpp"

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

int main(int count, char** arguments) {
    using namespace neural_style;
    const auto checkpoint = Checkpoint::open(count >= 2 ? arguments[1] : "");
    if (!checkpoint) {
        std::puts(checkpoint.error().message.c_str());
        return 1;
    }
    if (count == 3) {
        const auto found = recognized(checkpoint->tensors());
        if (!found) {
            std::puts((found.error().why + ". " + found.error().what_to_do).c_str());
            return 1;
        }
        nlohmann::json names;
        for (const auto& [name, tensor] : found->tensors)
            names[name] = tensor->name;
        std::puts(nlohmann::json{
            {"architecture", found->architecture->name}, {"naming", int(found->naming)}, {"tensors", names}}
                      .dump()
                      .c_str());
        return 0;
    }
    if (const auto loaded = checkpoint->load(); !loaded) {
        std::puts(loaded.error().message.c_str());
        return 1;
    }
    constexpr std::array types{"float16", "bfloat16", "float32", "float64"};
    for (const auto& tensor : checkpoint->tensors()) {
        std::string digits;
        for (const char byte : packed(tensor)) {
            constexpr const char* sixteen = "0123456789abcdef";
            digits += sixteen[std::uint8_t(byte) >> 4];
            digits += sixteen[std::uint8_t(byte) & 15];
        }
        const nlohmann::json line{{"name", tensor.name},
                                  {"type", types[std::size_t(tensor.type)]},
                                  {"shape", tensor.shape},
                                  {"bytes", digits},
                                  {"numbers", floats(tensor)}};
        std::puts(line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
    }
    return 0;
}
