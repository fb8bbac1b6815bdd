// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices_command.hpp"

#include "installation.hpp"
#include "report.hpp"
#include "translation.hpp"

#include <cstdio>
#include <nlohmann/json.hpp>

namespace neural_style::cli {
namespace {

void tell(const DeviceDescription& device, const DeviceSpeed& speed, Talk talk) {
    constexpr double gibibyte = 1 << 30;
    if (talk == Talk::programs)
        return print_json({{"type", "device"},
                           {"name", device.name},
                           {"description", device.description},
                           {"memory-total", device.memory_total},
                           {"memory-free", device.memory_free},
                           {"convolution-gflops", speed.convolution_gflops},
                           {"matrix-product-gflops", speed.matrix_product_gflops},
                           {"slow-matrix-product", speed.slow_matrix_product}});
    std::puts(sentence(_("{}: {}\n"
                         "  memory          {:.1f} of {:.1f} GiB free\n"
                         "  convolution     {:.0f} GFLOP/s (3x3, float32)\n"
                         "  matrix product  {:.0f} GFLOP/s (float32)"),
                       device.name, device.description, double(device.memory_free) / gibibyte,
                       double(device.memory_total) / gibibyte, speed.convolution_gflops,
                       speed.matrix_product_gflops)
                  .c_str());
    if (speed.slow_matrix_product)
        std::puts(
            _("  Matrix products are slow because a reference BLAS is in use: install libopenblas0-openmp."));
    std::fflush(stdout);
}

} // namespace

ExitStatus list_devices(DevicesArguments arguments) {
    open_from(data_folder(), arguments.open);
    const bool all = arguments.open.device == "automatic";
    bool found = false;
    for (const auto& device : Engine::devices()) {
        if (!all && device.name != arguments.open.device)
            continue;
        found = true;
        arguments.open.device = device.name;
        auto engine = Engine::open(arguments.open);
        if (!engine)
            return report(engine.error(), arguments.talk);
        const auto speed = engine->measure_speed();
        if (!speed)
            return report(speed.error(), arguments.talk);
        tell(device, *speed, arguments.talk);
    }
    if (!found) {
        const auto engine = Engine::open(arguments.open);
        return report(engine ? Error{ErrorCode::no_device, arguments.open.device} : engine.error(),
                      arguments.talk);
    }
    return exit_done;
}

} // namespace neural_style::cli
