// SPDX-License-Identifier: GPL-3.0-or-later
#include "codec.hpp"

#include "json_reader.hpp"
#include "settings_object.hpp"

#include <neural_style/formatted.hpp>
#include <neural_style/plain_text.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <utility>

namespace neural_style::protocol {

namespace {

using nlohmann::json;

constexpr std::string_view magic = "NSE1";

/// Message numbers on the wire; the client's are below 16.
enum class Type : std::uint32_t {
    picture_chunk = 1,
    job = 2,
    cancel = 3,
    forget = 4,
    keep = 5,
    hello = 16,
    update = 17,
    estimate = 18,
    painting_chunk = 19,
    done = 20,
    cancelled = 21,
    failed = 22,
    snapshot_chunk = 23,
};

constexpr bool known(std::uint32_t type) {
    return (type >= 1 && type <= 5) || (type >= 16 && type <= 23);
}

// --- bytes

template <std::unsigned_integral Integer>
void append_little_endian(Bytes& bytes, Integer value) {
    for (std::size_t i = 0; i < sizeof(Integer); ++i)
        bytes.push_back(static_cast<std::byte>(value >> (8 * i)));
}

template <std::unsigned_integral Integer>
Integer little_endian(const std::byte* bytes) {
    Integer value = 0;
    for (std::size_t i = 0; i < sizeof(Integer); ++i)
        value |= std::to_integer<Integer>(bytes[i]) << (8 * i);
    return value;
}

struct FrameStart {
    std::uint32_t type;
    std::uint32_t head_length;
    std::uint64_t payload_length;

    /// From `frame_start_bytes` bytes that begin with the magic.
    static FrameStart at(const std::byte* bytes) {
        return {little_endian<std::uint32_t>(bytes + 4), little_endian<std::uint32_t>(bytes + 8),
                little_endian<std::uint64_t>(bytes + 12)};
    }
    bool allowed() const {
        return known(type) && head_length <= head_bytes_max && payload_length <= chunk_bytes;
    }
};

bool has_magic(std::span<const std::byte> bytes) {
    return std::memcmp(bytes.data(), magic.data(), std::min(bytes.size(), magic.size())) == 0;
}

// --- values to heads

/// A message's number, head and payload before serialisation. The payload is not owned.
struct Parts {
    Type type;
    json head;
    std::span<const std::byte> payload = {};
};

json head_of(const Chunk& chunk) {
    return {{"sample", std::string(name_of(chunk.sample))},
            {"width", chunk.width},
            {"height", chunk.height},
            {"channels", chunk.channels},
            {"offset", chunk.offset}};
}

Parts parts_of(const PictureChunk& m) {
    json head = head_of(m.chunk);
    head["name"] = m.name;
    return {Type::picture_chunk, std::move(head), m.chunk.bytes};
}

Parts parts_of(const Job& m) {
    json styles = json::array();
    for (const auto& style : m.styles) {
        styles.push_back({{"picture", style.picture}});
        if (!style.region.empty())
            styles.back()["region"] = style.region;
        if (!style.alpha.empty())
            styles.back()["alpha"] = style.alpha;
    }
    json head{{"id", m.id},
              {"settings", changed_settings(m.settings)},
              {"content", m.content},
              {"styles", std::move(styles)},
              {"memory-limit", m.memory_limit},
              {"snapshot-every", m.snapshot_every},
              {"sample", std::string(name_of(m.sample))},
              {"estimate-only", m.estimate_only},
              {"steadiness", m.steadiness}};
    if (!m.protect.empty())
        head["protect"] = m.protect;
    if (!m.refine.empty())
        head["refine"] = m.refine;
    if (!m.moved.empty())
        head["moved"] = m.moved;
    if (!m.trusted.empty())
        head["trusted"] = m.trusted;
    if (!m.shot.empty())
        head["shot"] = m.shot;
    return {Type::job, std::move(head)};
}

Parts parts_of(const Cancel& m) {
    return {Type::cancel, {{"id", m.id}}};
}

Parts parts_of(const Keep& m) {
    return {Type::keep, {{"id", m.id}}};
}

Parts parts_of(const Forget& m) {
    return {Type::forget, {{"name", m.name}}};
}

Parts parts_of(const Hello& m) {
    json devices = json::array();
    for (const auto& device : m.devices)
        devices.push_back({{"name", device.name},
                           {"description", device.description},
                           {"memory-total", device.memory_total},
                           {"memory-free", device.memory_free}});
    json networks = json::array();
    for (const auto& network : m.networks)
        networks.push_back({{"name", network.name},
                            {"title", network.title},
                            {"bytes", network.bytes},
                            {"operations", network.operations},
                            {"layers", network.layers}});
    json trained_styles = json::array();
    for (const auto& style : m.trained_styles)
        trained_styles.push_back({{"name", style.name}, {"title", style.title}});
    return {Type::hello,
            {{"protocol-version", m.protocol_version},
             {"engine-version", m.engine_version},
             {"device", m.device},
             {"devices", std::move(devices)},
             {"networks", std::move(networks)},
             {"instant", m.instant},
             {"trained-styles", std::move(trained_styles)}}};
}

Parts parts_of(const Update& m) {
    json losses = json::array();
    m.losses.each([&](std::string_view name, const Loss& loss) {
        losses.push_back({{"name", std::string(name)}, {"weight", loss.weight}, {"value", loss.value}});
    });
    return {Type::update,
            {{"id", m.id},
             {"fraction", m.fraction},
             {"stage", std::string(name_of(m.stage))},
             {"iteration", m.iteration},
             {"iterations", m.iterations},
             {"width", m.width},
             {"height", m.height},
             {"losses", std::move(losses)},
             {"preview-width", m.preview_width},
             {"preview-height", m.preview_height},
             {"notice", m.notice}},
            m.preview};
}

Parts parts_of(const Estimate& m) {
    return {Type::estimate,
            {{"id", m.id},
             {"memory-needed", m.memory_needed},
             {"time-needed", m.time_needed},
             {"tiles", m.tiles},
             {"device", m.device}}};
}

Parts parts_of(const SnapshotChunk& m) {
    json head = head_of(m.chunk);
    head["id"] = m.id;
    head["number"] = m.number;
    head["iteration"] = m.iteration;
    return {Type::snapshot_chunk, std::move(head), m.chunk.bytes};
}

Parts parts_of(const PaintingChunk& m) {
    json head = head_of(m.chunk);
    head["id"] = m.id;
    return {Type::painting_chunk, std::move(head), m.chunk.bytes};
}

Parts parts_of(const Done& m) {
    return {Type::done, {{"id", m.id}, {"seconds", m.seconds}, {"device", m.device}}};
}

Parts parts_of(const Cancelled& m) {
    return {Type::cancelled, {{"id", m.id}}};
}

Parts parts_of(const Failed& m) {
    return {Type::failed,
            {{"id", m.id},
             {"code", std::string(name_of(m.error.code))},
             {"message", plain_line(m.error.message, message_bytes_max)},
             {"missing", m.missing}}};
}

// --- heads to values

/// Reads the fields of a head. The first missing or wrong one is recorded and all later reads give defaults,
/// so that a message can be read in one go and checked once.
class Fields {
  public:
    explicit Fields(const json& object) : object_(object) {}

    const std::string& wrong() const { return wrong_; }
    bool good() const { return wrong_.empty(); }
    void refuse(const char* key) {
        if (good())
            wrong_ = key;
    }

    /// Harmless to show, whatever the other side is.
    std::string text(const char* key) {
        const json* value = field(key);
        if (!value || !value->is_string())
            return refuse(key), std::string();
        return plain_line(value->get<std::string>(), head_bytes_max);
    }

    /// Empty if the field is missing.
    std::string optional_text(const char* key) { return field(key) ? text(key) : std::string(); }

    bool flag(const char* key) {
        const json* value = field(key);
        if (!value || !value->is_boolean())
            return refuse(key), false;
        return value->get<bool>();
    }

    /// A whole number from 0 to the type's maximum.
    template <std::integral Integer>
    Integer count(const char* key) {
        const json* value = field(key);
        if (!value || !value->is_number_unsigned() ||
            value->get<std::uint64_t>() > std::uint64_t(std::numeric_limits<Integer>::max()))
            return refuse(key), 0;
        return static_cast<Integer>(value->get<std::uint64_t>());
    }

    /// A whole number from `low` to `high`.
    int count(const char* key, int low, int high) {
        const int value = count<int>(key);
        if (value < low || value > high)
            return refuse(key), low;
        return value;
    }

    /// Any number. JSON has no NaN and writes null for it.
    double number(const char* key) {
        const json* value = field(key);
        if (value && value->is_null())
            return std::numeric_limits<double>::quiet_NaN();
        if (!value || !value->is_number())
            return refuse(key), 0;
        return value->get<double>();
    }

    /// A number from `low` to `high`.
    double number(const char* key, double low, double high) {
        const double value = number(key);
        if (!(value >= low && value <= high))
            return refuse(key), low;
        return value;
    }

    template <typename Choice>
    Choice choice(const char* key) {
        const auto chosen = choice_named<Choice>(text(key));
        if (!chosen)
            return refuse(key), Choice{};
        return *chosen;
    }

    std::vector<std::string> texts(const char* key) {
        std::vector<std::string> list;
        each(key, [&](const json& value) {
            if (!value.is_string())
                return refuse(key);
            list.push_back(plain_line(value.get<std::string>(), head_bytes_max));
        });
        return list;
    }

    /// Each element of an array that holds objects.
    template <typename Reader>
    void each_object(const char* key, Reader read) {
        each(key, [&](const json& value) {
            if (!value.is_object())
                return refuse(key);
            Fields fields(value);
            read(fields);
            if (!fields.good())
                refuse(key);
        });
    }

    Settings settings(const char* key) {
        const json* value = field(key);
        if (!value || !value->is_object())
            return refuse(key), Settings{};
        auto settings = settings_in(*value);
        if (!settings)
            return refuse(key), Settings{};
        return *std::move(settings);
    }

  private:
    const json* field(const char* key) const {
        const auto found = object_.find(key);
        return found == object_.end() ? nullptr : &*found;
    }

    template <typename Taker>
    void each(const char* key, Taker take) {
        const json* value = field(key);
        if (!value || !value->is_array())
            return refuse(key);
        for (const json& element : *value)
            take(element);
    }

    const json& object_;
    std::string wrong_;
};

Error bad_message(std::string_view what) {
    return {
        ErrorCode::bad_message,
        formatted(
            "The other side of the conversation sent something that cannot be understood ({}). Check that "
            "the plug-in and the engine come from the same installation.",
            what)};
}

Bytes copy(std::span<const std::byte> payload) {
    return Bytes(payload.begin(), payload.end());
}

Chunk chunk_in(Fields& fields, std::span<const std::byte> payload) {
    Chunk chunk{.sample = fields.choice<Sample>("sample"),
                .width = fields.count<int>("width"),
                .height = fields.count<int>("height"),
                .channels = fields.count<int>("channels"),
                .offset = fields.count<std::uint64_t>("offset"),
                .bytes = {}};
    if (!fields.good())
        return chunk;
    if (!size_allowed(chunk.width, chunk.height)) {
        fields.refuse("width");
        return chunk;
    }
    if (!channels_allowed(chunk.channels)) {
        fields.refuse("channels");
        return chunk;
    }
    const auto total = picture_bytes(chunk.sample, chunk.width, chunk.height, chunk.channels);
    if (chunk.offset >= total || payload.empty() || payload.size() > total - chunk.offset) {
        fields.refuse("offset");
        return chunk;
    }
    chunk.bytes = copy(payload);
    return chunk;
}

Update update_in(Fields& fields, std::span<const std::byte> payload) {
    Update update{.id = fields.count<std::uint64_t>("id"),
                  .fraction = fields.number("fraction", 0, 1),
                  .stage = fields.choice<Stage>("stage"),
                  .iteration = fields.count<int>("iteration"),
                  .iterations = fields.count<int>("iterations"),
                  .width = fields.count<int>("width"),
                  .height = fields.count<int>("height"),
                  .losses = {},
                  .preview_width = fields.count<int>("preview-width"),
                  .preview_height = fields.count<int>("preview-height"),
                  .preview = {},
                  .notice = fields.text("notice")};
    fields.each_object("losses", [&](Fields& loss) {
        const auto term = loss.choice<LossTerm>("name");
        update.losses[term] = {.weight = loss.number("weight"), .value = loss.number("value")};
    });
    if (update.notice.size() > notice_bytes_max)
        fields.refuse("notice");
    // Each side is at most chunk_bytes here, so the product cannot overflow.
    const auto width = std::uint64_t(update.preview_width), height = std::uint64_t(update.preview_height);
    if (width > chunk_bytes || height > chunk_bytes || width * height * 3 != payload.size())
        fields.refuse("preview-width");
    else
        update.preview = copy(payload);
    return update;
}

/// Only these two fields of another version's Hello can be relied on.
Result<Message> hello_in(Fields& fields) {
    Hello hello;
    hello.protocol_version = fields.count<int>("protocol-version");
    hello.engine_version = fields.text("engine-version");
    if (fields.good() && hello.protocol_version != version)
        return failure(
            ErrorCode::other_version,
            formatted(
                "The engine is of version {} and speaks protocol {}, but protocol {} is needed here. Install "
                "the plug-in and the engine in the same version.",
                hello.engine_version.substr(0, 64), hello.protocol_version, version));
    hello.device = fields.text("device");
    fields.each_object("devices", [&](Fields& device) {
        hello.devices.push_back({.name = device.text("name"),
                                 .description = device.text("description"),
                                 .memory_total = device.count<std::uint64_t>("memory-total"),
                                 .memory_free = device.count<std::uint64_t>("memory-free")});
    });
    fields.each_object("networks", [&](Fields& network) {
        hello.networks.push_back({.name = network.text("name"),
                                  .title = network.text("title"),
                                  .bytes = network.count<std::uint64_t>("bytes"),
                                  .operations = network.number("operations"),
                                  .layers = network.texts("layers")});
    });
    hello.instant = fields.flag("instant");
    fields.each_object("trained-styles", [&](Fields& style) {
        hello.trained_styles.push_back({.name = style.text("name"), .title = style.text("title")});
    });
    return hello;
}

Job job_in(Fields& fields) {
    Job job{.id = fields.count<std::uint64_t>("id"),
            .settings = fields.settings("settings"),
            .content = fields.text("content"),
            .styles = {},
            .protect = fields.optional_text("protect"),
            .refine = fields.optional_text("refine"),
            .moved = fields.optional_text("moved"),
            .trusted = fields.optional_text("trusted"),
            .steadiness = fields.number("steadiness", 0, Motion::steadiness_max),
            .shot = fields.optional_text("shot"),
            .memory_limit = fields.count<std::uint64_t>("memory-limit"),
            .snapshot_every = fields.count("snapshot-every", 0, SettingsRange::snapshot_every_max),
            .sample = fields.choice<Sample>("sample"),
            .estimate_only = fields.flag("estimate-only")};
    fields.each_object("styles", [&](Fields& style) {
        if (job.styles.size() == SettingsRange::styles_max)
            return style.refuse("styles");
        job.styles.push_back({.picture = style.text("picture"),
                              .region = style.optional_text("region"),
                              .alpha = style.optional_text("alpha")});
    });
    if (job.styles.empty() && needs_style(job.settings))
        fields.refuse("styles");
    if (job.moved.empty() != job.trusted.empty())
        fields.refuse("trusted");
    return job;
}

/// A painting or a snapshot; neither is a mask.
Chunk painted_chunk_in(Fields& fields, std::span<const std::byte> payload) {
    Chunk chunk = chunk_in(fields, payload);
    if (chunk.channels != picture_channels)
        fields.refuse("channels");
    return chunk;
}

Failed failed_in(Fields& fields) {
    Failed failed{.id = fields.count<std::uint64_t>("id"),
                  .error = {.code = fields.choice<ErrorCode>("code"), .message = fields.text("message")},
                  .missing = fields.texts("missing")};
    return failed;
}

Result<Message> message_in(Type type, const json& head, std::span<const std::byte> payload) {
    Fields fields(head);
    const bool takes_payload = type == Type::picture_chunk || type == Type::painting_chunk ||
                               type == Type::snapshot_chunk || type == Type::update;
    if (!takes_payload && !payload.empty())
        return std::unexpected(bad_message("a message with pixels that takes none"));

    Result<Message> message;
    switch (type) {
    case Type::picture_chunk: {
        PictureChunk picture{.name = fields.text("name"), .chunk = chunk_in(fields, payload)};
        const auto described = described_by(picture.name);
        if (!described || described->sample != picture.chunk.sample ||
            described->width != picture.chunk.width || described->height != picture.chunk.height ||
            described->channels != picture.chunk.channels)
            fields.refuse("name");
        message = std::move(picture);
        break;
    }
    case Type::job:
        message = job_in(fields);
        break;
    case Type::cancel:
        message = Cancel{.id = fields.count<std::uint64_t>("id")};
        break;
    case Type::keep:
        message = Keep{.id = fields.count<std::uint64_t>("id")};
        break;
    case Type::forget:
        message = Forget{.name = fields.text("name")};
        break;
    case Type::hello:
        message = hello_in(fields);
        break;
    case Type::update:
        message = update_in(fields, payload);
        break;
    case Type::estimate:
        message = Estimate{.id = fields.count<std::uint64_t>("id"),
                           .memory_needed = fields.count<std::uint64_t>("memory-needed"),
                           .time_needed = fields.number("time-needed"),
                           .tiles = fields.count("tiles", 1, std::numeric_limits<int>::max()),
                           .device = fields.text("device")};
        break;
    case Type::painting_chunk:
        message = PaintingChunk{.id = fields.count<std::uint64_t>("id"),
                                .chunk = painted_chunk_in(fields, payload)};
        break;
    case Type::snapshot_chunk:
        message = SnapshotChunk{.id = fields.count<std::uint64_t>("id"),
                                .number = fields.count("number", 1, std::numeric_limits<int>::max()),
                                .iteration = fields.count<int>("iteration"),
                                .chunk = painted_chunk_in(fields, payload)};
        break;
    case Type::done:
        message = Done{.id = fields.count<std::uint64_t>("id"),
                       .seconds = fields.number("seconds"),
                       .device = fields.text("device")};
        break;
    case Type::cancelled:
        message = Cancelled{.id = fields.count<std::uint64_t>("id")};
        break;
    case Type::failed:
        message = failed_in(fields);
        break;
    }
    if (message && !fields.good())
        return std::unexpected(bad_message(formatted("a message with a wrong \"{}\"", fields.wrong())));
    return message;
}

/// For quoting: printable, at most 200 characters.
std::string last_line(std::string_view text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
        text.remove_suffix(1);
    if (const auto start = text.find_last_of('\n'); start != text.npos)
        text.remove_prefix(start + 1);
    std::string line(text.substr(0, 200));
    std::ranges::replace_if(
        line,
        [](char c) { return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f; },
        '?');
    return line;
}

} // namespace

namespace {

/// Why the other side would refuse it, as a sentence; nothing if it would not.
std::optional<Error> refusal(const Message& message) {
    const auto* job = std::get_if<Job>(&message);
    if (!job)
        return std::nullopt;
    if ((job->styles.empty() && needs_style(job->settings)) || job->styles.size() > SettingsRange::styles_max)
        return Error{ErrorCode::invalid_request, formatted("There are {} styles; give 1 to {}.",
                                                           job->styles.size(), SettingsRange::styles_max)};
    if (job->snapshot_every < 0 || job->snapshot_every > SettingsRange::snapshot_every_max)
        return Error{ErrorCode::invalid_request,
                     formatted("A snapshot is wanted every {} steps; choose 0 to {}.", job->snapshot_every,
                               SettingsRange::snapshot_every_max)};
    return std::nullopt;
}

} // namespace

Result<Bytes> encode(const Message& message) {
    if (auto error = refusal(message))
        return std::unexpected(*std::move(error));
    const Parts parts = std::visit([](const auto& m) { return parts_of(m); }, message);
    if (parts.type == Type::job)
        if (auto settings = settings_in(parts.head.at("settings")); !settings)
            return std::unexpected(settings.error());
    const std::string head = parts.head.dump(-1, ' ', false, json::error_handler_t::replace);
    if (head.size() > head_bytes_max || parts.payload.size() > chunk_bytes)
        return parts.type == Type::job
                   ? failure(ErrorCode::invalid_request,
                             "The request is too long to be sent. Use fewer or shorter layer names.")
                   : failure(ErrorCode::internal, "A message is too long to be sent. Please report this.");
    Bytes frame;
    frame.reserve(frame_start_bytes + head.size() + parts.payload.size());
    for (char c : magic)
        frame.push_back(static_cast<std::byte>(c));
    append_little_endian(frame, std::to_underlying(parts.type));
    append_little_endian(frame, static_cast<std::uint32_t>(head.size()));
    append_little_endian(frame, static_cast<std::uint64_t>(parts.payload.size()));
    const auto head_bytes = std::as_bytes(std::span(head));
    frame.insert(frame.end(), head_bytes.begin(), head_bytes.end());
    frame.insert(frame.end(), parts.payload.begin(), parts.payload.end());
    return frame;
}

void Decoder::feed(std::span<const std::byte> bytes) {
    if (error_)
        return;
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(used_));
    used_ = 0;
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
}

Result<std::optional<Message>> Decoder::next() {
    if (error_)
        return std::unexpected(*error_);
    auto message = next_in_buffer();
    if (!message) {
        error_ = message.error();
        buffer_ = {};
        used_ = 0;
    }
    return message;
}

std::span<const std::byte> Decoder::waiting() const {
    return std::span(buffer_).subspan(used_);
}

Result<std::optional<Message>> Decoder::next_in_buffer() {
    if (in_banner_) {
        const bool found = skip_banner();
        if (banner_.size() > banner_bytes_max)
            return std::unexpected(bad_message("text instead of messages: \"" + last_line(banner_) + "\""));
        if (!found)
            return std::nullopt;
    }
    const auto bytes = waiting();
    if (bytes.empty())
        return std::nullopt;
    if (!has_magic(bytes)) {
        const std::string_view text(reinterpret_cast<const char*>(bytes.data()),
                                    std::min<std::size_t>(bytes.size(), 80));
        return std::unexpected(
            bad_message("not a message: \"" + last_line(text.substr(0, text.find('\n'))) + "\""));
    }
    if (bytes.size() < frame_start_bytes)
        return std::nullopt;
    const auto start = FrameStart::at(bytes.data());
    if (!known(start.type))
        return std::unexpected(bad_message("a message of an unknown kind"));
    if (!start.allowed())
        return std::unexpected(bad_message("a message that is too long"));
    const std::size_t head_end = frame_start_bytes + start.head_length;
    const std::size_t frame_end = head_end + static_cast<std::size_t>(start.payload_length);
    if (bytes.size() < frame_end)
        return std::nullopt;

    const std::string_view head_text(reinterpret_cast<const char*>(bytes.data()) + frame_start_bytes,
                                     start.head_length);
    const auto head = json_object(head_text);
    if (!head)
        return std::unexpected(bad_message("a message head: " + head.error()));
    auto message =
        message_in(static_cast<Type>(start.type), *head, bytes.subspan(head_end, frame_end - head_end));
    if (!message)
        return std::unexpected(std::move(message.error()));
    used_ += frame_end;
    return *std::move(message);
}

/// Moves text from the buffer to the banner up to the first frame; returns whether it was found. A frame
/// starts with the magic followed by a valid type and lengths, because a banner may contain those four
/// letters.
bool Decoder::skip_banner() {
    const auto bytes = waiting();
    std::size_t skipped = 0;
    for (; skipped < bytes.size(); ++skipped) {
        const auto rest = bytes.subspan(skipped);
        if (!has_magic(rest))
            continue;
        if (rest.size() < frame_start_bytes)
            break; // may become a frame
        if (FrameStart::at(rest.data()).allowed()) {
            in_banner_ = false;
            break;
        }
    }
    banner_.append(reinterpret_cast<const char*>(bytes.data()), skipped);
    used_ += skipped;
    return !in_banner_;
}

Error Decoder::end() const {
    if (error_)
        return *error_;
    std::string said = banner_;
    if (in_banner_)
        said.append(reinterpret_cast<const char*>(waiting().data()), waiting().size());
    if (said.ends_with(still_starting))
        said.resize(said.size() - still_starting.size());
    if (in_banner_ && !said.empty())
        return {ErrorCode::engine_lost, "The engine did not start; instead of it came \"" + last_line(said) +
                                            "\". Check the command that starts it."};
    if (in_banner_)
        return {ErrorCode::engine_lost, "The engine did not start. Check the command that starts it."};
    return {ErrorCode::engine_lost, "The engine went away. Start the job again."};
}

} // namespace neural_style::protocol
