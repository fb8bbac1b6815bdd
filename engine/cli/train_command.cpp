// SPDX-License-Identifier: GPL-3.0-or-later
#include "train_command.hpp"

#include "buffer_pixels.hpp"
#include "installation.hpp"
#include "new_file.hpp"
#include "output.hpp"
#include "photos.hpp"
#include "picture_file.hpp"
#include "picture_kind.hpp"
#include "report.hpp"
#include "stop_signals.hpp"
#include "style_catalog.hpp"
#include "train.hpp"
#include "translation.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <unistd.h>

namespace neural_style::cli {
namespace {

/// Smaller photos leave no room for crops.
constexpr int smallest_side = 64;

Result<void> write_file(const std::filesystem::path& path, std::string_view bytes) {
    return write_new_file(path, std::as_bytes(std::span(bytes.data(), bytes.size())));
}

/// All pictures below a folder, sorted by name.
Result<std::vector<std::filesystem::path>> pictures_below(const std::filesystem::path& folder) {
    namespace fs = std::filesystem;
    std::error_code error;
    std::set<fs::path> found;
    for (auto entry =
             fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied, error);
         !error && entry != fs::recursive_directory_iterator(); entry.increment(error))
        if (entry->is_regular_file(error) && kind_of_name(entry->path()))
            found.insert(entry->path());
    if (error)
        return failure(ErrorCode::invalid_request,
                       sentence(_("The folder {} cannot be read: check its name."), folder.string()));
    return std::vector<fs::path>(found.begin(), found.end());
}

void tell(const std::string& notice, Talk talk) {
    if (talk == Talk::programs)
        print_json({{"type", "notice"}, {"message", notice}});
    else if (talk == Talk::people)
        note(notice);
}

Result<Image> load_pixels(ReaderProcess& reader, const std::filesystem::path& path) {
    auto file = load_picture(reader, path);
    if (!file)
        return std::unexpected(file.error());
    auto pixels = read_pixels(file->buffer.get(), *gegl_buffer_get_extent(file->buffer.get()));
    if (!pixels)
        return std::unexpected(pixels.error());
    return std::move(pixels->image);
}

/// The picture's pixels; if it is unusable, says so and returns nothing.
std::optional<Image> usable(ReaderProcess& reader, const std::filesystem::path& path, Talk talk) {
    auto image = load_pixels(reader, path);
    if (!image) {
        tell(sentence(_("Skipped: {}"), image.error().message), talk);
        return std::nullopt;
    }
    if (std::min(image->width(), image->height()) < smallest_side) {
        tell(sentence(_("Skipped: {} has less than {} pixels on a side."), path.string(), smallest_side),
             talk);
        return std::nullopt;
    }
    return std::move(*image);
}

Result<Photos> read_photos(const std::vector<std::filesystem::path>& folders, Talk talk,
                           const std::stop_token& stop) {
    Photos photos;
    ReaderProcess reader;
    for (const auto& folder : folders) {
        const auto files = pictures_below(folder);
        if (!files)
            return std::unexpected(files.error());
        for (const auto& path : *files) {
            if (stop.stop_requested())
                return failure(ErrorCode::cancelled, "");
            if (const auto image = usable(reader, path, talk))
                photos.add(*image);
        }
    }
    if (photos.training() == 0)
        return failure(ErrorCode::invalid_request,
                       sentence(_("There is no photo in {} that can be used: name a folder with some."),
                                folders.front().string()));
    tell(sentence(_("{} photos to train on, {} kept apart to measure with."), photos.training(),
                  photos.held_out()),
         talk);
    return photos;
}

/// One line on a terminal, occasional lines elsewhere, JSON for programs.
class TrainingLine {
  public:
    explicit TrainingLine(Talk talk) : talk_(talk), terminal_(isatty(STDERR_FILENO)) {}

    void show(const TrainingUpdate& update) {
        if (!update.notice.empty()) {
            clear();
            return tell(update.notice, talk_);
        }
        if (talk_ == Talk::nobody)
            return;
        if (talk_ == Talk::programs)
            return print_json({{"type", "update"},
                               {"step", update.step},
                               {"steps", update.steps},
                               {"loss", update.loss},
                               {"seconds-per-step", update.seconds}});
        const auto now = std::chrono::steady_clock::now();
        if (!terminal_ && now - shown_ < std::chrono::seconds(30) && update.step != update.steps)
            return;
        shown_ = now;
        const auto left = std::int64_t(update.seconds * double(update.steps - update.step));
        const std::string text =
            sentence(_("step {} of {}, loss {:.4f}, {:.0f} ms a step, {} min {} s left"), update.step,
                     update.steps, update.loss, update.seconds * 1000, left / 60, left % 60);
        if (terminal_)
            std::fprintf(stderr, "\r%s\033[K", text.c_str());
        else
            note(text);
        open_ = terminal_;
    }

    void clear() {
        if (open_)
            std::fputs("\r\033[K", stderr);
        open_ = false;
    }

  private:
    Talk talk_;
    bool terminal_;
    bool open_ = false;
    std::chrono::steady_clock::time_point shown_{};
};

std::string folder_names(const std::vector<std::filesystem::path>& folders) {
    std::string names;
    for (const auto& folder : folders) {
        const auto name = folder.filename().empty() ? folder.parent_path().filename() : folder.filename();
        names += (names.empty() ? "Folder " : ", ") + name.string();
    }
    return names + ".";
}

/// With file names only: cards are passed on, and the folders of this computer are private.
std::string without_folders(const std::string& command) {
    std::string result, word;
    for (std::size_t i = 0; i <= command.size(); ++i) {
        if (i < command.size() && command[i] != ' ') {
            word += command[i];
            continue;
        }
        while (word.size() > 1 && word.back() == '/')
            word.pop_back();
        const auto slash = word.rfind('/');
        result += (result.empty() ? "" : " ") + (slash == std::string::npos ? word : word.substr(slash + 1));
        word.clear();
    }
    return result;
}

/// `style`: the painting to learn, for a network of one style.
Result<TrainingReport> trained(const TrainArguments& arguments, const Photos& photos, const Image& style,
                               TrainingLine& line, const std::stop_token& stop) {
    const auto show = [&](const TrainingUpdate& update) { line.show(update); };
    const auto command = without_folders(arguments.command), corpus = folder_names(arguments.photos);
    switch (arguments.what) {
    case Trained::encoder:
        return train_encoder({.teacher = arguments.teacher,
                              .start = arguments.start,
                              .scale_of = arguments.scale_of,
                              .name = arguments.name,
                              .command = command,
                              .corpus = corpus,
                              .license = arguments.teacher_license,
                              .options = arguments.options},
                             photos, write_file, show, stop);
    case Trained::decoder: {
        Photos styles;
        if (!arguments.styles.empty()) {
            auto read = read_photos({arguments.styles}, arguments.talk, stop);
            if (!read)
                return std::unexpected(read.error());
            styles = std::move(*read);
        }
        return train_decoder({.encoder = arguments.encoder,
                              .start = arguments.start,
                              .name = arguments.name,
                              .command = command,
                              .corpus = corpus,
                              .options = arguments.options},
                             photos, styles, write_file, show, stop);
    }
    case Trained::style:
        break;
    }
    return train_style({.encoder = arguments.encoder,
                        .start = arguments.start,
                        .name = arguments.name,
                        .title = arguments.title.empty() ? arguments.name : arguments.title,
                        .style_size = arguments.style_size,
                        .style_weight = arguments.style_weight,
                        .command = command,
                        .corpus = corpus,
                        .options = arguments.options},
                       style, photos, write_file, show, stop);
}

} // namespace

std::filesystem::path report_of(const std::filesystem::path& network) {
    return network.string() + ".report.md";
}

ExitStatus train(TrainArguments arguments, const std::stop_token& stop) {
    const auto& output = arguments.options.output;
    const auto report_file = report_of(output);
    for (const auto& file : {output, arguments.options.checkpoint(), report_file})
        if (const auto obstacle = obstacle_to_writing(file))
            return report(*obstacle, arguments.talk);
    if (arguments.encoder.empty())
        arguments.encoder = data_folder() / "models" / "encoder.safetensors";
    Image style; // checked before the photos, which take longer
    if (arguments.what == Trained::style) {
        const auto path = style_file(arguments.style.string(), data_folder() / "styles");
        ReaderProcess reader;
        auto picture = path ? load_pixels(reader, *path) : std::unexpected(path.error());
        if (!picture)
            return report(picture.error(), arguments.talk);
        style = std::move(*picture);
    }
    const auto photos = read_photos(arguments.photos, arguments.talk, stop);
    if (!photos)
        return report(photos.error(), arguments.talk);

    TrainingLine line(arguments.talk);
    const auto done = trained(arguments, *photos, style, line, stop);
    line.clear();
    if (!done)
        return report(done.error(), arguments.talk);
    if (done->step == done->steps)
        ignore_stop_signals();
    if (auto written = write_file(report_file, done->text); !written)
        return report(written.error(), arguments.talk);
    if (arguments.talk == Talk::programs)
        print_json({{"type", "done"},
                    {"step", done->step},
                    {"steps", done->steps},
                    {"seconds-per-step", done->seconds_per_step}});
    else if (arguments.talk == Talk::people)
        print_text(done->text);
    if (done->step == done->steps)
        return exit_done;
    tell(sentence(_("Stopped after step {} of {}. The same command goes on from there."), done->step,
                  done->steps),
         arguments.talk);
    return exit_stopped;
}

} // namespace neural_style::cli
