"""Which column of a table of purchases is what: by its name and by its cells, both said aloud.

A name counts for what is written in it, a cell for what it can be; a column is taken for a role only where its cells
can be that. Without names the cells alone decide.
"""

from __future__ import annotations

import re
import statistics
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from .._errors import DataError, ParameterError
from ._days import looks_like_a_date
from ._money import looks_like_an_amount
from ._records import shown

ROLES = ("customer", "date", "amount", "order", "product", "quantity", "price")
LONGEST_VALUE = 60  # characters in a date or an amount; anything longer is neither
MOST = 0.8  # part of a column's cells that must be dates, or amounts
LEAST = 0.5  # the same where its name says so
MANY_ITEMS = 10_000  # in one line: more are no count of things that a person buys

# Words of a name, the best first; the word's place is what it counts. A word after ! speaks against the role.
_WORDS: Mapping[str, str] = {
    "customer": "customer client kunde kunden kundin cliente klant acheteur buyer shopper cust member household user "
    "account patron donor kundennummer kundennr customerid clientid userid person email card ! name type segment "
    "country city age group since count",
    "date": "invoicedate orderdate purchasedate date datum fecha datetime timestamp data dia jour day tag time "
    "when purchased bought bestelldatum kaufdatum rechnungsdatum ! birth birthday due ship shipped delivery delivered "
    "updated modified signup joined registered expiry geburtsdatum",
    "amount": "amount revenue sales betrag umsatz montant importe importo total spend spent dollar dollars euro euros "
    "turnover value paid payment summe sum gesamt net gross monetary subtotal price_total sale ! discount tax shipping "
    "fee balance count quantity unit points rabatt steuer tip",
    "order": "invoice order transaction receipt basket bestellung bestellnummer rechnung rechnungsnummer commande "
    "factura pedido ticket bon beleg trip orderid invoiceno invoiceid transactionid checkout cart ! date time line "
    "item status type total amount priority quantity",
    "product": "product description item article artikel produkt produit producto articulo prodotto sku stockcode "
    "category kategorie title brand productname ! count price quantity number qty status",
    "quantity": "quantity qty menge anzahl quantite cantidad units pieces count items number stueck stuck cds pcs "
    "! id code price customer order invoice",
    "price": "unitprice price preis einzelpreis stueckpreis prix precio prezzo ! total",
}
_BONUS = {"id": 0.3, "no": 0.2, "nr": 0.2, "number": 0.1, "nummer": 0.2, "key": 0.2, "code": 0.1}


@dataclass(frozen=True)
class Sketch:
    """What a sample of a column's cells is like.

    Attributes
    ----------
    name : str
        The column's name.
    n : int
        Cells that are not missing.
    distinct : int
        Different ones among them.
    dates, amounts, whole : float
        Part of them that are dates, amounts, whole numbers without sign.
    fractions : float
        Part that have a decimal part or a currency.
    letters : float
        Part that have letters.
    middle, most : float
        Median and largest size of the amounts.
    example : str
        One of its cells.
    """

    name: str
    n: int
    distinct: int
    dates: float
    amounts: float
    whole: float
    fractions: float
    letters: float
    middle: float
    most: float
    example: str = ""


def sketch(name: str, cells: Sequence[str | None]) -> Sketch:
    """Describe a column by a sample of its cells; very long ones count as text only."""
    present = [cell.strip() for cell in cells if cell is not None and cell.strip()]
    n = len(present)
    if n == 0:
        return Sketch(name, 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    counts = Counter(present)  # dates, sums and customers repeat: each text is looked at once
    short = [cell for cell in counts if len(cell) <= LONGEST_VALUE]
    amounts = [cell for cell in short if looks_like_an_amount(cell)]

    def part(cells: Iterable[str]) -> float:
        return sum(counts[cell] for cell in cells) / n

    sizes = sorted(size for cell in amounts for size in [_size(cell)] * counts[cell])
    broken = [cell for cell in amounts if re.search(r"[.,][0-9]|[^0-9.,+\-]", cell)]
    return Sketch(
        name,
        n,
        len(set(present)),
        part(filter(looks_like_a_date, short)),
        part(amounts),
        part(cell for cell in short if cell.isascii() and cell.isdigit()),
        part(broken) / (part(amounts) or 1.0),
        part(cell for cell in counts if re.search(r"[^\W\d_]", cell[:LONGEST_VALUE])),
        statistics.median(sizes) if sizes else 0.0,
        sizes[-1] if sizes else 0.0,
        present[0],
    )


def _size(cell: str) -> float:
    """Return about how large an amount is, whatever its decimal mark."""
    whole = re.sub(r"[.,][0-9]{1,2}(?![0-9])", "", cell)
    return float(re.sub(r"[^0-9]", "", whole) or 0)


def words_of(name: str) -> list[str]:
    """Return the words of a column's name: apart at case, digits and signs; the whole name as one word too."""
    plain = unicodedata.normalize("NFKD", name)
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", plain)
    words = re.findall(r"[a-z]+", apart.lower())
    return [*words, "".join(words)]


def name_score(name: str, role: str) -> float:
    """Return how much a name speaks for a role: between 1 and 2 for a word of it, 0 for none or one against it."""
    mine, _, against = _WORDS[role].partition("!")
    words = [word for known in words_of(name) for word in (known, known.removesuffix("s"))]
    if set(words) & set(against.split()):
        return 0.0
    known = mine.split()
    places = [known.index(word) for word in words if word in known]
    if not places:
        return 0.0
    bonus = max((_BONUS.get(word, 0.0) for word in words), default=0.0)
    return 2.0 - min(places) / len(known) + (bonus if role in ("customer", "order") else 0.0)


def _is_fit(role: str, column: Sketch, least: float = MOST) -> bool:
    """Whether the cells of a column can play a role; `least` of them must be dates, or amounts."""
    if column.n == 0:
        return False
    is_date = column.dates >= MOST
    match role:
        case "date":
            return column.dates >= least
        case "amount" | "price":
            return column.amounts >= least and not is_date
        case "quantity":
            return column.amounts >= least and not is_date and column.most <= MANY_ITEMS
        case _:
            return not is_date


def guess_roles(
    columns: Sequence[Sketch], given: Mapping[str, str], *, named: bool, source: str
) -> dict[str, str]:
    """Give each role its column, those that are `given` first; customer, date and a sum of money must be found.

    Raises
    ------
    ParameterError
        A given column is not there, or has two roles.
    DataError
        A role that is needed has no column.
    """
    names = tuple(column.name for column in columns)
    found = dict(given)
    for role, name in given.items():
        if name not in names:
            close = get_close_matches(name, names, n=3, cutoff=0.5) or list(names[:8])
            raise ParameterError(
                f"The {role} must be a column of {source}; it has none called {shown(name)}. Did you mean "
                f"{', '.join(shown(one) for one in close)}?"
            )
    twice = [name for name in found.values() if list(found.values()).count(name) > 1]
    if twice:
        raise ParameterError(
            f"Every column has one role; {shown(twice[0])} is given two. Name another column for one of them."
        )
    rest = {column.name: column for column in columns if column.name not in found.values()}
    if named:
        _by_names(rest, found)
    _by_cells(rest, found, named=named)
    needed = [role for role in ("customer", "date") if role not in found]
    if "amount" not in found and "price" not in found:
        needed.append("amount")
    if needed:
        raise _unknown(needed[0], columns, source)
    return {role: found[role] for role in ROLES if role in found}


def _by_names(rest: dict[str, Sketch], found: dict[str, str]) -> None:
    """Take the column whose name speaks most for a role and whose cells can be that; the first of equals."""
    pairs = [
        (-name_score(column.name, role), at, role, column)
        for at, column in enumerate(rest.values())
        for role in ROLES
        if role not in found and _is_fit(role, column, LEAST)
    ]
    for score, _, role, column in sorted(pairs, key=lambda pair: pair[:2]):
        if score < 0 and role not in found and column.name in rest:
            if role == "product" and column.letters < 0.5 and _has_better_product(rest):
                continue
            found[role] = column.name
            del rest[column.name]


def _has_better_product(rest: dict[str, Sketch]) -> bool:
    """Whether some column is named as a product and has words in it, which a reader understands."""
    return any(
        name_score(column.name, "product") > 0
        and column.letters >= 0.5
        and _is_fit("product", column)
        for column in rest.values()
    )


def _by_cells(rest: dict[str, Sketch], found: dict[str, str], *, named: bool) -> None:
    """Take what is left for the roles that are needed: the first date, the sum with decimals, the id that repeats."""

    def take(role: str, fitting: list[Sketch]) -> None:
        if role not in found and fitting:
            found[role] = fitting[0].name
            del rest[fitting[0].name]

    def fits(role: str) -> list[Sketch]:
        return [column for column in rest.values() if _is_fit(role, column)]

    take("date", fits("date"))
    broken = [column for column in fits("amount") if column.fractions >= 0.1]
    if "price" not in found:
        take("amount", sorted(broken, key=lambda column: -column.middle))
    if named:
        return  # a column that is called something else is not made a customer or a quantity by its cells
    small = [
        column
        for column in fits("quantity")
        if column.fractions < 0.1
        and column.middle <= 100
        and (column.distinct <= 0.2 * column.n or column.distinct <= 12)
    ]
    ids = [column for column in fits("customer") if column.fractions < 0.1]
    take("customer", [column for column in ids if column not in small] or ids)
    take("amount", sorted(fits("amount"), key=lambda column: -column.middle))
    take("quantity", [column for column in small if column.name in rest])


def _unknown(role: str, columns: Sequence[Sketch], source: str) -> DataError:
    """Return the error for a role without a column."""
    what = {
        "customer": "who bought (text or numbers that repeat)",
        "date": "when (dates such as 2024-12-31)",
        "amount": "for how much (numbers)",
    }[role]
    listed = ", ".join(shown(column.name, 40) for column in columns[:12])
    more = f" and {len(columns) - 12} more" if len(columns) > 12 else ""
    named = next((column for column in columns if name_score(column.name, role) > 0), None)
    hint = ""
    if named is not None:
        holds = f"holds such as {shown(named.example, 40)}" if named.n else "is empty"
        hint = f" {shown(named.name, 40)} is called so, but {holds}."
    return DataError(
        f"Purchases need a column that says {what}; none of the columns of {source} does by its name and its cells: "
        f"{listed}{more}.{hint} Name it: --{role} COLUMN."
    )
