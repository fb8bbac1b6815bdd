// SPDX-License-Identifier: GPL-3.0-or-later
// The build compiles a header in advance only for a target, and a target has a source.
