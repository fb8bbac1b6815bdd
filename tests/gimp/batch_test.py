# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs one script of cases inside GIMP: batch_test.py SCRIPT ENGINE [ARGUMENT...].

NEURAL_STYLE_TEST_CASE=words runs only the cases with these words in their names; NEURAL_STYLE_TEST_EVERY=1 those that are left out for time.
"""
import os
import sys

from private_gimp import PrivateGimp, Programs, setting_rows

programs = Programs.from_environment()
script = sys.argv[1]
engine = {"echo": [programs.echo_engine], "mix": [programs.echo_engine, "--mix"], "real": [programs.engine]}[sys.argv[2]]
# An engine that is not installed cannot find the networks, nor an effect its styles.
more = {} if sys.argv[2] == "echo" else {"NEURAL_STYLE_DATA": str(programs.data)}
with PrivateGimp(programs) as gimp:
    done = gimp.run_python(script, engine, timeout=900, **more, NEURAL_STYLE_TEST_DATA=str(programs.data),
                           NEURAL_STYLE_TEST_FOLDER=str(gimp.folder), NEURAL_STYLE_TEST_ARGUMENTS=" ".join(sys.argv[3:]),
                           NEURAL_STYLE_TEST_ECHO_ENGINE=programs.echo_engine,
                           NEURAL_STYLE_TEST_SETTINGS=setting_rows(),
                           **{name: os.environ.get(name, "") for name in ("NEURAL_STYLE_TEST_CASE", "NEURAL_STYLE_TEST_EVERY")})
sys.stderr.write(done.stderr)
# GIMP's own noise on stderr is irrelevant; the exit status and our last line matter.
if done.returncode != 0 or "all cases passed" not in done.stderr:
    print(f"GIMP ended with status {done.returncode}", file=sys.stderr)
    sys.exit(1)
