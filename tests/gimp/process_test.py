# SPDX-License-Identifier: GPL-3.0-or-later
"""GIMP, plug-in and engine as processes: exit status of batch runs, output, and which process ends with which."""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import traceback

from private_gimp import PrivateGimp, Programs, setting_rows
from running import private_bytes, program_of

programs = Programs.from_environment()
ECHO = programs.echo_engine

PAINT = """(script-fu-use-v3)
(let* ((image (gimp-image-new 400 300 RGB))
       (layer (gimp-layer-new image "Photo" 400 300 RGB-IMAGE 100 LAYER-MODE-NORMAL)))
  (gimp-image-insert-layer image layer -1 0)
  {before}
  (plug-in-neural-style #:run-mode {mode} #:image image #:drawables (vector layer) {arguments})
  (if (not (= (vector-length (gimp-image-get-layers image)) 2)) (error "no new layer")))
"""


def paint(gimp, arguments="", before="", mode="RUN-NONINTERACTIVE", engine=(ECHO,), **environment):
    code = PAINT.format(arguments=arguments, before=before, mode=mode)
    return gimp.run("plug-in-script-fu-eval", code, engine, timeout=120, **environment)


def check(holds, what=""):
    if not holds:
        raise AssertionError(what)


def processes_of(folder):
    """Ids of processes whose environment names this private GIMP; no other process has it."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if f"GIMP3_DIRECTORY={folder}/profile".encode() in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                pass
    return found


def alive(process):
    try:
        return pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def wait_for(what, condition, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s: {what}")


def painting_under_way(gimp, mode="RUN-NONINTERACTIVE"):
    """Starts a painting that would take a minute; returns GIMP, the plug-in and the engine, all of them at work."""
    code = PAINT.format(arguments="", before="", mode=mode)
    log = open(gimp.folder / "log", "w")
    environment = gimp.environment([ECHO, "--updates", "600", "--slow", "100"], NEURAL_STYLE_VERBOSE="1")
    process = subprocess.Popen(gimp.command("plug-in-script-fu-eval", code), env=environment, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=log)

    def at_work():
        check(process.poll() is None, "GIMP ended early")
        return "neural-style: 0 % painting" in (gimp.folder / "log").read_text()

    try:
        wait_for("a painting under way", at_work, 60)
        names = {program_of(number): number for number in processes_of(gimp.folder)}
        return process, names["plug-in-neural-style"], names["echo-engine"]
    except BaseException:
        process.kill()
        raise


def a_painting_ends_the_batch_with_0(gimp):
    done = paint(gimp)
    check(done.returncode == 0, done.stderr)


def missing_arguments_take_their_defaults_and_named_ones_arrive(gimp):
    done = paint(gimp, '#:style "waves" #:quality "draft" #:strength 0.5 #:stroke-size 200 #:size-limit 128 #:seed 3')
    check(done.returncode == 0, done.stderr)


def scripts_can_give_every_kind_of_argument(gimp):
    folder = gimp.folder / "script"
    folder.mkdir()
    # (vector-ref ...) is the layer itself: a drawable like any other.
    done = paint(gimp, '#:style-2 "waves" #:style-drawable-3 layer #:blend "2,1,0.5" #:region-2 layer #:region-3 channel '
                 '#:protect channel #:refine layer #:texture TRUE #:seamless #t #:detail 0.5 #:color-transfer "match" '
                 '#:pooling "average" #:precision "float32" #:averaging 0.9 #:early-stop 0.01 #:memory-limit 4000 '
                 '#:style-layers "layer-1,layer-2" #:layer-weights "1,2" #:content-layers "layer-1" #:style-loss "moments" '
                 f'#:snapshot-every 4 #:snapshot-folder "{folder}/steps" #:losses-file "{folder}/losses.tsv"',
                 before='(define channel (gimp-channel-new image "Mask" 400 300 50 "red")) '
                        '(gimp-image-insert-channel image channel -1 0)')
    check(done.returncode == 0, done.stderr)
    check(sorted(path.name for path in folder.rglob("*.*"))
          == ["losses.tsv", "painting-0001.png", "painting-0002.png"], done.stderr)


def a_notice_of_the_engine_is_a_message_of_gimp(gimp):
    done = paint(gimp, engine=(ECHO, "--notice", "It goes on in smaller tiles."))
    check(done.returncode == 0 and "It goes on in smaller tiles." in done.stderr, done.stderr)


def an_error_fails_the_batch(gimp):
    for arguments in ('#:style "nothing"', f'#:engine "{ECHO} --die-after 2"', '#:engine "/bin/true"',
                      f'#:style-file "{gimp.folder}/missing.png"', "#:iterations -3", "#:seed -1", "#:memory-limit -1",
                      "#:snapshot-every 10001", '#:blend "1,1"', "#:region-2 layer"):
        done = paint(gimp, arguments)
        check(done.returncode == 70, f"{arguments}: status {done.returncode}\n{done.stderr}")


def a_setting_out_of_range_fails_the_batch_and_is_named(gimp):
    rows = json.loads(setting_rows())
    refused = {row["key"]: row["refused"][-1] for row in rows if row["refused"]}
    check(len(refused) >= 10, refused)
    for key, value in refused.items():
        done = paint(gimp, f"#:{key} {value}")
        check(done.returncode == 70 and key in done.stderr, f"{key} {value}: {done.returncode} {done.stderr}")


def interactive_without_a_display_is_an_error_and_no_crash(gimp):
    done = paint(gimp, mode="RUN-INTERACTIVE")
    check(done.returncode == 70)
    check("run the filter non-interactively" in done.stderr, done.stderr)


def a_silent_engine_is_given_up_after_ten_seconds(gimp):
    begin = time.monotonic()
    done = paint(gimp, engine=(ECHO, "--no-hello"))
    check(done.returncode == 70 and "did not answer within 10 seconds" in done.stderr, done.stderr)
    check(10 <= time.monotonic() - begin < 40)


def verbose_runs_say_how_far_they_are_and_what_they_took(gimp):
    done = paint(gimp, engine=(ECHO, "--updates", "5", "--slow", "600"), NEURAL_STYLE_VERBOSE="1")
    lines = [line for line in done.stderr.splitlines() if line.startswith("neural-style:")]
    check("neural-style: 20 % painting 400x300 step 1 of 5" in lines, lines)
    check(lines[-1].startswith("neural-style: painted in ") and lines[-1].endswith(" s on echo"), lines)
    check(len(lines) <= 6, lines)
    quiet = paint(gimp)
    # GIMP's own warnings name "(plug-in-neural-style:PID)".
    check(not any(line.startswith("neural-style:") for line in quiet.stderr.splitlines()), quiet.stderr)


def only_the_selection_and_64_pixels_around_it_are_painted(gimp):
    select = "(gimp-image-select-rectangle image CHANNEL-OP-REPLACE 200 100 30 20)"
    done = paint(gimp, before=select, NEURAL_STYLE_VERBOSE="1")
    check("painting 158x148 " in done.stderr, done.stderr)
    select = "(gimp-image-select-rectangle image CHANNEL-OP-REPLACE 10 0 30 20)"
    done = paint(gimp, before=select, NEURAL_STYLE_VERBOSE="1")
    check("painting 104x84 " in done.stderr, done.stderr)


def a_killed_plug_in_takes_the_engine_along_within_a_second(gimp):
    process, plug_in, engine = painting_under_way(gimp)
    try:
        os.kill(plug_in, signal.SIGKILL)
        wait_for("the engine's end", lambda: not alive(engine), 1)
        check(process.wait(30) == 70, "the batch did not fail")
    finally:
        process.kill()


def a_killed_gimp_takes_plug_in_and_engine_along(gimp):
    process, plug_in, engine = painting_under_way(gimp)
    process.kill()
    wait_for("the plug-in's and the engine's end", lambda: not alive(engine) and not alive(plug_in), 2)
    process.wait()


def a_killed_engine_gets_a_sentence_and_the_batch_fails(gimp):
    process, _, engine = painting_under_way(gimp)
    try:
        os.kill(engine, signal.SIGKILL)
        check(process.wait(30) == 70)
        check("went away" in (gimp.folder / "log").read_text())
    finally:
        process.kill()


SEVERAL = """
import gi, sys
gi.require_version("Gimp", "3.0")
from gi.repository import Gimp
image = Gimp.Image.new(400, 300, Gimp.ImageBaseType.RGB)
layers = [Gimp.Layer.new(image, name, 400, 300, Gimp.ImageType.RGB_IMAGE, 100, Gimp.LayerMode.NORMAL) for name in "ab"]
for layer in layers:
    image.insert_layer(layer, None, 0)
config = Gimp.get_pdb().lookup_procedure("plug-in-neural-style").create_config()
config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
config.set_property("image", image)
config.set_core_object_array("drawables", layers)
config.set_property("output", "new-image")
done = config.get_procedure().run(config)
print("images", len(Gimp.get_images()), "layers", len(image.get_layers()), file=sys.stderr)
"""


def a_cancel_of_gimp_during_the_second_layer_leaves_no_image_behind(gimp):
    log = gimp.folder / "log"
    environment = gimp.environment([ECHO, "--updates", "40", "--slow", "100"], NEURAL_STYLE_VERBOSE="1")
    process = subprocess.Popen(gimp.command("python-fu-eval", SEVERAL), env=environment, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=open(log, "w"))

    def in_second_layer():
        check(process.poll() is None, "GIMP ended early")
        shares = [int(share) for share in re.findall(r"neural-style: (\d+) % painting", log.read_text())]
        return any(later < earlier for earlier, later in zip(shares, shares[1:]))

    try:
        wait_for("the second layer", in_second_layer, 60)
        os.kill(next(number for number in processes_of(gimp.folder) if program_of(number) == "plug-in-neural-style"),
                signal.SIGKILL)  # as GIMP does
        process.wait(30)
        check("images 1 layers 2" in log.read_text(), log.read_text())
    finally:
        process.kill()


def peak_of_plug_in(gimp, code):
    """The most anonymous memory that the plug-in had, in bytes."""
    process = subprocess.Popen(gimp.command("plug-in-script-fu-eval", code), env=gimp.environment([ECHO]),
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        plug_in, peak = None, 0
        while process.poll() is None:
            if plug_in is None:
                plug_in = next((number for number in processes_of(gimp.folder)
                                if program_of(number) == "plug-in-neural-style"), None)
            peak = max(peak, private_bytes(plug_in))
            time.sleep(0.005)
    finally:
        process.kill()
    check(process.returncode == 0, "the batch failed")
    return peak


def a_photo_of_8_bits_costs_the_plug_in_ten_bytes_a_pixel(gimp):
    # Six for the photo and its painting, and three for the new layer; floats would take twelve each.
    width, height = 4000, 3000
    peak = peak_of_plug_in(gimp, PAINT.replace("400 300", f"{width} {height}").format(arguments="", before="", mode="RUN-NONINTERACTIVE"))
    check(peak > 6 * width * height, f"{peak} bytes: nothing was seen")
    check(peak <= 10 * width * height + (48 << 20), f"{peak / 1e6:.0f} MB for {width * height / 1e6:.0f} megapixels")


def a_layer_with_a_mask_and_a_selection_takes_little_memory(gimp):
    if b"__asan_init" in programs.plug_in.read_bytes():  # whose own memory counts
        return
    # Both are converted to be multiplied, for which babl would first try tables of 360 MB (findings/cached-conversions-cost.sh).
    peak = peak_of_plug_in(gimp, PAINT.format(arguments="", mode="RUN-NONINTERACTIVE", before="""
        (gimp-image-convert-precision image PRECISION-U16-NON-LINEAR)
        (gimp-layer-add-mask layer (gimp-layer-create-mask layer ADD-MASK-WHITE))
        (gimp-image-select-rectangle image CHANNEL-OP-REPLACE 10 10 200 100)"""))
    check(1 << 20 < peak < 48 << 20, f"{peak / 1e6:.0f} MB")


EFFECT = '(gimp-drawable-append-filter layer (gimp-drawable-filter-new layer "neural-style:paint" "Painted"))'
OPERATIONS = os.environ["GEGL_PATH"].split(":")  # ours are not among them where the build is sanitized


def a_layer_that_is_a_painting_already_is_told(gimp):
    if len(OPERATIONS) < 2:
        return
    done = paint(gimp, before=EFFECT, NEURAL_STYLE_DATA=str(programs.data))
    check(done.returncode == 0 and "A layer has the Neural Style Effect" in done.stderr, done.stderr)
    check("Neural Style Effect" not in paint(gimp).stderr)


def an_image_with_the_effect_opens_where_it_is_not_installed(gimp):
    if len(OPERATIONS) < 2:
        return
    file = gimp.folder / "effect.xcf"
    saved = gimp.run("plug-in-script-fu-eval", f"""(script-fu-use-v3)
        (let* ((image (gimp-image-new 60 40 RGB))
               (layer (gimp-layer-new image "Photo" 60 40 RGB-IMAGE 100 LAYER-MODE-NORMAL)))
          (gimp-image-insert-layer image layer -1 0)
          {EFFECT}
          (gimp-file-save RUN-NONINTERACTIVE image "{file}" -1))""", [ECHO], NEURAL_STYLE_DATA=str(programs.data))
    check(saved.returncode == 0 and b"neural-style:paint" in file.read_bytes(), saved.stderr)
    opened = gimp.run("plug-in-script-fu-eval", f"""(script-fu-use-v3)
        (if (not (= (vector-length (gimp-image-get-layers (gimp-file-load RUN-NONINTERACTIVE "{file}"))) 1)) (error "no layer"))""",
                      [ECHO], GEGL_PATH=OPERATIONS[0])
    check(opened.returncode == 0 and re.search(r"filter\b.* is not installed", opened.stderr), opened.stderr)


def has_libtorch(process):
    try:
        return "libtorch_cpu" in pathlib.Path(f"/proc/{process}/maps").read_text()
    except OSError:
        return False


def the_layer_effect_and_the_plug_in_share_the_installed_engine(gimp):
    if len(OPERATIONS) < 2 or not pathlib.Path(os.environ["NEURAL_STYLE_TEST_INSTALLED_ENGINE"]).exists():
        return
    runtime = gimp.folder / "runtime"
    runtime.mkdir(mode=0o700)
    # Reading what is seen of the layer renders the effect, which keeps its engine's process for a minute.
    code = PAINT.format(arguments='#:quality "instant"', before=EFFECT, mode="RUN-NONINTERACTIVE")
    environment = gimp.environment(NEURAL_STYLE_DATA=str(programs.data), XDG_RUNTIME_DIR=str(runtime))
    process = subprocess.Popen(gimp.command("plug-in-script-fu-eval", code), env=environment, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    clients, with_libtorch = set(), set()
    try:
        while process.poll() is None:
            engines = [number for number in processes_of(gimp.folder) if program_of(number) == "neural-style-engine"]
            large = {number for number in engines if has_libtorch(number)}
            with_libtorch |= large
            clients |= set(engines) - large
            time.sleep(0.01)
        check(process.returncode == 0, "the batch failed")
        check(len(with_libtorch) == 1 and len(clients - with_libtorch) == 2, f"{with_libtorch} paint for {clients - with_libtorch}")
        check(alive(next(iter(with_libtorch))), "it ended with its clients")
    finally:
        process.kill()
        for engine in with_libtorch:
            if alive(engine):
                os.kill(engine, signal.SIGKILL)


CASES = [a_painting_ends_the_batch_with_0, missing_arguments_take_their_defaults_and_named_ones_arrive,
         scripts_can_give_every_kind_of_argument, a_notice_of_the_engine_is_a_message_of_gimp,
         an_error_fails_the_batch, a_setting_out_of_range_fails_the_batch_and_is_named, interactive_without_a_display_is_an_error_and_no_crash, a_silent_engine_is_given_up_after_ten_seconds,
         verbose_runs_say_how_far_they_are_and_what_they_took, only_the_selection_and_64_pixels_around_it_are_painted,
         a_killed_plug_in_takes_the_engine_along_within_a_second, a_killed_gimp_takes_plug_in_and_engine_along,
         a_killed_engine_gets_a_sentence_and_the_batch_fails,
         a_cancel_of_gimp_during_the_second_layer_leaves_no_image_behind, a_photo_of_8_bits_costs_the_plug_in_ten_bytes_a_pixel,
         a_layer_with_a_mask_and_a_selection_takes_little_memory,
         a_layer_that_is_a_painting_already_is_told, an_image_with_the_effect_opens_where_it_is_not_installed,
         the_layer_effect_and_the_plug_in_share_the_installed_engine]

failed = 0
with PrivateGimp(programs) as private:
    for case in CASES:
        try:
            case(private)
            print(f"ok {case.__name__}", file=sys.stderr)
        except Exception:
            failed += 1
            print(f"FAILED {case.__name__}\n{traceback.format_exc()}", file=sys.stderr)
sys.exit(1 if failed else 0)
