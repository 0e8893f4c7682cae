# SPDX-License-Identifier: MIT
"""What the recording scripts share: deterministic inputs, and the file format that conformance_test.cpp reads.

README.md of the folder above describes the fields. Needs numpy only, any version since 1.20.
"""
import argparse
import datetime
import json
import platform
from pathlib import Path

import numpy as np

GRADIENTS = ("dx", "dgamma", "dbeta")


def make_inputs(shape, axis=1, seed=1, mean=0.25, sigma=1.5, dtype=np.float32, round_to=None):
    """Operands of one problem. Three decimals keep the files small; in binary they are as uneven as any other number.

    Statistics and parameters are f32, or f64 for f64 data. `round_to` is a function that rounds an array to a half type.
    Channel 1 has a small variance, so that eps matters; gamma has both signs.
    """
    random = np.random.RandomState(seed)  # its streams are the same in every version of numpy
    channels = shape[axis]
    per_channel = [1] * len(shape)
    per_channel[axis] = channels
    spread = np.where(np.arange(channels) == 1, 0.05, 1.0).reshape(per_channel)
    parameter_type = np.float64 if dtype == np.float64 else np.float32

    def data(values):
        values = np.round(values, 3).astype(dtype)
        return values if round_to is None else round_to(values)

    def parameter(values):
        return np.round(values, 3).astype(parameter_type)

    return {
        "shape": list(shape),
        "axis": axis,
        "x": data(mean + sigma * spread * random.standard_normal(shape)),
        "dy": data(0.1 + random.standard_normal(shape)),
        "gamma": parameter(random.choice([-1, 1], channels) * (0.5 + random.random_sample(channels))),
        "beta": parameter(0.5 * random.standard_normal(channels)),
        "running_mean": parameter(mean + 0.3 * random.standard_normal(channels)),
        "running_variance": parameter(0.5 + 2 * random.random_sample(channels)),
        "dx": data(random.standard_normal(shape)),  # what a gradient is added to
        "dgamma": parameter(random.standard_normal(channels)),
        "dbeta": parameter(random.standard_normal(channels)),
    }


def number(value):
    """The shortest decimal that reads back as the same number of its type; half types come as f32, exact."""
    text = np.format_float_positional(value, unique=True, trim="-")
    scientific = np.format_float_scientific(value, unique=True, trim="-")
    text = min(text, scientific, key=len)
    assert type(value)(float(text)) == value, f"{value!r} does not survive {text}"
    return text


def array_text(values):
    values = np.asarray(values)
    assert values.dtype in (np.float32, np.float64), values.dtype
    assert np.isfinite(values).all(), "JSON has no NaN and no infinity"
    return "[" + ",".join(number(value) for value in values.ravel()) + "]"


def value_text(value):
    return array_text(value) if isinstance(value, np.ndarray) else json.dumps(value)


def object_text(entries, indent):
    """One key a line, nested objects and arrays of numbers on their own line."""
    pad = " " * indent
    lines = []
    for key, value in entries.items():
        nested = isinstance(value, dict) and any(isinstance(v, (dict, np.ndarray)) for v in value.values())
        lines.append(f"{pad} {json.dumps(key)}: {object_text(value, indent + 1) if nested else value_text(value)}")
    return "{\n" + ",\n".join(lines) + f"\n{pad}}}"


def used_arrays(inputs, cases):
    """`inputs` without what no case needs."""
    adds, backward, named = set(), set(), set()
    for case in cases:
        named.add(case["inputs"])
        for gradient, request in case.get("gradients", {}).items():
            backward.add(case["inputs"])
            if request != "write":
                adds.add((case["inputs"], gradient))
    assert named <= set(inputs), named - set(inputs)
    return {
        name: {key: value for key, value in arrays.items()
               if (key != "dy" or name in backward) and (key not in GRADIENTS or (name, key) in adds)}
        for name, arrays in inputs.items() if name in named
    }


def write(path, script, package, version, licence, inputs, cases, **more):
    """Writes one file of data/; `more` goes to the provenance."""
    names = [case["name"] for case in cases]
    assert len(names) == len(set(names)), "two cases share a name"
    provenance = {
        "package": package,
        "version": version,
        "licence": licence,
        "date": datetime.date.today().isoformat(),
        "script": "tests/conformance/record/" + Path(script).name,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
        **more,
    }
    parts = [
        f'"provenance": {json.dumps(provenance)}',
        f'"inputs": {object_text(used_arrays(inputs, cases), 0)}',
        '"cases": [\n' + ",\n".join(object_text(case, 0) for case in cases) + "\n]",
    ]
    text = "{\n" + ",\n".join(parts) + "\n}\n"
    json.loads(text)
    Path(path).write_text(text, encoding="utf-8")
    print(f"{path}: {len(cases)} cases, {len(text) / 1000:.0f} kB")


def arguments(description, default_name):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--out", default=str(Path(__file__).parent.parent / "data" / default_name),
                        help="file to write (default: %(default)s)")
    return parser
