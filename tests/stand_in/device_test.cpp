// SPDX-License-Identifier: GPL-3.0-or-later
#include "capture.hpp"
#include "cmocka.hpp"
#include "device.hpp"

#include <c10/core/Event.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <csignal>
#include <cstring>
#include <sys/wait.h>
#include <torch/torch.h>
#include <tuple>
#include <unistd.h>

using namespace tests;

namespace {

template <typename Work>
bool throws(Work work, const char* part) {
    try {
        work();
    } catch (const c10::Error& error) {
        return std::strstr(error.what(), part) != nullptr;
    }
    return false;
}

// Whether `work`, in a separate process, ends with a segmentation fault.
template <typename Work>
bool faults(Work work) {
    const pid_t child = fork();
    if (child == 0) {
        std::signal(SIGSEGV, SIG_DFL);
        work();
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
}

constexpr const char* two_devices = "two devices";

} // namespace

static void it_computes_what_the_processor_computes() {
    torch::manual_seed(1);
    const auto x = torch::rand({1, 4, 9, 7}).contiguous(torch::MemoryFormat::ChannelsLast);
    const auto w = torch::rand({6, 4, 3, 3}), b = torch::rand({6});
    const auto pass = [](const torch::Tensor& x, const torch::Tensor& w, const torch::Tensor& b) {
        const auto features = torch::max_pool2d(torch::conv2d(x, w, b, 1, 1).relu_(), 2);
        const auto matrix = features.permute({0, 2, 3, 1}).reshape({-1, 6}).to(torch::kFloat64);
        return std::get<0>(torch::linalg_eigh(matrix.t().matmul(matrix)));
    };
    const auto there = pass(x.to(stand_in::device()), w.to(stand_in::device()), b.to(stand_in::device()));
    CHECK(there.device() == stand_in::device());
    CHECK(there.cpu().equal(pass(x, w, b)));
}

static void its_memory_is_closed_to_the_processor() {
    const auto there = torch::ones({64, 64}).to(stand_in::device());
    CHECK(there.cpu().sum().item<float>() == 64 * 64);
    CHECK(faults([&] { static_cast<volatile float*>(there.data_ptr())[5] = 1; }));
    CHECK(faults([&] { std::memcpy(there.data_ptr(), std::string(8, 'x').data(), 8); }));
    CHECK(faults([&] { torch::from_blob(there.data_ptr(), {4}).add_(1); }));
}

static void tensors_of_two_devices_do_not_mix() {
    const auto here = torch::rand({4, 4}), there = here.to(stand_in::device());
    CHECK(throws([&] { return there + here; }, two_devices));
    CHECK(throws([&] { return torch::matmul(there, here); }, two_devices));
    CHECK(throws([&] { return torch::cat({there, here}); }, two_devices));
    CHECK(throws([&] { return torch::where(here > 0, there, there); }, two_devices));
    const auto picture = torch::rand({1, 4, 8, 8});
    CHECK(throws(
        [&] {
            return torch::conv2d(picture.to(stand_in::device()), torch::rand({2, 4, 3, 3}));
        },
        two_devices));
    CHECK((there * torch::tensor(2.0F)).cpu().equal(here * 2));
}

static void copies_are_counted() {
    const auto here = torch::rand({4, 4});
    stand_in::reset_counts();
    const auto there = here.to(stand_in::device());
    CHECK(stand_in::counts().to_device == 1 && stand_in::counts().to_host == 0);
    const auto sum = torch::matmul(there, there).add_(1).sum();
    CHECK(stand_in::counts().to_device == 1 && stand_in::counts().to_host == 0);
    CHECK(sum.item<float>() > 0);
    CHECK(stand_in::counts().to_host == 1);
    CHECK(there.cpu().equal(here) && stand_in::counts().to_host == 2);
    std::ignore = torch::linalg_eigh(there);
    std::ignore = (there > 0).nonzero();
    CHECK(stand_in::counts().to_host == 4);
    std::ignore = torch::tensor({1.0F, 2.0F}, there.options());
    CHECK(stand_in::counts().to_device == 2);
}

static void a_copy_that_has_only_begun_is_not_there_yet() {
    const auto here = torch::rand({4, 4});
    stand_in::reset_counts();
    const auto there = here.to(stand_in::device(), /*non_blocking=*/true);
    CHECK(stand_in::counts().begun == 1 && stand_in::counts().to_device == 0);
    CHECK(there.isnan().all().item<bool>());
    c10::Event copied(there.device().type());
    const auto* const driver = c10::impl::getDeviceGuardImpl(there.device().type());
    copied.record(driver->getStreamFromGlobalPool(there.device()));
    copied.synchronize();
    CHECK(stand_in::counts().waits == 1 && there.cpu().equal(here));
}

static void its_memory_can_run_out() {
    const stand_in::MemoryLimit limit(1 << 20);
    const auto fits = torch::empty({1 << 18}, torch::TensorOptions().device(stand_in::device()));
    bool out_of_memory = false;
    try {
        torch::empty({1}, torch::TensorOptions().device(stand_in::device()));
    } catch (const c10::OutOfMemoryError&) {
        out_of_memory = true;
    }
    CHECK(out_of_memory);
}

static void it_can_be_lost() {
    const auto there = torch::ones({4}).to(stand_in::device());
    {
        const stand_in::Failing failing(0, "the device is lost");
        CHECK(throws([&] { return there.add(1); }, "the device is lost"));
    }
    CHECK(there.add(1).cpu().equal(torch::full({4}, 2.0F)));
}

static void it_captures_work_and_does_it_again() {
    const auto x = torch::ones({4, 4}).to(stand_in::device()), sum = torch::zeros({4, 4}).to(x.device());
    torch::Tensor result;
    auto capture = neural_style::new_capture(x.device());
    CHECK(capture && !neural_style::new_capture(torch::kCPU));
    capture->take(x.device(), [&] {
        sum.add_(x);
        result = torch::matmul(x, x);
    });
    // Done once; kept, the second time, without being done.
    CHECK(sum.cpu().equal(torch::ones({4, 4})) && result.isnan().all().item<bool>());
    x.mul_(2);
    capture->replay();
    CHECK(sum.cpu().equal(torch::full({4, 4}, 3.0F)) && result.cpu().equal(torch::full({4, 4}, 16.0F)));
}

static void a_capture_refuses_what_needs_the_processor() {
    const auto x = torch::ones({4}).to(stand_in::device()), here = torch::ones({4});
    const auto refuses = [&](auto work) {
        auto capture = neural_style::new_capture(x.device());
        return throws([&] { capture->take(x.device(), work); }, "when a stream is capturing");
    };
    CHECK(refuses([&] { x.sum().item<float>(); }));
    CHECK(refuses([&] { x.cpu(); }));
    CHECK(refuses([&] { here.to(x.device()); }));
    CHECK(refuses([&] { here.to(x.device(), /*non_blocking=*/true); }));
    CHECK(refuses([&] { (x > 0).nonzero(); }));
    CHECK(refuses([&] { c10::impl::getDeviceGuardImpl(x.device().type())->synchronizeDevice(0); }));
    CHECK(!refuses([&] { x * 2; }));
}

static void a_replay_finds_out_that_memory_was_freed() {
    auto x = torch::ones({4}).to(stand_in::device());
    auto capture = neural_style::new_capture(x.device());
    torch::Tensor result;
    capture->take(x.device(), [&] { result = x * 2; });
    capture->replay();
    x = torch::Tensor();
    CHECK(throws([&] { capture->replay(); }, "memory that has been freed"));
}

int main() {
    return run_tests(
        {TEST(it_computes_what_the_processor_computes), TEST(its_memory_is_closed_to_the_processor),
         TEST(tensors_of_two_devices_do_not_mix), TEST(copies_are_counted),
         TEST(a_copy_that_has_only_begun_is_not_there_yet), TEST(its_memory_can_run_out),
         TEST(it_can_be_lost), TEST(it_captures_work_and_does_it_again),
         TEST(a_capture_refuses_what_needs_the_processor), TEST(a_replay_finds_out_that_memory_was_freed)});
}
