// SPDX-License-Identifier: GPL-3.0-or-later
#include "description.hpp"

#include "arguments.hpp"
#include "help.hpp"
#include "networks_arguments.hpp"
#include "options.hpp"
#include "train_arguments.hpp"
#include "video_arguments.hpp"

#include <nlohmann/json.hpp>

namespace neural_style::cli {

std::string command_line_description() {
    auto commands = nlohmann::ordered_json::array();
    const auto add = [&](const auto& arguments) {
        commands.push_back(nlohmann::ordered_json::parse(arguments->help));
    };
    const std::vector<std::string> asked{describe_word};
    add(paint_arguments(asked));
    add(video_arguments(asked));
    add(info_arguments(asked));
    add(styles_arguments(asked));
    add(presets_arguments(asked));
    add(networks_arguments(asked));
    add(devices_arguments(asked));
    for (const char* what : {"style", "encoder", "decoder"})
        add(train_arguments({what, describe_word}));
    return nlohmann::ordered_json{{"help", help()}, {"commands", commands}}.dump() + '\n';
}

} // namespace neural_style::cli
