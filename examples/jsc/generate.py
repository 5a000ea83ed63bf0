#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Simulate jets for the jet substructure classification (JSC) example.

Proton collisions at 13 TeV are generated with Pythia 8, passed through a light
parametrised detector, and clustered with FastJet.  The leading jet of each
collision yields 16 substructure features and one of five labels: g, q, w, z, t.
The output has the layout of the public LHC jet data: one HDF5 dataset,
`t_allpar_new`, with a float32 column per feature and a 0/1 column per class.

With --particles the output is instead an NPZ file of the hardest particles of the
same jets, in the same order: `x`, a row of 8 x 3 numbers for each jet, and `y`, its
class.

The result depends on --jets and --seed only, never on --jobs: the work is cut
into chunks of fixed size, and each has a random seed of its own, computed from
(seed, class, chunk).  Files with different seeds share no random stream.
"""

import argparse
import concurrent.futures
import concurrent.futures.process
import importlib.metadata
import math
import os
import signal
import sys
import tempfile
import time

import fastjet
import h5py
import numba
import numpy as np
import pythia8mc

from layout import (
    CLASSES,
    DATASET,
    FEATURES,
    PARTICLE_FEATURES,
    PARTICLES,
    output_problem,
    write_whole,
)

RECORD = np.dtype(
    [("j_" + name, np.float32) for name in FEATURES]
    + [("j_" + name, np.uint8) for name in CLASSES]
)

# Part of the definition of the data: a change here changes every file.
CHUNK = 500
# Room in Pythia's seed range (1 to 900,000,000) for every triple
# (seed, class, chunk), twice: two generators run for a W or Z chunk.
MAX_CHUNKS = 20_000
MAX_SEED = 4_499

JET_RADIUS = 0.4
JET_MIN_PT = 300.0
MMDT_Z_CUT = 0.1

# Stands for the log_z of a particle that a jet does not have; others are above.
MISSING_LOG_Z = -14.0

PHOTON_CELL = 0.006
HADRON_CELL = 0.010

# Hard process and parton pT window (GeV, None for no upper edge).
PROCESSES = {
    "g": (("HardQCD:gg2gg", "HardQCD:qqbar2gg"), 1000, None),
    "q": (("HardQCD:gg2qqbar", "HardQCD:qq2qq", "HardQCD:qqbar2qqbarNew"), 1000, 1015),
    "w": (("WeakDoubleBoson:ffbar2WW",), 1000, 1020),
    "z": (("WeakDoubleBoson:ffbar2gmZgmZ",), 1000, 1020),
    "t": (("Top:gg2ttbar", "Top:qqbar2ttbar"), 990, 1010),
}

COMMON_SETTINGS = (
    "Print:quiet = on",
    "Random:setSeed = on",
    "Tune:pp = 14",  # Monash 2013
    "6:m0 = 173.0",
    "23:m0 = 91.188",
    "24:m0 = 80.419",
)
BEAM_SETTINGS = ("Beams:idA = 2212", "Beams:idB = 2212", "Beams:eCM = 13000")
QUARK_DECAYS = (
    "23:onMode = off",
    "23:onIfAny = 1 2 3 4 5",
    "24:onMode = off",
    "24:onIfAny = 1 2 3 4 5",
)


# --------------------------------------------------------------------------- #
# Events
# --------------------------------------------------------------------------- #


def stream_number(seed, class_index, chunk):
    """Numbers the triples (seed, class, chunk) without collisions."""
    return (seed * len(CLASSES) + class_index) * MAX_CHUNKS + chunk


def start_pythia(settings, seed):
    pythia = pythia8mc.Pythia("", False)
    for line in (*COMMON_SETTINGS, *settings, f"Random:seed = {seed}"):
        if not pythia.readString(line):
            raise RuntimeError(f"Pythia refuses the setting '{line}'")
    if not pythia.init():
        raise RuntimeError("Pythia failed to initialise")
    return pythia


def hard_process_settings(name):
    processes, low, high = PROCESSES[name]
    settings = [f"{process} = on" for process in processes]
    settings.append(f"PhaseSpace:pTHatMin = {low}")
    if high is not None:
        settings.append(f"PhaseSpace:pTHatMax = {high}")
    return settings


def write_bosons(name, seed, count, path):
    """Writes `count` on-shell, undecayed boson pairs to a Les Houches file.

    Decaying them only when the file is read back drops the spin correlations
    of the hard process: the bosons decay isotropically.
    """
    pythia = start_pythia(
        (
            *BEAM_SETTINGS,
            *hard_process_settings(name),
            "WeakZ0:gmZmode = 2",
            "PhaseSpace:useBreitWigners = off",
            "ProcessLevel:resonanceDecays = off",
            "PartonLevel:all = off",
            "HadronLevel:all = off",
        ),
        seed,
    )
    with open(path, "w", encoding="ascii") as out:
        out.write('<LesHouchesEvents version="1.0">\n<init>\n')
        out.write("2212 2212 6500 6500 0 0 0 0 3 1\n1 0 1 9999\n</init>\n")
        written = 0
        while written < count:
            if not pythia.next():
                continue
            info = pythia.infoPython()
            # Entries 3 to 6 are the incoming partons and the two bosons.
            particles = [pythia.process[i] for i in range(3, pythia.process.size())]
            out.write(
                f"<event>\n{len(particles)} 9999 1 {info.QRen():.10e} "
                f"{info.alphaEM():.10e} {info.alphaS():.10e}\n"
            )
            for p in particles:
                origin = "-1 0 0" if p.status() < 0 else "1 1 2"
                # Pythia and the file format number colour lines alike.
                out.write(
                    f"{p.id()} {origin} {p.col()} {p.acol()} {p.px():.12e} "
                    f"{p.py():.12e} {p.pz():.12e} {p.e():.12e} {p.m():.12e} 0 9\n"
                )
            out.write("</event>\n")
            written += 1
        out.write("</LesHouchesEvents>\n")


def open_events(name, stream, count, folder):
    """Returns a Pythia ready to generate (for w and z: `count`) events."""
    if name not in ("w", "z"):
        settings = (*BEAM_SETTINGS, *hard_process_settings(name), *QUARK_DECAYS)
        return start_pythia(settings, 1 + 2 * stream)
    path = os.path.join(folder, "bosons.lhe")
    write_bosons(name, 2 + 2 * stream, count, path)
    settings = ("Beams:frameType = 4", f"Beams:LHEF = {path}", *QUARK_DECAYS)
    return start_pythia(settings, 1 + 2 * stream)


# --------------------------------------------------------------------------- #
# Detector
# --------------------------------------------------------------------------- #

CHARGED, PHOTON, NEUTRAL_HADRON = 0, 1, 2
NEUTRINOS = (12, 14, 16)


def final_particles(event):
    """Rows (kind, px, py, pz, e, m) of the particles a detector can see."""
    rows = []
    for p in event:
        if not p.isFinal():
            continue
        identity = p.idAbs()
        if identity in NEUTRINOS:
            continue
        if p.isCharged():
            kind = CHARGED
        elif identity == 22:
            kind = PHOTON
        else:
            kind = NEUTRAL_HADRON
        rows.append((kind, p.px(), p.py(), p.pz(), p.e(), p.m()))
    return np.array(rows, dtype=np.float64)


@numba.njit
def sum_cells(rows, kind, size, stochastic, constant, rng, out, count):
    """Sums one kind of particle in cells of pseudorapidity and azimuth.

    Smears each cell's energy and appends it to `out` as a massless momentum
    along the cell's centre.
    """
    cells = dict()
    cells[(np.int64(0), np.int64(0))] = 0.0
    cells.clear()
    for row in rows:
        if row[0] != kind:
            continue
        pt = math.hypot(row[1], row[2])
        if pt <= 0.0:
            continue
        key = (
            np.int64(math.floor(math.asinh(row[3] / pt) / size)),
            np.int64(math.floor(math.atan2(row[2], row[1]) / size)),
        )
        if key in cells:
            cells[key] += row[4]
        else:
            cells[key] = row[4]
    for key, energy in cells.items():
        width = math.hypot(stochastic * math.sqrt(energy), constant * energy)
        energy += width * rng.standard_normal()
        if energy <= 0.0:
            continue
        eta = (key[0] + 0.5) * size
        phi = (key[1] + 0.5) * size
        pt = energy / math.cosh(eta)
        out[count, 0] = pt * math.cos(phi)
        out[count, 1] = pt * math.sin(phi)
        out[count, 2] = pt * math.sinh(eta)
        out[count, 3] = energy
        count += 1
    return count


@numba.njit
def detect(rows, rng):
    """Returns the detector's view of an event as rows (px, py, pz, e)."""
    out = np.empty((len(rows), 4))
    count = 0
    for row in rows:
        if row[0] != CHARGED:
            continue
        pt = math.hypot(row[1], row[2])
        scale = 1.0 + math.hypot(0.01, 2e-4 * pt) * rng.standard_normal()
        if scale <= 0.0:
            continue
        px, py, pz = scale * row[1], scale * row[2], scale * row[3]
        out[count, 0] = px
        out[count, 1] = py
        out[count, 2] = pz
        out[count, 3] = math.sqrt(px * px + py * py + pz * pz + row[5] * row[5])
        count += 1
    count = sum_cells(rows, PHOTON, PHOTON_CELL, 0.05, 0.005, rng, out, count)
    count = sum_cells(rows, NEUTRAL_HADRON, HADRON_CELL, 1.2, 0.05, rng, out, count)
    return out[:count]


# --------------------------------------------------------------------------- #
# Jets and features
# --------------------------------------------------------------------------- #


def leading_jet(momenta):
    """Constituents of the leading anti-kT jet, or None if it is too soft."""
    cluster = fastjet.ClusterSequence(
        [fastjet.PseudoJet(*momentum) for momentum in momenta.tolist()],
        fastjet.JetDefinition(fastjet.antikt_algorithm, JET_RADIUS),
    )
    jets = fastjet.sorted_by_pt(cluster.inclusive_jets(JET_MIN_PT))
    return list(jets[0].constituents()) if jets else None


def groom(constituents):
    """Modified mass drop tagger (beta 0): returns (mass, constituents)."""
    definition = fastjet.JetDefinition(
        fastjet.cambridge_algorithm, fastjet.JetDefinition.max_allowable_R
    )
    cluster = fastjet.ClusterSequence(constituents, definition)
    jet = cluster.exclusive_jets(1)[0]
    first, second = fastjet.PseudoJet(), fastjet.PseudoJet()
    while jet.has_parents(first, second):
        if first.pt() < second.pt():
            first, second = second, first
        if second.pt() > MMDT_Z_CUT * (first.pt() + second.pt()):
            break
        jet = first
        first, second = fastjet.PseudoJet(), fastjet.PseudoJet()
    return jet.m(), list(jet.constituents())


@numba.njit
def correlators(pt, y, phi):
    """Energy correlators of the groomed jet.

    Returns e2 for beta 0, 1, 2, then e3, 1e3 and 2e3 for beta 1, 2 each.
    """
    n = len(pt)
    z = pt / pt.sum()
    theta = np.zeros((n, n))
    e = np.zeros(9)
    for i in range(n):
        for j in range(i + 1, n):
            dphi = abs(phi[i] - phi[j])
            if dphi > math.pi:
                dphi = 2.0 * math.pi - dphi
            angle = math.hypot(y[i] - y[j], dphi)
            theta[i, j] = angle
            weight = z[i] * z[j]
            e[0] += weight
            e[1] += weight * angle
            e[2] += weight * angle * angle
    for i in range(n):
        for j in range(i + 1, n):
            for k in range(j + 1, n):
                weight = z[i] * z[j] * z[k]
                a, b, c = theta[i, j], theta[i, k], theta[j, k]
                product = a * b * c
                smallest = min(a, b, c)
                largest = max(a, b, c)
                two = product / largest if largest > 0.0 else 0.0
                e[3] += weight * product
                e[4] += weight * product * product
                e[5] += weight * smallest
                e[6] += weight * smallest * smallest
                e[7] += weight * two
                e[8] += weight * two * two
    return e


def jet_features(constituents):
    """The 16 features in the order of FEATURES, or None for a dropped jet."""
    pt = np.array([p.pt() for p in constituents])
    z = pt / pt.sum()
    zlogz = float(np.sum(z * np.log(z)))
    mass, groomed = groom(constituents)
    e2_b0, e2_b1, e2_b2, e3_b1, e3_b2, e3s_b1, e3s_b2, e3d_b1, e3d_b2 = correlators(
        np.array([p.pt() for p in groomed]),
        np.array([p.rap() for p in groomed]),
        np.array([p.phi() for p in groomed]),
    )
    if not (e2_b1 > 0.0 and e2_b2 > 0.0 and e3_b1 > 0.0 and e3_b2 > 0.0):
        return None
    d2_b1 = e3_b1 / e2_b1**3
    return (
        zlogz,
        e2_b0,
        e2_b1,
        e2_b2,
        e3_b1 / e2_b1**2,
        e3_b2 / e2_b2**2,
        d2_b1,
        e3_b2 / e2_b2**3,
        d2_b1,
        e3_b1 / e2_b2**1.5,
        e3s_b1 / e2_b1,
        e3s_b2 / e2_b2,
        e3d_b1 / e2_b1**2,
        e3d_b2 / e2_b2**2,
        mass,
        len(constituents),
    )


def leading_particles(constituents):
    """The PARTICLES hardest constituents, the hardest first, relative to the jet."""
    momenta = np.array([(p.px(), p.py(), p.pz()) for p in constituents])
    jet = momenta.sum(axis=0)

    def polar(p):
        pt = np.hypot(p[..., 0], p[..., 1])
        return pt, np.arcsinh(p[..., 2] / pt), np.arctan2(p[..., 1], p[..., 0])

    jet_pt, jet_eta, jet_phi = polar(jet)
    pt, eta, phi = polar(momenta)
    hardest = np.argsort(-pt, kind="stable")[:PARTICLES]
    rows = np.zeros((PARTICLES, len(PARTICLE_FEATURES)), dtype=np.float32)
    rows[:, 0] = MISSING_LOG_Z
    rows[: len(hardest), 0] = np.maximum(np.log(pt[hardest] / jet_pt), MISSING_LOG_Z)
    rows[: len(hardest), 1] = eta[hardest] - jet_eta
    rows[: len(hardest), 2] = np.remainder(phi[hardest] - jet_phi + np.pi, 2 * np.pi) - np.pi
    return rows


def check_features(table):
    """Raises ValueError unless the columns obey what holds for every jet."""
    column = {name: table[:, i].astype(np.float64) for i, name in enumerate(FEATURES)}
    e2_b0, e2_b1, e2_b2 = (column[f"c1_b{b}_mmdt"] for b in (0, 1, 2))
    c2_b1, c2_b2 = column["c2_b1_mmdt"], column["c2_b2_mmdt"]
    n = column["multiplicity"]

    def equal(left, right):
        return np.abs(left - right) <= 1e-5 * np.abs(right)

    # The slack covers rounding to float32.
    slack = 1.0 + 1e-5
    rules = {
        "every feature is finite": np.isfinite(table).all(axis=1),
        "d2_b1 = c2_b1 / c1_b1": equal(column["d2_b1_mmdt"], c2_b1 / e2_b1),
        "d2_b2 = c2_b2 / c1_b2": equal(column["d2_b2_mmdt"], c2_b2 / e2_b2),
        "d2_a1_b1 = d2_b1": column["d2_a1_b1_mmdt"] == column["d2_b1_mmdt"],
        "d2_a1_b2 = c2_b1 c1_b1^2 / c1_b2^1.5": equal(
            column["d2_a1_b2_mmdt"], c2_b1 * e2_b1**2 / e2_b2**1.5
        ),
        "-log n <= zlogz < 0": (column["zlogz"] < 0)
        & (column["zlogz"] >= -np.log(n) * slack),
        "0 < c1_b0 < 1/2": (e2_b0 > 0) & (e2_b0 < 0.5),
        # Cauchy and Schwarz.
        "c1_b1^2 <= c1_b0 c1_b2": e2_b1**2 <= e2_b0 * e2_b2 * slack,
        "m2 >= 0": (column["m2_b1_mmdt"] >= 0) & (column["m2_b2_mmdt"] >= 0),
        "n2 >= 0": (column["n2_b1_mmdt"] >= 0) & (column["n2_b2_mmdt"] >= 0),
        "mass > 0": column["mass_mmdt"] > 0,
        "multiplicity is a whole number >= 3": (n >= 3) & (n == np.floor(n)),
    }
    for rule, holds in rules.items():
        if not holds.all():
            row = int(np.argmin(holds))
            raise ValueError(
                f"{np.count_nonzero(~holds)} of {len(table)} jets break "
                f"'{rule}', the first in row {row}: {table[row].tolist()}"
            )


def simulate_chunk(name, chunk, count, seed, scratch):
    """Returns `count` jets of one class: their features and particles."""
    class_index = CLASSES.index(name)
    stream = stream_number(seed, class_index, chunk)
    # Key 0: the detector.  Key 1 (see generate) shuffles the file.
    rng = np.random.Generator(np.random.PCG64([0, seed, class_index, chunk]))
    # Few events yield no jet; the margin is generous, and fixed.
    events = count + count // 5 + 50
    table = np.empty((count, len(FEATURES)), dtype=np.float32)
    particles = np.empty((count, PARTICLES, len(PARTICLE_FEATURES)), dtype=np.float32)
    done = 0
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        pythia = open_events(name, stream, events, folder)
        for _ in range(events):
            if done == count:
                break
            if not pythia.next():
                continue
            constituents = leading_jet(detect(final_particles(pythia.event), rng))
            features = jet_features(constituents) if constituents else None
            if features is not None:
                table[done] = features
                particles[done] = leading_particles(constituents)
                done += 1
    if done < count:
        raise RuntimeError(
            f"class '{name}', chunk {chunk}: {events} events gave only {done} "
            f"of {count} jets"
        )
    check_features(table)
    return table, particles


# --------------------------------------------------------------------------- #
# Running
# --------------------------------------------------------------------------- #


def start_worker():
    # On Ctrl-C workers end at once and silently; the parent reports and tidies up.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # The first clustering of a process prints FastJet's banner: not to stdout.
    sys.stdout.flush()
    saved = os.dup(1)
    with open(os.devnull, "wb") as null:
        os.dup2(null.fileno(), 1)
    try:
        leading_jet(np.array([[1.0, 0.0, 0.0, 1.0]]))
    finally:
        os.dup2(saved, 1)
        os.close(saved)


class Progress:
    """A tqdm bar on a terminal, about twenty plain lines anywhere else."""

    def __init__(self, total):
        self.total = total
        self.done = 0
        self.shown = 0
        self.start = time.monotonic()
        self.bar = None
        if sys.stderr.isatty():
            try:
                from tqdm import tqdm
            except ImportError:
                return
            self.bar = tqdm(total=total, unit="jet", smoothing=0.05)

    def advance(self, count):
        self.done += count
        if self.bar is not None:
            self.bar.update(count)
        elif self.done == self.total or self.done - self.shown >= self.total / 20:
            self.shown = self.done
            rate = self.done / (time.monotonic() - self.start)
            print(f"{self.done} of {self.total} jets, {rate:.0f} jets/s", file=sys.stderr)

    def close(self):
        if self.bar is not None:
            self.bar.close()


def generate(jets, seed, jobs, scratch):
    """Returns the finished, shuffled records, and the particles of each."""
    per_class = jets // len(CLASSES)
    tasks = [
        (name, start // CHUNK, min(CHUNK, per_class - start))
        for start in range(0, per_class, CHUNK)
        for name in CLASSES
    ]
    records = np.zeros(jets, dtype=RECORD)
    particles = np.zeros((jets, PARTICLES, len(PARTICLE_FEATURES)), dtype=np.float32)
    progress = Progress(jets)
    executor = concurrent.futures.ProcessPoolExecutor(
        min(jobs, len(tasks)), initializer=start_worker
    )
    try:
        pending = {
            executor.submit(simulate_chunk, *task, seed, scratch): task
            for task in tasks
        }
        for future in concurrent.futures.as_completed(pending):
            name, chunk, count = pending[future]
            table, particles_of_chunk = future.result()
            first = CLASSES.index(name) * per_class + chunk * CHUNK
            part = records[first : first + count]
            for i, feature in enumerate(FEATURES):
                part["j_" + feature] = table[:, i]
            part["j_" + name] = 1
            particles[first : first + count] = particles_of_chunk
            progress.advance(count)
    finally:
        progress.close()
        executor.shutdown(wait=True, cancel_futures=True)
    # The shuffled rows of a list are those of its indices.
    order = np.arange(jets)
    np.random.Generator(np.random.PCG64([1, seed])).shuffle(order)
    return records[order], particles[order]


def write_particles(path, records, particles):
    labels = np.stack([records["j_" + name] for name in CLASSES], axis=1).argmax(axis=1)

    def write(partial):
        with open(partial, "wb") as out:
            np.savez_compressed(out, x=particles.reshape(len(particles), -1), y=labels.astype(np.int32))

    write_whole(path, write)


def write_records(path, records, seed):
    def write(partial):
        with h5py.File(partial, "w") as out:
            data = out.create_dataset(
                DATASET,
                data=records,
                chunks=(min(len(records), 2048),),
                compression="gzip",
                compression_opts=9,
                shuffle=True,
            )
            data.attrs["seed"] = seed
            for package in ("pythia8mc", "fastjet"):
                data.attrs[package] = importlib.metadata.version(package)

    write_whole(path, write)


def default_jobs():
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(
        description="Simulate jets of the classes g, q, w, z, t and write their "
        "16 substructure features to an HDF5 file.",
        epilog="Give every file a seed of its own: files with different seeds "
        "share no event.  The file depends on --jets and --seed, not on --jobs.",
    )
    parser.add_argument(
        "--jets",
        type=int,
        required=True,
        help="number of jets in the file, a multiple of 5 (equally many of each class)",
    )
    parser.add_argument("--output", required=True, help="HDF5 file to write")
    parser.add_argument(
        "--particles",
        action="store_true",
        help=f"write an NPZ file of each jet's {PARTICLES} hardest particles instead",
    )
    parser.add_argument(
        "--seed", type=int, required=True, help=f"random seed, 0 to {MAX_SEED}"
    )
    parser.add_argument(
        "--jobs",
        type=int,
        default=default_jobs(),
        help="number of processes (default: all cores, here %(default)s)",
    )
    options = parser.parse_args(arguments)
    largest = MAX_CHUNKS * CHUNK * len(CLASSES)
    if options.jets < len(CLASSES) or options.jets % len(CLASSES):
        parser.error(
            f"--jets: expected a positive multiple of {len(CLASSES)}, got {options.jets}"
        )
    if options.jets > largest:
        parser.error(f"--jets: expected at most {largest}, got {options.jets}")
    if not 0 <= options.seed <= MAX_SEED:
        parser.error(f"--seed: expected 0 to {MAX_SEED}, got {options.seed}")
    if options.jobs < 1:
        parser.error(f"--jobs: expected at least 1, got {options.jobs}")
    problem = output_problem(options.output)
    if problem:
        parser.error(f"--output: {problem}")
    return options


def main(arguments=None):
    options = parse_arguments(arguments)
    try:
        with tempfile.TemporaryDirectory(prefix="jsc-") as scratch:
            records, particles = generate(options.jets, options.seed, options.jobs, scratch)
        if options.particles:
            write_particles(options.output, records, particles)
        else:
            write_records(options.output, records, options.seed)
    except KeyboardInterrupt:
        print("generate.py: interrupted, nothing written", file=sys.stderr)
        return 130
    except (
        OSError,
        RuntimeError,
        ValueError,
        concurrent.futures.process.BrokenProcessPool,
    ) as error:
        print(f"generate.py: error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
