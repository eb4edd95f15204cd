"""Columns of purchases by their names and cells: the headers of real shops, and files without any."""

from __future__ import annotations

import pytest

from ganglion import DataError
from ganglion.data._purchase_roles import ROLES, guess_roles, name_score, sketch, words_of

CELLS = {
    "id": [f"{at % 7 + 17_850}" for at in range(40)],
    "code": [f"c{at % 7}" for at in range(40)],
    "date": [f"2024-{at % 12 + 1:02d}-13" for at in range(40)],
    "money": [f"{at * 1.37 + 0.5:.2f}" for at in range(40)],
    "small": [f"{at % 4 + 1}" for at in range(40)],
    "invoice": [f"{at // 2 + 536_365}" for at in range(40)],
    "words": [["white lantern", "red mug", "blue plate"][at % 3] for at in range(40)],
    "sku": [["85123A", "71053", "84406B"][at % 3] for at in range(40)],
}


def guessed(named=True, given=None, **columns):
    """The roles of columns, each given as the kind of its cells."""
    sketches = [sketch(name, CELLS[kind]) for name, kind in columns.items()]
    return guess_roles(sketches, given or {}, named=named, source="shop.csv")


SHOPS = [
    (
        {"InvoiceNo": "invoice", "StockCode": "sku", "Description": "words", "Quantity": "small", "InvoiceDate": "date",
         "UnitPrice": "money", "CustomerID": "id", "Country": "words"},
        {"customer": "CustomerID", "date": "InvoiceDate", "order": "InvoiceNo", "product": "Description",
         "quantity": "Quantity", "price": "UnitPrice"},
    ),
    (
        {"customer_id": "id", "date": "date", "number_of_cds": "small", "dollar_value": "money"},
        {"customer": "customer_id", "date": "date", "amount": "dollar_value", "quantity": "number_of_cds"},
    ),
    (
        {"order_id": "invoice", "order_date": "date", "ship_date": "date", "customer_name": "words",
         "customer_id": "code", "product_name": "words", "sales": "money", "discount": "money", "profit": "money"},
        {"customer": "customer_id", "date": "order_date", "amount": "sales", "order": "order_id",
         "product": "product_name"},
    ),
    (
        {"Bestellnummer": "invoice", "Kunde": "code", "Bestelldatum": "date", "Betrag": "money", "Menge": "small",
         "Artikel": "words"},
        {"customer": "Kunde", "date": "Bestelldatum", "amount": "Betrag", "order": "Bestellnummer",
         "product": "Artikel", "quantity": "Menge"},
    ),
    (
        {"cliente": "id", "fecha": "date", "importe": "money", "producto": "words"},
        {"customer": "cliente", "date": "fecha", "amount": "importe", "product": "producto"},
    ),
    (
        {"household_key": "id", "BASKET_ID": "invoice", "DAY": "date", "SALES_VALUE": "money", "QUANTITY": "small"},
        {"customer": "household_key", "date": "DAY", "amount": "SALES_VALUE", "order": "BASKET_ID",
         "quantity": "QUANTITY"},
    ),
    (
        {"user": "code", "timestamp": "date", "amount_paid": "money", "tax": "money"},
        {"customer": "user", "date": "timestamp", "amount": "amount_paid"},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("columns", "expected"), SHOPS, ids=range(len(SHOPS)))
def test_headers_of_shops(columns, expected):
    assert guessed(**columns) == {role: expected[role] for role in ROLES if role in expected}


def test_names_are_matched_whatever_their_order_in_the_file():
    columns, expected = SHOPS[0]
    assert guessed(**dict(reversed(columns.items()))) == expected


@pytest.mark.parametrize("kind", ["id", "code"])
def test_without_names_the_cells_decide(kind):
    found = guessed(named=False, column_1=kind, column_2="date", column_3="small", column_4="money")
    assert found == {
        "customer": "column_1",
        "date": "column_2",
        "amount": "column_4",
        "quantity": "column_3",
    }


def test_a_given_column_is_taken_and_no_other_gets_its_role():
    found = guessed(
        given={"customer": "who"}, customer="code", who="id", date="date", amount="money"
    )
    assert found["customer"] == "who"
    assert "customer" not in found.values()


def test_a_name_does_not_make_a_role_of_cells_that_cannot_have_it():
    with pytest.raises(
        DataError,
        match=r"need a column that says when .* 'date' is called so, but holds such as 'white",
    ):
        guessed(customer="code", date="words", amount="money")


def test_customers_whose_names_are_numbers_with_a_point_are_customers():
    # 17850.0 is what a table with gaps makes of 17850
    sketches = [
        sketch("CustomerID", [f"{cell}.0" for cell in CELLS["id"]]),
        sketch("date", CELLS["date"]),
        sketch("amount", CELLS["money"]),
    ]
    assert guess_roles(sketches, {}, named=True, source="x")["customer"] == "CustomerID"


def test_words_of_names():
    assert words_of("InvoiceNo") == ["invoice", "no", "invoiceno"]
    assert words_of("Kündigungs-Datum 2") == ["kundigungs", "datum", "kundigungsdatum"]
    assert name_score("discount_amount", "amount") == 0.0 < name_score("amount", "amount")
