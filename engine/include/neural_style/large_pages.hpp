// SPDX-License-Identifier: GPL-3.0-or-later
/// Lets a program that holds large tensors use pages of 2 MB: where the kernel gives them only to those who
/// ask, it zeroes 512 times as many pages otherwise, one fault each, which takes half of a painting of one
/// pass.
///
///     [[gnu::section(".preinit_array"), gnu::used]] static const auto first_of_all =
///     &neural_style::use_large_pages;
///
/// The C library asks for them when its environment says so while it starts (glibc.malloc.hugetlb, "Memory
/// Allocation Tunables" in its manual), and at no other time. So the program starts itself again with that
/// environment, before the constructors of its libraries: LibTorch's alone take half a second.
#pragma once

namespace neural_style {

/// Returns where nothing is to be gained: the kernel gives large pages to all or to none, the environment
/// says something about them already, or the program is watched by a sanitizer. Arguments as for main().
void use_large_pages(int count, char** arguments, char** environment);

} // namespace neural_style
