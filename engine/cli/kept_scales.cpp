// SPDX-License-Identifier: GPL-3.0-or-later
#include "kept_scales.hpp"

#include "translation.hpp"

#include <neural_style/formatted.hpp>

#include <fstream>
#include <limits>
#include <system_error>
#include <utility>

namespace neural_style::cli {
namespace {

namespace fs = std::filesystem;

template <typename Value>
void write(std::ofstream& stream, std::span<Value> values) {
    stream.write(reinterpret_cast<const char*>(values.data()), std::streamsize(values.size_bytes()));
}

template <typename Value>
void read(std::ifstream& stream, std::span<Value> values) {
    stream.read(reinterpret_cast<char*>(values.data()), std::streamsize(values.size_bytes()));
}

} // namespace

KeptScales::KeptScales(fs::path folder, std::string name, std::string record)
    : folder_(std::move(folder)), name_(std::move(name)), record_(std::move(record)) {}

fs::path KeptScales::file(int scale) const {
    return folder_ / formatted("{}-scale-{}", name_, scale);
}

bool KeptScales::has(int scale) const {
    std::ifstream stream(file(scale), std::ios::binary);
    std::string record;
    return std::getline(stream, record) && record == record_;
}

Result<void> KeptScales::keep(int scale, std::span<const double> numbers,
                              const std::vector<std::span<float>>& pictures) {
    std::error_code error;
    fs::create_directories(folder_, error); // the next lines report any error
    auto unfinished = file(scale);
    unfinished += ".new";
    std::ofstream stream(unfinished, std::ios::binary);
    stream << record_ << '\n';
    write(stream, numbers);
    for (const auto& picture : pictures)
        write(stream, picture);
    stream.close();
    if (stream)
        fs::rename(unfinished, file(scale), error);
    if (stream && !error) {
        last_ = scale;
        return {};
    }
    fs::remove(unfinished, error);
    return failure(ErrorCode::not_written,
                   sentence(_("What is painted so far cannot be kept in {}: see whether its disk is full, "
                              "or choose another folder with -o."),
                            folder_.string()));
}

Result<void> KeptScales::recall(int scale, std::span<double> numbers,
                                const std::vector<std::span<float>>& pictures) {
    std::ifstream stream(file(scale), std::ios::binary);
    stream.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
    read(stream, numbers);
    for (const auto& picture : pictures)
        read(stream, picture);
    last_ = scale;
    if (stream)
        return {};
    return failure(ErrorCode::bad_picture,
                   sentence(_("What was painted before cannot be read from {}: remove it, and the painting "
                              "begins anew."),
                            folder_.string()));
}

void KeptScales::forget_before(int scale) {
    std::error_code ignored;
    for (int before = scale - 1; before > 0; --before)
        fs::remove(file(before), ignored);
}

void KeptScales::remove() {
    forget_before(last_ + 1);
    std::error_code ignored;
    fs::remove(folder_, ignored); // unless there is something else in it
}

} // namespace neural_style::cli
