// SPDX-License-Identifier: GPL-3.0-or-later
#include "film_answer.hpp"

#include "json_values.hpp"

#include <cerrno>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace neural_style::film_files {
namespace {

using Json = nlohmann::json;
using reader::one_of;
using reader::whole;

/// More frames than ten days have at 60 a second are no film.
constexpr std::size_t most_frames = 60u * 3600 * 24 * 10;

std::string dumped(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json json_of(Ratio ratio) {
    return {ratio.numerator, ratio.denominator};
}

Ratio ratio_in(const Json& json) {
    const Ratio ratio{whole<int>(json.at(0)), whole<int>(json.at(1))};
    return ratio.numerator > 0 && ratio.denominator > 0 ? ratio : Ratio{};
}

Json json_of(const std::vector<FilmRemark>& remarks) {
    Json list = Json::array();
    for (const auto& [note, words] : remarks)
        list.push_back({{"note", int(note)}, {"words", words}});
    return list;
}

std::vector<FilmRemark> remarks_in(const Json& json) {
    std::vector<FilmRemark> remarks;
    for (const auto& one : json)
        remarks.push_back({one_of(one.at("note"), FilmNote::square_pixels), one.at("words")});
    return remarks;
}

Json json_of(const FilmHead& head) {
    Json times = Json::array();
    for (const auto& [begin, duration] : head.frames)
        times.push_back({begin, duration});
    return {{"kind", head.kind},
            {"width", head.width},
            {"height", head.height},
            {"channels", head.channels},
            {"sample", int(head.sample)},
            {"tick", json_of(head.tick)},
            {"pixel", json_of(head.pixel)},
            {"start", head.start},
            {"frames", times},
            {"notes", json_of(head.notes)}};
}

std::optional<FilmHead> head_of(const Json& json) {
    FilmHead head{.kind = json.at("kind"),
                  .width = whole<int>(json.at("width")),
                  .height = whole<int>(json.at("height")),
                  .channels = whole<int>(json.at("channels")),
                  .sample = Sample(whole<int>(json.at("sample"))),
                  .tick = ratio_in(json.at("tick")),
                  .pixel = ratio_in(json.at("pixel")),
                  .start = whole<std::int64_t>(json.at("start")),
                  .frames = {},
                  .notes = remarks_in(json.at("notes"))};
    for (const auto& time : json.at("frames"))
        head.frames.push_back({whole<std::int64_t>(time.at(0)), whole<std::int64_t>(time.at(1))});
    const bool possible = head.width > 0 && head.height > 0 && head.width <= 65535 && head.height <= 65535 &&
                          (head.channels == 3 || head.channels == 4) &&
                          (head.sample == Sample::u8 || head.sample == Sample::u16) && !head.frames.empty() &&
                          head.frames.size() <= most_frames && head.frame_bytes() < (std::uint64_t(1) << 32);
    return possible ? std::optional(std::move(head)) : std::nullopt;
}

} // namespace

std::string text_of(const FilmHead& head) {
    return dumped(json_of(head));
}

std::string text_of(const FilmOrder& order) {
    return dumped({{"kind", order.kind},
                   {"lossless", order.lossless},
                   {"film", json_of(order.film)},
                   {"copies", order.copies},
                   {"end", order.end}});
}

std::string text_of(const FilmRefusal& refusal) {
    return dumped({{"reason", int(refusal.reason)}, {"words", refusal.words}});
}

std::string text_of(const std::vector<FilmRemark>& remarks) {
    return dumped(json_of(remarks));
}

std::optional<FilmHead> film_head_in(std::string_view text) try {
    return head_of(Json::parse(text));
} catch (const Json::exception&) {
    return std::nullopt;
}

std::optional<FilmOrder> film_order_in(std::string_view text) try {
    const Json json = Json::parse(text);
    auto film = head_of(json.at("film"));
    if (!film)
        return std::nullopt;
    return FilmOrder{.kind = json.at("kind"),
                     .lossless = json.at("lossless"),
                     .film = *std::move(film),
                     .copies = json.at("copies"),
                     .end = whole<std::int64_t>(json.at("end"))};
} catch (const Json::exception&) {
    return std::nullopt;
}

FilmRefusal film_refusal_in(std::string_view text) try {
    const Json json = Json::parse(text);
    return {one_of(json.at("reason"), FilmReason::not_written), json.at("words")};
} catch (const Json::exception&) {
    return {};
}

std::vector<FilmRemark> film_remarks_in(std::string_view text) try {
    return remarks_in(Json::parse(text));
} catch (const Json::exception&) {
    return {};
}

bool send_all(int descriptor, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = write(descriptor, bytes.data(), bytes.size());
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        bytes = bytes.subspan(std::size_t(sent));
    }
    return true;
}

bool receive_all(int descriptor, std::span<std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t count = read(descriptor, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        bytes = bytes.subspan(std::size_t(count));
    }
    return true;
}

bool send(int descriptor, Message kind, std::span<const std::byte> bytes) {
    const MessageHead head{std::uint32_t(kind), std::uint32_t(bytes.size())};
    return send_all(descriptor, std::as_bytes(std::span(&head, 1))) && send_all(descriptor, bytes);
}

bool send(int descriptor, Message kind, std::string_view text) {
    return send(descriptor, kind, std::as_bytes(std::span(text.data(), text.size())));
}

} // namespace neural_style::film_files
