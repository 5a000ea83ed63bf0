# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What generate.py and train.py share: the data's layout and whole-file writing."""

import os
import tempfile

DATASET = "t_allpar_new"
# The files name their columns `j_` + class and `j_` + feature.
CLASSES = ("g", "q", "w", "z", "t")
FEATURES = (
    "zlogz",
    "c1_b0_mmdt",
    "c1_b1_mmdt",
    "c1_b2_mmdt",
    "c2_b1_mmdt",
    "c2_b2_mmdt",
    "d2_b1_mmdt",
    "d2_b2_mmdt",
    "d2_a1_b1_mmdt",
    "d2_a1_b2_mmdt",
    "m2_b1_mmdt",
    "m2_b2_mmdt",
    "n2_b1_mmdt",
    "n2_b2_mmdt",
    "mass_mmdt",
    "multiplicity",
)
# Of each of a jet's hardest particles, relative to the jet: the logarithm of its
# share of the transverse momentum, and its distance in pseudorapidity and azimuth.
PARTICLES = 8
PARTICLE_FEATURES = ("log_z", "deta", "dphi")


def output_problem(path):
    """Says why `path` cannot be written, or returns None."""
    if os.path.isdir(path):
        return f"'{path}' is a folder"
    folder = os.path.dirname(os.path.abspath(path))
    if not os.path.isdir(folder):
        return f"the folder '{folder}' does not exist"
    if not os.access(folder, os.W_OK):
        return f"cannot write to the folder '{folder}'"
    return None


def write_whole(path, write):
    """Calls write(temporary path), then renames: `path` is never half a file."""
    folder, base = os.path.split(os.path.abspath(path))
    handle, partial = tempfile.mkstemp(prefix=base + ".", suffix=".part", dir=folder)
    os.close(handle)
    try:
        write(partial)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(partial, 0o666 & ~umask)
        os.replace(partial, path)
    except BaseException:
        os.unlink(partial)
        raise
