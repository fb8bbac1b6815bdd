// SPDX-License-Identifier: GPL-3.0-or-later
/// Keeps uploaded pictures, in the samples they came in, up to a limit.
///
///     PictureStore store(gibibyte);
///     if (auto added = store.add(picture_chunk); !added)
///         return refuse(added.error());
///     std::shared_ptr<const Samples> photo = store.find(name); // null: not uploaded
#pragma once

#include "message.hpp"

#include <neural_style/error.hpp>
#include <neural_style/samples.hpp>

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace neural_style::worker {

/// For one thread only. Pictures, complete and verified, are shared: holders keep them beyond `forget`.
class PictureStore {
  public:
    /// The two most recently used pictures always stay, because every job needs two; `want` protects more.
    explicit PictureStore(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}

    /// Adds the next piece of the current upload, or the first of another. Errors: bad_message if it does not
    /// fit, or if the complete picture does not match its name.
    Result<void> add(const protocol::PictureChunk& chunk);
    std::shared_ptr<const Samples> find(std::string_view name);
    void forget(std::string_view name);
    /// Protects pictures of these names, present or yet to come, until other names are wanted: otherwise a
    /// job with many large pictures might never be complete.
    void want(std::vector<std::string> names) { wanted_ = std::move(names); }

  private:
    struct Entry {
        std::string name;
        std::shared_ptr<const Samples> picture;
        std::uint64_t bytes() const { return picture->bytes.size(); }
    };

    void keep(std::string name, Samples picture);
    bool may_go(const Entry& entry) const;

    std::uint64_t bytes_max_;
    std::list<Entry> entries_; // most recently used first
    std::vector<std::string> wanted_;
    std::string arriving_name_;
    protocol::PictureAssembly arriving_;
};

} // namespace neural_style::worker
