// SPDX-License-Identifier: GPL-3.0-or-later
/// Paints a photo in the manner of a picture. This is the whole engine as its users see it.
///
///     auto engine = Engine::open({.feature_network = "data/models/painter.safetensors"});
///     if (!engine)
///         return report(engine.error());
///     auto painting = engine->paint({.content = photo, .styles = {{.picture = starry_night}}},
///                                   [](const Update& u) { show(u.fraction); });
///
/// LibTorch stays behind this header.
#pragma once

#include "neural_style/error.hpp"
#include "neural_style/image.hpp"
#include "neural_style/kept_state.hpp"
#include "neural_style/losses.hpp"
#include "neural_style/ranks.hpp"
#include "neural_style/samples.hpp"
#include "neural_style/settings.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace neural_style {

/// A picture whose style is wanted, and where.
struct Style {
    ImageView picture;
    /// Where in the content this style paints: a mask of the content's size, soft edges allowed. Empty:
    /// everywhere. Overlapping regions share. Where no region reaches, the styles without a region paint; if
    /// there are none, nothing does.
    MaskView region{};
    /// How much of each of the picture's pixels is seen, and so how much it counts: a mask of the picture's
    /// size. Empty: all count alike.
    MaskView alpha{};
};

/// What the frames of a film that are painted already say about the next one.
struct Motion {
    /// Their painting, moved along with what it shows to where the content has it: of the content's size.
    /// Steps begin with it, trusted or not, but for the manner `dream`. Empty: there is none.
    ImageView moved{};
    /// How far `moved` is right about a pixel: from 0 (hidden before, or at the border of a motion) to 1. A
    /// mask of the content's size.
    MaskView trusted{};
    /// How strongly the painting is held to `moved` where that is trusted, up to `steadiness_max`; 0: it only
    /// begins there.
    double steadiness = 1;

    static constexpr double steadiness_max = 100;
};

/// One painting to make. The views must stay alive until `paint` returns.
struct Request {
    /// In samples of any kind: a large photo of 8 bits need not be held as floats while it is painted.
    SamplesView content;
    std::vector<Style> styles;
    /// Where the content is left unchanged: a mask of the content's size. Empty: nowhere.
    MaskView protect{};
    /// A finished painting, of the content's size, to continue at full size. Empty: start from the content.
    ImageView refine{};
    /// Of a frame of a film.
    Motion motion{};
    /// Several frames of the film, or photos of the album, in one picture of any size: their statistics
    /// replace the content's in `Quality::instant` and in trained styles, so that these do not change from
    /// one painting to the next. Empty: the content's own.
    SamplesView shot{};
    Settings settings{};
    /// Bytes that the engine may use, including itself. 0: `OpenOptions::memory_limit` applies. The limit
    /// affects the tiles, never the painting.
    std::uint64_t memory_limit = 0;
    /// Every this many steps an update carries the whole painting at its current size. 0: never.
    int snapshot_every = 0;
    /// When requested, `paint` returns what is painted so far, but never before the first step.
    std::stop_token keep{};
    /// Processes that paint it together: all of them with the same request, on CPUs. The result is rank 0's,
    /// the others have an empty one. Null: one paints alone.
    Ranks* ranks = nullptr;
    /// Where each of these processes keeps its part between two scales, and goes on from if all have it.
    /// Null: nowhere.
    KeptState* kept = nullptr;
};

/// `waiting`: the engine makes another painting first.
enum class Stage { preparing, painting, finishing, waiting };

/// How far a painting is. Valid only during the callback.
struct Update {
    double fraction = 0; ///< 0..1 of the whole job, never goes back
    Stage stage = Stage::preparing;
    int iteration = 0;  ///< of this scale, 1-based
    int iterations = 0; ///< of this scale
    int width = 0;      ///< of this scale, in pixels
    int height = 0;
    Losses losses{};
    ImageView preview{};  ///< longest side at most `OpenOptions::preview_size`; empty in most updates
    ImageView snapshot{}; ///< the painting so far, at this scale's size; see `Request::snapshot_every`
    /// Something the user should know, as one English sentence. Almost always empty.
    std::string_view notice{};
};

using UpdateCallback = std::function<void(const Update&)>;

/// What a job will cost, known before it runs.
struct Estimate {
    std::uint64_t memory_needed = 0; ///< bytes on the device at the peak, the engine itself included
    double time_needed = 0;          ///< seconds
    int tiles = 1;                   ///< tiles at the largest scale, to stay within the limit
};

/// A place where the engine can compute.
struct DeviceDescription {
    std::string name;               ///< what `OpenOptions::device` takes: "cpu", "cuda:0"
    std::string description;        ///< for people: "CPU, 2 cores"
    std::uint64_t memory_total = 0; ///< bytes
    std::uint64_t memory_free = 0;  ///< bytes
    /// Why `OpenOptions::device` cannot take it, and what to do: a sentence. Empty as long as nobody has
    /// tried.
    std::string unusable{};
};

/// How fast a device performs the operations that painting consists of.
struct DeviceSpeed {
    double convolution_gflops = 0;    ///< 3x3 convolution, float32
    double matrix_product_gflops = 0; ///< square matrix product, float32
    bool slow_matrix_product = false; ///< far below the convolution: the reference BLAS is in use
};

/// A network that was trained for one style: what `Settings::trained_style` names.
struct TrainedStyle {
    std::string name;
    std::string title; ///< for people, as its file has it

    bool operator==(const TrainedStyle&) const = default;
};

/// What a folder of trained styles holds.
struct TrainedStyles {
    std::vector<TrainedStyle> styles; ///< by name
    /// One English sentence for each file that cannot be offered, naming the file.
    std::vector<std::string> left_out;
};

/// A feature network that was added: what `Settings::network` names.
struct AddedNetwork {
    std::string name;
    std::string title;       ///< for people
    std::uint64_t bytes = 0; ///< of its file
    /// Multiplications and additions for each pixel of a picture, forward; 0: its file does not tell.
    double operations = 0;

    bool operator==(const AddedNetwork&) const = default;
};

struct OpenOptions {
    std::filesystem::path feature_network; ///< safetensors file of the feature network that optimises
    std::filesystem::path
        encoder{}; ///< that of `Quality::instant`; empty: `feature_network`; read when it is needed
    std::filesystem::path decoder{};        ///< the encoder's decoder; read when it is needed
    std::filesystem::path trained_styles{}; ///< folder of trained styles, NAME.safetensors; empty: none
    std::filesystem::path networks{}; ///< folder of networks that were added, NAME.safetensors; empty: none
    std::filesystem::path styles{};   ///< folder of style pictures that come with statistics; empty: none
    std::string device = "automatic"; ///< "automatic", "cpu", "cuda", "cuda:1"
    std::uint64_t memory_limit = 0;   ///< bytes that any job may use; 0: a fair share of what is free
    int engines = 1;                  ///< that paint at the same time, each with its part of that share
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

    /// Paints. The result has the content's size unless `size_limit` is smaller. Blocks. `stop` is checked
    /// between layers; the result is then `cancelled`. The callback runs on the calling thread.
    Result<Image> paint(const Request& request, const UpdateCallback& update = {}, std::stop_token stop = {});

    /// What `paint` would cost. Only the sizes of the pictures matter, so `data` may be null.
    Result<Estimate> estimate(const Request& request);

    DeviceDescription device() const;
    Result<DeviceSpeed> measure_speed();
    /// Names of the layers that can be tapped, of the network that it was opened with or of an added one,
    /// which is loaded. Errors: invalid_request (there is none of that name), bad_weights.
    Result<std::vector<std::string>> layers(const std::string& network = {});
    /// The first layer that the settings name and their network lacks; empty: it has them all. Errors: those
    /// of `layers`.
    Result<std::string> missing_layer(const Settings& settings);
    /// Of the network that it was opened with, as in `AddedNetwork`.
    double operations() const;
    /// Whether there is a decoder file, which `Quality::instant` needs; it may still turn out to be unusable.
    bool instant() const;

    /// The CPU first; with an NVIDIA card that LibTorch does not offer, as unusable. Devices that cannot be
    /// queried are left out.
    static std::vector<DeviceDescription> devices();
    /// The trained styles in a folder. Reads only the headers of the files; an unusable file does not hide
    /// the others.
    static TrainedStyles trained_styles(const std::filesystem::path& folder);
    /// The networks in a folder that can be chosen, by name. Reads only the headers of the files.
    static std::vector<AddedNetwork> added_networks(const std::filesystem::path& folder);
    static std::string version();
    /// From this call on, computes on all processor cores available to this process, counting hyperthreads
    /// once. LibTorch may choose fewer: on some virtual machines it mistakes cores for hyperthreads. Call it
    /// first, unless the user has set a number of threads (OMP_NUM_THREADS). Several processes on one
    /// computer get equal parts of its cores, unless each has been given its own; engines that paint at the
    /// same time share those of their process.
    static void use_all_cores(int processes = 1, int engines = 1);

  private:
    struct Impl;
    explicit Engine(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace neural_style
