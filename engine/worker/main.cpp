// SPDX-License-Identifier: GPL-3.0-or-later
/// neural-style-engine: keeps the network loaded and paints for the client at its standard streams.
#include "codec.hpp"
#include "greeting.hpp"
#include "installation.hpp"
#include "joining.hpp"
#include "message.hpp"
#include "outbox.hpp"
#include "painter.hpp"
#include "painting_in_turn.hpp"
#include "process.hpp"
#include "rights.hpp"
#include "session.hpp"
#include "shared_server.hpp"
#include "turns.hpp"

#include <neural_style/drivers.hpp>
#include <neural_style/engine.hpp>
#include <neural_style/formatted.hpp>
#include <neural_style/plain_text.hpp>

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <expected>
#include <filesystem>
#include <mutex>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>
#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace {

using namespace neural_style;
namespace fs = std::filesystem;

constexpr auto help = R"(Usage: neural-style-engine [OPTION]...

Paints for the GIMP plug-in: it reads jobs from standard input and writes paintings to standard
output, as frames that a program understands. To paint from a terminal, use neural-style.
To let GIMP use the engine of another computer, set the engine's command in the plug-in to
something like: ssh -o BatchMode=yes studio neural-style-engine

  --device NAME         automatic (default), cpu, cuda or cuda:N
  --network FILE       feature network, a safetensors file
                        (default: models/encoder.safetensors in the data folder)
  --decoder FILE        its decoder, for paintings of one pass
                        (default: models/decoder.safetensors in the data folder)
  --memory-limit BYTES  most that a job may use (default: a fair share of what is free)
  --data DIR            data folder (default: $NEURAL_STYLE_DATA, then beside the program)
  --shared              let an engine paint that all clients of this user share; it starts with the
                        first of them. Without a private folder in $XDG_RUNTIME_DIR, paint alone
  --idle SECONDS        how long a shared engine stays after it was used last (default: 60)
  --version             print the version and leave
  --help                print this and leave

Exit status: 0 when the client is done, 1 when the engine cannot work or the client sent
something that cannot be understood, 2 when an option is wrong.
)";

struct Options {
    OpenOptions open;
    fs::path data;
    fs::path socket; ///< of a shared engine, which this process becomes; empty: there is one client
    worker::SharingLimits sharing;
};

[[noreturn]] void leave(int status) {
    std::_Exit(status);
}

template <typename Number>
std::optional<Number> number_in(std::string_view text) {
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

/// Reads "--name VALUE" and "--name=VALUE". The error is a sentence.
std::expected<Options, std::string> options_in(std::span<char*> arguments) {
    // As the executable writes it: "--serve=PATH".
    constexpr std::string_view serving_start = sharing::serving_option;
    constexpr auto serving = serving_start.substr(0, serving_start.size() - 1);
    constexpr double idle_most = 86'400;
    Options options;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        std::string_view name = arguments[i];
        std::string_view value;
        const auto equals = name.find('=');
        const bool joined = name.starts_with("--") && equals != name.npos;
        if (joined) {
            value = name.substr(equals + 1);
            name = name.substr(0, equals);
        }
        const bool known = name == "--device" || name == "--network" || name == "--decoder" ||
                           name == "--memory-limit" || name == "--data" || name == "--idle" ||
                           name == serving;
        if (!known)
            return std::unexpected("There is no option " + std::string(name) + ". See --help.");
        if (!joined) {
            if (i + 1 == arguments.size())
                return std::unexpected("The option " + std::string(name) + " needs a value. See --help.");
            value = arguments[++i];
        }
        if (name == "--device")
            options.open.device = value;
        else if (name == "--network")
            options.open.feature_network = value;
        else if (name == "--decoder")
            options.open.decoder = value;
        else if (name == "--data")
            options.data = value;
        else if (name == serving)
            options.socket = value;
        else if (name == "--idle") {
            const auto seconds = number_in<double>(value);
            if (!seconds || !(*seconds >= 0 && *seconds <= idle_most))
                return std::unexpected("--idle takes a number of seconds, such as 60.");
            options.sharing.idle = std::chrono::milliseconds(std::llround(*seconds * 1000));
        } else if (const auto bytes = number_in<std::uint64_t>(value))
            options.open.memory_limit = *bytes;
        else
            return std::unexpected("--memory-limit takes a whole number of bytes, such as 2000000000.");
    }
    return options;
}

class EnginePainter final : public worker::Painter {
  public:
    explicit EnginePainter(Engine engine) : engine_(std::move(engine)) {}

    Result<Image> paint(const Request& request, const UpdateCallback& update, std::stop_token stop) override {
        return engine_.paint(request, update, std::move(stop));
    }
    Result<Estimate> estimate(const Request& request) override { return engine_.estimate(request); }
    std::string device() const override { return engine_.device().name; } // another one after a failure
    Engine& engine() { return engine_; }
    /// The engine, without which this is of no use.
    Engine released() && { return std::move(engine_); }

  private:
    Engine engine_;
};

/// For the log of the client whose standard error that is.
void note(int errors, const std::string& sentence) {
    dprintf(errors, "neural-style-engine: %s\n", plain_line(sentence).c_str());
}

/// Of a program that has printed something and ends.
int written_status() {
    if (std::fflush(stdout) == 0)
        return EXIT_SUCCESS;
    note(STDERR_FILENO, "Standard output did not take everything. Free some space, or send it elsewhere.");
    return EXIT_FAILURE;
}

/// Ends the process, or one conversation.
void fail(worker::Outbox& outbox, int errors, const Error& error, const worker::Leave& leave) {
    note(errors, error.message);
    outbox.post(protocol::Failed{.id = 0, .error = error});
    outbox.flush();
    leave(EXIT_FAILURE);
}

std::uint64_t size_of(const fs::path& file) {
    std::error_code none;
    const auto bytes = fs::file_size(file, none);
    return none ? 0 : bytes;
}

/// The one that is loaded, then those that were added.
std::vector<protocol::NetworkDescription> networks(const OpenOptions& options, Engine& engine) {
    constexpr std::size_t most = 100; // that the greeting has room for
    const auto name = options.feature_network.stem().string();
    std::vector<protocol::NetworkDescription> all{
        {.name = name,
         .title = name,
         .bytes = size_of(options.feature_network),
         .operations = engine.operations(),
         .layers = engine.layers().value_or(std::vector<std::string>())}};
    for (const auto& added : Engine::added_networks(options.networks))
        if (all.size() <= most)
            all.push_back({.name = added.name,
                           .title = added.title,
                           .bytes = added.bytes,
                           .operations = added.operations,
                           .layers = {}});
    return all;
}

/// The first message, shortened to what the wire can carry.
protocol::Hello hello_of(const OpenOptions& options, EnginePainter& painter, int errors) {
    auto trained = Engine::trained_styles(options.trained_styles);
    protocol::Hello hello{.engine_version = Engine::version(),
                          .device = painter.device(),
                          .devices = Engine::devices(),
                          .networks = networks(options, painter.engine()),
                          .instant = painter.engine().instant(),
                          .trained_styles = std::move(trained.styles)};
    std::erase_if(hello.devices, [](const DeviceDescription& device) { return !device.unusable.empty(); });
    for (const auto& sentence : trained.left_out)
        note(errors, sentence);
    const auto left_out = worker::shorten_to_fit(hello);
    const auto tell = [&](std::size_t count, const char* what, const fs::path& folder) {
        if (count > 0)
            note(errors, formatted("{} of the {} in {} are not offered, since there are too many. Move some "
                                   "elsewhere.",
                                   count, what, folder.string()));
    };
    tell(left_out.trained_styles, "trained styles", options.trained_styles);
    tell(left_out.networks, "networks", options.networks);
    return hello;
}

/// `leave`, with a sentence for the client if something throws.
void guarded(worker::Outbox& outbox, int errors, const worker::Leave& leave, auto work) {
    try {
        work();
    } catch (const std::bad_alloc&) {
        fail(outbox, errors, {ErrorCode::out_of_memory, "Memory ran out. Close other programs."}, leave);
    } catch (const std::exception& error) {
        fail(outbox, errors,
             {ErrorCode::internal,
              formatted("The engine made a mistake: {}. Please report it.", error.what())},
             leave);
    }
}

void use_cores() {
    if (!std::getenv("OMP_NUM_THREADS"))
        Engine::use_all_cores();
}

/// Before other threads are started. Files are read, and paintings go through streams that are open.
void give_up_rights(const fs::path& written) {
    wake_drivers();
    auto rights = rights_to_compute(graphics_driver_folders());
    if (!written.empty())
        rights.below.push_back(written);
    keep_only(rights);
}

/// The client at the standard streams.
void serve_one(const OpenOptions& options, worker::Outbox& outbox) {
    auto engine = Engine::open(options);
    if (!engine)
        return fail(outbox, STDERR_FILENO, engine.error(), leave);
    EnginePainter painter(*std::move(engine));
    outbox.post(hello_of(options, painter, STDERR_FILENO));
    worker::Session(painter, outbox, leave).serve(STDIN_FILENO);
}

/// An engine for each conversation. One is kept between two of them: it has read its networks.
class EngineShelf {
  public:
    explicit EngineShelf(const OpenOptions& options) : options_(options) {}

    Result<Engine> taken() {
        {
            const std::scoped_lock lock(mutex_);
            if (auto kept = std::exchange(kept_, std::nullopt))
                return *std::move(kept);
        }
        return Engine::open(options_);
    }
    void keep(Engine engine) {
        const std::scoped_lock lock(mutex_);
        kept_.emplace(std::move(engine));
    }

  private:
    const OpenOptions& options_;
    std::mutex mutex_; // of what follows
    std::optional<Engine> kept_;
};

/// All clients that come.
[[noreturn]] void serve_all(const Options& options) {
#ifdef __GLIBC__
    // Else each thread has memory of its own, in pieces of 64 MB, and maps each larger block anew.
    mallopt(M_ARENA_MAX, 1);
#endif
    EngineShelf engines(options.open);
    auto first = engines.taken();
    if (!first) // the client's process paints alone, and tells why it cannot
        leave(EXIT_FAILURE);
    engines.keep(*std::move(first));
    worker::Turns turns;
    worker::SharedServer(options.socket, turns, options.sharing).serve([&](worker::ClientLine& line) {
        const auto leave = [&](int status) { line.leave(status); };
        worker::widen_pipe(line.in());
        worker::widen_pipe(line.out());
        worker::Outbox outbox(line.out(), leave, line.tether());
        guarded(outbox, line.errors(), leave, [&] {
            use_cores(); // which each thread does for itself
            auto engine = engines.taken();
            if (!engine)
                return fail(outbox, line.errors(), engine.error(), leave);
            EnginePainter painter(*std::move(engine));
            outbox.post(hello_of(options.open, painter, line.errors()));
            worker::PaintingInTurn in_turn(painter, turns);
            worker::Session(in_turn, outbox, leave).serve(line.in(), line.tether());
            engines.keep(std::move(painter).released());
        });
    });
}

} // namespace

/// Called by engine/launcher.
extern "C" [[gnu::visibility("default")]] int run_program(int count, char** values) {
    const std::span arguments(values + 1, values + count);
    for (std::string_view argument : arguments) {
        if (argument == "--help") {
            std::fputs(help, stdout);
            return written_status();
        }
        if (argument == "--version") {
            std::printf("neural-style-engine %s (protocol %d)\n", Engine::version().c_str(),
                        protocol::version);
            return written_status();
        }
    }
    auto options = options_in(arguments);
    if (!options || isatty(STDIN_FILENO)) {
        std::fprintf(stderr, "neural-style-engine: %s\n",
                     options
                         ? "A program starts this one and talks to it; there is nothing to type. See --help."
                         : options.error().c_str());
        return 2;
    }
    const auto prepare = [&] {
        open_from(options->data.empty() ? data_folder() : options->data, options->open);
        use_cores();
    };
    if (!options->socket.empty()) {
        worker::step_back();
        give_up_rights(options->socket.parent_path()); // which it removes in the end
        prepare();
        serve_all(*options);
    }

    const int frames_out = worker::reserve_stdout();
    worker::follow_parent();
    worker::step_back();
    worker::widen_pipe(STDIN_FILENO);
    worker::widen_pipe(frames_out);
    worker::write_all(frames_out, protocol::still_starting); // the first look at a graphics card takes long
    give_up_rights({});
    worker::Outbox outbox(frames_out, leave);
    guarded(outbox, STDERR_FILENO, leave, [&] {
        prepare();
        serve_one(options->open, outbox);
    });
    return EXIT_FAILURE;
}
