// SPDX-License-Identifier: GPL-3.0-or-later
/// Words of the command line, one a line; the first is the command.
#include "arguments.hpp"

#include "networks_arguments.hpp"
#include "promise.hpp"
#include "train_arguments.hpp"
#include "video_arguments.hpp"

using namespace neural_style;
using namespace neural_style::cli;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::vector<std::string> words(1);
    for (const std::uint8_t byte : std::span(data, size)) // texts of C: no zeros in them
        if (byte == '\n')
            words.emplace_back();
        else if (byte != 0)
            words.back() += char(byte);
    const std::string command = words.front();
    words.erase(words.begin());
    if (command == "networks")
        fuzz::is_taken_or_told(networks_arguments(words));
    else if (command == "devices")
        fuzz::is_taken_or_told(devices_arguments(words));
    else if (command == "info")
        fuzz::is_taken_or_told(info_arguments(words));
    else if (command == "train")
        fuzz::is_taken_or_told(train_arguments(words));
    else if (command == "video")
        fuzz::is_taken_or_told(video_arguments(words));
    else
        fuzz::is_taken_or_told(paint_arguments(words));
    return 0;
}
