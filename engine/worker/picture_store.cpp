// SPDX-License-Identifier: GPL-3.0-or-later
#include "picture_store.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace neural_style::worker {

Result<void> PictureStore::add(const protocol::PictureChunk& chunk) {
    if (chunk.chunk.offset == 0) {
        arriving_ = {}; // abandons an unfinished upload
        arriving_name_ = chunk.name;
    }
    if (chunk.name != arriving_name_)
        return failure(ErrorCode::bad_message,
                       "Pieces of several pictures arrived mixed. Start the job again; if "
                       "this comes back, please report it.");
    if (auto added = arriving_.add(chunk.chunk); !added)
        return added;
    if (!arriving_.complete())
        return {};
    const std::uint64_t hash = arriving_.hash();
    Samples picture = arriving_.take();
    std::string name = std::exchange(arriving_name_, {});
    if (protocol::picture_name(picture.sample, picture.width, picture.height, hash, picture.channels) != name)
        return failure(
            ErrorCode::bad_message,
            "A picture was damaged on its way to the engine. Start the job again; if this comes back, "
            "please report it.");
    keep(std::move(name), std::move(picture));
    return {};
}

std::shared_ptr<const Samples> PictureStore::find(std::string_view name) {
    const auto entry = std::ranges::find(entries_, name, &Entry::name);
    if (entry == entries_.end())
        return nullptr;
    entries_.splice(entries_.begin(), entries_, entry);
    return entry->picture;
}

void PictureStore::forget(std::string_view name) {
    std::erase_if(entries_, [&](const Entry& entry) { return entry.name == name; });
}

void PictureStore::keep(std::string name, Samples picture) {
    forget(name);
    entries_.push_front({std::move(name), std::make_shared<const Samples>(std::move(picture))});
    std::uint64_t total = 0;
    for (const Entry& entry : entries_)
        total += entry.bytes();
    for (auto oldest = entries_.end(); total > bytes_max_ && oldest != entries_.begin();) {
        --oldest;
        if (!may_go(*oldest))
            continue;
        total -= oldest->bytes();
        oldest = entries_.erase(oldest);
    }
}

bool PictureStore::may_go(const Entry& entry) const {
    const bool used_last = &entry == &entries_.front() || &entry == &*std::next(entries_.begin());
    return !used_last && std::ranges::find(wanted_, entry.name) == wanted_.end();
}

} // namespace neural_style::worker
