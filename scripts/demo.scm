; SPDX-License-Identifier: GPL-3.0-or-later
; Opens demo-photo, lets the plug-in paint it as The Starry Night on a new layer, saves both layers to demo-xcf and
; the painting to demo-png. The three names are defined by the caller. An error ends GIMP with a non-zero status.
(script-fu-use-v3)
(let* ((image (gimp-file-load RUN-NONINTERACTIVE demo-photo))
       (photo (vector-ref (gimp-image-get-layers image) 0)))
  (plug-in-neural-style #:run-mode RUN-NONINTERACTIVE #:image image #:drawables (vector photo)
                        #:style "starry-night")
  (if (< (vector-length (gimp-image-get-layers image)) 2)
      (error "the plug-in has added no layer"))
  (gimp-file-save RUN-NONINTERACTIVE image demo-xcf -1)
  (gimp-file-save RUN-NONINTERACTIVE image demo-png -1))
