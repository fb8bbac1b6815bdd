# SPDX-License-Identifier: GPL-3.0-or-later
"""Python inside a GIMP with windows, for what its windows do not show: pixels, and what a layer is.

    inside = InsideGimp(gimp.folder)
    window = GimpWindow(desktop, gimp, None, engine, batch=inside.batch("image = …; Gimp.Display.new(image)"))
    inside.ask("layer.get_width()")
"""
import pathlib
import socket

# Serves until GIMP ends: GIMP's windows live meanwhile.
SERVER = """
import socket

server = socket.socket(socket.AF_UNIX)
server.bind({path!r})
server.listen()
while True:
    connection = server.accept()[0]
    with connection, connection.makefile("rw") as lines:
        code = lines.readline().encode().decode("unicode_escape")
        try:
            answer = repr(eval(code, globals()))
        except SyntaxError:
            answer = repr(exec(code, globals()))
        except Exception as error:
            answer = "raise AssertionError(%r)" % repr(error)
        lines.write(answer)
"""


class InsideGimp:
    def __init__(self, folder):
        self.path = str(pathlib.Path(folder) / "inside")

    def batch(self, code):
        return code + SERVER.format(path=self.path)

    def ask(self, code):
        """The value of an expression, as its `repr`; statements have none."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(60)
            connection.connect(self.path)
            connection.sendall(code.encode("unicode_escape") + b"\n")
            connection.shutdown(socket.SHUT_WR)
            with connection.makefile() as answer:
                text = answer.read()
        if text.startswith("raise "):
            raise AssertionError(text)
        return text
