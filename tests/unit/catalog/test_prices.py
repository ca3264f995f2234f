from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.prices import parse_price


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("12,50", "12.50", None),
        ("€ 3.20", "3.20", "EUR"),
        ("3,20 €", "3.20", "EUR"),
        ("1.234,50", "1234.50", None),
        ("1,234.50 USD", "1234.50", "USD"),
        ("1 234,5", "1234.5", None),
        ("CHF 1'200.-", "1200", "CHF"),
        ("12,-", "12", None),
        ("1.234", "1234", None),
        ("0,125", "0.125", None),
        ("1.234.567", "1234567", None),
        ("1,234,567.8", "1234567.8", None),
        ("₹ 1,23,456.50", "123456.50", "INR"),
        ("$5", "5", None),
        ("eur 7", "7", "EUR"),
        ("0", "0", None),
    ],
)
def test_prices_as_people_write_them(text: str, amount: str, currency: str | None) -> None:
    assert parse_price(text) == (Decimal(amount), currency)


@pytest.mark.parametrize("text", ["", "  ", "-", "n/a", "N/A"])
def test_no_price(text: str) -> None:
    assert parse_price(text) == (None, None)


@pytest.mark.parametrize(
    "text", ["free", "-5", "1e9", "12,50 per kg", "3 for 5", "1,2.3,4", "1.23.4", "9" * 30, "12:50", "€", "EUR € 5"]
)
def test_what_is_no_price_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="not a price"):
        parse_price(text)


@given(st.text())
def test_any_text_is_a_price_or_refused(text: str) -> None:
    try:
        amount, _ = parse_price(text)
    except ValueError:
        return
    assert amount is None or (amount.is_finite() and amount >= 0)


@given(st.decimals(min_value=0, max_value=10**9, places=2, allow_nan=False, allow_infinity=False))
def test_what_is_written_is_read_in_both_customs(amount: Decimal) -> None:
    english = f"{amount:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert parse_price(english)[0] == amount
    assert parse_price(german)[0] == amount
