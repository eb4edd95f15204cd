"""The pieces of an exported C file. REAL stands for float or double, @ for what ends float functions and numbers."""

from __future__ import annotations

# Each is written for numbers of either sign and any size: exp never overflows, nothing cancels, NaN stays NaN.
ACTIVATIONS = {
    "identity": "",
    "tanh": "",  # libm's
    "sigmoid": """
static REAL sigmoid(REAL v)
{
    REAL e = exp@(-fabs@(v));
    return (v < 0 ? e : 1) / (1 + e);
}
""",
    "relu": """
static REAL relu(REAL v)
{
    return v < 0 ? 0 : v;
}
""",
    "leaky_relu": """
static REAL leaky_relu(REAL v)
{
    return v < 0 ? 0.01@ * v : v;
}
""",
    "step": """
static REAL step(REAL v)
{
    return v < 0 ? 0 : v >= 0 ? 1 : v;
}
""",
    "elu": """
static REAL elu(REAL v)
{
    return v > 0 ? v : expm1@(v);
}
""",
    "selu": """
static REAL selu(REAL v)
{
    return 1.0507009873554805@ * (v > 0 ? v : 1.6732632423543772@ * expm1@(v));
}
""",
    "gelu": """
static REAL gelu(REAL v)
{
    return v * (erfc@(v * -0.7071067811865476@) / 2);
}
""",
    "silu": """
static REAL silu(REAL v)
{
    REAL e = exp@(-fabs@(v));
    return v * ((v < 0 ? e : 1) / (1 + e));
}
""",
    "mish": """
static REAL mish(REAL v)
{
    REAL softplus = (v > 0 ? v : 0) + log1p@(exp@(-fabs@(v)));
    return v * tanh@(softplus);
}
""",
    "softplus": """
static REAL softplus(REAL v)
{
    return (v > 0 ? v : 0) + log1p@(exp@(-fabs@(v)));
}
""",
    "softmax": """
/* y[n] becomes exp(y) divided by the sum of them all */
static void softmax(int n, REAL *y)
{
    REAL top = y[0], sum = 0;
    int i;

    for (i = 1; i < n; i++)
        if (y[i] > top) top = y[i];
    for (i = 0; i < n; i++) sum += y[i] = exp@(y[i] - top);
    for (i = 0; i < n; i++) y[i] /= sum;
}
""",
}

COPY = """
/* to[n] = from[n] */
static void copy(int n, const REAL *from, REAL *to)
{
    int i;

    for (i = 0; i < n; i++) to[i] = from[i];
}
"""

ADD = """
/* y[n] += kept[n] */
static void add(int n, const REAL *kept, REAL *y)
{
    int i;

    for (i = 0; i < n; i++) y[i] += kept[i];
}
"""

WEIGHTED_SUMS = """
/* y[n_out] = x[n_in] W + b: W[i * n_out + j] leads from x[i] to y[j]; b may be NULL */
static void weighted_sums(int n_in, int n_out, const REAL *W, const REAL *b,
                          const REAL *restrict x, REAL *restrict y)
{
    int i, j;

    for (j = 0; j < n_out; j++) y[j] = b ? b[j] : 0;
    for (i = 0; i < n_in; i++, W += n_out)
        for (j = 0; j < n_out; j++) y[j] += x[i] * W[j];
}
"""

SCALING = """
/* y[n] = (y - center) * factor + shift, number by number */
static void scale(int n, const REAL *center, const REAL *factor, const REAL *shift, REAL *y)
{
    int i;

    for (i = 0; i < n; i++) y[i] = (y[i] - center[i]) * factor[i] + shift[i];
}
"""

ROW_SCALING = """
/* y[n] = (y - mean of y) / sqrt(variance of y + epsilon) * factor + shift */
static void scale_row(int n, REAL epsilon, const REAL *factor, const REAL *shift, REAL *y)
{
    REAL mean = 0, variance = 0;
    int i;

    for (i = 0; i < n; i++) mean += y[i];
    mean /= n;
    for (i = 0; i < n; i++) {
        y[i] -= mean;
        variance += y[i] * y[i];
    }
    variance /= n;
    for (i = 0; i < n; i++) y[i] = y[i] / sqrt@(variance + epsilon) * factor[i] + shift[i];
}
"""

# Behind NAMES or nothing, HEADER, LABELS or nothing, N_IN and N_OUT; PRINT_ROW is the part that knows the functions.
CSV_MAIN = r"""
/* Reads a line of any length into *line, which grows; returns 0 where there is none. */
static int read_line(char **line, size_t *room)
{
    size_t n = 0;
    int c = getchar();

    if (c == EOF) return 0;
    for (;; c = getchar()) {
        if (n == *room) {
            *room = 2 * *room + 256;
            *line = realloc(*line, *room);
            if (*line == NULL) {
                fputs("no memory for a line\n", stderr);
                exit(1);
            }
        }
        if (c == '\n' || c == EOF) break;
        (*line)[n++] = (char)c;
    }
    if (n > 0 && (*line)[n - 1] == '\r') n--;
    (*line)[n] = 0;
    return 1;
}

/* Cuts a line at its commas, in place, and takes off quotes; returns how many cells, N_IN + 1 for more. */
static int split(char *line, char *cells[N_IN + 1])
{
    int n = 0, is_last = 0;

    while (n <= N_IN && !is_last) {
        char *to = cells[n++] = line;
        int is_quoted = *line == '"';

        line += is_quoted;
        while (*line && (is_quoted || *line != ',')) {
            if (is_quoted && *line == '"' && *++line != '"')
                is_quoted = 0;
            else
                *to++ = *line++;
        }
        is_last = *line++ == 0;
        *to = 0;
    }
    return n;
}

/* Whether a cell is a finite number, with nothing but spaces round it. */
static int is_number(const char *cell, REAL *value)
{
    char *end;

    *value = strto@REAL(cell, &end);
    if (end == cell) return 0;
    while (*end == ' ' || *end == '\t') end++;
    return *end == 0 && isfinite(*value);
}

int main(void)
{
    static REAL x[N_IN], y[N_OUT];
    static char *cells[N_IN + 1];
    char *line = NULL;
    size_t room = 0;
    long number;
    int i, n, n_numbers;

    for (number = 1; read_line(&line, &room); number++) {
        int is_marked = number == 1 && strncmp(line, "\xef\xbb\xbf", 3) == 0;

        n = split(line + (is_marked ? 3 : 0), cells);
        if (n == 1 && cells[0][0] == 0) continue; /* an empty line */
        if (n != N_IN) {
            fprintf(stderr, "line %ld must have %d cells\n", number, N_IN);
            return 1;
        }
        for (i = n_numbers = 0; i < n; i++) n_numbers += is_number(cells[i], &x[i]);
        if (number == 1 && n_numbers == 0) { /* names of columns */
CHECK_NAMES
            for (i = 0; i < (int)(sizeof header / sizeof *header); i++)
                printf(i ? ",%s" : "%s", header[i]);
            putchar('\n');
            continue;
        }
        for (i = 0; i < n; i++)
            if (!is_number(cells[i], &x[i])) {
                fprintf(stderr, "line %ld, cell %d must be a finite number; it is '%s'\n", number,
                        i + 1, cells[i]);
                return 1;
            }
PRINT_ROW
    }
    free(line);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fputs("the output cannot be written\n", stderr);
        return 1;
    }
    return 0;
}
"""

CHECK_NAMES = """\
            for (i = 0; i < n; i++)
                if (strcmp(cells[i], input_names[i]) != 0) {
                    fprintf(stderr, "column %d must be '%s'; it is '%s'\\n", i + 1, input_names[i],
                            cells[i]);
                    return 1;
                }"""
