// SPDX-License-Identifier: GPL-3.0-or-later
/// Sixteen float32 values at once, by the widest instructions that the processor has.
///
///     struct Doubling {
///         [[gnu::always_inline]] static void run(float* values) {
///             store(values, 2.0f * lanes(values));
///         }
///     };
///     static const auto doubled = widest<Doubling, float*>();
#pragma once

#include <c10/util/BFloat16.h>
#include <cstdint>

namespace neural_style {

constexpr std::int64_t lane_count = 16;

// Vectors never cross a call, here as in what includes this: all functions that take them are inlined.
#pragma GCC diagnostic ignored "-Wpsabi"
typedef float Lanes __attribute__((vector_size(lane_count * sizeof(float))));
typedef std::uint32_t WideBits __attribute__((vector_size(lane_count * sizeof(std::uint32_t))));
typedef std::uint16_t NarrowBits __attribute__((vector_size(lane_count * sizeof(std::uint16_t))));

[[gnu::always_inline]] inline Lanes lanes(const float* values) {
    Lanes lanes;
    __builtin_memcpy(&lanes, values, sizeof lanes);
    return lanes;
}
[[gnu::always_inline]] inline Lanes lanes(const c10::BFloat16* values) {
    NarrowBits bits; // bfloat16 is the upper half of float32
    __builtin_memcpy(&bits, values, sizeof bits);
    // Not std::bit_cast: without such registers it is a function, and where it is not inlined it passes
    // vectors differently.
    return __builtin_bit_cast(Lanes, __builtin_convertvector(bits, WideBits) << 16);
}
[[gnu::always_inline]] inline void store(float* values, const Lanes& lanes) {
    __builtin_memcpy(values, &lanes, sizeof lanes);
}
/// Rounded to the nearest, ties to even; NaN may become infinite.
[[gnu::always_inline]] inline void store(c10::BFloat16* values, const Lanes& lanes) {
    const auto bits = __builtin_bit_cast(WideBits, lanes);
    const auto narrow = __builtin_convertvector((bits + 0x7fff + ((bits >> 16) & 1)) >> 16, NarrowBits);
    __builtin_memcpy(values, &narrow, sizeof narrow);
}

template <typename Kernel, typename... Arguments>
void run_plainly(Arguments... arguments) {
    Kernel::run(arguments...);
}
#if defined(__x86_64__)
template <typename Kernel, typename... Arguments>
[[gnu::target("avx512f,avx512bw,avx512vl,fma")]] void run_with_avx512(Arguments... arguments) {
    Kernel::run(arguments...);
}
template <typename Kernel, typename... Arguments>
[[gnu::target("avx2,fma")]] void run_with_avx2(Arguments... arguments) {
    Kernel::run(arguments...);
}
#endif

/// Kernel::run, which must be inlined always, compiled for this processor.
template <typename Kernel, typename... Arguments>
auto widest() -> void (*)(Arguments...) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl"))
        return run_with_avx512<Kernel, Arguments...>;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return run_with_avx2<Kernel, Arguments...>;
#endif
    return run_plainly<Kernel, Arguments...>;
}

} // namespace neural_style
