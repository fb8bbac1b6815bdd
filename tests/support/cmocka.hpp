// SPDX-License-Identifier: GPL-3.0-or-later
/// CMocka for C++: a failed CHECK throws, so destructors run; the test then fails with file and line.
///
///     static void addition_adds() { CHECK(1 + 1 == 2); }
///     int main() { return run_tests({TEST(addition_adds)}); }
#pragma once

#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <functional>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

extern "C" {
#include <cmocka.h>
}
// CMocka's macros use names that are identifiers in C++ libraries.
#undef fail
#undef skip
#undef mock
#undef expect_float // of CMocka 2: a function of LibTorch
// LibTorch has a logging macro of that name.
#undef CHECK
#undef run_tests

namespace tests {

struct Skipped : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct Test {
    const char* name;
    void (*body)();
};

inline void check(bool holds, const char* text, const char* file, int line) {
    if (!holds)
        throw std::runtime_error(std::string(file) + ":" + std::to_string(line) + ": " + text);
}

inline void check_near(double a, double b, double tolerance, const char* text, const char* file, int line) {
    if (!(a - b <= tolerance && b - a <= tolerance)) {
        std::ostringstream message;
        message.precision(10);
        message << file << ":" << line << ": " << text << ": " << a << " and " << b << " differ by more than "
                << tolerance;
        throw std::runtime_error(message.str());
    }
}

/// Ends the running test as skipped; the reason is printed.
[[noreturn]] inline void skip_test(const std::string& reason) {
    throw Skipped(reason);
}

inline void run_body(void** state) {
    enum class End { passed, failed, skipped } end = End::passed;
    try {
        static_cast<const Test*>(*state)->body();
    } catch (const Skipped& reason) {
        std::fprintf(stderr, "SKIPPED: %s\n", reason.what());
        end = End::skipped;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        end = End::failed;
    }
    // CMocka leaves by longjmp: nothing with a destructor may exist here.
    if (end == End::skipped)
        _skip(__FILE__, __LINE__);
    if (end == End::failed)
        _fail(__FILE__, __LINE__);
}

inline int run_tests(std::vector<Test> tests) {
    std::vector<CMUnitTest> units;
    for (auto& test : tests)
        units.push_back({test.name, run_body, nullptr, nullptr, &test});
    return _cmocka_run_group_tests("tests", units.data(), units.size(), nullptr, nullptr);
}

} // namespace tests

#define TEST(function)                                                                                       \
    tests::Test {                                                                                            \
        #function, function                                                                                  \
    }
#define CHECK(condition) tests::check(static_cast<bool>(condition), #condition, __FILE__, __LINE__)
#define CHECK_NEAR(a, b, tolerance) tests::check_near(a, b, tolerance, #a " ~ " #b, __FILE__, __LINE__)
