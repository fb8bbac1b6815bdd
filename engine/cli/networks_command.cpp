// SPDX-License-Identifier: GPL-3.0-or-later
#include "networks_command.hpp"

#include "checkpoint.hpp"
#include "get_network.hpp"
#include "installation.hpp"
#include "new_file.hpp"
#include "output.hpp"
#include "report.hpp"
#include "stop_signals.hpp"
#include "translation.hpp"

#include <neural_style/engine.hpp>
#include <neural_style/formatted.hpp>
#include <neural_style/plain_text.hpp>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <future>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace neural_style::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* ending = ".safetensors";
constexpr const char* our_format = "neural-style-backbone/1";

struct KeptNetwork {
    std::string name;
    fs::path file;
    std::uintmax_t bytes = 0;
    std::map<std::string, std::string> metadata;
    bool float16 = false;

    std::string said(const char* key) const {
        const auto found = metadata.find(key);
        return found == metadata.end() ? std::string() : found->second;
    }
    std::string title() const {
        for (const auto& architecture : architectures())
            if (architecture.name == said("architecture"))
                return std::string(architecture.title);
        return plain_line(said("name").empty() ? name : said("name"), title_bytes_max);
    }
    std::string source() const { return plain_line(said("source"), title_bytes_max); }
};

Result<KeptNetwork> kept_network(const fs::path& file) {
    const auto checkpoint = Checkpoint::open(file);
    if (!checkpoint)
        return std::unexpected(checkpoint.error());
    return KeptNetwork{.name = file.stem().string(),
                       .file = file,
                       .bytes = checkpoint->size(),
                       .metadata = checkpoint->metadata(),
                       .float16 = std::ranges::all_of(checkpoint->tensors(), [](const StoredTensor& tensor) {
                           return tensor.type == FloatType::float16;
                       })};
}

Result<fs::path> folder() {
    auto folder = user_networks_folder();
    if (folder.empty())
        return failure(ErrorCode::not_written,
                       _("There is no folder for your networks: set XDG_DATA_HOME or HOME."));
    return folder;
}

Result<fs::path> file_of(const std::string& name) {
    const auto where = folder();
    if (!where)
        return std::unexpected(where.error());
    std::error_code ignored;
    const auto file = *where / (name + ending);
    if (!is_network_name(name) || !fs::is_regular_file(file, ignored))
        return failure(
            ErrorCode::invalid_request,
            sentence(_("There is no network \"{}\": \"neural-style networks list\" tells which there are."),
                     name));
    return file;
}

std::string summary(const KeptNetwork& network) {
    const auto source = network.source();
    const double megabytes = double(network.bytes) / 1e6;
    const char* const precision = network.float16 ? "float16" : "float32";
    return source.empty()
               ? sentence(_("{}, {:.1f} MB, {}"), network.title(), megabytes, precision)
               : sentence(_("{}, {:.1f} MB, {}, from {}"), network.title(), megabytes, precision, source);
}

void print_for_programs(const KeptNetwork& network) {
    print_json({{"type", "network"},
                {"name", network.name},
                {"file", network.file.string()},
                {"architecture", plain_line(network.said("architecture"), title_bytes_max)},
                {"title", network.title()},
                {"bytes", network.bytes},
                {"operations", plain_line(network.said("operations"), title_bytes_max)},
                {"float16", network.float16},
                {"source", network.source()},
                {"sha256", plain_line(network.said("source_sha256"), title_bytes_max)},
                {"card", plain_text(network.said("card"))}});
}

struct NewNetwork {
    std::string name, bytes;
};

// One of our own is taken as it is, once the engine has accepted it.
Result<NewNetwork> own_network(const Checkpoint& checkpoint, const NetworksArguments& arguments) {
    if (arguments.float16 || arguments.input)
        return failure(
            ErrorCode::invalid_request,
            sentence(_("{} is a network of this program already: leave out --float16 and --input."),
                     arguments.file.string()));
    OpenOptions options{.feature_network = arguments.file};
    options.device = "cpu";
    if (const auto engine = Engine::open(options); !engine)
        return std::unexpected(engine.error());
    return checkpoint.load().transform([&](std::string_view bytes) {
        return NewNetwork{arguments.file.stem().string(), std::string(bytes)};
    });
}

// `sha256`: of the file; empty: not known yet.
Result<NewNetwork> new_network(const NetworksArguments& arguments, std::string sha256) {
    const auto checkpoint = Checkpoint::open(arguments.file);
    if (!checkpoint)
        return std::unexpected(checkpoint.error());
    if (const auto format = checkpoint->metadata().find("format");
        format != checkpoint->metadata().end() && format->second == our_format)
        return own_network(*checkpoint, arguments);
    const auto found = recognized(checkpoint->tensors());
    if (!found)
        return failure(arguments.file, found.error());
    if (!arguments.architecture.empty() && arguments.architecture != found->architecture->name)
        return failure(ErrorCode::bad_weights,
                       sentence(_("{} is {}, not {}: choose another source with --from."),
                                arguments.file.filename().string(), found->architecture->title,
                                arguments.architecture));
    if (arguments.talk == Talk::people)
        note(sentence(_("{} is {}; reading it..."), arguments.file.filename().string(),
                      found->architecture->title));
    if (sha256.empty()) {
        auto digits = checkpoint->sha256();
        if (!digits)
            return std::unexpected(digits.error());
        sha256 = *std::move(digits);
    }
    if (const auto loaded = checkpoint->load(*found); !loaded)
        return std::unexpected(loaded.error());
    auto bytes = added_network(*found, {.source = arguments.file.filename().string(),
                                        .sha256 = std::move(sha256),
                                        .float16 = arguments.float16,
                                        .input = arguments.input});
    if (!bytes)
        return failure(arguments.file, bytes.error());
    return NewNetwork{std::string(found->architecture->name), std::move(*bytes)};
}

// Where a network of that name would be kept, which nothing has yet.
Result<fs::path> free_place(const std::string& name) {
    const auto where = folder();
    if (!where)
        return std::unexpected(where.error());
    if (!is_network_name(name))
        return failure(ErrorCode::invalid_request,
                       sentence(_("\"{}\" is no name for a network: give another one with --name."), name));
    const auto file = *where / (name + ending);
    std::error_code ignored;
    if (fs::exists(fs::symlink_status(file, ignored)))
        return failure(
            ErrorCode::invalid_request,
            sentence(_("There is a network \"{}\" already: give another --name, or remove that one first."),
                     name));
    return file;
}

Result<fs::path> add(const NetworksArguments& arguments, std::string sha256 = {}) {
    auto network = new_network(arguments, std::move(sha256));
    if (!network)
        return std::unexpected(network.error());
    const auto file = free_place(arguments.name.empty() ? network->name : arguments.name);
    if (!file)
        return file;
    std::error_code error;
    fs::create_directories(file->parent_path(), error);
    if (error)
        return failure(ErrorCode::not_written, sentence(_("The folder {} cannot be made: {}."),
                                                        file->parent_path().string(), error.message()));
    if (auto written = write_new_file(*file, std::as_bytes(std::span(network->bytes))); !written)
        return std::unexpected(written.error());
    ignore_stop_signals();
    return file;
}

ExitStatus tell_added(const Result<fs::path>& file, Talk talk) {
    if (!file)
        return report(file.error(), talk);
    const auto network = kept_network(*file);
    if (!network)
        return report(network.error(), talk);
    if (talk == Talk::programs)
        print_for_programs(*network);
    else
        print_line(sentence(_("Added {}: {}. Paint with it by --network {}."), network->name,
                            summary(*network), network->name));
    return exit_done;
}

// A download whose network could not be added stays: the command need not fetch it again.
ExitStatus get(NetworksArguments arguments) {
    if (const auto place = free_place(arguments.name.empty() ? arguments.architecture : arguments.name);
        !place)
        return report(place.error(), arguments.talk);
    auto got = get_network(arguments);
    if (!got)
        return report(
            got.error(), arguments.talk,
            {.stopped = _("Stopped. What has arrived is kept: repeat the command to go on from there.")});
    arguments.file = got->file;
    const auto status = tell_added(add(arguments, std::move(got->sha256)), arguments.talk);
    if (status == exit_done && !arguments.keep) {
        std::error_code ignored;
        fs::remove(arguments.file, ignored);
    } else if (status == exit_done && arguments.talk == Talk::people)
        print_line(sentence(_("The download is kept as {}."), arguments.file.string()));
    return status;
}

ExitStatus list(Talk talk) {
    const auto where = folder();
    if (!where)
        return report(where.error(), talk);
    std::vector<fs::path> files;
    std::error_code error;
    for (fs::directory_iterator entry(*where, error), end; !error && entry != end; entry.increment(error))
        if (entry->path().extension() == ending && is_network_name(entry->path().stem().string()))
            files.push_back(entry->path());
    std::ranges::sort(files);
    if (files.empty() && talk == Talk::people)
        print_line(_("No network has been added yet: see neural-style networks --help."));
    std::size_t longest = 0;
    for (const auto& file : files)
        longest = std::max(longest, file.stem().string().size());
    auto status = exit_done;
    for (const auto& file : files) {
        const auto network = kept_network(file);
        if (!network)
            status = report(network.error(), talk);
        else if (talk == Talk::programs)
            print_for_programs(*network);
        else
            print_line(formatted("{:<{}}  {}", network->name, longest, summary(*network)));
    }
    return status;
}

ExitStatus show(const std::string& name, Talk talk) {
    const auto file = file_of(name);
    if (!file)
        return report(file.error(), talk);
    const auto network = kept_network(*file);
    if (!network)
        return report(network.error(), talk);
    if (talk == Talk::programs)
        print_for_programs(*network);
    else
        print_text(formatted("{}: {}\n{}\n{}", name, summary(*network), plain_line(network->file.string()),
                             network->said("card")));
    return exit_done;
}

ExitStatus remove(const std::string& name, Talk talk) {
    const auto file = file_of(name);
    if (!file)
        return report(file.error(), talk);
    std::error_code error;
    fs::remove(*file, error);
    if (error)
        return report({ErrorCode::not_written,
                       sentence(_("The network {} cannot be removed: {}."), file->string(), error.message())},
                      talk);
    if (talk == Talk::people)
        print_line(sentence(_("Removed {}."), name));
    return exit_done;
}

} // namespace

ExitStatus manage_networks(NetworksArguments arguments) {
    switch (arguments.task) {
    case NetworksTask::add:
        return tell_added(add(arguments), arguments.talk);
    case NetworksTask::get:
        return get(std::move(arguments));
    case NetworksTask::list:
        return list(arguments.talk);
    case NetworksTask::show:
        return show(arguments.name, arguments.talk);
    case NetworksTask::remove:
        return remove(arguments.name, arguments.talk);
    }
    return exit_usage;
}

} // namespace neural_style::cli
