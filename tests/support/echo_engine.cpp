// SPDX-License-Identifier: GPL-3.0-or-later
/// echo-engine: the worker's conversation without LibTorch. It paints by returning the content, and
/// misbehaves on request, so that clients can be tested against everything that may go wrong.
#include "codec.hpp"
#include "outbox.hpp"
#include "painter.hpp"
#include "process.hpp"
#include "session.hpp"

#include <neural_style/formatted.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <utility>

namespace {

using namespace neural_style;

constexpr auto help = R"(Usage: echo-engine [OPTION]...

Speaks the protocol of neural-style-engine and gives each content back, smaller if there is a size limit.

  --updates N      updates per job (default 10; every second one has a preview)
  --slow MS        wait so long before each update
  --die-after N    kill itself after N updates
  --fail CODE      fail every job with that error code, such as out-of-memory
  --show WHAT      paint something else that came with the job, at the content's size, masks as grey:
                   style:N, region:N, alpha:N (from 1), protect, refine, moved, trusted or shot; black
                   where there is none
  --mix            paint the content mixed with the first style, by the strength of the settings
  --recite         fail every job with a sentence that says what came with it
  --notice TEXT    tell that with the first update
  --throw          throw an exception in every job
  --chatter        print to standard output before every update, as a library might
  --ignore-cancel  paint on when cancelled
  --other-version  say Hello in another protocol version
  --rubbish        print text without end instead of frames
  --rubbish-after N  print text instead of update N
  --no-hello       say nothing
  --starting MS    say that it is starting, and Hello so long after it
)";

struct Behaviour {
    int updates = 10;
    std::chrono::milliseconds slow{0};
    int die_after = -1;
    int rubbish_after = -1;
    std::optional<ErrorCode> fail;
    std::string show;
    bool mix = false;
    bool recite = false;
    std::string notice;
    bool throws = false;
    bool chatter = false;
    bool ignore_cancel = false;
    bool other_version = false;
    bool rubbish = false;
    bool no_hello = false;
    std::optional<std::chrono::milliseconds> starting;
};

[[noreturn]] void leave(int status) {
    std::_Exit(status);
}

[[noreturn]] void usage() {
    std::fputs(help, stderr);
    std::exit(2);
}

Behaviour behaviour_in(int count, char** values) {
    Behaviour behaviour;
    for (int i = 1; i < count; ++i) {
        const std::string_view option = values[i];
        auto value = [&]() -> const char* {
            if (++i == count)
                usage();
            return values[i];
        };
        if (option == "--updates")
            behaviour.updates = std::atoi(value());
        else if (option == "--slow")
            behaviour.slow = std::chrono::milliseconds(std::atoi(value()));
        else if (option == "--die-after")
            behaviour.die_after = std::atoi(value());
        else if (option == "--rubbish-after")
            behaviour.rubbish_after = std::atoi(value());
        else if (option == "--fail") {
            behaviour.fail = choice_named<ErrorCode>(value());
            if (!behaviour.fail)
                usage();
        } else if (option == "--show")
            behaviour.show = value();
        else if (option == "--mix")
            behaviour.mix = true;
        else if (option == "--recite")
            behaviour.recite = true;
        else if (option == "--notice")
            behaviour.notice = value();
        else if (option == "--ignore-cancel")
            behaviour.ignore_cancel = true;
        else if (option == "--throw")
            behaviour.throws = true;
        else if (option == "--chatter")
            behaviour.chatter = true;
        else if (option == "--other-version")
            behaviour.other_version = true;
        else if (option == "--rubbish")
            behaviour.rubbish = true;
        else if (option == "--no-hello")
            behaviour.no_hello = true;
        else if (option == "--starting")
            behaviour.starting = std::chrono::milliseconds(std::atoi(value()));
        else
            usage();
    }
    return behaviour;
}

/// The content scaled by nearest pixel to at most 384 pixels on the longest side.
Image preview_of(ImageView content) {
    const int longest = std::max(content.width, content.height);
    const int side = std::min(longest, 384);
    auto scaled = [&](int length) { return std::max<int>(1, int(std::int64_t(length) * side / longest)); };
    Image preview(scaled(content.width), scaled(content.height));
    for (int y = 0; y < preview.height(); ++y)
        for (int x = 0; x < preview.width(); ++x) {
            const float* from = content.pixel(int(std::int64_t(x) * content.width / preview.width()),
                                              int(std::int64_t(y) * content.height / preview.height()));
            std::copy_n(from, 3, preview.pixel(x, y));
        }
    return preview;
}

/// Scaled to that size by nearest pixel.
Image scaled_to(ImageView picture, int width, int height) {
    Image result(width, height);
    for (int y = 0; y < height && !picture.empty(); ++y)
        for (int x = 0; x < width; ++x)
            std::copy_n(picture.pixel(int(std::int64_t(x) * picture.width / width),
                                      int(std::int64_t(y) * picture.height / height)),
                        3, result.pixel(x, y));
    return result;
}

/// As small as the settings' size limit makes it.
Image limited(Image painting, const Settings& settings) {
    const double share = painted_share(settings, painting.width(), painting.height());
    return share < 1 ? scaled_to(painting, painted_side(painting.width(), share),
                                 painted_side(painting.height(), share))
                     : std::move(painting);
}

Image grey(MaskView mask, int width, int height) {
    Image result(width, height);
    for (std::size_t i = 0; i < result.span().size() && !mask.empty(); ++i)
        result.span()[i] = mask.data[i / 3];
    return result;
}

Image shown(const Request& request, const std::string& what) {
    const int width = request.content.width(), height = request.content.height();
    const auto colon = what.find(':');
    const std::size_t number = colon == what.npos ? 0 : std::strtoul(what.c_str() + colon + 1, nullptr, 10);
    const Style style = number >= 1 && number <= request.styles.size() ? request.styles[number - 1] : Style{};
    if (what.starts_with("style:"))
        return scaled_to(style.picture, width, height);
    if (what.starts_with("region:"))
        return grey(style.region, width, height);
    if (what.starts_with("alpha:")) {
        Image alpha(style.alpha.width, style.alpha.height);
        for (std::size_t i = 0; i < alpha.span().size(); ++i)
            alpha.span()[i] = style.alpha.data[i / 3];
        return scaled_to(alpha, width, height);
    }
    if (what == "protect")
        return grey(request.protect, width, height);
    if (what == "refine")
        return scaled_to(request.refine, width, height);
    if (what == "moved")
        return scaled_to(request.motion.moved, width, height);
    if (what == "trusted")
        return grey(request.motion.trusted, width, height);
    if (what == "shot")
        return scaled_to(unpacked(request.shot), width, height);
    return unpacked(request.content);
}

std::string recital(const Request& request) {
    std::string text = "content " + std::to_string(request.content.width()) + "x" +
                       std::to_string(request.content.height()) + ", styles";
    for (const auto& style : request.styles) {
        text += " " + std::to_string(style.picture.width) + "x" + std::to_string(style.picture.height);
        if (!style.region.empty())
            text += "@" + std::to_string(style.region.width) + "x" + std::to_string(style.region.height);
        if (!style.alpha.empty())
            text += " partly seen";
    }
    text += request.protect.empty() ? "" : ", protect";
    text += request.refine.empty() ? "" : ", refine";
    if (!request.motion.moved.empty() && !request.motion.trusted.empty())
        text += ", moved, steadiness " + formatted("{}", request.motion.steadiness);
    if (!request.shot.empty())
        text +=
            ", shot " + std::to_string(request.shot.width()) + "x" + std::to_string(request.shot.height());
    return text + ", memory-limit " + std::to_string(request.memory_limit) + ", snapshot-every " +
           std::to_string(request.snapshot_every) + ".";
}

class EchoPainter final : public worker::Painter {
  public:
    EchoPainter(Behaviour behaviour, int frames_out) : behaviour_(behaviour), frames_out_(frames_out) {}

    Result<Image> paint(const Request& request, const UpdateCallback& update, std::stop_token stop) override {
        if (behaviour_.ignore_cancel)
            stop = {};
        if (behaviour_.recite)
            return failure(ErrorCode::invalid_request, recital(request));
        Image painting = shown(request, behaviour_.show);
        if (behaviour_.mix && !request.styles.empty()) {
            const Image style =
                scaled_to(request.styles.front().picture, painting.width(), painting.height());
            for (std::size_t i = 0; i < painting.span().size(); ++i)
                painting.span()[i] +=
                    float(request.settings.strength) * (style.span()[i] - painting.span()[i]);
        }
        for (int i = 1; i <= behaviour_.updates; ++i) {
            wait(stop);
            if (stop.stop_requested())
                return failure(ErrorCode::cancelled, "Cancelled.");
            if (i > 1 && request.keep.stop_requested())
                return limited(std::move(painting), request.settings);
            if (i > behaviour_.die_after && behaviour_.die_after >= 0) {
                std::this_thread::sleep_for(
                    std::chrono::milliseconds(50)); // the updates so far leave the outbox
                std::raise(SIGKILL);
            }
            if (i > behaviour_.rubbish_after && behaviour_.rubbish_after >= 0)
                print_rubbish();
            if (behaviour_.throws)
                throw std::runtime_error("the echo engine was told to throw");
            if (behaviour_.chatter) {
                std::puts("NSE1 is what this library likes to print");
                std::fflush(stdout);
            }
            Update news{.fraction = double(i) / behaviour_.updates,
                        .stage = i < behaviour_.updates ? Stage::painting : Stage::finishing,
                        .iteration = i,
                        .iterations = behaviour_.updates,
                        .width = request.content.width(),
                        .height = request.content.height(),
                        .losses = {.terms = {{{.value = 1.0 / i}, {.value = 2.0 / i}, {.value = 0.5 / i}}}},
                        .preview = {}};
            Image preview;
            if (i % 2 == 0) {
                preview = preview_of(behaviour_.mix ? painting : unpacked(request.content));
                news.preview = preview;
            }
            if (i == 1)
                news.notice = behaviour_.notice;
            if (request.snapshot_every > 0 && i % request.snapshot_every == 0)
                news.snapshot = painting;
            update(news);
        }
        if (behaviour_.fail)
            return failure(*behaviour_.fail, "The echo engine was told to fail. Start it without --fail.");
        return limited(std::move(painting), request.settings);
    }

    Result<Estimate> estimate(const Request& request) override {
        if (behaviour_.fail)
            return failure(*behaviour_.fail, "The echo engine was told to fail. Start it without --fail.");
        return Estimate{.memory_needed = request.content.picture_bytes(),
                        .time_needed = behaviour_.updates * behaviour_.slow.count() / 1000.0,
                        .tiles = int(1 + request.styles.size())};
    }

    std::string device() const override { return "cpu"; }

  private:
    void wait(const std::stop_token& stop) {
        std::mutex mutex;
        std::unique_lock lock(mutex);
        std::condition_variable_any().wait_for(lock, stop, behaviour_.slow, [] { return false; });
    }

    void print_rubbish() {
        constexpr std::string_view line =
            "This is not a frame but a line of text, and it comes again and again.\n";
        while (write(frames_out_, line.data(), line.size()) > 0) {
        }
        leave(EXIT_FAILURE);
    }

    Behaviour behaviour_;
    int frames_out_;
};

/// A Hello as a later protocol version might send it.
void say_other_hello(int frames_out) {
    std::string head = R"({"protocol-version":)" + std::to_string(protocol::version + 1) +
                       R"(,"engine-version":"99.0.0","greeting":["hello"]})";
    auto number = [](std::uint64_t value, int length) {
        std::string bytes;
        for (int i = 0; i < length; ++i)
            bytes += static_cast<char>(value >> (8 * i));
        return bytes;
    };
    const std::string frame = "NSE1" + number(16, 4) + number(head.size(), 4) + number(0, 8) + head;
    if (write(frames_out, frame.data(), frame.size()) < 0)
        leave(EXIT_FAILURE);
}

} // namespace

int main(int count, char** values) {
    const Behaviour behaviour = behaviour_in(count, values);
    const int frames_out = worker::reserve_stdout();
    worker::follow_parent();
    if (behaviour.rubbish) {
        const char line[] = "Welcome to something that is not an engine.\n";
        while (write(frames_out, line, std::strlen(line)) > 0) {
        }
        leave(EXIT_FAILURE);
    }
    if (behaviour.starting) {
        worker::write_all(frames_out, protocol::still_starting);
        std::this_thread::sleep_for(*behaviour.starting);
    }
    worker::Outbox outbox(frames_out, leave);
    if (behaviour.other_version)
        say_other_hello(frames_out);
    else if (!behaviour.no_hello)
        outbox.post(protocol::Hello{
            .engine_version = NEURAL_STYLE_VERSION,
            .device = "cpu",
            .devices = {{.name = "cpu", .description = "echo", .memory_total = 0, .memory_free = 0}},
            .networks = {{.name = "echo",
                          .title = "echo",
                          .bytes = 3'200'000,
                          .operations = 1000,
                          .layers = {"layer-1", "layer-2"}},
                         {.name = "vgg19",
                          .title = "VGG-19",
                          .bytes = 80'100'000,
                          .operations = 12'100,
                          .layers = {}}},
            .instant = true,
            .trained_styles = {{.name = "echo", .title = "Echo"}}});
    EchoPainter painter(behaviour, frames_out);
    worker::Session session(painter, outbox, leave);
    session.serve(STDIN_FILENO);
}
