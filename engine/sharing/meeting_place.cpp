// SPDX-License-Identifier: GPL-3.0-or-later
#include "meeting_place.hpp"

#include <neural_style/formatted.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <sched.h>
#include <string_view>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace neural_style::sharing {

namespace fs = std::filesystem;

namespace {

/// Beginnings of the names of variables that change what an engine does: ours; LibTorch's and its libraries'
/// (OpenMP, MKL, OpenBLAS, BLIS, oneDNN, CUDA); the dynamic linker's, the C library's and the sanitizers'.
constexpr std::array<std::string_view, 29> beginnings{
    "NEURAL_STYLE_", "HOME=",    "XDG_DATA_HOME=", "OMP_",  "GOMP_", "KMP_",    "MKL_",   "OPENBLAS_",
    "GOTO_",         "BLIS_",    "ONEDNN_",        "DNNL_", "CUDA_", "CUDNN_",  "CUBLAS", "NVIDIA_",
    "TORCH",         "PYTORCH_", "ATEN_",          "LD_",   "GLIBC", "MALLOC_", "ASAN_",  "LSAN_",
    "UBSAN_",        "VECLIB_",  "TMPDIR=",        "HSA_",  "HIP_"};

std::vector<std::string> relevant_environment() {
    std::vector<std::string> found;
    for (char** variable = environ; variable && *variable; ++variable)
        if (std::ranges::any_of(beginnings,
                                [&](auto begin) { return std::string_view(*variable).starts_with(begin); }))
            found.emplace_back(*variable);
    std::ranges::sort(found);
    return found;
}

/// Changes whenever the file is replaced or written.
std::string state_of(const fs::path& file) {
    struct stat state {};
    if (stat(file.c_str(), &state) != 0)
        return file.string();
    return formatted("{} {} {} {} {}.{}", file.string(), state.st_dev, state.st_ino, state.st_size,
                     state.st_mtim.tv_sec, state.st_mtim.tv_nsec);
}

std::string granted() {
    std::string text;
    cpu_set_t processors;
    CPU_ZERO(&processors);
    sched_getaffinity(0, sizeof processors, &processors);
    for (int i = 0; i < CPU_SETSIZE; ++i)
        if (CPU_ISSET(i, &processors))
            text += formatted("{} ", i);
    for (const auto resource : {RLIMIT_AS, RLIMIT_DATA, RLIMIT_CPU}) {
        rlimit limit{};
        getrlimit(resource, &limit);
        text += formatted("{} ", limit.rlim_cur);
    }
    // Where numbers of processes are others.
    std::error_code ignored;
    text += fs::read_symlink("/proc/self/ns/pid", ignored).string() + '\n';
    std::ifstream groups("/proc/self/cgroup");
    return text.append(std::istreambuf_iterator<char>(groups), {});
}

/// Whether it is a folder, no link, of this user, which nobody else can get into.
bool is_private(const fs::path& folder) {
    struct stat state {};
    return lstat(folder.c_str(), &state) == 0 && S_ISDIR(state.st_mode) && state.st_uid == geteuid() &&
           (state.st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

} // namespace

std::string engine_identity(const fs::path& module, std::span<char*> arguments) {
    std::error_code ignored;
    std::string all = state_of(fs::read_symlink("/proc/self/exe", ignored)) + '\n' + state_of(module) + '\n' +
                      granted() + '\n';
    for (const char* argument : arguments)
        all += std::string(argument) + '\0';
    all += '\n';
    for (const auto& variable : relevant_environment())
        all += variable + '\0';
    // Paths in them may be relative.
    all += fs::current_path(ignored).string();
    // The same for every process of this executable.
    return formatted("{:016x}", std::hash<std::string>{}(all));
}

std::optional<MeetingPlace> meeting_place(const std::string& identity) {
    const char* const runtime = std::getenv("XDG_RUNTIME_DIR");
    if (!runtime || !fs::path(runtime).is_absolute())
        return {};
    const auto folder = fs::path(runtime) / "neural-style";
    mkdir(folder.c_str(), S_IRWXU);
    if (!is_private(folder))
        return {};
    MeetingPlace place{.socket = folder / ("engine-" + identity + ".sock"),
                       .lock = folder / ("engine-" + identity + ".lock")};
    if (place.socket.native().size() >= sizeof sockaddr_un::sun_path)
        return {};
    return place;
}

} // namespace neural_style::sharing
