"""What product labels call things: patterns over `layout.as_label` text (lower case)."""

from __future__ import annotations

import re


def _any(*parts: str) -> re.Pattern[str]:
    return re.compile("|".join(parts))


BEST_BEFORE = _any(
    r"best\s?(?:before|by|if used by|bf)|\bbbe?\b|\bbbd\b|use\s?by|sell\s?by|\bexp(?:iry|ires?|iration|\.|\b)",
    r"valid until",
    r"\bmhd\b|mindestens haltbar|haltbar bis|zu verbrauchen|verwendbar bis|\btht\b|houdbaar|te gebruiken tot",
    r"consommer (?:de pr|avant|jusqu)|\bdlc\b|\bddm\b|\bdluo\b",
    r"consumir|cons\. ?pref|caducidad|vencimiento|\bvence\b|validade",
    r"consumar[es]|scadenza|\bscad\b|bäst före|bedst før|best før|parasta ennen",
    r"najlepiej spożyć|termin ważności|spotřebujte",
    r"guna sebelum|tarikh luput|годен до|срок годности|tüketim|\bskt\b|\btett\b|賞味期限|消費期限|保质期至|有效期",
)
PRODUCED = _any(
    r"\bmf[gd]\b|\bmanuf|\bproduc(?:ed|tion)|\bprod\b|\bpkd\b|\bpacked|\bpack(?:ing|aging) date|\bd\.?o\.?m\b",
    r"hergestellt|abgefüllt|verpackt am|fabriqu|fabricado|fabricación|\bfab\b|\belab|prodotto il|confezionato",
    r"geproduceerd|tillverk|produktionsdat|data produkcji|üretim|изготовлен|дата изг|製造日|生产日期",
)
ENGLISH_DATE = re.compile(r"be?st b|be?st if|\bbb|use|sell|exp|valid until|mf|manuf|prod|p(?:ac)?k|d\.?o\.?m")
"""How a match of one of the two begins that may be English."""
BATCH = re.compile(
    r"(?:\b(?:lot|batch|charge|ch\.-?b|los|lote|lotto|partij|partida|parti|partia|erä|batchnr|lotnr)\b"
    r"(?:\s?(?:number|num|no|nr|n[°º]|code|id))?|批号|批次)\s?[.:#\-=]*\s*"
)
L_MARK = re.compile(r"(L ?[:.-]? ?\d[A-Z0-9/-]{2,14})")
BATCH_CODE = re.compile(r"[a-z0-9][a-z0-9/\-.]{1,18}[a-z0-9]|\d{1,3}", re.IGNORECASE)

NOT_PRICE = _any(
    r"(?:/|\bper\b|\bpro\b|\bje\b|\bpr\.?)\s?(?:\d+ ?)?(?:kg|g|l|ml|cl|100|lb|oz|stk|st|pcs|unit|unité|liter|litre)\b",
    r"\bwas\b|statt|\buvp\b|\brrp\b|before|\bvorher\b|\bavant\b|antes|save|sparen|économi|off\b",
    r"deposit|pfand|pant\b|statiegeld",
)
"""Unit prices, old prices, deposits."""
PER_UNIT = re.compile(r"^\s?(?:/|per\b|pro\b|je\b|pr\b)\s?(?:\d+ ?)?[a-z]")
PRICE = re.compile(r"price|preis|prix|precio|prezzo|prijs|\bpris\b|cena|harga|nur\b|only\b|now\b|jetzt|цена|価格|价格")
CODES_THAT_ARE_WORDS = frozenset(
    ("ALL", "BAM", "CUP", "DOP", "GEL", "LAK", "MAD", "MFG", "MOP", "PAB", "PEN", "SOS", "STD", "TOP", "TRY")
)
"""ISO 4217 codes that are English words or abbreviations of labels: beside a number they are rarely money."""

NET = re.compile(r"\bnet(?:t|to)?\b|contents?|inhalt|inhoud|poids|peso|netto|füllmenge|℮|\be$|isi kandungan|berat")
NUTRITION = _any(
    r"energy|energie|\bkcal\b|\bkj\b|\bfat\b|fett|saturat|carbohydrate|kohlenhydrate|sugars?|zucker|protein|eiwei",
    r"salt\b|salz|fibre|fiber|sodium|serving|portion|\bper\b|\bpro\b|\bpour\b|\bje\b|glucides|lipides|vitamin|daily",
    r"per 100|matières|drained|abtropf|égoutt",
)

NAMED = re.compile(
    r"^\W*(?:product(?:\sname)?|name|item|article|artikel|produkt|produit|producto|prodotto|model)\s?[:=]\s*"
)
BRANDED = re.compile(r"^\W*(?:brand|marke|marque|marca|merk|by)\s?[:=]\s*")
NO_NAME = _any(
    r"ingredients?|zutaten|ingrédients|ingredientes|ingrediënten|contains|enthält|allergen",
    r"storage|store in|keep (?:in|cool|away|out|dry)|lagern|made in|product of|produce of|hergestellt|distributed",
    r"imported|manufactur|www\.|https?:|\.com\b|\btel\b|barcode|\bsku\b|\bean\b|\bgtin\b|recycl|scan me",
    r"nutrition|nährwert|warning|caution|directions|serving|\bnet(?:t|to)?\b|contents\b|best\b",
    r"\b\d+ ?(?:kj|kcal|mg)\b|\d ?%",
    r"(?:per|pro|pour|je) 100|of which|davon",
)
"""Lines that are part of a label but never the product's name."""
