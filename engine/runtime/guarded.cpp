// SPDX-License-Identifier: GPL-3.0-or-later
#include "guarded.hpp"

#include <c10/util/Exception.h>
#include <new>
#include <string_view>

namespace neural_style {

namespace {

// LibTorch reports exhausted host memory as a plain c10::Error ("DefaultCPUAllocator: can't allocate
// memory").
bool speaks_of_memory(std::string_view text) {
    return text.contains("can't allocate memory") || text.contains("out of memory");
}

Error out_of_memory() {
    return {ErrorCode::out_of_memory,
            "Memory ran out while painting. Close other programs, or set a smaller size limit."};
}

} // namespace

Error error_in_flight() {
    try {
        throw;
    } catch (const Failure& failure) {
        return {failure.code(), failure.what()};
    } catch (const std::bad_alloc&) {
        return out_of_memory();
    } catch (const c10::OutOfMemoryError&) {
        return out_of_memory();
    } catch (const c10::Error& error) {
        if (speaks_of_memory(error.what_without_backtrace()))
            return out_of_memory();
        return {ErrorCode::internal,
                std::string("The engine failed inside LibTorch: ") + error.what_without_backtrace()};
    } catch (const std::exception& error) {
        if (speaks_of_memory(error.what()))
            return out_of_memory();
        return {ErrorCode::internal, std::string("The engine failed: ") + error.what()};
    } catch (...) {
        return {ErrorCode::internal, "The engine failed for an unknown reason."};
    }
}

} // namespace neural_style
