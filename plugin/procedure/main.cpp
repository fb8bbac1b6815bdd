// SPDX-License-Identifier: GPL-3.0-or-later
/// Starts the plug-in: GIMP runs this program anew for every call.
#include "gegl_session.hpp"
#include "procedure.hpp"

int main(int count, char** words) {
    neural_style::forbid_tables_of_babl(); // which libgimp initialises
    return gimp_main(neural_style_plug_in_get_type(), count, words);
}
