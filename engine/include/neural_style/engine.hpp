// SPDX-License-Identifier: GPL-3.0-or-later
/// Paints a photo in the manner of a picture. This is the whole engine as its users see it.
///
///     auto engine = Engine::open({.backbone = "data/models/mini-encoder.safetensors"});
///     if (!engine)
///         return report(engine.error());
///     auto painting = engine->paint({.content = photo, .style = starry_night},
///                                   [](const Update& u) { show(u.fraction); });
///
/// LibTorch stays behind this header.
#pragma once

#include "neural_style/error.hpp"
#include "neural_style/image.hpp"
#include "neural_style/settings.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace neural_style {

/// One painting to make. The views must stay alive until `paint` returns.
struct Request {
    ImageView content;
    ImageView style;
    Settings settings;
};

enum class Stage { preparing, painting, finishing };

/// How far a painting is. Valid only during the callback.
struct Update {
    double fraction = 0; ///< 0..1 of the whole job, never goes back
    Stage stage = Stage::preparing;
    int iteration = 0;  ///< of this scale, 1-based
    int iterations = 0; ///< of this scale
    int width = 0;      ///< of this scale, in pixels
    int height = 0;
    double content_loss = 0; ///< weighted, as are the others; their sum is minimised
    double style_loss = 0;
    double tv_loss = 0;
    ImageView preview{}; ///< longest side at most `OpenOptions::preview_size`; empty in most updates
};

using UpdateCallback = std::function<void(const Update&)>;

/// What a job will cost, known before it runs.
struct Estimate {
    std::uint64_t memory_needed = 0; ///< bytes on the device at the peak, the engine itself included
    double time_needed = 0;          ///< seconds
};

/// A place where the engine can compute.
struct DeviceDescription {
    std::string name;               ///< what `OpenOptions::device` takes: "cpu", "cuda:0"
    std::string description;        ///< for people: "CPU, 2 cores"
    std::uint64_t memory_total = 0; ///< bytes
    std::uint64_t memory_free = 0;  ///< bytes
};

/// How fast a device is at what painting consists of.
struct DeviceSpeed {
    double convolution_gflops = 0;    ///< 3x3 convolution, float32
    double matrix_product_gflops = 0; ///< square matrix product, float32
    bool slow_matrix_product = false; ///< far below the convolution: the reference BLAS is in use
};

struct OpenOptions {
    std::filesystem::path backbone;   ///< safetensors file of the feature network
    std::string device = "automatic"; ///< "automatic", "cpu", "cuda", "cuda:1"
    std::uint64_t memory_limit = 0;   ///< bytes; 0: what the device has free when the job comes
    int preview_size = 384;           ///< longest side of previews, in pixels; 0: none
};

/// Keeps a network loaded on a device. One job at a time; move-only.
class Engine {
  public:
    /// Loads the network: about half a second. Errors: bad_weights, no_device.
    static Result<Engine> open(const OpenOptions& options);
    Engine(Engine&&) noexcept;
    Engine& operator=(Engine&&) noexcept;
    ~Engine();

    /// Paints; the result has the content's size unless `size_limit` says less. Blocks; `stop` is honoured
    /// between layers, and the answer is then `cancelled`. The callback runs on the calling thread.
    Result<Image> paint(const Request& request, const UpdateCallback& update = {}, std::stop_token stop = {});

    /// What `paint` would cost. Only the sizes of the pictures are looked at, so `data` may be null.
    Result<Estimate> estimate(const Request& request);

    DeviceDescription device() const;
    DeviceSpeed measure_speed();
    /// Names of the layers that can be tapped.
    std::vector<std::string> layers() const;

    static std::vector<DeviceDescription> devices();
    static std::string version();

  private:
    struct Impl;
    explicit Engine(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace neural_style
