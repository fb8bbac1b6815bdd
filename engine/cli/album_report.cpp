// SPDX-License-Identifier: GPL-3.0-or-later
#include "album_report.hpp"

#include "elapsed.hpp"
#include "output.hpp"
#include "report.hpp"
#include "text_columns.hpp"
#include "translation.hpp"

#include <neural_style/formatted.hpp>
#include <neural_style/plain_text.hpp>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace neural_style::cli {

void AlbumReport::begin(std::size_t file) const {
    const std::string photo = files_[file].photo.string();
    if (talk_ == Talk::programs)
        print_json({{"type", "photo"}, {"number", file + 1}, {"of", files_.size()}, {"file", photo}});
    if (talk_ == Talk::people)
        note(sentence(_("{} of {}, {}"), file + 1, files_.size(), photo));
}

void AlbumReport::skipped(std::size_t file) {
    const auto& [photo, painting, kind] = files_[file];
    ++skipped_;
    rows_[file].remark = _("is there already");
    if (talk_ == Talk::programs)
        print_json({{"type", "skipped"}, {"file", photo.string()}, {"output", painting.string()}});
}

void AlbumReport::failed(std::size_t file, const Error& error) {
    ++failed_;
    rows_[file].remark = error.message;
    report(error, talk_, {.file = files_[file].photo.string()});
}

void AlbumReport::painted(std::size_t file, const PaintedFile& painted) {
    rows_[file].cells[1] = formatted("{} x {}", painted.width, painted.height);
    rows_[file].cells[2] = formatted("{:.1f}", painted.seconds);
    if (talk_ == Talk::programs)
        print_json({{"type", "result"},
                    {"file", files_[file].photo.string()},
                    {"output", files_[file].painting.string()},
                    {"width", painted.width},
                    {"height", painted.height},
                    {"seconds", painted.seconds},
                    {"notes", painted.notes}});
    if (talk_ == Talk::people)
        for (const auto& remark : painted.notes)
            note(remark);
}

ExitStatus AlbumReport::end(const std::string& device) const {
    const double took = seconds_since(start_);
    const std::size_t written = written_;
    if (talk_ == Talk::programs)
        print_json({{"type", "album"},
                    {"photos", files_.size()},
                    {"painted", written},
                    {"skipped", skipped_.load()},
                    {"failed", failed_.load()},
                    {"seconds", took},
                    {"device", device}});
    if (talk_ == Talk::people) {
        std::vector<Row> table{{.cells = {_("photo"), _("pixels"), _("seconds")}}};
        table.insert(table.end(), rows_.begin(), rows_.end());
        std::array<int, 3> widths{};
        for (std::size_t line = 0; line < table.size(); ++line) {
            auto& cells = table[line].cells;
            if (line > 0)
                cells[0] = plain_line(files_[line - 1].photo.string());
            for (std::size_t i = 0; i < cells.size(); ++i)
                widths[i] = std::max(widths[i], columns_of(cells[i]));
        }
        for (const auto& [cells, remark] : table) {
            const auto pad = [&](std::size_t i) {
                return std::string(std::size_t(widths[i] - columns_of(cells[i])), ' ');
            };
            std::string line =
                cells[0] + pad(0) + "  " + pad(1) + cells[1] + "  " + pad(2) + cells[2] + "  " + remark;
            line.erase(line.find_last_not_of(' ') + 1);
            print_line(line);
        }
        print_line(
            sentence(_("Of {} photos {} were painted in {:.1f} s on {}; {} were there already, {} failed."),
                     files_.size(), written, took, device, skipped_.load(), failed_.load()));
    }
    return failed_ > 0 ? exit_failed : exit_done;
}

ExitStatus AlbumReport::stopped() const {
    const std::size_t written = written_;
    const auto message =
        sentence(_("Stopped. Of {} photos {} were painted; the same command goes on with the others."),
                 files_.size(), written);
    if (talk_ == Talk::programs)
        print_json({{"type", "error"}, {"code", "cancelled"}, {"message", message}});
    if (talk_ == Talk::people) {
        if (isatty(STDERR_FILENO)) // perhaps over a bar
            std::fputs("\r\033[K", stderr);
        note("neural-style: " + message);
    }
    return exit_stopped;
}

} // namespace neural_style::cli
