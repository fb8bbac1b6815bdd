// SPDX-License-Identifier: GPL-3.0-or-later
#include "device.hpp"

#include "control_groups.hpp"
#include "cuda_card.hpp"
#include "guarded.hpp"

#include <neural_style/drivers.hpp>
#include <neural_style/formatted.hpp>

#include <ATen/Parallel.h>
#include <algorithm>
#include <array>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <chrono>
#include <cmath>
#include <fstream>
#include <limits>
#include <optional>
#include <sched.h>
#include <set>
#include <sstream>
#include <string_view>
#include <torch/types.h>
#include <tuple>
#include <unistd.h>
#include <utility>

namespace neural_style {

namespace {

// A line of /proc/meminfo, "MemAvailable:   12345 kB", in bytes.
std::uint64_t meminfo(const std::string& key) {
    std::ifstream stream("/proc/meminfo");
    std::string line;
    while (std::getline(stream, line)) {
        std::istringstream words(line);
        std::string name;
        std::uint64_t kibibytes = 0;
        if (words >> name >> kibibytes && name == key + ":")
            return kibibytes * 1024;
    }
    return 0;
}

double seconds(auto&& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Operations per second of `work`, in 1e9: the best of three after a warm-up.
double gflops(torch::Device device, double operations, auto&& work) {
    double best = std::numeric_limits<double>::infinity();
    for (int i = 0; i < 4; ++i) {
        const double took = seconds([&] {
            work();
            synchronize(device);
        });
        if (i > 0)
            best = std::min(best, took);
    }
    return operations / best / 1e9;
}

std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

/// Than the CPU.
constexpr std::array other_kinds{torch::kCUDA, torch::kXPU, torch::kPrivateUse1};

constexpr auto other_kernels = "Install a LibTorch that has kernels for this card";

// LibTorch's device `name`; nothing if that is not a device's name.
std::optional<torch::Device> named_device(const std::string& name) {
    try {
        torch::Device device(name);
        if (!device.has_index() && !device.is_cpu())
            device.set_index(0);
        return device;
    } catch (const c10::Error&) {
        return std::nullopt;
    }
}

// The number of devices of this kind; none if this LibTorch was built without them.
int count_of(torch::DeviceType type) {
    return c10::impl::hasDeviceGuardImpl(type) ? c10::impl::getDeviceGuardImpl(type)->deviceCount() : 0;
}

// Computes a little there.
Unusable tried(torch::Device device) {
    try {
        const torch::NoGradGuard no_grad;
        const auto ones = torch::ones({1, 8, 8, 8}, torch::TensorOptions().device(device));
        const auto sum = torch::conv2d(ones, torch::ones({8, 8, 3, 3}, ones.options())).sum().item<float>();
        return sum == 8 * 36 * 72 ? Unusable{} : Unusable{"it computes wrong numbers", other_kernels};
    } catch (...) {
        return unusable_in_flight();
    }
}

// Computes a little there, and then starts the work.
Unusable started(torch::Device device, const std::function<void(torch::Device)>& start) {
    if (auto unusable = tried(device); !unusable.why.empty())
        return unusable;
    try {
        start(device);
        return {};
    } catch (...) {
        if (!may_lie_in_device(error_in_flight().code))
            throw;
        return unusable_in_flight();
    }
}

// Of this kind, or else the CPU. Where others were unusable, it says so.
ChosenDevice first_usable(torch::DeviceType kind, const std::function<void(torch::Device)>& start) {
    const int count = count_of(kind);
    std::string others;
    const auto told = [&](const std::string& painting, const std::string& choice) {
        return others.empty() ? others
                              : formatted("{} paints, since {}, or choose {}.", painting, others, choice);
    };
    for (int i = 0; i < count; ++i) {
        const torch::Device device(kind, static_cast<c10::DeviceIndex>(i));
        const auto unusable = started(device, start);
        if (unusable.why.empty())
            return {device, told("The card " + device.str(), device.str())};
        others +=
            formatted("{} {}: {}. {}", others.empty() ? "LibTorch cannot compute on" : ". Nor can it on",
                      device.str(), unusable.why, unusable.remedy);
    }
    start(torch::kCPU);
    // Where there is no card, nobody waits for it.
    if (count == 0 && kind == torch::kCUDA && c10::impl::hasDeviceGuardImpl(kind))
        if (const auto card = unoffered_card())
            return {torch::kCPU, formatted("The CPU paints, not the NVIDIA card. {}. {}, or choose cpu.",
                                           card->why, card->remedy)};
    return {torch::kCPU, told("The CPU", "cpu")};
}

[[noreturn]] void refuse(const std::string& sentence) {
    throw Failure(ErrorCode::no_device, sentence);
}

std::string refusal(const MissingCard& missing) {
    return formatted("{}. {}, or choose automatic or cpu.", missing.why, missing.remedy);
}

} // namespace

bool may_lie_in_device(ErrorCode code) {
    return code == ErrorCode::out_of_memory || code == ErrorCode::internal;
}

Unusable unusable_in_flight() {
    const bool full = error_in_flight().code == ErrorCode::out_of_memory;
    const auto told = [&](const std::string& message) {
        auto why = first_line(message);
        why.erase(why.find_last_not_of(". ") + 1);
        return Unusable{std::move(why), full ? "Close other programs that use its memory" : other_kernels};
    };
    try {
        throw;
    } catch (const c10::Error& error) {
        return told(error.what_without_backtrace());
    } catch (const std::exception& error) { // of a driver that is out of order
        return told(error.what());
    }
}

ChosenDevice chosen_device(const std::string& name, const std::function<void(torch::Device)>& start) {
    constexpr std::string_view of_kind = "automatic:";
    if (name == "automatic")
        return first_usable(torch::kCUDA, start);
    if (name.starts_with(of_kind))
        if (const auto kind = named_device(name.substr(of_kind.size())))
            return first_usable(kind->type(), start);
    const auto device = named_device(name);
    if (device && device->is_cpu() && !device->has_index()) {
        start(torch::kCPU);
        return {torch::kCPU, {}};
    }
    const int count = device ? count_of(device->type()) : 0;
    if (!device || (count == 0 && !device->is_cuda()))
        refuse(formatted("There is no device called \"{}\"; choose automatic, cpu or cuda.", name));
    if (count == 0) {
        const auto missing = missing_card();
        refuse(missing.why.empty() ? "LibTorch finds no CUDA device here; choose automatic or cpu."
                                   : refusal(missing));
    }
    if (device->index() >= count) {
        const auto kind = name.substr(0, name.find(':'));
        refuse(count == 1 ? formatted("There is one such device here; choose {}:0.", kind)
                          : formatted("There are {0} such devices here; choose {1}:0 to {1}:{2}.", count,
                                      kind, count - 1));
    }
    if (const auto unusable = started(*device, start); !unusable.why.empty())
        refuse(formatted("LibTorch cannot compute on {}: {}. {}, or choose automatic or cpu.", device->str(),
                         unusable.why, unusable.remedy));
    return {*device, {}};
}

torch::ScalarType fastest_type(torch::Device device) {
    if (!device.is_cuda())
        return torch::kFloat32;
    const auto card = cuda_card(device.index());
    if (!card || card->major >= 8)
        return torch::kBFloat16;
    return card->major >= 7 ? torch::kHalf : torch::kFloat32;
}

std::uint64_t free_memory(torch::Device device) {
    if (device.is_cpu())
        return free_host_memory();
    if (const auto card = device.is_cuda() ? cuda_card(device.index()) : std::nullopt)
        return card->memory_free;
    return unknown_memory;
}

std::uint64_t free_host_memory() {
    return std::min(meminfo("MemAvailable"), ControlGroups().free_memory());
}

int usable_cores(int processes) {
    cpu_set_t usable;
    CPU_ZERO(&usable);
    if (sched_getaffinity(0, sizeof usable, &usable) != 0)
        return 1;
    std::set<std::string> cores, all; // each by its list of hyperthreads
    const auto configured = std::max(0L, sysconf(_SC_NPROCESSORS_CONF));
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (!CPU_ISSET(cpu, &usable) && (processes == 1 || cpu >= configured))
            continue;
        std::ifstream stream(formatted("/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list", cpu));
        std::string siblings;
        const auto core = std::getline(stream, siblings) ? siblings : std::to_string(cpu);
        all.insert(core);
        if (CPU_ISSET(cpu, &usable))
            cores.insert(core);
    }
    // A thread beyond the quota is held back in every period, and all others wait for it.
    const double allowed = std::floor(ControlGroups().processors());
    const double part = std::min(double(all.size()), allowed) / processes;
    return std::max(1, int(std::min(double(cores.size()), part)));
}

DeviceDescription describe(torch::Device device) {
    if (!device.is_cpu()) {
        const auto card = device.is_cuda() ? cuda_card(device.index()) : std::nullopt;
        return {.name = device.str(),
                .description =
                    card && !card->name.empty() ? card->name : formatted("Device {}", device.str()),
                .memory_total = card ? card->memory_total : 0,
                .memory_free = card ? card->memory_free : 0};
    }
    const int cores = at::get_num_threads();
    return {.name = "cpu",
            .description = formatted("CPU, {} {}", cores, cores == 1 ? "core" : "cores"),
            .memory_total = meminfo("MemTotal"),
            .memory_free = free_host_memory()};
}

void wake_drivers() {
    for (const auto kind : other_kinds) // a broken driver throws
        std::ignore = guarded([&] { return count_of(kind); });
}

std::vector<DeviceDescription> all_devices() {
    std::vector<DeviceDescription> devices{describe(torch::kCPU)};
    // A broken driver throws; the CPU is still there.
    for (const auto kind : other_kinds)
        std::ignore = guarded([&] {
            for (int i = 0; i < count_of(kind); ++i)
                devices.push_back(describe({kind, static_cast<c10::DeviceIndex>(i)}));
        });
    if (const auto card = unoffered_card())
        devices.push_back({.name = "cuda", .description = "NVIDIA card", .unusable = refusal(*card)});
    return devices;
}

void synchronize(torch::Device device) {
    if (device.is_cpu())
        return;
    const auto* guard = c10::impl::getDeviceGuardImpl(device.type());
    guard->synchronizeDevice(device.has_index() ? device.index() : guard->getDevice().index());
}

DeviceSpeed measured_speed(torch::Device device) {
    const torch::NoGradGuard no_grad;
    // Not by the device's own generator: on CUDA that is out of order once a capture has been broken off.
    const auto features =
        torch::rand({1, 64, 128, 128}).to(device).contiguous(torch::MemoryFormat::ChannelsLast);
    const auto weight = torch::rand({64, 64, 3, 3}).to(device).contiguous(torch::MemoryFormat::ChannelsLast);
    const auto matrix = torch::rand({512, 512}).to(device);
    DeviceSpeed speed;
    speed.convolution_gflops = gflops(device, 2.0 * 9 * 64 * 64 * 128 * 128,
                                      [&] { return torch::conv2d(features, weight, {}, 1, 1); });
    speed.matrix_product_gflops =
        gflops(device, 2.0 * 512 * 512 * 512, [&] { return torch::matmul(matrix, matrix); });
    // With OpenBLAS both are within a factor of two; the reference BLAS is fifty times slower.
    speed.slow_matrix_product = speed.matrix_product_gflops * 5 < speed.convolution_gflops;
    return speed;
}

} // namespace neural_style
