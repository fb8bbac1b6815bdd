// SPDX-License-Identifier: GPL-3.0-or-later
#include "networks_arguments.hpp"

#include "options.hpp"
#include "translation.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace neural_style::cli {
namespace {

using A = NetworksArguments;

constexpr std::array tasks{std::pair(std::string_view("add"), NetworksTask::add),
                           std::pair(std::string_view("list"), NetworksTask::list),
                           std::pair(std::string_view("show"), NetworksTask::show),
                           std::pair(std::string_view("remove"), NetworksTask::remove)};

std::vector<Option<A>> options() {
    return {{"name", 0, _("NAME"), _("with add: what the network is called (default: as its architecture)"),
             [](A& arguments, const std::string& value) -> Result<void> {
                 if (!is_network_name(value))
                     return wrong(
                         sentence(_("--name takes a word of letters, digits, - and _, not \"{}\"."), value));
                 arguments.name = value;
                 return {};
             }},
            {"float16", 0, nullptr, _("with add: store numbers of 16 bits, half the size"),
             [](A& arguments, const std::string&) -> Result<void> {
                 arguments.float16 = true;
                 return {};
             }},
            {"input", 0, _("WORD"),
             _("with add: how the network wants its pictures: torchvision, or caffe for weights that came "
               "from Caffe "
               "(default: as names tell)"),
             [](A& arguments, const std::string& value) -> Result<void> {
                 if (value != "torchvision" && value != "caffe")
                     return wrong(
                         sentence(_("--{} is one of {}, not \"{}\"."), "input", "torchvision, caffe", value));
                 arguments.input = value == "caffe" ? InputScale::caffe : InputScale::torchvision;
                 return {};
             }},
            talk_option<A>(Talk::programs)};
}

} // namespace

bool is_network_name(const std::string& name) {
    constexpr std::size_t longest = 64;
    return !name.empty() && name.size() <= longest && name.front() != '-' &&
           std::ranges::all_of(name, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_';
           });
}

Result<NetworksArguments> networks_arguments(const std::vector<std::string>& words) {
    NetworksArguments arguments;
    const auto rest = parse(
        arguments, options(), words,
        {"neural-style networks", _("add FILE | list | show NAME | remove NAME"),
         _("Keeps networks that others have trained, to paint with: VGG, ResNet and MobileNetV2,\n"
           "from .pth and .pt files of PyTorch and from safetensors files. Nothing in a file is executed, and\n"
           "of its layers only those are kept that painting needs."),
         _("Examples:\n"
           "  neural-style networks add ~/.cache/torch/hub/checkpoints/vgg19-dcbb9e9d.pth\n"
           "  neural-style paint boats.jpg --style waves --network vgg19 -o painted.png\n"
           "\n"
           "Networks are kept in ~/.local/share/neural-style/networks ($XDG_DATA_HOME), with a card each.")});
    if (!rest)
        return std::unexpected(rest.error());
    if (!arguments.help.empty())
        return arguments;
    const auto task = rest->empty() ? tasks.end()
                                    : std::ranges::find(tasks, std::string_view(rest->front()),
                                                        &std::pair<std::string_view, NetworksTask>::first);
    if (task == tasks.end())
        return wrong(_("Say what to do with networks: add FILE, list, show NAME or remove NAME."));
    arguments.task = task->second;
    const std::size_t wanted = arguments.task == NetworksTask::list ? 1 : 2;
    if (rest->size() > wanted)
        return wrong(
            sentence(_("The command {} takes no \"{}\"."), "networks " + rest->front(), (*rest)[wanted]));
    if (rest->size() < wanted && arguments.task == NetworksTask::add)
        return wrong(_("Name the file to add, as in: neural-style networks add vgg19-dcbb9e9d.pth"));
    if (rest->size() < wanted)
        return wrong(_("Name the network: \"neural-style networks list\" tells which there are."));
    if (arguments.task != NetworksTask::add &&
        (arguments.float16 || arguments.input || !arguments.name.empty()))
        return wrong(_("--name, --float16 and --input are for networks add: leave them out."));
    if (arguments.task == NetworksTask::add)
        arguments.file = (*rest)[1];
    else if (wanted == 2)
        arguments.name = (*rest)[1];
    return arguments;
}

} // namespace neural_style::cli
