// SPDX-License-Identifier: GPL-3.0-or-later
#include "recording.hpp"

#include <algorithm>
#include <cstring>
#include <torch/torch.h>

namespace tests::stand_in {

namespace {

Recording*& current() {
    thread_local Recording* current = nullptr;
    return current;
}

// Of all bits, which is not a number in every floating type.
constexpr int not_a_number = 0xff;

// Calls with the memory of a tensor's storage, open.
template <typename Work>
void with_bytes(const at::Tensor& tensor, Work work) {
    const Opened opened(tensor);
    work(static_cast<char*>(tensor.storage().mutable_data()), tensor.storage().nbytes());
}

void put(const at::Tensor& from, const at::Tensor& to) {
    if (from.storage().data() == to.storage().data())
        return; // it was computed in place
    Opened source(from), target(to);
    (*target).copy_(*source);
}

std::vector<at::Tensor> tensors_of(const c10::IValue& value) {
    if (value.isTensor())
        return {value.toTensor()};
    return value.isTensorList() ? value.toTensorVector() : std::vector<at::Tensor>();
}

// An argument as a replay needs it.
std::function<c10::IValue()> saved_argument(const Recording& recording, const c10::IValue& value) {
    std::vector<SavedTensor> saved;
    for (const auto& tensor : tensors_of(value))
        saved.push_back(recording.saved(tensor));
    if (value.isTensor())
        return [saved] { return c10::IValue(saved.front().tensor()); };
    if (value.isTensorList())
        return [saved] {
            c10::List<at::Tensor> list;
            for (const auto& each : saved)
                list.push_back(each.tensor());
            return c10::IValue(list);
        };
    return [value] { return value; };
}

std::vector<at::Tensor> results_of(const c10::OperatorHandle& operation, const torch::jit::Stack& stack) {
    std::vector<at::Tensor> results;
    for (const auto& value : torch::jit::last(stack, operation.schema().returns().size()))
        for (const auto& tensor : tensors_of(value))
            results.push_back(tensor);
    return results;
}

} // namespace

SavedTensor::SavedTensor(const at::Tensor& tensor, bool owned) {
    if (!tensor.defined() || owned) {
        kept_ = tensor;
        return;
    }
    if (!tensor.is_privateuseone()) {
        kept_ = tensor.clone();
        return;
    }
    storage_ = tensor.storage().getWeakStorageImpl();
    type_ = tensor.scalar_type();
    sizes_ = tensor.sizes().vec();
    strides_ = tensor.strides().vec();
    offset_ = tensor.storage_offset();
}

at::Tensor SavedTensor::tensor() const {
    if (!storage_)
        return kept_;
    auto storage = storage_->lock();
    TORCH_CHECK(storage, "a captured operation uses memory that has been freed since");
    auto tensor = at::detail::make_tensor<c10::TensorImpl>(c10::Storage(std::move(storage)),
                                                           c10::DispatchKeySet(c10::DispatchKey::PrivateUse1),
                                                           c10::scalarTypeToTypeMeta(type_));
    tensor.unsafeGetTensorImpl()->set_sizes_and_strides(sizes_, strides_, offset_);
    return tensor;
}

Recording* Recording::of_this_thread() {
    return current();
}

void Recording::refuse(std::string_view what) {
    TORCH_CHECK(!current(), "operation not permitted when a stream is capturing: ", what);
}

Recording::Taking::Taking(Recording& recording) : recording_(&recording) {
    current() = recording_;
}

Recording::Taking::~Taking() {
    current() = nullptr;
    recording_->undo();
}

bool Recording::owns(const at::Tensor& tensor) const {
    return tensor.defined() && tensor.is_privateuseone() && own_.contains(tensor.storage().data());
}

SavedTensor Recording::saved(const at::Tensor& tensor) const {
    return {tensor, owns(tensor)};
}

void Recording::overwrites(const at::Tensor& tensor) {
    const auto is_same = [&](const Bytes& other) {
        return other.tensor.storage().data() == tensor.storage().data();
    };
    if (!tensor.defined() || !tensor.is_privateuseone() || owns(tensor) ||
        std::ranges::any_of(before_, is_same))
        return;
    with_bytes(tensor, [&](const char* start, std::size_t count) {
        before_.push_back({tensor, {start, start + count}});
    });
}

void Recording::add(std::function<std::vector<at::Tensor>()> again, const std::vector<at::Tensor>& made) {
    auto& operation = operations_.emplace_back(Operation{std::move(again), {}});
    for (const auto& tensor : made) {
        operation.made.push_back(saved(tensor));
        if (owns(tensor))
            made_.push_back(tensor);
    }
}

void Recording::undo() {
    for (const auto& tensor : made_)
        with_bytes(tensor, [](char* start, std::size_t count) { std::memset(start, not_a_number, count); });
    for (const auto& [tensor, bytes] : before_)
        with_bytes(tensor, [&](char* start, std::size_t) { std::ranges::copy(bytes, start); });
    before_.clear();
    made_.clear();
}

void Recording::replay() const {
    for (const auto& operation : operations_) {
        const auto again = operation.again();
        for (std::size_t i = 0; i < again.size(); ++i)
            if (again[i].defined())
                put(again[i], operation.made[i].tensor());
    }
}

void record_boxed(const c10::OperatorHandle& operation, torch::jit::Stack* stack,
                  const std::function<void(torch::jit::Stack*)>& compute) {
    auto* const recording = Recording::of_this_thread();
    if (!recording) {
        compute(stack);
        return;
    }
    const auto& arguments = operation.schema().arguments();
    std::vector<std::function<c10::IValue()>> saved;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const auto& value = torch::jit::peek(*stack, i, arguments.size());
        saved.push_back(saved_argument(*recording, value));
        if (const auto* alias = arguments[i].alias_info(); alias && alias->isWrite())
            for (const auto& tensor : tensors_of(value))
                recording->overwrites(tensor);
    }
    compute(stack);
    recording->add(
        [operation, saved, compute] {
            torch::jit::Stack again;
            for (const auto& argument : saved)
                again.push_back(argument());
            compute(&again);
            return results_of(operation, again);
        },
        results_of(operation, *stack));
}

} // namespace tests::stand_in
