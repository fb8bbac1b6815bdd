// SPDX-License-Identifier: GPL-3.0-or-later
/// neural-style: paints photos from the command line.
#include "album_command.hpp"
#include "arguments.hpp"
#include "description.hpp"
#include "devices_command.hpp"
#include "exit_status.hpp"
#include "gegl_session.hpp"
#include "help.hpp"
#include "info_command.hpp"
#include "installation.hpp"
#include "joined_ranks.hpp"
#include "needed_rights.hpp"
#include "networks_command.hpp"
#include "options.hpp"
#include "output.hpp"
#include "paint_command.hpp"
#include "presets_command.hpp"
#include "report.hpp"
#include "rights.hpp"
#include "stop_signals.hpp"
#include "styles_command.hpp"
#include "train_command.hpp"
#include "translation.hpp"
#include "video_command.hpp"

#include <neural_style/drivers.hpp>
#include <neural_style/engine.hpp>

#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace neural_style;
using namespace neural_style::cli;

ExitStatus usage_error(const std::string& message) {
    note("neural-style: " + message);
    return exit_usage;
}

/// An uncaught exception: usually there is no memory for a picture or a text.
ExitStatus report_exception(Talk talk) {
    try {
        throw;
    } catch (const std::bad_alloc&) {
        return report(
            {ErrorCode::out_of_memory, "Memory ran out. Close other programs, or set a smaller size limit."},
            talk);
    } catch (const std::exception& error) {
        return report({ErrorCode::internal, std::string("The program failed: ") + error.what()}, talk);
    }
}

/// Runs a command with the parsed arguments.
template <typename Arguments>
ExitStatus run(const Result<Arguments>& arguments, ExitStatus (*command)(Arguments)) {
    if (!arguments)
        return usage_error(arguments.error().message);
    if (arguments->help.empty()) {
        auto status = exit_failed;
        try {
            status = command(*arguments);
        } catch (...) {
            status = report_exception(arguments->talk);
        }
        std::_Exit(with_output(status)); // skips LibTorch's cleanup
    }
    print_text(arguments->help);
    return with_output(exit_done);
}

/// Whoever names the processor has no card asked.
void wake_drivers_for(const std::string& device) {
    if (device != "cpu")
        wake_drivers();
}

/// Before other threads are started.
template <typename Arguments>
void give_up_rights(const Arguments& arguments, const std::string& device) {
    if (started_by_mpirun()) // MPI has connections and files of its own
        return;
    wake_drivers_for(device);
    keep_only(needed_rights(arguments));
}

/// As one of several processes. One that fails ends them all.
ExitStatus paint_together(PaintArguments arguments, ReaderProcess& reader, const std::stop_token& stop,
                          JoinedRanks& ranks) {
    if (arguments.album && ranks.rank() > 0)
        ranks.finish(); // does not come back: rank 0 tells it, and ends all
    const auto talk = arguments.talk;
    auto status = exit_failed;
    try {
        status = arguments.album
                     ? usage_error(_("Several processes paint one picture together: for several photos give "
                                     "each of them its part with --shard, without mpirun."))
                     : paint(std::move(arguments), reader, stop, &ranks);
    } catch (...) {
        status = report_exception(talk);
    }
    if (status != exit_done)
        ranks.end_all(status); // those that wait would wait without end
    ranks.finish();
    return status;
}

ExitStatus paint_until_stopped(PaintArguments arguments) {
    give_up_rights(arguments, arguments.open.device);
    const StopSignals signals; // GEGL starts threads
    ReaderProcess reader;      // gets ready while GEGL does
    const GeglSession gegl;
    const auto ranks = joined_ranks();
    if (!ranks)
        return report(ranks.error(), arguments.talk);
    if (*ranks) {
        if (!std::getenv("OMP_NUM_THREADS"))
            Engine::use_all_cores((*ranks)->count_here());
        return paint_together(std::move(arguments), reader, signals.token(), **ranks);
    }
    return arguments.album ? paint_album(std::move(arguments), reader, signals.token())
                           : paint(std::move(arguments), reader, signals.token());
}

ExitStatus paint_video_until_stopped(VideoArguments arguments) {
    give_up_rights(arguments, arguments.open.device);
    const StopSignals signals;
    ReaderProcess reader;
    const GeglSession gegl;
    return paint_video(std::move(arguments), reader, signals.token());
}

ExitStatus tell_pictures_once(InfoArguments arguments) {
    keep_only(rights_to_read());
    ReaderProcess reader;
    return tell_pictures(arguments, reader);
}

ExitStatus manage_networks_alone(NetworksArguments arguments) {
    keep_only(needed_rights(arguments));
    return manage_networks(std::move(arguments));
}

/// With the rights of an engine, which are told, too.
ExitStatus list_devices_as_engine(DevicesArguments arguments) {
    wake_drivers_for(arguments.open.device);
    const auto in_force = keep_only(rights_to_compute(graphics_driver_folders()));
    const auto talk = arguments.talk;
    const auto status = list_devices(std::move(arguments));
    if (status == exit_done)
        tell_rights(in_force, talk);
    return status;
}

ExitStatus train_until_stopped(TrainArguments arguments) {
    give_up_rights(arguments, arguments.options.device);
    const StopSignals signals;
    const GeglSession gegl;
    return train(std::move(arguments), signals.token());
}

} // namespace

/// Called by engine/launcher.
extern "C" [[gnu::visibility("default")]] int run_program(int argc, char** argv) {
    std::setlocale(LC_ALL, "");
    std::setlocale(LC_NUMERIC, "C"); // one number format everywhere
    bindtextdomain(GETTEXT_DOMAIN, locale_folder().c_str());
    bind_textdomain_codeset(GETTEXT_DOMAIN, "UTF-8");
    std::signal(SIGXFSZ, SIG_IGN); // a file that grows too large becomes a write error

    const std::vector<std::string> words(argv + 1, argv + argc);
    if (words.empty()) {
        std::fputs(help(), stderr);
        return exit_usage;
    }
    if (!std::getenv("OMP_NUM_THREADS"))
        Engine::use_all_cores();
    const std::string& command = words.front();
    const std::vector<std::string> rest(words.begin() + 1, words.end());
    if (command == "--help" || command == "-h" || command == "help") {
        print_text(help());
        return with_output(exit_done);
    }
    if (command == "--version") {
        print_line("neural-style " NEURAL_STYLE_VERSION);
        return with_output(exit_done);
    }
    if (command == describe_word) {
        print_text(command_line_description());
        return with_output(exit_done);
    }
    if (command == "paint")
        return run<PaintArguments>(paint_arguments(rest), paint_until_stopped);
    if (command == "video")
        return run<VideoArguments>(video_arguments(rest), paint_video_until_stopped);
    if (command == "styles")
        return run<ListArguments>(styles_arguments(rest), [](ListArguments a) { return list_styles(a); });
    if (command == "presets")
        return run<ListArguments>(presets_arguments(rest), [](ListArguments a) { return list_presets(a); });
    if (command == "networks")
        return run<NetworksArguments>(networks_arguments(rest), manage_networks_alone);
    if (command == "devices")
        return run<DevicesArguments>(devices_arguments(rest), list_devices_as_engine);
    if (command == "info")
        return run<InfoArguments>(info_arguments(rest), tell_pictures_once);
    if (command == "train")
        return run<TrainArguments>(train_arguments(rest), train_until_stopped);
    return usage_error(sentence(_("There is no command \"{}\": choose paint, video, info, styles, presets, "
                                  "networks, devices or train, or see --help."),
                                command));
}
