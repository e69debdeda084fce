"""Visual anomaly detection from Python, by the C library and nothing but the standard library.

    python3 students.py MODEL.students IMAGE.ppm...

prints a line of JSON for each binary PPM (P6, 8 bits). In a program of your own:

    with students.Model("part.students") as model:
        verdict = model.inspect(pixels, width, height, format=students.BGR8)

The library is found where STUDENTS_LIBRARY says, or else in .build/release of this package.
"""

import ctypes
import json
import os
import pathlib
import re
import sys
from ctypes import POINTER, byref, c_char_p, c_double, c_float, c_int32, c_int64, c_size_t, c_void_p

GREY8, RGB8, BGR8, RGBA8, BGRA8, GREY16, RGB16 = range(1, 8)
NO_MAP, MODEL_MAP, IMAGE_MAP = range(3)
ABI_VERSION = 1


class StudentsError(Exception):
    """What the library says, with its students_status."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


# The structs of students.h, which describes their fields.
class _OpenOptions(ctypes.Structure):
    _fields_ = [
        ("struct_size", c_size_t), ("device", c_char_p), ("precision", c_char_p),
        ("density", c_char_p), ("max_pixels", c_int64), ("threads", c_int32),
        ("reserved", c_int32),
    ]


class _InspectOptions(ctypes.Structure):
    _fields_ = [
        ("struct_size", c_size_t), ("false_alarms", c_double), ("map", c_int32),
        ("omit_regions", c_int32),
    ]


class _Info(ctypes.Structure):
    _fields_ = [
        ("fingerprint", c_char_p), ("method", c_char_p), ("version", c_char_p),
        ("device", c_char_p), ("precision", c_char_p), ("density", c_char_p),
        ("default_false_alarms", c_double), ("least_false_alarms", c_double),
        ("value_low", c_double), ("value_high", c_double), ("threshold", c_float),
        ("map_side", c_int32), ("calibration_images", c_int32), ("reserved", c_int32),
    ]


class _Rectangle(ctypes.Structure):
    _fields_ = [("x", c_int32), ("y", c_int32), ("width", c_int32), ("height", c_int32)]


class _Region(ctypes.Structure):
    _fields_ = _Rectangle._fields_ + [
        ("area", c_int64), ("peak", c_float), ("peak_x", c_int32), ("peak_y", c_int32),
        ("reserved", c_int32),
    ]


class _Result(ctypes.Structure):
    _fields_ = [
        ("is_anomalous", c_int32), ("score", c_float), ("threshold", c_float),
        ("region_count", c_int32), ("p_value", c_double), ("false_alarms", c_double),
        ("ignored", c_double), ("width", c_int32), ("height", c_int32),
        ("looked_at", _Rectangle), ("regions", POINTER(_Region)), ("unlike", c_char_p),
        ("map", POINTER(c_float)), ("map_height", c_int32), ("map_width", c_int32),
        ("map_part", _Rectangle), ("level", c_float), ("reserved", c_int32),
    ]


def _load():
    package = pathlib.Path(__file__).resolve().parents[2]
    name = "libstudents-c.dylib" if sys.platform == "darwin" else "libstudents-c.so"
    library = ctypes.CDLL(os.environ.get("STUDENTS_LIBRARY") or str(package / ".build/release" / name))
    library.students_last_error.restype = c_char_p
    library.students_open.argtypes = [c_char_p, POINTER(_OpenOptions), POINTER(c_void_p)]
    library.students_free.argtypes = [c_void_p]
    library.students_free.restype = None
    library.students_info.argtypes = [c_void_p, POINTER(POINTER(_Info))]
    library.students_inspect.argtypes = [
        c_void_p, c_void_p, c_int32, c_int32, c_int64, c_int32, POINTER(_InspectOptions),
        POINTER(POINTER(_Result)),
    ]
    library.students_result_free.argtypes = [POINTER(_Result)]
    library.students_result_free.restype = None
    if library.students_abi_version() != ABI_VERSION:
        raise ImportError("students.py is for another version of the C library")
    return library


_library = _load()


def _check(status):
    if status:
        raise StudentsError(status, _library.students_last_error().decode())


def _values(struct):
    """The numbers of a struct by name; texts are decoded, nested rectangles are dictionaries."""
    values = {}
    for name, *_ in struct._fields_:
        value = getattr(struct, name)
        if isinstance(value, bytes):
            value = value.decode()
        elif isinstance(value, ctypes.Structure):
            value = _values(value)
        if name != "reserved" and isinstance(value, (int, float, str, dict)):
            values[name] = value
    return values


class Model:
    """An open model. Several threads may inspect with it at once."""

    def __init__(self, path, device=None, threads=0, precision=None, density=None, max_pixels=0):
        words = [word.encode() if word else None for word in (device, precision, density)]
        options = _OpenOptions(ctypes.sizeof(_OpenOptions), *words, max_pixels, threads, 0)
        self._handle = c_void_p()
        _check(_library.students_open(os.fsencode(path), byref(options), byref(self._handle)))
        info = POINTER(_Info)()
        _check(_library.students_info(self._handle, byref(info)))
        self.info = _values(info.contents)

    def inspect(self, pixels, width, height, row_stride=0, format=RGB8, false_alarms=0.0, map=NO_MAP):
        """The verdict on pixels (bytes or any buffer), as a dictionary of the fields of students_result.

        "regions" is a list of dictionaries, "unlike" a list of texts; "map", where it was asked for, an
        array of floats, row by row.
        """
        pixels = memoryview(pixels).cast("B")
        bytes_per_pixel = {GREY8: 1, GREY16: 2, RGB8: 3, BGR8: 3, RGBA8: 4, BGRA8: 4, RGB16: 6}.get(format, 0)
        row = width * bytes_per_pixel
        if width > 0 and height > 0 and len(pixels) < (height - 1) * max(row_stride, row) + row:
            raise ValueError(f"{len(pixels)} bytes are not {width} x {height} pixels")
        memory = (ctypes.c_char * len(pixels)).from_buffer_copy(pixels)
        options = _InspectOptions(ctypes.sizeof(_InspectOptions), false_alarms, map, 0)
        result = POINTER(_Result)()
        _check(_library.students_inspect(
            self._handle, memory, width, height, row_stride, format, byref(options), byref(result)))
        try:
            found = result.contents
            verdict = _values(found)
            verdict["is_anomalous"] = bool(found.is_anomalous)
            verdict["regions"] = [_values(found.regions[i]) for i in range(found.region_count)]
            verdict["unlike"] = found.unlike.decode().splitlines()
            if found.map:
                count = found.map_height * found.map_width
                verdict["map"] = (c_float * count).from_buffer_copy(
                    ctypes.string_at(found.map, 4 * count))
            return verdict
        finally:
            _library.students_result_free(result)

    def close(self):
        _library.students_free(self._handle)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def read_ppm(path):
    """Width, height and pixels of a binary PPM of 8 bits."""
    data = pathlib.Path(path).read_bytes()
    head = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", data)
    if not head:
        raise ValueError(f"{path}: no binary PPM of 8 bits")
    return int(head[1]), int(head[2]), data[head.end():]


def main(model, *images):
    with Model(model) as model:
        for image in images:
            width, height, pixels = read_ppm(image)
            print(json.dumps({"image": image, **model.inspect(pixels, width, height)}))


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("usage: students.py MODEL.students IMAGE.ppm...")
    try:
        main(*sys.argv[1:])
    except (StudentsError, OSError, ValueError) as error:
        sys.exit(f"students.py: {error}")
