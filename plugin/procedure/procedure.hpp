// SPDX-License-Identifier: GPL-3.0-or-later
/// The plug-in as GIMP sees it: its procedures, which begin with `plug-in-neural-style`, and their run function.
///
///     return gimp_main(neural_style_plug_in_get_type(), count, words);
#pragma once

#include <libgimp/gimp.h>

G_BEGIN_DECLS
/// The GObject type whose virtual functions register and create the procedure.
GType neural_style_plug_in_get_type(void);
G_END_DECLS
