"""The pieces of an exported Python file, which imports `math` and nothing else until it is run as a program."""

from __future__ import annotations

# Each is written for numbers of either sign and any size: exp never overflows, nothing cancels, NaN stays NaN.
ACTIVATIONS = {
    "identity": "",
    "tanh": "",  # math's
    "sigmoid": '''

def sigmoid(v):
    """1 / (1 + exp(-v))."""
    e = math.exp(-abs(v))
    return (e if v < 0 else 1.0) / (1.0 + e)
''',
    "relu": '''

def relu(v):
    """v where it is positive, else 0."""
    return 0.0 if v < 0 else v
''',
    "leaky_relu": '''

def leaky_relu(v):
    """v where it is positive, else a hundredth of it."""
    return 0.01 * v if v < 0 else v
''',
    "step": '''

def step(v):
    """1 from 0 on, else 0."""
    return 0.0 if v < 0 else 1.0 if v >= 0 else v
''',
    "elu": '''

def elu(v):
    """v where it is positive, else exp(v) - 1."""
    return v if v > 0 else math.expm1(v)
''',
    "selu": '''

def selu(v):
    """elu, scaled so that mean 0 and variance 1 stay."""
    return 1.0507009873554805 * (v if v > 0 else 1.6732632423543772 * math.expm1(v))
''',
    "gelu": '''

def gelu(v):
    """v times the normal distribution function at v."""
    return v * (math.erfc(v * -0.7071067811865476) / 2.0)
''',
    "silu": '''

def silu(v):
    """v / (1 + exp(-v))."""
    e = math.exp(-abs(v))
    return v * ((e if v < 0 else 1.0) / (1.0 + e))
''',
    "mish": '''

def mish(v):
    """v tanh(log(1 + exp(v)))."""
    return v * math.tanh(max(v, 0.0) + math.log1p(math.exp(-abs(v))))
''',
    "softplus": '''

def softplus(v):
    """log(1 + exp(v))."""
    return max(v, 0.0) + math.log1p(math.exp(-abs(v)))
''',
    "softmax": '''

def softmax(z):
    """exp(z), divided by the sum of them all."""
    top = max(z)
    powers = [math.exp(v - top) for v in z]
    total = math.fsum(powers)
    return [power / total for power in powers]
''',
}

WEIGHTED_SUMS = '''

def weighted_sums(W, b, x):
    """x W + b: W[i][j] leads from x[i] to output j."""
    sums = list(b)
    for value, weights in zip(x, W):
        sums = [total + value * weight for total, weight in zip(sums, weights)]
    return sums
'''

SCALING = '''

def scale(center, factor, shift, x):
    """(x - center) * factor + shift, number by number."""
    return [(v - c) * f + s for v, c, f, s in zip(x, center, factor, shift)]
'''

ROW_SCALING = '''

def scale_row(epsilon, factor, shift, x):
    """(x - mean of x) / sqrt(variance of x + epsilon) * factor + shift."""
    mean = math.fsum(x) / len(x)
    x = [v - mean for v in x]
    deviation = math.sqrt(math.fsum(v * v for v in x) / len(x) + epsilon)
    return [v / deviation * f + s for v, f, s in zip(x, factor, shift)]
'''

INPUTS = '''

def inputs(cells):
    """The numbers of one row, if they are what the network takes."""
    x = [float(cell) for cell in cells]
    if len(x) != N_IN or not all(map(math.isfinite, x)):
        raise ValueError("a row must be %d finite numbers; got %r" % (N_IN, x))
    return x
'''

INPUTS_OF_COLUMNS = '''

def inputs(cells):
    """The numbers for one row: of a number, a text, or None where it is missing, for each of COLUMNS."""
    if len(cells) != N_IN:
        raise ValueError("a row must have %d cells; got %r" % (N_IN, cells))
    x = []
    for cell, column in zip(cells, COLUMNS):
        is_missing = cell is None or cell != cell
        if len(column) == 2:
            texts = column[1]
            x.extend(float(not is_missing and text(cell) == known) for known in texts)
        else:
            name, fill, center, scale, is_marked = column
            x.append(((fill if is_missing else float(cell)) - center) / scale)
            if is_marked:
                x.append(float(is_missing))
    if not all(map(math.isfinite, x)):
        raise ValueError("numbers must be finite; got %r" % (cells,))
    return x


def text(cell):
    """A cell as a text: whole numbers without a point, and true or false."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float) and abs(cell) < 2**53 and cell == int(cell):
        return str(int(cell))
    return str(cell).lower()
'''

MAIN = '''

def main():
    """Read rows of a CSV file, or of standard input, and print an answer for each."""
    import csv
    import sys

    path = sys.argv[1] if len(sys.argv) > 1 else 0  # 0 is standard input
    answers = csv.writer(sys.stdout, lineterminator="\\n")
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file)
        is_first, places, width = True, list(range(N_IN)), N_IN
        for cells in rows:
            if not cells:
                continue  # an empty line
            if IS_HEADER:
PLACES                answers.writerow(HEADER)
            else:
                if len(cells) != width:
                    sys.exit("line %d must have %d cells" % (rows.line_num, width))
                x = [cells[i] for i in places]
CELLS                answers.writerow(ANSWER)
            is_first = False


def is_number(cell):
    """Whether a cell holds a finite number."""
    try:
        return math.isfinite(float(cell)) and "_" not in cell
    except ValueError:
        return False


if __name__ == "__main__":
    main()
'''

COUNT_CELLS = """\
                if len(cells) != N_IN:
                    sys.exit("line 1 must have %d cells" % N_IN)
"""

FIND_NAMES = """\
                missing = [name for name in NAMES if name not in cells]
                if missing:
                    sys.exit("line 1 must name the column %r; it does not" % missing[0])
                places, width = [cells.index(name) for name in NAMES], len(cells)
"""

CELLS = """\
                for i, cell in zip(places, x):
                    if not is_number(cell):
                        place = (rows.line_num, i + 1, cell)
                        sys.exit("line %d, cell %d must be a finite number; it is %r" % place)
"""

CELLS_OF_COLUMNS = """\
                for j, column in enumerate(COLUMNS):
                    if x[j] == "":
                        x[j] = None  # missing
                    elif len(column) == 2:
                        is_truth = column[1] == ["false", "true"]
                        x[j] = x[j].lower() if is_truth else x[j]
                    elif is_number(x[j]):
                        x[j] = float(x[j])
                    else:
                        place = (rows.line_num, column[0], x[j])
                        sys.exit("line %d, column %r must be a finite number; it is %r" % place)
"""
