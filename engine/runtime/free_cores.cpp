// SPDX-License-Identifier: GPL-3.0-or-later
#include "free_cores.hpp"

#include <ATen/Parallel.h>
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sched.h>
#include <sstream>
#include <string>
#include <unistd.h>

namespace neural_style {

namespace {

// Long enough for the kernel's count, in hundredths of a second, to be meaningful.
constexpr std::chrono::milliseconds between_looks{300};
// A core that others use for less than this share of the time is still worth a thread.
constexpr double bearable_share = 0.35;

} // namespace

// Each core's line in /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal, in ticks
// (proc_stat(5)). Programs with positive niceness give way, so their time counts as free.
FreeCores::Sample FreeCores::sample() {
    Sample sample{.at = std::chrono::steady_clock::now()};
    cpu_set_t usable;
    if (sched_getaffinity(0, sizeof usable, &usable) != 0)
        return sample;
    const double tick = 1 / double(sysconf(_SC_CLK_TCK));
    std::ifstream stream("/proc/stat");
    for (std::string line; std::getline(stream, line) && line.starts_with("cpu");) {
        std::istringstream words(line.substr(3));
        int number = 0;
        double user = 0, nice = 0, system = 0, idle = 0, waiting = 0, irq = 0, soft_irq = 0, stolen = 0;
        if (line[3] == ' ' ||
            !(words >> number >> user >> nice >> system >> idle >> waiting >> irq >> soft_irq >> stolen) ||
            number >= CPU_SETSIZE || !CPU_ISSET(number, &usable))
            continue;
        sample.busy += (user + system + irq + soft_irq + stolen) * tick;
        ++sample.cores;
    }
    timespec own{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
    sample.own = double(own.tv_sec) + 1e-9 * double(own.tv_nsec);
    return sample;
}

FreeCores::FreeCores() : most_(at::get_num_threads()), before_(sample()) {}

FreeCores::~FreeCores() {
    if (at::get_num_threads() != most_)
        at::set_num_threads(most_);
}

int FreeCores::threads(int most, double cores, double others) {
    return std::clamp(int(std::floor(cores - others + bearable_share)), 1, most);
}

void FreeCores::look() {
    if (most_ == 1 || std::chrono::steady_clock::now() - before_.at < between_looks)
        return;
    const auto now = sample();
    const double passed = std::chrono::duration<double>(now.at - before_.at).count();
    const double others = std::max(0.0, (now.busy - before_.busy) - (now.own - before_.own)) / passed;
    before_ = now;
    if (now.cores == 0)
        return;
    if (const int wanted = threads(most_, now.cores, others); wanted != at::get_num_threads())
        at::set_num_threads(wanted);
}

} // namespace neural_style
