// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "fake_host.hpp"
#include "preview_styles.hpp"
#include "test_folder.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace neural_style;
using namespace neural_style::plugin;

namespace fs = std::filesystem;

namespace {

fs::path styles_folder() {
    const char* data = std::getenv("NEURAL_STYLE_DATA");
    return fs::path(data ? data : "") / "styles";
}

/// Styles, and a count of arrivals.
struct Shelf {
    int arrived = 0;
    int layers_read = 0;
    PictureReader reader{{.bundled = styles_folder(), .read_file = tests::picture_in_file}};
    PreviewStyles styles{styles_folder(), reader,
                         [this](int id, int longest) -> Result<PreviewStyles::Style> {
                             ++layers_read;
                             if (id != 5)
                                 return failure(ErrorCode::bad_picture, "The layer is gone.");
                             return PreviewStyles::Style{.picture = {}, .width = longest, .height = 10};
                         },
                         [this] { ++arrived; }};

    /// Waits until the file has been read.
    Result<const PreviewStyles::Style*> read(const StyleChoice& choice) {
        auto style = styles.style(choice);
        for (const int before = arrived; style && !*style && arrived == before;)
            g_main_context_iteration(nullptr, TRUE);
        return style && !*style ? styles.style(choice) : style;
    }
};

void a_style_is_read_once() {
    Shelf shelf;
    const auto style = shelf.read(StyleName{"waves"});
    CHECK(style && (*style)->width > 0 && (**(*style)->picture).width <= 800);
    CHECK(*shelf.styles.style(StyleName{"waves"}) == *style);
    CHECK(*shelf.styles.style(StyleFile{styles_folder() / "waves.jpg"}) == *style);
    CHECK(*shelf.styles.style(StyleLayer{5}) == *shelf.styles.style(StyleLayer{5}) && shelf.layers_read == 1);
    CHECK(!shelf.styles.style(StyleLayer{6}));
}

void a_layer_that_may_have_changed_is_read_again() {
    Shelf shelf;
    CHECK(shelf.styles.style(StyleLayer{5}) && shelf.layers_read == 1);
    shelf.styles.forget_layers();
    CHECK(shelf.styles.style(StyleLayer{5}) && shelf.layers_read == 2);
}

void a_name_means_a_bundled_painting_wherever_the_program_runs() {
    const tests::Folder folder;
    const auto here = fs::current_path();
    fs::current_path(folder.path);
    fs::create_directory("waves");
    std::ofstream("waves.jpg") << "x";
    Shelf shelf;
    const auto style = shelf.read(StyleName{"waves"});
    const auto file = shelf.styles.style(StyleName{"waves.jpg"});
    fs::current_path(here);
    CHECK(style && *style);
    CHECK(!file && file.error().code == ErrorCode::invalid_request);
}

void a_file_that_could_not_be_read_is_told_once_and_read_again() {
    const tests::Folder folder;
    const auto path = folder.path / "mural.jpg";
    std::ofstream(path) << "half a picture";
    Shelf shelf;
    CHECK(!shelf.read(StyleFile{path}));
    fs::copy_file(styles_folder() / "waves.jpg", path, fs::copy_options::overwrite_existing);
    const auto style = shelf.read(StyleFile{path});
    CHECK(style && (*style)->width > 0 && shelf.arrived == 2);
}

void a_file_that_has_changed_is_read_again() {
    const tests::Folder folder;
    const auto path = folder.path / "mural.jpg";
    fs::copy_file(styles_folder() / "waves.jpg", path);
    Shelf shelf;
    const auto before = shelf.read(StyleFile{path});
    CHECK(before && *before);
    const std::string name = (*before)->picture->name();
    fs::copy_file(styles_folder() / "starry-night.jpg", path, fs::copy_options::overwrite_existing);
    const auto after = shelf.read(StyleFile{path});
    CHECK(after && *after && (*after)->picture->name() != name && shelf.arrived == 2);
    CHECK(*shelf.styles.style(StyleFile{path}) == *after);
}

} // namespace

int main() {
    return tests::run_tests({
        TEST(a_style_is_read_once),
        TEST(a_layer_that_may_have_changed_is_read_again),
        TEST(a_name_means_a_bundled_painting_wherever_the_program_runs),
        TEST(a_file_that_could_not_be_read_is_told_once_and_read_again),
        TEST(a_file_that_has_changed_is_read_again),
    });
}
