# SPDX-License-Identifier: GPL-3.0-or-later
"""A private GIMP for the tests: separate profile, home and plug-in folder.

    gimp = PrivateGimp(Programs.from_environment())
    done = gimp.run_python("batch.py", engine=[echo_engine])
    assert done.returncode == 0, done.stderr

The tests' Meson file passes the programs' paths in environment variables.
"""
import fcntl
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77  # what Meson calls a skipped test


def skip(reason):
    """Ends the test as skipped and prints the reason."""
    print(f"SKIPPED: {reason}", file=sys.stderr)
    sys.exit(SKIPPED)


def program(*names):
    """The first of these programs that is installed; without one the test is skipped."""
    for name in names:
        path = shutil.which(name)
        if path:
            return path
    skip(f"{names[0]} is not installed")


class Programs:
    """The paths of everything under test."""

    def __init__(self, plug_in, data, locale, echo_engine, engine, work):
        self.plug_in = pathlib.Path(plug_in)
        self.data = pathlib.Path(data)
        self.locale = pathlib.Path(locale)
        self.echo_engine = str(echo_engine)
        self.engine = str(engine)
        self.work = pathlib.Path(work)  # in the build folder; outlives the test

    @classmethod
    def from_environment(cls):
        return cls(*(os.environ[f"NEURAL_STYLE_TEST_{name}"]
                     for name in ("PLUG_IN", "DATA", "LOCALE", "ECHO_ENGINE", "ENGINE", "WORK")))


def setting_rows():
    """The settings' table as JSON; `tests/support/setting_tables.cpp` describes it."""
    return subprocess.check_output([os.environ["NEURAL_STYLE_TEST_SETTING_TABLES"], "json"], text=True, timeout=60)


# Without config-version GIMP opens its Welcome dialog; with another policy it asks about colour profiles.
GIMPRC = """(config-version "3.0.4")
(plug-in-path "{plug_ins}:${{gimp_plug_in_dir}}/plug-ins")
(show-welcome-dialog no)
(check-updates no)
(color-profile-policy keep)
(image-title-format "%D*%f [%n] (%L) %wx%h")
"""


class PrivateGimp:
    """Lives in a temporary folder, `folder`, which is deleted when the object is closed."""

    def __init__(self, programs, console=True):
        self.programs = programs
        self.executable = (program("gimp-console-3.0", "gimp-console-3.2", "gimp-console") if console
                           else program("gimp-3.0", "gimp-3.2", "gimp"))
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="neural-style-"))
        self.home = self.folder / "home"
        self.home.mkdir()
        self.profile = self.folder / "profile"
        shutil.copytree(self._template(), self.profile)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    def environment(self, engine=None, **more):
        """As after `env -i`: only the variables named here. `engine` is the command line as a list."""
        environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(self.home), "LANG": "C.UTF-8",
                       "TMPDIR": str(self.folder), "GIMP3_DIRECTORY": str(self.profile), "OMP_NUM_THREADS": "1",
                       "PYTHONDONTWRITEBYTECODE": "1"}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "GEGL_PATH", "NEURAL_STYLE_READER"):
            if name in os.environ:
                environment[name] = os.environ[name]
        if engine:
            environment["NEURAL_STYLE_ENGINE"] = shlex.join(engine)
        environment.update(more)
        return environment

    def command(self, interpreter, code):
        return [self.executable, "-id", "--quit", "--batch-interpreter", interpreter, "-b", code]

    def run(self, interpreter, code, engine=None, timeout=300, **more):
        return subprocess.run(self.command(interpreter, code), env=self.environment(engine, **more), timeout=timeout,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")

    def run_python(self, script, engine=None, timeout=300, **more):
        """A batch script in this folder; it imports `batch`."""
        return self.run("python-fu-eval", self.python(script), engine, timeout, **more)

    @staticmethod
    def python(script):
        """Code that runs a script, of this folder if it has no other, which imports `batch`."""
        here = pathlib.Path(__file__).parent
        return f"import sys; sys.path.insert(0, {str(here)!r}); exec(open({str(here / script)!r}).read())"

    def _template(self):
        """A profile that already knows all plug-ins: querying them takes GIMP five seconds, copying takes none."""
        plug_ins = self.programs.work / "plug-ins"
        profile = self.programs.work / "profile"
        complete = profile / "complete"
        self.programs.work.mkdir(parents=True, exist_ok=True)
        with open(self.programs.work / "lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._make_plug_in_folder(plug_ins / self.programs.plug_in.name)
            built = str(self.programs.plug_in.stat().st_mtime_ns)
            if not complete.exists() or complete.read_text() != built:
                shutil.rmtree(profile, ignore_errors=True)
                profile.mkdir()
                (profile / "gimprc").write_text(GIMPRC.format(plug_ins=plug_ins))
                environment = self.environment() | {"GIMP3_DIRECTORY": str(profile)}
                console = program("gimp-console-3.0", "gimp-console-3.2", "gimp-console")
                subprocess.run([console, "-i", "--quit", "--batch-interpreter", "plug-in-script-fu-eval", "-b", "#t"],
                               env=environment, timeout=120, stdin=subprocess.DEVNULL, capture_output=True, check=True)
                complete.write_text(built)
        return profile

    def _make_plug_in_folder(self, folder):
        """An installed plug-in: GIMP runs only NAME/NAME, and the plug-in finds data and translations beside it."""
        folder.mkdir(parents=True, exist_ok=True)
        copy = folder / self.programs.plug_in.name
        if not copy.exists() or copy.stat().st_mtime_ns != self.programs.plug_in.stat().st_mtime_ns:
            # A copy, since GIMP does not notice that a link's target is newer; renamed, since the old one may be running.
            shutil.copy2(self.programs.plug_in, folder / "new")
            (folder / "new").rename(copy)
        for name, target in (("data", self.programs.data), ("locale", self.programs.locale)):
            link = folder / name
            if not link.is_symlink() or os.readlink(link) != str(target):
                link.unlink(missing_ok=True)
                link.symlink_to(target)
