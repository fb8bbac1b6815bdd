# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders with the operation neural-style:paint in this process, as any program that uses GEGL does.

    open_gegl([echo_engine])
    pixels = painted(picture(64, 48), "R'G'B' u8", style="waves")
"""
import os
import shlex


def open_gegl(engine=(), **more):
    """Once in a process: what the operation finds there is decided when it is first used."""
    os.environ["GEGL_PATH"] = os.environ["NEURAL_STYLE_TEST_GEGL_PATH"]
    os.environ["NEURAL_STYLE_ENGINE"] = shlex.join(engine)
    os.environ.update(more)
    import gi
    gi.require_version("Gegl", "0.4")
    from gi.repository import Gegl
    Gegl.init(None)
    return Gegl


def picture(width, height, format_name="R'G'B' u8", seed=1):
    """A GeglBuffer with smooth colours; with alpha, transparent on the left and more and more opaque to the right."""
    import array
    from gi.repository import Gegl
    channels = 4 if "A" in format_name else 3
    kind, top = {"u8": ("B", 255), "u16": ("H", 65535), "float": ("f", 1.0)}[format_name.split()[1]]
    values = []
    for y in range(height):
        for x in range(width):
            color = [(x * 5 + y * seed) % 97 / 96, (x + y * 3) % 61 / 60, (x * y + seed) % 89 / 88]
            values += color + [max(0.0, (x - width // 4) / width)] * (channels - 3)
    data = array.array(kind, [value * top if kind == "f" else round(value * top) for value in values])
    buffer = Gegl.Buffer.new(format_name, 0, 0, width, height)
    buffer.set(Gegl.Rectangle.new(0, 0, width, height), format_name, data.tobytes())
    return buffer


def read(buffer, format_name):
    from gi.repository import Gegl
    return buffer.get(buffer.get_extent(), 1.0, format_name, Gegl.AbyssPolicy.NONE)


def operation(source, name="neural-style:paint", **properties):
    """A graph that applies the operation to the buffer, and its last node."""
    from gi.repository import Gegl
    graph = Gegl.Node()
    begin = graph.create_child("gegl:buffer-source")
    begin.set_property("buffer", source)
    node = graph.create_child(name)
    for key, value in properties.items():
        node.set_property(key.replace("_", "-"), value)
    begin.connect_to("output", node, "input")
    return graph, node


def rendered(node, format_name, area):
    """Those pixels of the node's output."""
    from gi.repository import Gegl
    result = Gegl.Buffer.new(format_name, area.x, area.y, area.width, area.height)
    node.blit_buffer(result, area, 0, Gegl.AbyssPolicy.NONE)
    return read(result, format_name)


def painted(source, format_name, **properties):
    graph, node = operation(source, **properties)
    return rendered(node, format_name, source.get_extent())


def children():
    """{process id: command line} of the processes that this one has started."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat") as stat:
                fields = stat.read().rsplit(")", 1)[1].split()
            with open(f"/proc/{pid}/cmdline") as line:
                words = line.read().replace("\0", " ").strip()
        except OSError:
            continue
        if int(fields[1]) == os.getpid() and fields[0] != "Z":
            found[int(pid)] = words
    return found
