// SPDX-License-Identifier: GPL-3.0-or-later
#include "download.hpp"

#include "partial_file.hpp"
#include "sha256.hpp"
#include "translation.hpp"

#include <arpa/inet.h>
#include <charconv>
#include <cstddef>
#include <curl/curl.h>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

namespace neural_style::cli {
namespace {

namespace fs = std::filesystem;

constexpr int most_redirects = 5;

template <auto release>
struct Releases {
    void operator()(auto* resource) const { release(resource); }
};
using CurlPointer = std::unique_ptr<CURL, Releases<curl_easy_cleanup>>;
using HeadersPointer = std::unique_ptr<curl_slist, Releases<curl_slist_free_all>>;
using UrlPointer = std::unique_ptr<CURLU, Releases<curl_url_cleanup>>;
using TextPointer = std::unique_ptr<char, Releases<curl_free>>;

double megabytes(std::uint64_t bytes) {
    return double(bytes) / 1e6;
}

std::unexpected<Error> refused(std::string sentence) {
    return failure(ErrorCode::bad_weights, std::move(sentence));
}

bool is_loopback(std::string_view host) {
    constexpr std::uint32_t network = 127;
    in_addr address{};
    return host == "localhost" || host == "[::1]" ||
           (inet_pton(AF_INET, std::string(host).c_str(), &address) == 1 &&
            ntohl(address.s_addr) >> 24 == network);
}

/// Of the schemes that are known here; the host is as libcurl writes it.
struct Address {
    std::string host;
    bool encrypted = false;
};

std::optional<Address> address_of(const std::string& url) {
    const UrlPointer parsed(curl_url());
    const auto part = [&](CURLUPart which) {
        char* text = nullptr;
        const bool found = curl_url_get(parsed.get(), which, &text, 0) == CURLUE_OK;
        const TextPointer owned(text);
        return found ? std::string(text) : std::string();
    };
    if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK)
        return std::nullopt;
    const auto scheme = part(CURLUPART_SCHEME);
    if (scheme != "https" && scheme != "http")
        return std::nullopt;
    return Address{.host = part(CURLUPART_HOST), .encrypted = scheme == "https"};
}

/// "bytes 100-199/200": where it begins.
std::optional<std::uint64_t> first_byte(std::string_view range) {
    constexpr std::string_view unit = "bytes ";
    std::uint64_t first = 0;
    if (!range.starts_with(unit) ||
        std::from_chars(range.data() + unit.size(), range.data() + range.size(), first).ec != std::errc())
        return std::nullopt;
    return first;
}

/// One request, and what comes of it.
class Transfer {
  public:
    Transfer(const Download& order, PartialFile& part, const DownloadProgress& progress, std::stop_token stop)
        : order_(order), part_(part), progress_(progress), stop_(std::move(stop)) {}

    enum class Outcome { complete, start_anew };
    /// Errors: as of `download`.
    Result<Outcome> run();

  private:
    static std::size_t take(char* bytes, std::size_t, std::size_t count, void* self);
    static int look_up(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t);

    Result<void> allow(const std::string& url, bool is_redirect);
    CURLcode request(const std::string& url);
    std::string header(const char* name) const;
    long status() const;
    bool redirects() const { return status() / 100 == 3 && status() != 304 && status() != 300; }
    Result<void> judge();
    Result<void> append(std::span<const std::byte> bytes);
    Error broken_off(CURLcode reason) const;

    const Download& order_;
    PartialFile& part_;
    const DownloadProgress& progress_;
    std::stop_token stop_;
    CurlPointer curl_{curl_easy_init()};
    std::string host_; // asked now
    bool judged_ = false, starts_anew_ = false;
    std::optional<Error> error_;
    std::uint64_t all_ = 0; // bytes of the whole file; 0: not known
};

std::string Transfer::header(const char* name) const {
    curl_header* found = nullptr;
    return curl_easy_header(curl_.get(), name, 0, CURLH_HEADER, -1, &found) == CURLHE_OK ? found->value : "";
}

long Transfer::status() const {
    long status = 0;
    curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &status);
    return status;
}

Result<void> Transfer::allow(const std::string& url, bool is_redirect) {
    const auto address = address_of(url);
    if (!is_redirect && !address)
        return refused(
            sentence(_("\"{}\" is no address to download from: it must begin with https://."), url));
    if (address && (address->encrypted || order_.plain_http || is_loopback(address->host))) {
        host_ = address->host;
        return {};
    }
    if (!is_redirect)
        return refused(sentence(_("{} is not protected on its way: use an https address, or allow http with "
                                  "--plain-http."),
                                url));
    return refused(sentence(_("{} sends on to {}, which https does not protect: choose another source with "
                              "--from."),
                            host_, url));
}

/// What is to be thought of an answer before its body is taken; begins the part if it comes from the start.
Result<void> Transfer::judge() {
    if (std::exchange(judged_, true) || redirects())
        return {};
    // The source has another file by now, or does not say which part it sends.
    starts_anew_ =
        status() == 416 || (status() == 206 && first_byte(header("Content-Range")) != part_.size());
    if (starts_anew_)
        return {};
    if (status() != 200 && status() != 206)
        return refused(
            sentence(_("{} answers with the status {}: choose another source with --from, or try again "
                       "later."),
                     host_, status()));
    if (header("Content-Type").starts_with("text/html"))
        return refused(sentence(
            _("{} sends a web page instead of the file: choose another source with --from."), host_));
    if (status() == 200) {
        // A weak ETag does not promise the same bytes.
        const auto tag = header("ETag");
        const auto state = tag.starts_with("\"") ? tag : header("Last-Modified");
        if (auto begun = part_.begin(state); !begun)
            return begun;
    }
    curl_off_t coming = -1;
    curl_easy_getinfo(curl_.get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &coming);
    all_ = coming < 0 ? 0 : part_.size() + std::uint64_t(coming);
    std::error_code unknown;
    const auto space = fs::space(part_.path().parent_path(), unknown);
    if (all_ <= order_.largest && !unknown && coming > 0 && space.available < std::uint64_t(coming))
        return failure(ErrorCode::not_written,
                       sentence(_("There is no room left for {}: free some space or choose another folder."),
                                order_.file.string()));
    return {};
}

Result<void> Transfer::append(std::span<const std::byte> bytes) {
    if (all_ > order_.largest || part_.size() + bytes.size() > order_.largest) {
        part_.remove();
        return refused(sentence(_("{} sends more than {:.0f} MB, more than a network has: choose another "
                                  "source with --from."),
                                host_, megabytes(order_.largest)));
    }
    return part_.append(bytes);
}

std::size_t Transfer::take(char* bytes, std::size_t, std::size_t count, void* data) {
    auto& self = *static_cast<Transfer*>(data);
    auto good = self.judge();
    if (good && !self.redirects() && !self.starts_anew_)
        good = self.append(std::as_bytes(std::span(bytes, count)));
    if (good)
        return count;
    self.error_ = std::move(good.error());
    return CURL_WRITEFUNC_ERROR;
}

int Transfer::look_up(void* data, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    auto& self = *static_cast<Transfer*>(data);
    if (self.progress_ && self.judged_ && !self.redirects())
        self.progress_(self.part_.size(), self.all_);
    return self.stop_.stop_requested(); // ends the transfer
}

CURLcode Transfer::request(const std::string& url) {
    judged_ = starts_anew_ = false;
    curl_easy_reset(curl_.get());
    const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(curl_.get(), option, value); };
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_USERAGENT, "neural-style/" NEURAL_STYLE_VERSION);
    set(CURLOPT_CONNECTTIMEOUT, long(order_.patience));
    set(CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(CURLOPT_LOW_SPEED_TIME, long(order_.patience));
    set(CURLOPT_BUFFERSIZE, 256L << 10);
    set(CURLOPT_WRITEFUNCTION, &Transfer::take);
    set(CURLOPT_WRITEDATA, static_cast<void*>(this));
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, &Transfer::look_up);
    set(CURLOPT_XFERINFODATA, static_cast<void*>(this));
    if (is_loopback(host_))
        set(CURLOPT_NOPROXY, "*"); // http would leave this computer otherwise
    HeadersPointer headers;
    const auto range = std::to_string(part_.size()) + "-";
    if (part_.size() > 0) {
        set(CURLOPT_RANGE, range.c_str());
        headers.reset(curl_slist_append(nullptr, ("If-Range: " + part_.state()).c_str()));
        set(CURLOPT_HTTPHEADER, headers.get());
    }
    return curl_easy_perform(curl_.get());
}

Error Transfer::broken_off(CURLcode reason) const {
    const char* const why = curl_easy_strerror(reason);
    switch (reason) {
    case CURLE_ABORTED_BY_CALLBACK:
        return {ErrorCode::cancelled, {}};
    case CURLE_OPERATION_TIMEDOUT:
        return {ErrorCode::bad_weights,
                sentence(_("{} has sent nothing for {} seconds: repeat the command to go on from there."),
                         host_, order_.patience)};
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CONNECT_ERROR:
        return {ErrorCode::bad_weights,
                sentence(_("{} cannot prove that it is who it says ({}): choose another source with --from."),
                         host_, why)};
    default:
        if (judged_)
            return {
                ErrorCode::bad_weights,
                sentence(_("The connection to {} broke off after {:.1f} MB: repeat the command to go on from "
                           "there."),
                         host_, megabytes(part_.size()))};
        return {ErrorCode::bad_weights,
                sentence(_("{} cannot be reached ({}): check the connection and the proxy in https_proxy."),
                         host_, why)};
    }
}

Result<Transfer::Outcome> Transfer::run() {
    if (!curl_)
        throw std::bad_alloc();
    std::string url = order_.url;
    for (int redirects_left = most_redirects;; --redirects_left) {
        if (auto allowed = allow(url, url != order_.url); !allowed)
            return std::unexpected(allowed.error());
        if (const auto reason = request(url); error_)
            return std::unexpected(*error_);
        else if (reason != CURLE_OK)
            return std::unexpected(broken_off(reason));
        if (auto good = judge(); !good) // without a body nothing has judged
            return std::unexpected(good.error());
        if (starts_anew_)
            return Outcome::start_anew;
        if (!redirects())
            return Outcome::complete;
        const char* next = nullptr;
        curl_easy_getinfo(curl_.get(), CURLINFO_REDIRECT_URL, &next);
        if (!next || redirects_left == 0)
            return refused(
                sentence(_("{} sends on more than {} times, or nowhere: choose another source with "
                           "--from."),
                         host_, most_redirects));
        url = next;
    }
}

Result<std::string> digits_of(const fs::path& file) {
    auto digits = sha256_of(file);
    if (!digits)
        return failure(file, digits.error());
    return *std::move(digits);
}

} // namespace

Result<std::string> download(const Download& order, const DownloadProgress& progress, std::stop_token stop) {
    std::error_code none;
    if (fs::is_regular_file(order.file, none))
        if (auto digits = digits_of(order.file); digits && digits->starts_with(order.sha256))
            return digits;
    auto part = PartialFile::open(order.file, order.url);
    if (!part)
        return std::unexpected(part.error());
    auto outcome = Transfer(order, *part, progress, stop).run();
    if (outcome && *outcome == Transfer::Outcome::start_anew) {
        if (auto begun = part->begin({}); !begun)
            return std::unexpected(begun.error());
        outcome = Transfer(order, *part, progress, stop).run();
    }
    if (!outcome) {
        if (part->size() == 0)
            part->remove();
        return std::unexpected(outcome.error());
    }
    auto digits = digits_of(part->path());
    if (!digits)
        return digits;
    if (!digits->starts_with(order.sha256)) {
        part->remove();
        return refused(
            sentence(_("What {} sends is not the file that was meant: its SHA-256 begins with {}, not "
                       "with {}. Choose another source with --from."),
                     order.url, digits->substr(0, order.sha256.size()), order.sha256));
    }
    if (auto whole = part->become_whole(); !whole)
        return std::unexpected(whole.error());
    return digits;
}

} // namespace neural_style::cli
