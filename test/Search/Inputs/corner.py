#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints size and top left colour of PNGs (8 bits, RGB or RGBA).

usage: corner.py FILE.png...
"""
import pathlib
import struct
import sys
import zlib

for name in sys.argv[1:]:
    data = pathlib.Path(name).read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n", f"{name} is no PNG"
    width, height, bits, kind = struct.unpack(">IIBB", data[16:26])
    assert bits == 8 and kind in (2, 6), f"{name}: {bits} bits, kind {kind}"
    packed, at = b"", 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        if data[at + 4 : at + 8] == b"IDAT":
            packed += data[at + 8 : at + 8 + length]
        at += 12 + length
    # The first pixel of the first row is itself, whatever the row's filter.
    pixel = zlib.decompress(packed)[1:4]
    print(f"{pathlib.Path(name).name} {width}x{height} #{pixel.hex()}")
