# SPDX-License-Identifier: GPL-3.0-or-later
"""The check for a graphics card says what it lacks, writes results as they come, and cuts off what hangs. Compiler, build and tests
are pretended here: gpu_check_test.py PROJECT"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

PROJECT = pathlib.Path(sys.argv.pop(1))

MESON = """#!/bin/sh
case $1 in
  --version) echo 1.7.0 ;;
  setup) mkdir -p "$2/tests/engine" && touch "$2/build.ninja" && cp "$(dirname "$0")/engine-tests" "$2/tests/engine/" ;;
  introspect) cat "$(dirname "$0")/tests.json" ;;
esac
"""

ENGINE_TESTS = """#!/bin/sh
echo "device $NEURAL_STYLE_TEST_DEVICE"
case $1 in
  good) echo "[       OK ] one"; echo "[       OK ] two"; echo "[  SKIPPED ] three"; echo "[  SKIPPED ] tests: 1 test(s), listed below:"
    echo "[  SKIPPED ] three" ;;
  bad) echo "[       OK ] one"; echo "[ RUN      ] a_promise_that_does_not_hold"; echo "[  ERROR   ] --- 3 is not 4"
    echo "[  FAILED  ] bad: a_promise_that_does_not_hold"; exit 1 ;;
  empty) ;;
  crashing) echo "[ RUN      ] one"; echo "[       OK ] one"; echo "[ RUN      ] a_crash"; kill -SEGV $$ ;;
  objective|controls|engine|hypercolumns) echo "[       OK ] one" ;;
  *) exec sleep 60 ;;
esac
"""


def words_of(cmdline):
    try:
        return cmdline.read_text(errors="replace")
    except OSError:  # it has ended meanwhile
        return ""


class GpuCheckTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.project, self.programs, self.report = (self.folder / name for name in ("project", "programs", "report"))
        (self.project / "scripts").mkdir(parents=True)
        (self.project / "tests/bench").mkdir(parents=True)
        for file in ("scripts/gpu_check.py", "tests/bench/bench_engine.py"):
            shutil.copy(PROJECT / file, self.project / file)
        self.programs.mkdir()
        self.offer("good", "bad", "endless")
        for name, text in (("meson", MESON), ("engine-tests", ENGINE_TESTS), ("ninja", "#!/bin/sh\necho 1.12.1\n"), ("g++", "#!/bin/sh\necho 14.2.0\n")):
            (self.programs / name).write_text(text)
            (self.programs / name).chmod(0o755)

    def offer(self, *groups):
        tests = [{"name": f"engine {group} on the stand-in device"} for group in groups]
        (self.programs / "tests.json").write_text(json.dumps(tests))

    def check(self, *arguments):
        done = subprocess.run([sys.executable, self.project / "scripts/gpu_check.py", "--report", self.report, "--device", "cpu", "--libtorch", "/libtorch",
                               "--jobs", "4", *arguments], capture_output=True, text=True, timeout=60,
                              env=os.environ | {"PATH": f"{self.programs}:{os.environ['PATH']}"})
        return done, (self.report / "report.md").read_text(encoding="utf-8")

    def bring_needs(self):
        for need in ("nlohmann_json", "cmocka", "pictures"):
            (self.project / "subprojects" / need).mkdir(parents=True)

    def test_what_is_missing_is_told_with_what_to_do(self):
        done, report = self.check()
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(report, r"Stopped: .*nlohmann_json is missing: run ./run gpu-needs")

    def test_a_compiler_that_is_missing_is_told(self):
        self.bring_needs()
        (self.programs / "g++").write_text("#!/bin/sh\nexit 127\n")
        done, report = self.check()
        self.assertEqual(done.returncode, 1)
        self.assertIn("Stopped: g++ is missing: install it", report)

    def test_each_group_has_its_row_and_one_that_hangs_is_cut_off(self):
        self.bring_needs()
        done, report = self.check("--minutes", "0.05")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(report, r"\| engine good \| ok \| 2 \| 1 \|")
        self.assertRegex(report, r"\| engine bad \| failed, status 1 \| 1 \| 0 \| a_promise_that_does_not_hold \|")
        self.assertRegex(report, r"\| engine endless \| took too long \|")
        self.assertIn("device cpu", (self.report / "test-engine-good.log").read_text())
        self.assertIn("The time was over", report)
        self.assertIn("engine bad: --- 3 is not 4", report)

    def test_a_crash_is_told_with_the_test_that_it_ended(self):
        self.bring_needs()
        self.offer("crashing")
        done, report = self.check("--minutes", "0.05")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(report, r"\| engine crashing \| failed, status -11 \| 1 \| 0 \| a_crash \(not ended\) \|")

    def test_a_group_without_tests_is_no_success(self):
        self.bring_needs()
        self.offer("empty")
        done, report = self.check("--minutes", "0.05")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(report, r"\| engine empty \| nothing was tested \| 0 \|")

    def test_groups_that_the_time_does_not_reach_are_told(self):
        self.bring_needs()
        self.offer(*(f"endless{i}" for i in range(6)))
        done, report = self.check("--minutes", "0.05")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(report.count("took too long"), 4)
        self.assertEqual(report.count("not begun: the time was over"), 2)

    def test_what_hangs_ends_with_all_that_it_has_started(self):
        self.bring_needs()
        self.offer("good")
        left = self.folder / "left"
        (self.programs / "ninja").write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo 1.12.1 && exit\nsh -c "sleep 50; touch {left}" & echo compiling; wait\n')
        done, report = self.check("--minutes", "0.05")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("failed, status 124", report)
        self.assertIn("compiling", (self.report / "build.log").read_text())
        self.assertFalse([file for file in pathlib.Path("/proc").glob("[0-9]*/cmdline") if str(left) in words_of(file)])


if __name__ == "__main__":
    unittest.main()
