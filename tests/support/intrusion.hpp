// SPDX-License-Identifier: GPL-3.0-or-later
/// Somebody who takes over a program that the test starts: intruder.cpp, and what came of it.
///
///     const Intrusion intrusion(intruder_module);     // programs started from here on are open to it
///     Client client;
///     CHECK(intrusion.is_repelled_by(client.engine.pid()));
#pragma once

#include "cmocka.hpp"
#include "landlock_here.hpp"
#include "test_folder.hpp"

#include <neural_style/descriptor.hpp>

#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <thread>
#include <unistd.h>

namespace tests {

class Intrusion {
  public:
    explicit Intrusion(const std::string& module) {
        std::ofstream(victim_) << "kept";
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        auto* const any = reinterpret_cast<sockaddr*>(&address);
        socklen_t length = sizeof address;
        CHECK(bind(listener_.get(), any, length) == 0 && listen(listener_.get(), 8) == 0 &&
              getsockname(listener_.get(), any, &length) == 0);
        setenv("LD_PRELOAD", module.c_str(), 1);
        setenv("INTRUDER_REPORT", report_.c_str(), 1);
        setenv("INTRUDER_VICTIM", victim_.c_str(), 1);
        setenv("INTRUDER_PORT", std::to_string(ntohs(address.sin_port)).c_str(), 1);
        const char* const options = std::getenv("ASAN_OPTIONS");
        setenv("ASAN_OPTIONS", (std::string(options ? options : "") + ":verify_asan_link_order=0").c_str(),
               1);
    }
    ~Intrusion() {
        for (const char* variable : {"LD_PRELOAD", "INTRUDER_REPORT", "INTRUDER_VICTIM", "INTRUDER_PORT"})
            unsetenv(variable);
    }
    Intrusion(const Intrusion&) = delete;

    /// Whether all fails that somebody tries who takes over any thread of that process now, as far as the
    /// kernel can see to that; what does not is printed.
    bool is_repelled_by(pid_t process) const {
        bool repels = true;
        for (const auto& thread :
             std::filesystem::directory_iterator("/proc/" + std::to_string(process) + "/task")) {
            const Result result = into(process, std::stoi(thread.path().filename()));
            for (const auto& [attempt, reason] : result)
                if (reason != (attempt == "connect" || attempt == "program" ? EPERM : EACCES))
                    std::fprintf(stderr, "%s: %s\n", attempt.c_str(), std::strerror(reason));
            repels = repels && result == repelled();
        }
        return repels;
    }
    bool victim_is_whole() const {
        std::error_code gone;
        return std::filesystem::file_size(victim_, gone) == 4;
    }

  private:
    /// How each attempt ended, as errno; 0: well.
    using Result = std::map<std::string, int>;

    Result into(pid_t process, pid_t thread) const {
        std::filesystem::resize_file(report_, 0);
        if (syscall(SYS_tgkill, process, thread, SIGUSR2) != 0 && errno == ESRCH)
            return repelled(); // it has ended meanwhile
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        for (Result result; std::chrono::steady_clock::now() < until;
             std::this_thread::sleep_for(std::chrono::milliseconds(5))) {
            result.clear();
            std::ifstream lines(report_);
            int reason = 0;
            for (std::string attempt; lines >> attempt >> reason;)
                result[attempt] = reason;
            if (result.erase("end"))
                return result;
        }
        throw std::runtime_error("the intruder tells nothing");
    }

    static Result repelled() {
        Result result;
        for (const char* attempt : {"write", "empty", "make", "link", "folder", "rename", "remove"})
            result[attempt] = EACCES;
        result["connect"] = result["program"] = EPERM;
        return result;
    }

    Folder folder_;
    std::string report_ = folder_.path / "report", victim_ = folder_.path / "victim";
    neural_style::Descriptor listener_{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
};

} // namespace tests
