// SPDX-License-Identifier: GPL-3.0-or-later
#include "answer.hpp"

#include "json_values.hpp"
#include "shrinking.hpp"

#include <cerrno>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace neural_style::reader {
namespace {

using Json = nlohmann::json;

std::string dumped(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}

} // namespace

std::string text_of(const PictureHead& head) {
    Json notes = Json::array();
    for (const auto& [note, words] : head.notes)
        notes.push_back({{"note", int(note)}, {"words", words}});
    const Json code = head.color_code ? Json(*head.color_code) : Json();
    return dumped({{"kind", head.kind},
                   {"width", head.width},
                   {"height", head.height},
                   {"channels", head.channels},
                   {"sample", int(head.sample)},
                   {"linear", head.linear},
                   {"color-code", code},
                   {"notes", notes},
                   {"stored", head.stored},
                   {"color", head.color},
                   {"orientation", head.orientation},
                   {"pages", head.pages},
                   {"dots-per-inch", head.dots_per_inch},
                   {"left", head.left},
                   {"top", head.top},
                   {"pixel-aspect", head.pixel_aspect}});
}

std::optional<PictureHead> head_in(std::string_view text) try {
    const Json json = Json::parse(text);
    PictureHead head{.kind = json.at("kind"),
                     .width = whole<int>(json.at("width")),
                     .height = whole<int>(json.at("height")),
                     .channels = whole<int>(json.at("channels")),
                     .sample = Sample(whole<int>(json.at("sample"))),
                     .linear = json.at("linear"),
                     .stored = json.at("stored"),
                     .color = json.at("color"),
                     .orientation = whole<int>(json.at("orientation")),
                     .pages = whole<int>(json.at("pages")),
                     .dots_per_inch = json.at("dots-per-inch"),
                     .left = whole<int>(json.at("left")),
                     .top = whole<int>(json.at("top")),
                     .pixel_aspect = json.at("pixel-aspect")};
    const bool sizes = head.width > 0 && head.height > 0 && head.channels >= 1 && head.channels <= 4 &&
                       std::uint64_t(head.width) * std::uint64_t(head.height) <= largest_picture;
    if (!sizes || head.sample < Sample::u8 || head.sample > Sample::f32)
        return std::nullopt;
    if (const auto& code = json.at("color-code"); !code.is_null())
        head.color_code = ColorCode{whole<std::uint8_t>(code.at(0)), whole<std::uint8_t>(code.at(1)),
                                    whole<std::uint8_t>(code.at(2)), whole<std::uint8_t>(code.at(3))};
    for (const auto& note : json.at("notes"))
        head.notes.push_back({one_of(note.at("note"), Note::oblong_pixels), note.at("words")});
    return head;
} catch (const Json::exception&) {
    return std::nullopt;
}

Refusal refusal_in(std::string_view text) try {
    const Json json = Json::parse(text);
    return {one_of(json.at("reason"), Reason::complex_numbers), json.at("words")};
} catch (const Json::exception&) {
    return {};
}

void Answer::send(Frame frame, std::span<const std::byte> bytes) {
    const auto put = [&](const void* from, std::size_t size) {
        const auto* next = static_cast<const char*>(from);
        while (size > 0) {
            const ssize_t sent = write(descriptor_, next, size);
            if (sent < 0 && errno == EINTR)
                continue;
            if (sent <= 0)
                std::_Exit(1); // nobody listens any more
            next += sent;
            size -= std::size_t(sent);
        }
    };
    const FrameHead head{std::uint32_t(frame), std::uint32_t(bytes.size())};
    put(&head, sizeof head);
    put(bytes.data(), bytes.size());
}

Answer::Answer(int descriptor, std::uint64_t enough_pixels)
    : descriptor_(descriptor), enough_pixels_(enough_pixels) {}

Answer::~Answer() = default;

void Answer::begin(PictureHead head) {
    const int times = shrinkage(std::uint64_t(head.width) * std::uint64_t(head.height), enough_pixels_);
    if (times > 1)
        shrinking_ = std::make_unique<Shrinking>(head, times);
    send(Frame::head, bytes_of(text_of(head)));
    if (!head.space.empty())
        send(Frame::space, head.space);
    if (!head.profile.empty())
        send(Frame::profile, head.profile);
}

void Answer::rows(std::span<const std::byte> bytes) {
    if (shrinking_)
        bytes = shrinking_->taken(bytes);
    constexpr std::size_t most = longest_frame;
    for (; bytes.size() > most; bytes = bytes.subspan(most))
        send(Frame::rows, bytes.first(most));
    send(Frame::rows, bytes);
}

void Answer::decoded() {
    send(Frame::decoded, {});
}

void Answer::metadata(const Metadata& metadata) {
    const auto put = [&](Frame frame, std::span<const std::byte> bytes) {
        if (!bytes.empty() && bytes.size() <= longest_frame)
            send(frame, bytes);
    };
    put(Frame::exif, metadata.exif);
    put(Frame::xmp, bytes_of(metadata.xmp));
    put(Frame::iptc, metadata.iptc);
    put(Frame::comment, bytes_of(metadata.comment));
}

void Answer::end() {
    send(Frame::end, {});
}

void Answer::refuse(const Refusal& refusal) {
    send(Frame::refusal, bytes_of(dumped({{"reason", int(refusal.reason)}, {"words", refusal.words}})));
}

} // namespace neural_style::reader
