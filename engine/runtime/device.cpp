// SPDX-License-Identifier: GPL-3.0-or-later
#include "device.hpp"

#include "control_groups.hpp"
#include "guarded.hpp"

#include <ATen/Parallel.h>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <format>
#include <fstream>
#include <limits>
#include <sched.h>
#include <set>
#include <sstream>
#include <torch/cuda.h>
#include <torch/types.h>
#include <tuple>

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

} // namespace

torch::Device chosen_device(const std::string& name) {
    if (name == "cpu")
        return torch::kCPU;
    const int count = torch::cuda::is_available() ? int(torch::cuda::device_count()) : 0;
    if (name == "automatic")
        return count > 0 ? torch::Device(torch::kCUDA, 0) : torch::Device(torch::kCPU);
    int index = -1;
    if (name == "cuda")
        index = 0;
    else if (name.starts_with("cuda:") && name.size() > 5 && name.size() < 9 &&
             std::ranges::all_of(name.substr(5), [](char c) { return c >= '0' && c <= '9'; }))
        index = std::stoi(name.substr(5));
    if (index < 0)
        throw Failure(ErrorCode::no_device,
                      std::format("There is no device called \"{}\"; choose automatic, cpu or cuda.", name));
    if (index >= count)
        throw Failure(ErrorCode::no_device,
                      count == 0 ? "LibTorch finds no CUDA device here; choose automatic or cpu."
                                 : std::format("There are {} CUDA devices here; choose cuda:0 to cuda:{}.",
                                               count, count - 1));
    return {torch::kCUDA, static_cast<c10::DeviceIndex>(index)};
}

std::uint64_t free_host_memory() {
    return std::min(meminfo("MemAvailable"), ControlGroups().free_memory());
}

int usable_cores() {
    cpu_set_t usable;
    CPU_ZERO(&usable);
    if (sched_getaffinity(0, sizeof usable, &usable) != 0)
        return 1;
    std::set<std::string> cores; // each by the list of its hyperthreads
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (!CPU_ISSET(cpu, &usable))
            continue;
        std::ifstream stream(std::format("/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list", cpu));
        std::string siblings;
        cores.insert(std::getline(stream, siblings) ? siblings : std::to_string(cpu));
    }
    // A thread more than the quota allows is held back in every period, and all others wait for it.
    const double allowed = std::floor(ControlGroups().processors());
    return std::max(1, int(std::min(double(cores.size()), allowed)));
}

DeviceDescription describe(torch::Device device) {
    if (device.is_cuda()) {
        // The public C++ interface tells neither name nor memory without CUDA's own headers.
        return {.name = std::format("cuda:{}", int(device.index())),
                .description = std::format("CUDA device {}", int(device.index())),
                .memory_total = 0,
                .memory_free = 0};
    }
    const int cores = at::get_num_threads();
    return {.name = "cpu",
            .description = std::format("CPU, {} {}", cores, cores == 1 ? "core" : "cores"),
            .memory_total = meminfo("MemTotal"),
            .memory_free = free_host_memory()};
}

std::vector<DeviceDescription> all_devices() {
    std::vector<DeviceDescription> devices{describe(torch::kCPU)};
    // A driver that is out of order throws; the CPU is there all the same.
    std::ignore = guarded([&] {
        if (torch::cuda::is_available())
            for (std::size_t i = 0; i < torch::cuda::device_count(); ++i)
                devices.push_back(describe({torch::kCUDA, static_cast<c10::DeviceIndex>(i)}));
    });
    return devices;
}

void synchronize(torch::Device device) {
    if (device.is_cuda())
        torch::cuda::synchronize(device.index());
}

DeviceSpeed measured_speed(torch::Device device) {
    const torch::NoGradGuard no_grad;
    const auto options = torch::TensorOptions().device(device);
    const auto features =
        torch::rand({1, 64, 128, 128}, options).contiguous(torch::MemoryFormat::ChannelsLast);
    const auto weight = torch::rand({64, 64, 3, 3}, options).contiguous(torch::MemoryFormat::ChannelsLast);
    const auto matrix = torch::rand({512, 512}, options);
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
