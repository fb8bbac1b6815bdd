// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmocka.hpp"
#include "engine_command.hpp"

#include <filesystem>
#include <fstream>

using namespace neural_style;
namespace fs = std::filesystem;

namespace {

using Words = std::vector<std::string>;

/// Two folders, deleted at the end of the test.
class Folders {
  public:
    Folders() {
        std::string pattern = (fs::temp_directory_path() / "neural-style-XXXXXX").string();
        root_ = mkdtemp(pattern.data());
        fs::create_directories(plug_in());
        fs::create_directories(bin());
    }
    ~Folders() { fs::remove_all(root_); }
    fs::path plug_in() const { return root_ / "plug-in"; }
    fs::path bin() const { return root_ / "bin"; }
    static void put_engine(const fs::path& folder) {
        std::ofstream(folder / "neural-style-engine") << "engine";
    }
    EngineSources sources() const {
        return {.setting = {}, .environment = {}, .plug_in_folder = plug_in(), .bin_folder = bin()};
    }

  private:
    fs::path root_;
};

void the_setting_goes_before_everything() {
    Folders folders;
    Folders::put_engine(folders.plug_in());
    auto sources = folders.sources();
    sources.setting = "ssh 'my workshop' neural-style-engine --quiet";
    sources.environment = "other";
    CHECK(engine_command(sources) == Words({"ssh", "my workshop", "neural-style-engine", "--quiet"}));
}

void the_environment_goes_before_the_folders() {
    Folders folders;
    Folders::put_engine(folders.plug_in());
    auto sources = folders.sources();
    sources.setting = "  ";
    sources.environment = "/opt/engine --device cpu";
    CHECK(engine_command(sources) == Words({"/opt/engine", "--device", "cpu"}));
}

void the_engine_beside_the_plug_in_goes_before_the_installed_one() {
    Folders folders;
    Folders::put_engine(folders.bin());
    CHECK(engine_command(folders.sources()) ==
          Words({(folders.bin() / "neural-style-engine").string(), "--shared"}));
    Folders::put_engine(folders.plug_in());
    CHECK(engine_command(folders.sources()) ==
          Words({(folders.plug_in() / "neural-style-engine").string(), "--shared"}));
}

void without_any_engine_the_sentence_says_where_it_was_looked_for() {
    Folders folders;
    const auto command = engine_command(folders.sources());
    CHECK(!command && command.error().code == ErrorCode::engine_lost);
    CHECK(command.error().message.contains(folders.plug_in().string()));
    CHECK(command.error().message.contains(folders.bin().string()));
}

void a_folder_named_like_the_engine_is_not_one() {
    Folders folders;
    fs::create_directory(folders.plug_in() / "neural-style-engine");
    CHECK(!engine_command(folders.sources()));
}

void a_lost_quotation_mark_is_an_error() {
    const auto command = engine_command(
        {.setting = "ssh 'workshop", .environment = {}, .plug_in_folder = {}, .bin_folder = {}});
    CHECK(!command && command.error().code == ErrorCode::invalid_request);
}

} // namespace

int main() {
    return tests::run_tests({
        TEST(the_setting_goes_before_everything),
        TEST(the_environment_goes_before_the_folders),
        TEST(the_engine_beside_the_plug_in_goes_before_the_installed_one),
        TEST(without_any_engine_the_sentence_says_where_it_was_looked_for),
        TEST(a_folder_named_like_the_engine_is_not_one),
        TEST(a_lost_quotation_mark_is_an_error),
    });
}
