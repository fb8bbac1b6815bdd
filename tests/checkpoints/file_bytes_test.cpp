// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "file_bytes.hpp"
#include "test_folder.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

namespace neural_style {

namespace {

using namespace std::chrono_literals;

const std::size_t page = std::size_t(sysconf(_SC_PAGESIZE));

struct Written {
    tests::Folder folder;
    std::filesystem::path path = folder.path / "weights";
    std::string bytes;

    explicit Written(std::size_t size) : bytes(size, '\0') {
        for (std::size_t i = 0; i < size; ++i)
            bytes[i] = char('a' + i * 7 % 23);
        write();
    }
    void write() const { std::ofstream(path, std::ios::binary) << bytes; }
};

/// Pages that are in memory.
std::ptrdiff_t resident(std::string_view bytes) {
    std::vector<unsigned char> pages((bytes.size() + page - 1) / page);
    mincore(const_cast<char*>(bytes.data()), bytes.size(), pages.data());
    return std::ranges::count_if(pages, [](unsigned char there) { return there & 1; });
}

void only_what_is_loaded_takes_memory() {
    const Written written(100 * page);
    const auto file = FileBytes::open(written.path);
    CHECK(file && resident(file->all()) == 0);
    const auto part = file->all().substr(10 * page + 5, 2 * page);
    CHECK(file->load(part).has_value());
    CHECK(part == std::string_view(written.bytes).substr(10 * page + 5, 2 * page));
    CHECK(resident(file->all()) == 3);
}

void what_is_released_can_be_loaded_again() {
    const Written written(20 * page + 3);
    const auto file = FileBytes::open(written.path);
    CHECK(file && file->load(file->all()));
    file->release(file->all().substr(1));
    CHECK(resident(file->all()) == 2); // the first page and the last, which are not whole
    CHECK(file->load(file->all()).has_value());
    CHECK(file->all() == written.bytes);
}

void what_is_there_stays_as_it_is() {
    Written written(3 * page);
    const auto file = FileBytes::open(written.path);
    CHECK(file && file->load(file->all().substr(0, 1)));
    const char first = file->all().front();
    written.bytes.front() = '!';
    written.write();
    [[maybe_unused]] const auto refused = file->load(file->all());
    CHECK(file->all().front() == first);
}

void a_file_that_changes_is_refused() {
    for (const std::size_t size : {std::size_t(0), page, 30 * page, 40 * page}) {
        Written written(30 * page);
        const auto file = FileBytes::open(written.path);
        CHECK(file && file->load(file->all().substr(0, page)));
        written.bytes.assign(size, 'b');
        written.write();
        // Some kernels' clock for files ticks every few milliseconds.
        std::filesystem::last_write_time(written.path, std::filesystem::last_write_time(written.path) + 1s);
        for (int again = 0; again < 2; ++again) {
            const auto loaded = file->load(file->all());
            CHECK(!loaded && loaded.error().why == "it changed while it was read");
        }
        CHECK(!file->sha256());
    }
}

void its_sha256_loads_nothing() {
    Written written(0);
    written.bytes = "abc";
    written.write();
    const auto file = FileBytes::open(written.path);
    CHECK(file.has_value());
    const auto digits = file->sha256();
    CHECK(digits &&
          *digits == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"); // FIPS 180-4
    CHECK(resident(file->all()) == 0);
}

} // namespace

} // namespace neural_style

int main() {
    using namespace neural_style;
    return tests::run_tests({TEST(only_what_is_loaded_takes_memory),
                             TEST(what_is_released_can_be_loaded_again), TEST(what_is_there_stays_as_it_is),
                             TEST(a_file_that_changes_is_refused), TEST(its_sha256_loads_nothing)});
}
