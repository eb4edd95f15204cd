"""Numbers and sentences as a person reads them, and strings made safe to show."""

from __future__ import annotations

import math
import re

from .content import ReportContent

MINUS = "\N{MINUS SIGN}"
SMALL_NUMBERS = "no one two three four five six seven eight nine ten eleven twelve".split()
STOPPED = {
    "labels": "no row changed its cluster any more",
    "tol": "the centres moved less than the tolerance",
    "epsilon": "the mean squared shift of the centres fell to epsilon",
    "max_iter": "the largest number of steps allowed was reached",
}
# Controls other than tab and line feed, lone surrogates, the two non-characters at the end of each plane, and controls
# of direction: an isolate that a name opens and never closes takes the one of <bdi> for its own end, and the number
# behind the name would be read backwards.
_UNWRITABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069"
    + "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def visible(text: str, limit: int = 600) -> str:
    """`text` with characters that HTML or UTF-8 cannot carry made visible, and its middle cut beyond `limit`."""
    if len(text) > limit:
        head = (limit - 1) * 2 // 3
        text = f"{text[:head]}…{text[len(text) - (limit - 1 - head) :]}"
    return _UNWRITABLE.sub(_stand_in, text)


def _stand_in(found: re.Match[str]) -> str:
    """Controls as their pictures (U+2400), all else that cannot be shown as U+FFFD."""
    code = ord(found[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "\N{SYMBOL FOR DELETE}" if code == 0x7F else "\N{REPLACEMENT CHARACTER}"


def number(value: float, digits: int = 4) -> str:
    """`value` with about four significant digits: 4,207 or 0.03168 or 1.2×10⁹."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else str(value)
    exponent = math.floor(math.log10(abs(value)))
    if exponent < -4 or exponent > 8:
        mantissa, _, power = f"{value:.{digits - 1}e}".partition("e")
        text = _trim(mantissa) + "×10" + str(int(power)).translate(_SUPERSCRIPT)
    else:
        text = _trim(f"{value:,.{max(0, digits - 1 - exponent)}f}")
    return text.replace("-", MINUS)


def short(value: float) -> str:
    """A round number in few characters, as an axis needs it: 120,000 or 1.5×10⁶."""
    if abs(value) < 999_999.5:
        return number(value, 3)
    power = math.floor(math.log10(abs(value)) + 1e-9)
    text = _trim(f"{value / 10.0**power:.2f}") + "×10" + str(power).translate(_SUPERSCRIPT)
    return text.replace("-", MINUS)


def signed(value: float) -> str:
    """A difference with its sign: +1.31 or −0.40."""
    text = f"{value:+.2f}" if abs(value) < 100 else f"{value:+,.0f}"
    return "0" if float(text.replace(",", "")) == 0 else text.replace("-", MINUS)


def count(value: int) -> str:
    """A whole number with thousands apart: 12,345."""
    return f"{value:,}".replace("-", MINUS)


def percent(share: float) -> str:
    """A share in percent, never rounded to 0 % or 100 % where it is neither."""
    if 0 < share < 0.001:
        return "<\N{NO-BREAK SPACE}0.1\N{NO-BREAK SPACE}%"
    if 0.999 < share < 1:
        return ">\N{NO-BREAK SPACE}99.9\N{NO-BREAK SPACE}%"
    return _trim(f"{100 * share:.1f}").replace("-", MINUS) + "\N{NO-BREAK SPACE}%"


def plural(n: int, noun: str) -> str:
    """`n` and its noun: 1 row, 2 rows."""
    return f"{count(n)} {noun if n == 1 else noun + 's'}"


def number_word(n: int) -> str:
    """Small numbers in words, as running text has them."""
    return SMALL_NUMBERS[n] if 0 <= n < len(SMALL_NUMBERS) else count(n)


def cluster_name(label: int) -> str:
    """What a cluster is called: by its label, so that the page and a file of labels agree."""
    return f"Cluster {label}"


def headline(content: ReportContent) -> tuple[str, str]:
    """What was found, as the two halves of one sentence around the name of the source."""
    rows = plural(content.n_rows, "row")
    clusters = number_word(content.k) + (" cluster" if content.k == 1 else " clusters")
    if content.tss == 0:
        return f"The {rows} of", "are all alike: there is nothing to tell apart."
    share = percent(content.bss / content.tss)
    if content.k == 1:
        is_found = content.elbow is not None and content.elbow.chosen == 1
        return f"The {rows} of", f"form one cluster{': no division stands out' * is_found}."
    tail = f"form {clusters}, which account for {share} of their spread"
    if content.elbow is not None and content.elbow.chosen is None:
        tail += "; no number of clusters stands out"
    return f"The {rows} of", tail + "."


def how_it_ended(content: ReportContent) -> str:
    """After how many steps the run stopped, and why."""
    reason = STOPPED.get(content.stopped_by, content.stopped_by)
    return f"k-means stopped after {plural(content.n_iter, 'step')}: {reason}."


def _trim(text: str) -> str:
    """Without zeros at the end of a decimal fraction."""
    return text.rstrip("0").rstrip(".") if "." in text else text
