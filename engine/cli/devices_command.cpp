// SPDX-License-Identifier: GPL-3.0-or-later
#include "devices_command.hpp"

#include "installation.hpp"
#include "output.hpp"
#include "report.hpp"
#include "translation.hpp"

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
    print_text(sentence(_("{}: {}\n"
                          "  memory          {:.1f} of {:.1f} GiB free\n"
                          "  convolution     {:.0f} GFLOP/s (3x3, float32)\n"
                          "  matrix product  {:.0f} GFLOP/s (float32)"),
                        device.name, device.description, double(device.memory_free) / gibibyte,
                        double(device.memory_total) / gibibyte, speed.convolution_gflops,
                        speed.matrix_product_gflops) +
               '\n');
    if (speed.slow_matrix_product)
        print_line(
            _("  Matrix products are slow because a reference BLAS is in use: install libopenblas0-openmp."));
}

void tell_unusable(const DeviceDescription& device, const std::string& why, Talk talk) {
    if (talk == Talk::programs)
        return print_json({{"type", "device"},
                           {"name", device.name},
                           {"description", device.description},
                           {"unusable", why}});
    print_text(sentence(_("{}: {}\n  cannot be used: {}"), device.name, device.description, why) + '\n');
}

Result<DeviceSpeed> speed_of(Result<Engine>& engine) {
    return engine.and_then([](Engine& opened) { return opened.measure_speed(); });
}

} // namespace

ExitStatus list_devices(DevicesArguments arguments) {
    open_from(data_folder(), arguments.open);
    if (arguments.open.device != "automatic") {
        auto engine = Engine::open(arguments.open);
        const auto speed = speed_of(engine);
        if (!speed)
            return report(speed.error(), arguments.talk);
        tell(engine->device(), *speed, arguments.talk);
        return exit_done;
    }
    for (const auto& device : Engine::devices()) {
        if (!device.unusable.empty()) {
            tell_unusable(device, device.unusable, arguments.talk);
            continue;
        }
        arguments.open.device = device.name;
        auto engine = Engine::open(arguments.open);
        if (const auto speed = speed_of(engine))
            tell(device, *speed, arguments.talk);
        else if (device.name == "cpu")
            return report(speed.error(), arguments.talk);
        else
            tell_unusable(device, speed.error().message, arguments.talk);
    }
    return exit_done;
}

void tell_rights(InForce in_force, Talk talk) {
    const auto [landlock, seccomp] = in_force;
    if (talk == Talk::programs)
        return print_json({{"type", "rights"}, {"landlock", landlock}, {"seccomp", seccomp}});
    print_line(
        landlock && seccomp
            ? _("Engines here write no files, start no programs and use no network (Landlock, seccomp).")
        : landlock ? _("Engines here write no files (Landlock), but could start programs and use the "
                       "network: this kernel has no seccomp.")
        : seccomp  ? _("Engines here start no programs and use no network (seccomp), but could write files: "
                        "this kernel has no Landlock.")
                   : _("Engines here could write files, start programs and use the network: this kernel has "
                        "neither Landlock nor seccomp."));
}

} // namespace neural_style::cli
