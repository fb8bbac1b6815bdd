// SPDX-License-Identifier: GPL-3.0-or-later
/// Messages survive the wire, and nothing on the wire can do harm.
///
///     codec_test WIRE.md
#include "cmocka.hpp"
#include "codec.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <random>
#include <set>
#include <sstream>
#include <string>

using namespace neural_style;
using namespace neural_style::protocol;

namespace {

std::string wire_page;

Bytes bytes_of(std::string_view text) {
    const auto bytes = std::as_bytes(std::span(text));
    return Bytes(bytes.begin(), bytes.end());
}

Bytes operator+(Bytes a, const Bytes& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

/// A frame with any numbers and any head, valid or not.
Bytes frame(std::uint32_t type, std::uint32_t head_length, std::uint64_t payload_length,
            std::string_view rest) {
    Bytes bytes = bytes_of("NSE1");
    auto append = [&](std::uint64_t value, int length) {
        for (int i = 0; i < length; ++i)
            bytes.push_back(static_cast<std::byte>(value >> (8 * i)));
    };
    append(type, 4);
    append(head_length, 4);
    append(payload_length, 8);
    return bytes + bytes_of(rest);
}

Bytes frame(std::uint32_t type, std::string_view head, std::string_view payload = {}) {
    return frame(type, static_cast<std::uint32_t>(head.size()), payload.size(),
                 std::string(head) + std::string(payload));
}

Result<std::optional<Message>> decoded(const Bytes& bytes, DecoderOptions options = {}) {
    Decoder decoder(options);
    decoder.feed(bytes);
    return decoder.next();
}

bool refused(const Bytes& bytes, ErrorCode code = ErrorCode::bad_message) {
    const auto message = decoded(bytes);
    return !message && message.error().code == code && !message.error().message.empty();
}

/// One of each, with non-default values.
std::vector<Message> examples() {
    Settings settings;
    settings.quality = Quality::print;
    settings.manner = Manner::brush;
    settings.strength = 1.0 / 3;
    settings.stroke_size = 137.5;
    settings.seed = 0xffff'ffff'ffff'fffe;
    settings.iterations = 12;
    settings.style_layers = {"relu1_1", "Stärke \"4\""};
    settings.layer_weights = {1, 0.5};
    settings.blend = {2, 1};
    settings.seamless = true;
    settings.pooling = Pooling::average;
    const Chunk chunk{.sample = Sample::u16,
                      .width = 3,
                      .height = 2,
                      .channels = 3,
                      .offset = 5,
                      .bytes = {std::byte{1}, std::byte{0}, std::byte{255}, std::byte{'N'}}};
    Chunk mask_chunk = chunk;
    mask_chunk.channels = 1;
    const std::string name = "u8-1x1x3-0000000000000000", mask = "f32-1x1x1-0000000000000001";
    Hello hello;
    hello.engine_version = "1.2.3";
    hello.device = "cuda:1";
    hello.devices = {{"cpu", "CPU, 2 cores", 1ull << 40, 12345}, {"cuda:1", "a card", 8, 7}};
    hello.networks = {{"painter", "painter", 3242000, 24000, {"relu1_1", "relu2_1"}},
                      {"vgg19", "VGG-19", 80100000, 0, {}}};
    hello.instant = true;
    hello.trained_styles = {{"waves", "Waves, trained"}};
    return {
        PictureChunk{picture_name(Sample::u16, 3, 2, 0xabc), chunk},
        PictureChunk{picture_name(Sample::u16, 3, 2, 0xabc, 1), mask_chunk},
        Job{7, settings, name, {{name, {}}}, {}, {}, {}, {}, 1, {}, 0, 0, Sample::f32, true},
        Job{8,
            {},
            name,
            {{"f32-2x2x3-00000000000000ff", mask}, {name, {}}},
            mask,
            name,
            name,
            mask,
            2.5,
            name,
            1ull << 34,
            25,
            Sample::u16,
            false},
        Cancel{0xffff'ffff'ffff'ffff},
        Keep{12},
        Forget{name},
        hello,
        protocol::Update{.id = 9,
                         .fraction = 0.25,
                         .stage = Stage::finishing,
                         .iteration = 3,
                         .iterations = 40,
                         .width = 512,
                         .height = 384,
                         .losses = {.terms = {{{1, 0.1}, {10, 1e-300}, {0.5, 1e300}, {0, 0}}}},
                         .preview_width = 2,
                         .preview_height = 1,
                         .preview = Bytes(6, std::byte{77}),
                         .notice = "Memory ran out: 画 goes on in 4 tiles."},
        protocol::Estimate{9, 1ull << 35, 75.25, 12, "cpu"},
        SnapshotChunk{9, 3, 50, chunk},
        PaintingChunk{9, chunk},
        Done{9, 12.5, "cuda:0"},
        Cancelled{9},
        Failed{9, {ErrorCode::out_of_memory, "Memory ran out. Really."}, {name}},
    };
}

void every_message_survives() {
    for (const Message& message : examples()) {
        const auto bytes = encode(message);
        CHECK(bytes);
        const auto back = decoded(*bytes);
        CHECK(back && *back);
        CHECK(**back == message);
    }
}

void a_stream_may_arrive_in_any_pieces() {
    Bytes stream;
    for (const Message& message : examples())
        stream = std::move(stream) + *encode(message);
    for (std::size_t piece :
         {std::size_t(1), std::size_t(2), std::size_t(19), std::size_t(21), stream.size()}) {
        Decoder decoder;
        std::vector<Message> messages;
        for (std::size_t at = 0; at < stream.size(); at += piece) {
            decoder.feed(std::span(stream).subspan(at, std::min(piece, stream.size() - at)));
            for (;;) {
                auto message = decoder.next();
                CHECK(message);
                if (!*message)
                    break;
                messages.push_back(**std::move(message));
            }
        }
        CHECK(messages == examples());
    }
}

void a_truncated_frame_yields_nothing() {
    for (const Message& message : examples()) {
        const Bytes bytes = *encode(message);
        for (std::size_t length = 0; length < bytes.size(); ++length) {
            const auto got = decoded(Bytes(bytes.begin(), bytes.begin() + std::ptrdiff_t(length)));
            CHECK(got && !*got);
        }
    }
}

/// The start and the JSON are valid except for single bytes. The result must be a message that can be encoded
/// again, or an error with a sentence.
void mutated_frames_do_no_harm() {
    std::mt19937_64 random(20240611);
    std::size_t refusals = 0;
    for (const Message& message : examples()) {
        const Bytes good = *encode(message);
        for (int round = 0; round < 3000; ++round) {
            Bytes bad = good;
            for (auto changes = 1 + random() % 4; changes > 0; --changes) {
                const auto at = std::ptrdiff_t(random() % bad.size());
                switch (random() % 4) {
                case 0:
                    bad[std::size_t(at)] = std::byte(random());
                    break;
                case 1:
                    bad[std::size_t(at)] ^= std::byte(1u << (random() % 8));
                    break;
                case 2:
                    bad.erase(bad.begin() + at);
                    break;
                default:
                    bad.insert(bad.begin() + at, std::byte(random()));
                }
                if (bad.empty())
                    bad.push_back({});
            }
            Decoder decoder({.skip_banner = random() % 2 == 0});
            const auto cut = std::size_t(random() % bad.size());
            decoder.feed(std::span(bad).first(cut));
            auto first = decoder.next();
            decoder.feed(std::span(bad).subspan(cut));
            auto got = decoder.next();
            if (!got) {
                CHECK(!got.error().message.empty());
                CHECK(decoder.next().error().message == got.error().message);
                ++refusals;
            } else if (*got) {
                CHECK(encode(**got));
            }
            CHECK(!decoder.end().message.empty());
        }
    }
    CHECK(refusals > 10000);
}

void random_bytes_do_no_harm() {
    std::mt19937_64 random(7);
    for (int round = 0; round < 2000; ++round) {
        Bytes noise = round % 2 ? bytes_of("NSE1") : Bytes();
        for (auto length = random() % 300; length > 0; --length)
            noise.push_back(std::byte(random() % (round % 3 ? 4 : 256)));
        Decoder decoder({.skip_banner = round % 5 == 0});
        decoder.feed(noise);
        while (true) {
            const auto got = decoder.next();
            if (!got || !*got)
                break;
        }
    }
}

void hostile_lengths_are_refused_at_once() {
    // Only the start has arrived: the claim alone must be enough.
    CHECK(refused(frame(3, 0xffffffff, 0, "")));
    CHECK(refused(frame(3, head_bytes_max + 1, 0, "")));
    CHECK(refused(frame(1, 2, 0xffff'ffff'ffff'ffff, "")));
    CHECK(refused(frame(1, 2, chunk_bytes + 1, "")));
    CHECK(decoded(frame(1, head_bytes_max, chunk_bytes, "")));
}

void unknown_kinds_are_refused() {
    for (std::uint32_t type : {0u, 5u, 15u, 24u, 0xffffffffu})
        CHECK(refused(frame(type, "{}")));
}

void pixels_where_none_belong_are_refused() {
    CHECK(refused(frame(3, R"({"id":1})", "x")));
}

void heads_that_are_not_what_they_should_be_are_refused() {
    CHECK(decoded(frame(3, R"({"id":1})")));
    for (const char* head :
         {"", "{", "null", "[]", "7", R"({"id":-1})", R"({"id":1.5})", R"({"id":"1"})", "{}",
          R"({"id":18446744073709551616})", R"({"id":1}x)", "{\"id\":1,\"x\":\"\xff\"}"})
        CHECK(refused(frame(3, head)));
}

void deep_nesting_is_refused() {
    for (int depth : {9, 100, 30000}) {
        const std::string deep = R"({"id":1,"x":)" + std::string(std::size_t(depth), '[') +
                                 std::string(std::size_t(depth), ']') + "}";
        CHECK(refused(frame(3, deep)));
        CHECK(refused(frame(3, deep.substr(0, deep.size() / 2))));
    }
}

void unknown_fields_of_a_message_are_ignored() {
    const auto message = decoded(frame(3, R"({"id":1,"later":[1,2]})"));
    CHECK(message && **message == Message(Cancel{1}));
}

void a_chunk_must_lie_within_its_picture() {
    auto head = [](int width, int height, std::uint64_t offset) {
        return R"({"id":1,"sample":"u8","channels":3,"width":)" + std::to_string(width) + R"(,"height":)" +
               std::to_string(height) + R"(,"offset":)" + std::to_string(offset) + "}";
    };
    CHECK(decoded(frame(19, head(2, 1, 0), "123456")));
    CHECK(decoded(frame(19, head(2, 1, 5), "6")));
    CHECK(refused(frame(19, head(2, 1, 0), "1234567")));
    CHECK(refused(frame(19, head(2, 1, 5), "67")));
    CHECK(refused(frame(19, head(2, 1, 6), "7")));
    CHECK(refused(frame(19, head(2, 1, 0), "")));
    CHECK(refused(frame(19, head(2, 1, 0xffff'ffff'ffff'ffff), "1")));
    CHECK(refused(frame(19, head(0, 1, 0), "1")));
    CHECK(refused(frame(19, head(-1, 1, 0), "1")));
    CHECK(decoded(frame(19, head(20000, 20000, 0), "1")));
    CHECK(refused(frame(19, head(20001, 20000, 0), "1")));
    CHECK(refused(frame(19, head(2147483647, 2147483647, 0), "1")));
}

void a_chunk_must_be_of_the_picture_that_it_names() {
    auto head = [](const char* name) {
        return std::string(R"({"name":")") + name +
               R"(","sample":"u8","width":2,"height":1,"channels":3,"offset":0})";
    };
    CHECK(decoded(frame(1, head("u8-2x1x3-0000000000000000"), "123456")));
    for (const char* name : {"u16-2x1x3-0000000000000000", "u8-1x2x3-0000000000000000",
                             "u8-2x1x1-0000000000000000", "u8-2x1x3-0", "photo", ""})
        CHECK(refused(frame(1, head(name), "123456")));
}

void a_mask_is_a_picture_of_one_value_and_no_painting_is() {
    auto head = [](const char* rest, int channels) {
        return std::string("{") + rest + R"("sample":"u8","width":2,"height":1,"offset":0,"channels":)" +
               std::to_string(channels) + "}";
    };
    CHECK(decoded(frame(1, head(R"("name":"u8-2x1x1-0000000000000000",)", 1), "12")));
    CHECK(refused(frame(1, head(R"("name":"u8-2x1x1-0000000000000000",)", 1), "123")));
    CHECK(refused(frame(1, head(R"("name":"u8-2x1x2-0000000000000000",)", 2), "1234")));
    CHECK(decoded(frame(19, head(R"("id":1,)", 3), "123456")));
    CHECK(refused(frame(19, head(R"("id":1,)", 1), "12")));
    CHECK(decoded(frame(23, head(R"("id":1,"number":1,"iteration":0,)", 3), "123456")));
    CHECK(refused(frame(23, head(R"("id":1,"number":1,"iteration":0,)", 1), "12")));
    CHECK(refused(frame(23, head(R"("id":1,"number":0,"iteration":0,)", 3), "123456")));
    CHECK(refused(frame(23, head(R"("id":1,"number":1,)", 3), "123456")));
}

void a_job_has_one_to_eight_styles() {
    auto job = [](const std::string& styles, const std::string& more = {}) {
        return frame(2, R"({"id":1,"settings":{},"content":"c","memory-limit":0,"snapshot-every":0,)"
                        R"("sample":"u8","estimate-only":false,"steadiness":1,"styles":)" +
                            styles + more + "}");
    };
    auto styles = [](std::size_t count) {
        std::string list = "[";
        for (std::size_t i = 0; i < count; ++i)
            list += std::string(i ? "," : "") + R"({"picture":"p"})";
        return list + "]";
    };
    CHECK(decoded(job(styles(1))));
    CHECK(decoded(job(styles(8))));
    CHECK(decoded(job(R"([{"picture":"p","region":"r"}])", R"(,"protect":"m","refine":"q")")));
    CHECK(refused(job(styles(0))));
    CHECK(decoded(job(styles(0), R"(,"settings":{"manner":"dream"})")));
    CHECK(decoded(job(styles(0), R"(,"settings":{"trained-style":"waves"})")));
    CHECK(refused(job(styles(9))));
    for (const char* wrong : {"{}", "null", "[null]", "[{}]", R"(["p"])", R"([{"picture":1}])",
                              R"([{"picture":"p","region":null}])"})
        CHECK(refused(job(wrong)));
    CHECK(refused(job(styles(1), R"(,"protect":7)")));
    CHECK(refused(job(styles(1), R"(,"refine":null)")));
    CHECK(decoded(job(styles(1), R"(,"moved":"p","trusted":"m","shot":"s")")));
    CHECK(refused(job(styles(1), R"(,"moved":"p")")));
    CHECK(refused(job(styles(1), R"(,"trusted":"m")")));
    CHECK(refused(job(styles(1), R"(,"shot":null)")));
    CHECK(refused(job(styles(1), R"(,"steadiness":-1)")));
    CHECK(refused(job(styles(1), R"(,"steadiness":101)")));
    Job none{.id = 1, .content = "c"}, many{.id = 1, .content = "c", .styles = std::vector<JobStyle>(9)};
    CHECK(encode(none).error().code == ErrorCode::invalid_request);
    CHECK(encode(many).error().code == ErrorCode::invalid_request);
}

void what_could_not_be_read_is_not_sent() {
    Job job{.id = 1, .content = "c", .styles = {{"s"}}};
    CHECK(encode(job));
    job.snapshot_every = SettingsRange::snapshot_every_max + 1;
    CHECK(!encode(job));
    job.snapshot_every = 0;
    job.settings.layer_weights.assign(65, 1);
    CHECK(encode(job).error().message.contains("layer-weights"));
    job.settings.layer_weights = {NAN};
    CHECK(encode(job).error().message.contains("layer-weights"));
}

void a_notice_is_bounded() {
    CHECK(decoded(*encode(protocol::Update{.notice = std::string(notice_bytes_max, 'x')})));
    CHECK(refused(*encode(protocol::Update{.notice = std::string(notice_bytes_max + 1, 'x')})));
}

void a_preview_has_the_size_that_it_claims() {
    auto bytes = [](int width, int height, std::size_t length) {
        return *encode(
            protocol::Update{.preview_width = width, .preview_height = height, .preview = Bytes(length)});
    };
    CHECK(decoded(bytes(0, 0, 0)));
    CHECK(decoded(bytes(4, 2, 24)));
    CHECK(refused(bytes(4, 2, 23)));
    CHECK(refused(bytes(4, 0, 24)));
    CHECK(refused(bytes(1 << 30, 1 << 30, 0)));
}

void a_loss_that_is_not_a_number_stays_one() {
    const auto message =
        decoded(*encode(protocol::Update{.losses = {.terms = {{{.value = NAN}, {.value = 1}}}}}));
    CHECK(message);
    const auto& update = std::get<protocol::Update>(**message);
    CHECK(std::isnan(update.losses[LossTerm::content].value));
    CHECK(update.losses[LossTerm::style].value == 1);
}

void losses_are_those_that_there_are() {
    const auto update = [](const std::string& losses) {
        return frame(17, R"({"id":1,"fraction":0,"stage":"painting","iteration":1,"iterations":2,"width":4,)"
                         R"("height":4,"preview-width":0,"preview-height":0,"notice":"","losses":)" +
                             losses + "}");
    };
    const auto none = decoded(update("[]"));
    CHECK(none && std::get<protocol::Update>(**none).losses == Losses{});
    const auto one = decoded(update(R"([{"name":"tv","weight":2,"value":0.5}])"));
    CHECK(one && std::get<protocol::Update>(**one).losses[LossTerm::tv] == Loss(2, 0.5));
    for (const char* wrong : {"{}", "[0.5]", R"([{"name":"depth","weight":1,"value":1}])",
                              R"([{"name":"tv","value":1}])", R"([{"name":"tv","weight":1,"value":"1"}])"})
        CHECK(refused(update(wrong)));
}

void text_that_is_not_utf8_is_sent_all_the_same() {
    const auto message = decoded(*encode(Failed{1, {ErrorCode::internal, "bad \xff\xc3 bytes"}, {}}));
    CHECK(message);
    CHECK(std::get<Failed>(**message).error.message.starts_with("bad "));
}

/// The other side may be another computer.
void texts_that_arrive_are_harmless() {
    const std::string evil = "\x1b[2J\n\u202e", plain = "␛[2J �";
    const auto failed =
        decoded(frame(22, R"({"id":1,"code":"internal","message":"\u001b[2J\n\u202e","missing":[]})"));
    CHECK(failed && std::get<Failed>(**failed).error.message == plain);
    const auto hello = decoded(*encode(Hello{.engine_version = evil,
                                             .device = evil,
                                             .devices = {{.name = evil, .description = evil}},
                                             .networks = {{.name = evil, .title = evil, .layers = {evil}}},
                                             .trained_styles = {{.name = evil, .title = evil}}}));
    const Hello shown{.engine_version = plain,
                      .device = plain,
                      .devices = {{.name = plain, .description = plain}},
                      .networks = {{.name = plain, .title = plain, .layers = {plain}}},
                      .trained_styles = {{.name = plain, .title = plain}}};
    CHECK(hello && std::get<Hello>(**hello) == shown);
}

void the_message_of_an_error_is_cut_to_what_can_be_sent() {
    for (const char letter : {'x', '"', '\x01', '\xff'}) {
        const auto message = decoded(
            *encode(Failed{1, {ErrorCode::bad_weights, "Layer " + std::string(1'000'000, letter)}, {}}));
        CHECK(message);
        const auto& error = std::get<Failed>(**message).error;
        CHECK(error.code == ErrorCode::bad_weights && error.message.size() <= message_bytes_max);
        CHECK(error.message.starts_with("Layer ") && error.message.ends_with("…"));
    }
}

void what_is_too_long_is_not_sent() {
    const auto bytes = encode(Job{.id = 1, .content = std::string(head_bytes_max, 'x'), .styles = {{"s"}}});
    CHECK(!bytes && bytes.error().code == ErrorCode::invalid_request);
    CHECK(!encode(protocol::Update{.preview = Bytes(chunk_bytes + 1)}));
}

/// Whatever else another version sends, this much is understood.
void another_version_is_named() {
    const auto message =
        decoded(frame(16, R"({"protocol-version":99,"engine-version":"9.9","devices":"elsewhere"})"));
    CHECK(!message && message.error().code == ErrorCode::other_version);
    CHECK(message.error().message.contains("9.9"));
}

void a_banner_is_skipped_when_asked() {
    const std::string banner = "Welcome to studio!\r\nLast login: NSE1 yesterday\n$ ";
    const Bytes stream = bytes_of(banner) + *encode(Cancel{5});
    for (std::size_t piece : {std::size_t(1), std::size_t(7), stream.size()}) {
        Decoder decoder({.skip_banner = true});
        std::optional<Message> message;
        for (std::size_t at = 0; at < stream.size(); at += piece) {
            decoder.feed(std::span(stream).subspan(at, std::min(piece, stream.size() - at)));
            auto got = decoder.next();
            CHECK(got);
            if (*got)
                message = **got;
        }
        CHECK(message == Message(Cancel{5}));
        CHECK(decoder.banner() == banner);
    }
    CHECK(refused(stream));
}

void only_the_first_frame_may_have_a_banner() {
    Decoder decoder({.skip_banner = true});
    decoder.feed(*encode(Cancel{5}) + bytes_of("more text"));
    CHECK(decoder.next());
    CHECK(!decoder.next());
}

void a_banner_without_end_is_refused_with_its_last_line() {
    Decoder decoder({.skip_banner = true});
    const Bytes line = bytes_of("mail: you have new mail\n");
    std::size_t fed = 0;
    Result<std::optional<Message>> got;
    for (; fed < 2 * banner_bytes_max && got; fed += line.size()) {
        decoder.feed(line);
        got = decoder.next();
        CHECK(!got || !*got);
    }
    CHECK(!got && got.error().code == ErrorCode::bad_message);
    CHECK(got.error().message.contains("you have new mail"));
    CHECK(fed <= banner_bytes_max + 2 * line.size());
}

void the_end_says_what_came_instead() {
    Decoder decoder({.skip_banner = true});
    CHECK(decoder.end().code == ErrorCode::engine_lost);
    decoder.feed(bytes_of("sh: 1: neural-style-engine: not found\n"));
    CHECK(decoder.next());
    CHECK(decoder.end().code == ErrorCode::engine_lost);
    CHECK(decoder.end().message.contains("neural-style-engine: not found"));

    Decoder later({.skip_banner = true});
    later.feed(*encode(Cancel{5}));
    CHECK(later.next());
    CHECK(later.end().code == ErrorCode::engine_lost);
}

void error_codes_have_names() {
    for (std::size_t i = 0; i < names<ErrorCode>.size(); ++i) {
        const auto message = decoded(*encode(Failed{1, {ErrorCode(i), "x"}, {}}));
        CHECK(message && std::get<Failed>(**message).error.code == ErrorCode(i));
    }
    CHECK(name_of(ErrorCode::internal) == "internal");
}

/// Encodes frames by hand as documented, so that no change goes unnoticed.
void a_frame_is_as_documented() {
    CHECK(*encode(Cancel{258}) == frame(3, R"({"id":258})"));
    CHECK(
        *encode(PaintingChunk{1, {Sample::f32, 1, 1, 3, 0, bytes_of("abcdefghijkl")}}) ==
        frame(19, R"({"channels":3,"height":1,"id":1,"offset":0,"sample":"f32","width":1})", "abcdefghijkl"));
}

/// Every example in the document is understood, and is exactly what would be sent.
void every_message_is_as_documented() {
    std::ifstream page(wire_page);
    std::set<std::size_t> kinds;
    for (std::string line; std::getline(page, line);) {
        std::uint32_t type = 0;
        std::string head;
        if (!line.starts_with("    ") || !(std::istringstream(line) >> type) || !line.contains('{'))
            continue;
        head = line.substr(line.find('{'));
        const Bytes bytes = frame(type, head, type == 1 || type == 19 || type == 23 ? "foobar" : "");
        const auto message = decoded(bytes);
        CHECK(message && *message);
        CHECK(*encode(**message) == bytes);
        kinds.insert((*message)->index());
    }
    CHECK(kinds.size() == std::variant_size_v<Message>);
}

} // namespace

int main(int count, char** values) {
    if (count != 2)
        return 2;
    wire_page = values[1];
    return tests::run_tests({
        TEST(every_message_survives),
        TEST(a_frame_is_as_documented),
        TEST(every_message_is_as_documented),
        TEST(a_stream_may_arrive_in_any_pieces),
        TEST(a_truncated_frame_yields_nothing),
        TEST(mutated_frames_do_no_harm),
        TEST(random_bytes_do_no_harm),
        TEST(hostile_lengths_are_refused_at_once),
        TEST(unknown_kinds_are_refused),
        TEST(pixels_where_none_belong_are_refused),
        TEST(heads_that_are_not_what_they_should_be_are_refused),
        TEST(deep_nesting_is_refused),
        TEST(unknown_fields_of_a_message_are_ignored),
        TEST(a_chunk_must_lie_within_its_picture),
        TEST(a_chunk_must_be_of_the_picture_that_it_names),
        TEST(a_mask_is_a_picture_of_one_value_and_no_painting_is),
        TEST(a_job_has_one_to_eight_styles),
        TEST(what_could_not_be_read_is_not_sent),
        TEST(a_notice_is_bounded),
        TEST(a_preview_has_the_size_that_it_claims),
        TEST(a_loss_that_is_not_a_number_stays_one),
        TEST(losses_are_those_that_there_are),
        TEST(text_that_is_not_utf8_is_sent_all_the_same),
        TEST(texts_that_arrive_are_harmless),
        TEST(the_message_of_an_error_is_cut_to_what_can_be_sent),
        TEST(what_is_too_long_is_not_sent),
        TEST(another_version_is_named),
        TEST(a_banner_is_skipped_when_asked),
        TEST(only_the_first_frame_may_have_a_banner),
        TEST(a_banner_without_end_is_refused_with_its_last_line),
        TEST(the_end_says_what_came_instead),
        TEST(error_codes_have_names),
    });
}
