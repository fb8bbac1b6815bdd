// SPDX-License-Identifier: GPL-3.0-or-later
#include "device.hpp"

#include "capture.hpp"
#include "memory.hpp"
#include "recording.hpp"

#include <ATen/EmptyTensor.h>
#include <ATen/detail/PrivateUse1HooksInterface.h>
#include <ATen/native/CPUFallback.h>
#include <ATen/ops/as_strided_native.h>
#include <ATen/ops/unfold_native.h>
#include <ATen/ops/view_as_complex_native.h>
#include <ATen/ops/view_as_real_native.h>
#include <ATen/ops/view_native.h>
#include <algorithm>
#include <array>
#include <atomic>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <deque>
#include <limits>
#include <mutex>
#include <string_view>
#include <torch/library.h>
#include <torch/torch.h>
#include <utility>
#include <vector>

namespace tests::stand_in {

namespace {

constexpr auto key = c10::DispatchKey::PrivateUse1;
constexpr auto key_type = c10::DeviceType::PrivateUse1;

struct Numbers {
    std::atomic<std::int64_t> operations, to_device, to_host, begun, waits, captures, replays;
    std::atomic<std::int64_t> left = std::numeric_limits<std::int64_t>::max(); // until they fail
    std::mutex mutex;
    std::string message;
};
Numbers& numbers() {
    static auto* const only = new Numbers;
    return *only;
}

void count_operation() {
    ++numbers().operations;
    if (--numbers().left < 0) {
        const std::lock_guard lock(numbers().mutex);
        TORCH_CHECK(false, numbers().message);
    }
}

// As long as it lives, what this thread copies is part of a kernel, and not counted.
class Kernel {
  public:
    Kernel() : was_in_one_(std::exchange(in_one(), true)) {}
    ~Kernel() { in_one() = was_in_one_; }
    Kernel(const Kernel&) = delete;
    Kernel& operator=(const Kernel&) = delete;
    static bool& in_one() {
        thread_local bool in_one = false;
        return in_one;
    }

  private:
    bool was_in_one_;
};

// How many of these devices there are, and which of them have no kernels.
struct Cards {
    std::atomic<int> count = 1, broken = 0;
};
Cards& cards() {
    static auto* const only = new Cards;
    return *only;
}

// All have the same memory.
struct DeviceAllocator final : c10::Allocator {
    explicit DeviceAllocator(c10::DeviceIndex index) : card{key_type, index} {}
    c10::DataPtr allocate(std::size_t bytes) override {
        TORCH_CHECK(card.index() >= cards().broken, "no kernel image is available for execution on ", card);
        void* start = memory().allocate(bytes);
        if (auto* const recording = Recording::of_this_thread())
            recording->allocated(start);
        return {start, start, raw_deleter(), card};
    }
    c10::DeleterFnPtr raw_deleter() const override {
        return [](void* start) {
            if (start)
                memory().release(start);
        };
    }
    void copy_data(void* to, const void* from, std::size_t bytes) const override {
        memory().open(to, 1);
        memory().open(const_cast<void*>(from), 1);
        default_copy_data(to, from, bytes);
        memory().open(const_cast<void*>(from), -1);
        memory().open(to, -1);
    }
    c10::Device card;
};
constexpr c10::DeviceIndex most_cards = 2;
std::array<DeviceAllocator, most_cards> allocators{DeviceAllocator(0), DeviceAllocator(1)};

DeviceAllocator& allocator_of(std::optional<at::Device> card) {
    return allocators.at(card && card->has_index() ? std::size_t(card->index()) : 0);
}

at::Tensor empty(at::IntArrayRef size, std::optional<at::ScalarType> type, std::optional<at::Layout>,
                 std::optional<at::Device> card, std::optional<bool>,
                 std::optional<at::MemoryFormat> format) {
    return at::detail::empty_generic(size, &allocator_of(card), c10::DispatchKeySet(key),
                                     c10::dtype_or_default(type), format);
}

at::Tensor empty_strided(at::IntArrayRef size, at::IntArrayRef strides, std::optional<at::ScalarType> type,
                         std::optional<at::Layout>, std::optional<at::Device> card, std::optional<bool>) {
    return at::detail::empty_strided_generic(size, strides, &allocator_of(card), c10::DispatchKeySet(key),
                                             c10::dtype_or_default(type));
}

// Copies that nobody has waited for have not begun: until then their targets are NaN.
class Begun {
  public:
    void add(const at::Tensor& from, const at::Tensor& to) {
        {
            Opened target(to);
            if (to.is_floating_point())
                (*target).fill_(std::numeric_limits<double>::quiet_NaN());
        }
        const std::lock_guard lock(mutex_);
        copies_.emplace_back(from, to);
        ++count_;
    }
    std::int64_t count() const {
        const std::lock_guard lock(mutex_);
        return count_;
    }
    // The first `count` of all.
    void end(std::int64_t count) {
        const std::lock_guard lock(mutex_);
        for (; count_ - std::int64_t(copies_.size()) < count && !copies_.empty(); copies_.pop_front()) {
            Opened source(copies_.front().first), target(copies_.front().second);
            (*target).copy_(*source);
        }
    }

  private:
    mutable std::mutex mutex_;
    std::deque<std::pair<at::Tensor, at::Tensor>> copies_;
    std::int64_t count_ = 0;
};
Begun& begun() {
    static auto* const only = new Begun;
    return *only;
}

at::Tensor copy_from(const at::Tensor& from, const at::Tensor& to, bool non_blocking) {
    auto* const recording = Kernel::in_one() ? nullptr : Recording::of_this_thread();
    if (!from.is_privateuseone() || !to.is_privateuseone())
        if (recording)
            Recording::refuse("a copy from or to the processor's memory");
    if (non_blocking && !Kernel::in_one() && from.is_privateuseone() != to.is_privateuseone()) {
        count_operation();
        ++numbers().begun;
        begun().add(from, to);
        return to;
    }
    if (!Kernel::in_one()) {
        count_operation();
        if (!from.is_privateuseone())
            ++numbers().to_device;
        if (!to.is_privateuseone())
            ++numbers().to_host;
    }
    const auto compute = [](const at::Tensor& from, const at::Tensor& to) {
        Opened source(from), target(to);
        (*target).copy_(*source);
        return to;
    };
    if (!recording)
        return compute(from, to);
    recording->overwrites(to);
    return recorded(compute, from, to);
}

const at::Tensor& resize_storage(const at::Tensor& tensor, at::IntArrayRef size,
                                 std::optional<at::MemoryFormat> format) {
    auto* const impl = tensor.unsafeGetTensorImpl();
    impl->set_sizes_contiguous(size);
    if (format && *format != at::MemoryFormat::Preserve)
        impl->empty_tensor_restride(*format);
    const auto needed = at::detail::computeStorageNbytes(tensor.sizes(), tensor.strides(), tensor.itemsize(),
                                                         std::size_t(tensor.storage_offset()));
    const auto& storage = tensor.storage();
    if (needed > storage.nbytes()) {
        auto& allocator = allocator_of(tensor.device());
        auto larger = allocator.allocate(needed);
        if (storage.nbytes() > 0)
            allocator.copy_data(larger.get(), storage.data(), storage.nbytes());
        storage.unsafeGetStorageImpl()->set_data_ptr_noswap(std::move(larger));
        storage.unsafeGetStorageImpl()->set_nbytes(needed);
    }
    return tensor;
}

at::Tensor copy_from_and_resize(const at::Tensor& from, const at::Tensor& to) {
    if (to.sizes() != from.sizes()) // otherwise its strides stay
        resize_storage(to, from.sizes(), std::nullopt);
    return copy_from(from, to, false);
}

at::Scalar local_scalar_dense(const at::Tensor& tensor) {
    Recording::refuse("a number for the processor");
    count_operation();
    ++numbers().to_host;
    Opened opened(tensor);
    return (*opened).item();
}

at::Tensor view(const at::Tensor& tensor, at::IntArrayRef size) {
    return at::native::view(tensor, size);
}

at::Tensor reshape_alias(const at::Tensor& tensor, at::IntArrayRef size, at::IntArrayRef strides) {
    return at::native::as_strided_tensorimpl(tensor, size, strides, tensor.storage_offset());
}

at::Tensor as_strided(const at::Tensor& tensor, at::IntArrayRef size, at::IntArrayRef strides,
                      std::optional<std::int64_t> offset) {
    return at::native::as_strided_tensorimpl(tensor, size, strides, offset);
}

at::Tensor& set_storage(at::Tensor& tensor, at::Storage storage, std::int64_t offset, at::IntArrayRef size,
                        at::IntArrayRef strides) {
    auto* const impl = tensor.unsafeGetTensorImpl();
    impl->set_storage_keep_dtype(std::move(storage));
    impl->set_storage_offset(offset);
    if (strides.empty() && !size.empty())
        impl->set_sizes_contiguous(size);
    else
        impl->set_sizes_and_strides(size, strides);
    return tensor;
}

at::Tensor& set_tensor(at::Tensor& tensor, const at::Tensor& source) {
    return set_storage(tensor, source.storage(), source.storage_offset(), source.sizes(), source.strides());
}

void record_stream(at::Tensor&, c10::Stream) {}

void check_same_device(std::string_view what, std::initializer_list<const at::Tensor*> tensors) {
    for (const auto* tensor : tensors)
        TORCH_CHECK(!tensor->defined() || tensor->is_privateuseone(),
                    "Expected all tensors to be on the same device, but ", what,
                    " found at least two devices, standin:0 and cpu!");
}

at::Tensor convolution(const at::Tensor& in, const at::Tensor& weight, const std::optional<at::Tensor>& bias,
                       at::IntArrayRef stride, at::IntArrayRef padding, at::IntArrayRef dilation,
                       bool transposed, at::IntArrayRef output_padding, std::int64_t groups) {
    count_operation();
    const at::Tensor b = bias.value_or(at::Tensor());
    check_same_device("convolution", {&in, &weight, &b});
    const auto compute = [stride = stride.vec(), padding = padding.vec(), dilation = dilation.vec(),
                          transposed, output_padding = output_padding.vec(),
                          groups](const at::Tensor& in, const at::Tensor& weight, const at::Tensor& b) {
        const Kernel kernel;
        Opened x(in), w(weight), c(b.defined() ? b : at::Tensor(at::empty({0})));
        const auto out = at::convolution(*x, *w, b.defined() ? *c : at::Tensor(), stride, padding, dilation,
                                         transposed, output_padding, groups);
        return out.contiguous(in.suggest_memory_format()).to(in.device()); // as on a graphics card
    };
    return recorded(compute, in, weight, b);
}

std::tuple<at::Tensor, at::Tensor, at::Tensor>
convolution_backward(const at::Tensor& gradient, const at::Tensor& in, const at::Tensor& weight,
                     at::IntArrayRef stride, at::IntArrayRef padding, at::IntArrayRef dilation,
                     bool transposed, at::IntArrayRef output_padding, std::int64_t groups,
                     std::array<bool, 3> wanted) {
    count_operation();
    Recording::refuse("convolution_backward, which no capture here needs");
    check_same_device("convolution_backward", {&gradient, &in, &weight});
    const Kernel kernel;
    Opened g(gradient), x(in), w(weight);
    const std::vector<std::int64_t> bias{transposed ? weight.size(1) * groups : weight.size(0)};
    auto [to_in, to_weight, to_bias] =
        at::convolution_backward(*g, *x, *w, at::OptionalIntArrayRef(bias), stride, padding, dilation,
                                 transposed, output_padding, groups, wanted);
    const auto there = [&](const at::Tensor& tensor) {
        return tensor.defined() ? tensor.to(in.device()) : tensor;
    };
    return {there(to_in), there(to_weight), there(to_bias)};
}

// As on graphics cards, single numbers and indices may be elsewhere.
bool may_lie_elsewhere(const at::Tensor& tensor) {
    return !tensor.defined() || tensor.dim() == 0;
}

// On a graphics card the processor has to know what came out before it can go on: how many there are, or
// whether it could be computed.
bool waits(std::string_view operation) {
    return std::ranges::contains(
        std::array<std::string_view, 10>{"aten::nonzero", "aten::masked_select", "aten::_unique2",
                                         "aten::unique_dim", "aten::equal", "aten::_linalg_eigh",
                                         "aten::_linalg_svd", "aten::linalg_qr", "aten::linalg_cholesky",
                                         "aten::linalg_inv"},
        operation);
}

// Whether it can compute in the device's own memory: it has tensors alone, changes the size of none, and is
// no factory, whose device is an argument.
bool computes_in_place(const c10::OperatorHandle& operation, c10::ArrayRef<c10::IValue> arguments) {
    if (operation.schema().overload_name().contains("out"))
        return false;
    return std::ranges::none_of(arguments, [](const c10::IValue& argument) {
        return argument.isDevice() ||
               (argument.isList() && !argument.isTensorList() && !argument.isIntList() &&
                !argument.isDoubleList() && !argument.isBoolList());
    });
}

// Puts another tensor in the place of each.
template <typename Other>
void each_tensor(c10::IValue& value, Other other) {
    if (value.isTensor()) {
        value = other(value.toTensor());
    } else if (value.isTensorList()) {
        c10::List<at::Tensor> list;
        for (const auto& tensor : value.toTensorVector())
            list.push_back(other(tensor));
        value = list;
    }
}

// The CPU's kernel on the device's memory. What it makes is brought there.
void compute_in_place(const c10::OperatorHandle& operation, torch::jit::Stack* stack, std::size_t arguments) {
    std::deque<Opened> opened;
    std::vector<std::pair<at::Tensor, at::Tensor>> pairs; // there, and here
    const auto open = [&](const at::Tensor& tensor) {
        if (!tensor.defined() || !tensor.is_privateuseone())
            return tensor;
        pairs.emplace_back(tensor, *opened.emplace_back(tensor));
        return pairs.back().second;
    };
    for (auto argument = stack->end() - std::ptrdiff_t(arguments); argument != stack->end(); ++argument)
        each_tensor(*argument, open);
    operation.redispatchBoxed(c10::DispatchKeySet(c10::DispatchKey::CPU), stack);
    const auto bring = [&](const at::Tensor& tensor) {
        for (const auto& [there, here] : pairs)
            if (here.is_same(tensor))
                return there;
        return tensor.defined() && tensor.is_cpu() ? tensor.to(pairs.front().first.device()) : tensor;
    };
    const auto results = operation.schema().returns().size();
    for (auto result = stack->end() - std::ptrdiff_t(results); result != stack->end(); ++result)
        each_tensor(*result, bring);
}

void fallback(const c10::OperatorHandle& operation, torch::jit::Stack* stack) {
    count_operation();
    const auto& name = operation.schema().name();
    const auto wanted = operation.schema().arguments().size();
    bool here = false, there = false;
    const auto see = [&](const at::Tensor& tensor) {
        if (may_lie_elsewhere(tensor))
            return;
        (tensor.is_privateuseone() ? there : here) = true;
    };
    for (const auto& argument : torch::jit::last(*stack, wanted)) {
        if (argument.isTensor())
            see(argument.toTensor());
        else if (argument.isTensorList())
            for (const auto& tensor : argument.toTensorVector())
                see(tensor);
    }
    TORCH_CHECK(!here || !there, "Expected all tensors to be on the same device, but ", name,
                " found at least two devices, standin:0 and cpu!");
    if (waits(name)) {
        Recording::refuse(name);
        ++numbers().to_host;
    }
    const bool in_place = there && computes_in_place(operation, torch::jit::last(*stack, wanted));
    record_boxed(operation, stack, [operation, in_place, wanted](torch::jit::Stack* arguments) {
        const Kernel kernel;
        if (in_place)
            compute_in_place(operation, arguments, wanted);
        else
            at::native::cpu_fallback(operation, arguments);
    });
}

constexpr c10::StreamId copying_stream = 1;

c10::StreamId& current_stream() {
    thread_local c10::StreamId current = 0;
    return current;
}

c10::Stream default_stream(c10::Device of) {
    return c10::Stream(c10::Stream::DEFAULT, of);
}

struct Guard final : c10::impl::DeviceGuardImplInterface {
    c10::DeviceType type() const override { return key_type; }
    c10::Device exchangeDevice(c10::Device) const override { return device(); }
    c10::Device getDevice() const override { return device(); }
    void setDevice(c10::Device) const override {}
    void uncheckedSetDevice(c10::Device) const noexcept override {}
    c10::Stream getStream(c10::Device of) const noexcept override {
        return c10::Stream(c10::Stream::UNSAFE, of, current_stream());
    }
    c10::Stream getStreamFromGlobalPool(c10::Device of, bool) const override {
        return c10::Stream(c10::Stream::UNSAFE, of, copying_stream);
    }
    c10::Stream getDefaultStream(c10::Device of) const override { return default_stream(of); }
    c10::Stream getNewStream(c10::Device of, int) const override { return default_stream(of); }
    c10::Stream exchangeStream(c10::Stream stream) const noexcept override {
        return c10::Stream(c10::Stream::UNSAFE, stream.device(),
                           std::exchange(current_stream(), stream.id()));
    }
    c10::DeviceIndex deviceCount() const noexcept override { return c10::DeviceIndex(cards().count.load()); }
    // An event is the number of copies that had been begun.
    void record(void** event, const c10::Stream&, c10::DeviceIndex, c10::EventFlag) const override {
        delete static_cast<std::int64_t*>(*event);
        *event = new std::int64_t(begun().count());
    }
    void block(void* event, const c10::Stream& stream) const override {
        if (stream.id() != copying_stream)
            end(event);
    }
    void destroyEvent(void* event, c10::DeviceIndex) const noexcept override {
        delete static_cast<std::int64_t*>(event);
    }
    bool queryEvent(void*) const override { return true; }
    bool queryStream(const c10::Stream&) const override { return true; }
    void synchronizeStream(const c10::Stream& stream) const override {
        synchronizeDevice(stream.device_index());
    }
    void synchronizeEvent(void* event) const override {
        Recording::refuse("a wait of the processor");
        ++numbers().waits;
        end(event);
    }
    void synchronizeDevice(c10::DeviceIndex) const override {
        Recording::refuse("a wait of the processor");
        begun().end(begun().count());
    }

  private:
    static void end(void* event) {
        if (event)
            begun().end(*static_cast<std::int64_t*>(event));
    }
};
C10_REGISTER_GUARD_IMPL(PrivateUse1, Guard)

struct Hooks final : at::PrivateUse1HooksInterface {
    bool hasPrimaryContext(c10::DeviceIndex) const override { return true; }
    const at::Generator& getDefaultGenerator(c10::DeviceIndex) const override {
        return at::globalContext().defaultGenerator(c10::Device(c10::kCPU));
    }
    at::Allocator* getPinnedMemoryAllocator() const override {
        return c10::GetAllocator(c10::DeviceType::CPU);
    }
};

std::atomic<CaptureFault>& capture_fault() {
    static auto* const only = new std::atomic<CaptureFault>(CaptureFault::none);
    return *only;
}

class StandInCapture final : public neural_style::Capture {
  public:
    void take(torch::Device, const std::function<void()>& work) override {
        work();
        const Recording::Taking taking(recording_);
        work();
        TORCH_CHECK(capture_fault() != CaptureFault::refused, "this capture is refused");
        ++numbers().captures;
    }
    void replay() override {
        count_operation();
        ++numbers().replays;
        if (capture_fault() == CaptureFault::empty || (capture_fault() == CaptureFault::stale && replayed_))
            return;
        replayed_ = true;
        const Kernel kernel;
        recording_.replay();
    }

  private:
    Recording recording_;
    bool replayed_ = false;
};

using neural_style::Captures;
using neural_style::RegistererCaptures;
C10_REGISTER_TYPED_CLASS(Captures, key_type, StandInCapture)

const bool registered = [] {
    c10::SetAllocator(key_type, allocators.data());
    c10::register_privateuse1_backend("standin");
    at::RegisterPrivateUse1HooksInterface(new Hooks);
    return true;
}();

} // namespace

TORCH_LIBRARY_IMPL(_, PrivateUse1, library) {
    library.fallback(torch::CppFunction::makeFromBoxedFunction<&fallback>());
}

TORCH_LIBRARY_IMPL(aten, PrivateUse1, library) {
    library.impl("empty.memory_format", &empty);
    library.impl("empty_strided", &empty_strided);
    library.impl("_copy_from", &copy_from);
    library.impl("_copy_from_and_resize", &copy_from_and_resize);
    library.impl("resize_", &resize_storage);
    library.impl("_local_scalar_dense", &local_scalar_dense);
    library.impl("as_strided", &as_strided);
    library.impl("view", &view);
    library.impl("_reshape_alias", &reshape_alias);
    library.impl("record_stream", &record_stream);
    library.impl("unfold", &at::native::unfold);
    library.impl("view_as_real", &at::native::view_as_real);
    library.impl("view_as_complex", &at::native::view_as_complex);
    library.impl("set_.source_Storage_storage_offset", &set_storage);
    library.impl("set_.source_Tensor", &set_tensor);
    library.impl("convolution_overrideable", &convolution);
    library.impl("convolution_backward_overrideable", &convolution_backward);
}

torch::Device device() {
    return {key_type, 0};
}

Counts counts() {
    return {.operations = numbers().operations,
            .to_device = numbers().to_device,
            .to_host = numbers().to_host,
            .begun = numbers().begun,
            .waits = numbers().waits,
            .captures = numbers().captures,
            .replays = numbers().replays,
            .peak_bytes = memory().peak()};
}

void reset_counts() {
    numbers().operations = numbers().to_device = numbers().to_host = numbers().begun = numbers().waits = 0;
    numbers().captures = numbers().replays = 0;
    memory().reset_peak();
}

MemoryLimit::MemoryLimit(std::uint64_t bytes) {
    memory().limit(bytes);
}
MemoryLimit::~MemoryLimit() {
    memory().limit(std::numeric_limits<std::uint64_t>::max());
}

TwoCards::TwoCards(int broken) {
    cards().count = most_cards;
    cards().broken = broken;
}
TwoCards::~TwoCards() {
    cards().count = 1;
    cards().broken = 0;
}

FaultyCaptures::FaultyCaptures(CaptureFault fault) {
    capture_fault() = fault;
}
FaultyCaptures::~FaultyCaptures() {
    capture_fault() = CaptureFault::none;
}

Failing::Failing(std::int64_t operations, std::string message) {
    const std::lock_guard lock(numbers().mutex);
    numbers().message = std::move(message);
    numbers().left = operations;
}
Failing::~Failing() {
    numbers().left = std::numeric_limits<std::int64_t>::max();
}

} // namespace tests::stand_in
