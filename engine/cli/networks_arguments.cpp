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
                           std::pair(std::string_view("get"), NetworksTask::get),
                           std::pair(std::string_view("list"), NetworksTask::list),
                           std::pair(std::string_view("show"), NetworksTask::show),
                           std::pair(std::string_view("remove"), NetworksTask::remove)};

auto set(bool A::*flag) {
    return [flag](A& arguments, const std::string&) -> Result<void> {
        arguments.*flag = true;
        return {};
    };
}

std::vector<Option<A>> options() {
    return {
        {"name", 0, _("NAME"),
         _("with add and get: what the network is called (default: as its architecture)"),
         [](A& arguments, const std::string& value) -> Result<void> {
             if (!is_network_name(value))
                 return wrong(
                     sentence(_("--name takes a word of letters, digits, - and _, not \"{}\"."), value));
             arguments.name = value;
             return {};
         }},
        {"float16", 0, nullptr, _("with add and get: store numbers of 16 bits, half the size"),
         set(&A::float16)},
        {"input",
         0,
         _("WORD"),
         _("with add and get: how the network wants its pictures: torchvision, or caffe for weights that "
           "came from Caffe (default: as names tell)"),
         [](A& arguments, const std::string& value) -> Result<void> {
             if (value != "torchvision" && value != "caffe")
                 return wrong(
                     sentence(_("--{} is one of {}, not \"{}\"."), "input", "torchvision, caffe", value));
             arguments.input = value == "caffe" ? InputScale::caffe : InputScale::torchvision;
             return {};
         },
         false,
         false,
         {"torchvision", "caffe"}},
        {"from", 0, _("ADDRESS"),
         _("with get: where to download from, a file or a folder (default: $NEURAL_STYLE_NETWORKS_URL, or "
           "PyTorch's)"),
         [](A& arguments, const std::string& value) -> Result<void> {
             arguments.from = value;
             return {};
         }},
        {"sha256", 0, _("DIGITS"),
         _("with get: the file's SHA-256, or its first digits, 8 at least (default: as its name tells)"),
         [](A& arguments, const std::string& value) -> Result<void> {
             if (!is_digest(value))
                 return wrong(sentence(_("--sha256 takes 8 to 64 of the digits 0 to 9 and a to f, not "
                                         "\"{}\"."),
                                       value));
             arguments.sha256 = value;
             return {};
         }},
        {"yes", 'y', nullptr, _("with get: download without asking"), set(&A::agreed)},
        {"keep", 0, nullptr, _("with get: keep the downloaded file"), set(&A::keep)},
        {"plain-http", 0, nullptr, _("with get: allow http, which nobody protects on its way"),
         set(&A::plain_http)},
        {"patience", 0, _("SECONDS"), _("with get: how long to wait for a silent source (default: 60)"),
         [](A& arguments, const std::string& value) -> Result<void> {
             const auto seconds = number_in<int>(value);
             constexpr int most = 86400;
             if (!seconds || *seconds < 1 || *seconds > most)
                 return wrong(sentence(_("--patience takes a number of seconds from 1 to {}, not \"{}\"."),
                                       most, value));
             arguments.patience = *seconds;
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

bool is_digest(std::string_view digits) {
    constexpr std::size_t least = 8, most = 64;
    return digits.size() >= least && digits.size() <= most && std::ranges::all_of(digits, [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

Result<NetworksArguments> networks_arguments(const std::vector<std::string>& words) {
    NetworksArguments arguments;
    const auto rest = parse(
        arguments, options(), words,
        {"neural-style networks", _("add FILE | get NAME | list | show NAME | remove NAME"),
         _("Keeps networks that others have trained, to paint with: VGG, ResNet, MobileNetV2 and "
           "SqueezeNet,\n"
           "from .pth and .pt files of PyTorch and from safetensors files. Nothing in a file is executed, "
           "and\n"
           "of its layers only those are kept that painting needs."),
         _("Examples:\n"
           "  neural-style networks add ~/.cache/torch/hub/checkpoints/vgg19-dcbb9e9d.pth\n"
           "  neural-style networks get vgg19     (downloads it, after a question)\n"
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
        return wrong(_("Say what to do with networks: add FILE, get NAME, list, show NAME or remove NAME."));
    arguments.task = task->second;
    const std::size_t wanted = arguments.task == NetworksTask::list ? 1 : 2;
    if (rest->size() > wanted)
        return wrong(
            sentence(_("The command {} takes no \"{}\"."), "networks " + rest->front(), (*rest)[wanted]));
    if (rest->size() < wanted && arguments.task == NetworksTask::add)
        return wrong(_("Name the file to add, as in: neural-style networks add vgg19-dcbb9e9d.pth"));
    if (rest->size() < wanted && arguments.task == NetworksTask::get)
        return wrong(_("Name the network to download, as in: neural-style networks get vgg19"));
    if (rest->size() < wanted)
        return wrong(_("Name the network: \"neural-style networks list\" tells which there are."));
    const bool gets = arguments.task == NetworksTask::get;
    if (arguments.task != NetworksTask::add && !gets &&
        (arguments.float16 || arguments.input || !arguments.name.empty()))
        return wrong(_("--name, --float16 and --input are for networks add and get: leave them out."));
    if (!gets &&
        (!arguments.from.empty() || !arguments.sha256.empty() || arguments.agreed || arguments.keep ||
         arguments.plain_http || arguments.patience != NetworksArguments().patience))
        return wrong(
            _("--from, --sha256, --yes, --keep, --plain-http and --patience are for networks get: leave "
              "them out."));
    if (arguments.task == NetworksTask::add)
        arguments.file = (*rest)[1];
    else if (gets)
        arguments.architecture = (*rest)[1];
    else if (wanted == 2)
        arguments.name = (*rest)[1];
    return arguments;
}

} // namespace neural_style::cli
