// SPDX-License-Identifier: GPL-3.0-or-later
#include "streams.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <vector>

namespace neural_style::sharing {

namespace {

constexpr std::array standard{STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};

/// A message of one byte with room for the descriptors: cmsg(3).
struct Parcel {
    std::byte byte{1};
    iovec content{.iov_base = &byte, .iov_len = 1};
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof standard)> attached{};
    msghdr message{.msg_name = nullptr,
                   .msg_namelen = 0,
                   .msg_iov = &content,
                   .msg_iovlen = 1,
                   .msg_control = attached.data(),
                   .msg_controllen = attached.size(),
                   .msg_flags = 0};

    Parcel() = default;
    Parcel(const Parcel&) = delete;
};

} // namespace

bool send_streams(int connection) {
    Parcel parcel;
    cmsghdr* const head = CMSG_FIRSTHDR(&parcel.message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof standard);
    std::memcpy(CMSG_DATA(head), standard.data(), sizeof standard);
    return sendmsg(connection, &parcel.message, MSG_NOSIGNAL) == 1;
}

std::optional<Streams> received_streams(int connection, std::chrono::milliseconds patience) {
    if (!is_heard(connection, patience))
        return {};
    Parcel parcel;
    if (recvmsg(connection, &parcel.message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) != 1)
        return {};
    std::vector<Descriptor> all;
    for (cmsghdr* head = CMSG_FIRSTHDR(&parcel.message); head; head = CMSG_NXTHDR(&parcel.message, head)) {
        if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS)
            continue;
        const std::size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int number = -1;
            std::memcpy(&number, CMSG_DATA(head) + i * sizeof number, sizeof number);
            all.emplace_back(number);
        }
    }
    if (all.size() != standard.size())
        return {};
    return Streams{std::move(all[0]), std::move(all[1]), std::move(all[2])};
}

bool is_heard(int connection, std::chrono::milliseconds patience) {
    pollfd ready{.fd = connection, .events = POLLIN, .revents = 0};
    const auto until = std::chrono::steady_clock::now() + patience;
    for (;;) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        const int count = poll(&ready, 1, left.count() > 0 ? int(left.count()) : 0);
        if (count >= 0 || errno != EINTR)
            return count > 0;
    }
}

} // namespace neural_style::sharing
