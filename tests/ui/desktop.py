# SPDX-License-Identifier: GPL-3.0-or-later
"""A private screen for the tests: X server, window manager, session bus with accessibility.

    with Desktop(folder) as desktop:
        subprocess.Popen(["gimp"], env=os.environ | desktop.environment)
        desktop.screenshot("start")
"""
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "gimp"))

from private_gimp import program, skip  # noqa: E402


class Desktop:
    """Sets its bus in this process's environment for pyatspi: create it before importing that."""

    def __init__(self, folder, screenshots, width=1280, height=900):
        self.screenshots = pathlib.Path(screenshots)
        self.screenshots.mkdir(parents=True, exist_ok=True)
        self._import = program("import")
        self._processes = []
        launcher = pathlib.Path("/usr/libexec/at-spi-bus-launcher")
        if not launcher.exists():
            skip("at-spi2-core is not installed")
        runtime = pathlib.Path(folder) / "runtime"
        runtime.mkdir(mode=0o700)
        reading, writing = os.pipe()
        self._start([program("Xvfb"), "-displayfd", str(writing), "-screen", "0", f"{width}x{height}x24", "-nolisten",
                     "tcp"], pass_fds=[writing])
        os.close(writing)
        with os.fdopen(reading) as answer:
            display = answer.readline().strip()
        if not display:
            raise RuntimeError("Xvfb did not start")
        self.environment = {"DISPLAY": f":{display}", "XDG_RUNTIME_DIR": str(runtime), "GTK_MODULES": "gail:atk-bridge",
                            "NO_AT_BRIDGE": "0", "GDK_BACKEND": "x11"}
        os.environ.update(self.environment)
        bus = self._start([program("dbus-daemon"), "--session", "--nofork", "--print-address=1"],
                          stdout=subprocess.PIPE, text=True)
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().strip()
        os.environ.update(self.environment)
        self._start([program("openbox")])
        self._start([str(launcher), "--launch-immediately"])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self._processes):
            process.terminate()
        for process in reversed(self._processes):
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _start(self, command, **more):
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   **({"stdout": subprocess.DEVNULL} | more))
        self._processes.append(process)
        return process

    def screenshot(self, name):
        """The whole screen as a PNG in the build folder."""
        # Away from the windows, where it would cause a tooltip.
        subprocess.run([program("xdotool"), "mousemove", "5", "5", "mousemove", "1", "899"], check=True, timeout=30)
        time.sleep(0.5)  # the last change may still be drawn
        path = self.screenshots / f"{name}.png"
        subprocess.run([self._import, "-window", "root", str(path)], check=True, timeout=30)
        print(f"screenshot {path}", file=sys.stderr)
