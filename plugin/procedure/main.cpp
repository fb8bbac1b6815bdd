// SPDX-License-Identifier: GPL-3.0-or-later
/// Starts the plug-in: GIMP runs this program anew for every call.
#include "procedure.hpp"

// GIMP_MAIN defines main() in terms of libgimp's macros.
GIMP_MAIN(neural_style_plug_in_get_type())
