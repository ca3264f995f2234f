"""What receipts and invoices call things: patterns over `layout.as_label` text (lower case)."""

from __future__ import annotations

import re


def _any(*parts: str) -> re.Pattern[str]:
    return re.compile("|".join(parts))


def _words(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


# Lines of a document's head

CONTACT = _any(
    r"\b(?:tele?(?:fon|phone|p)?|ph(?:one)?|fax|tlf|mob(?:ile)?|h/?p|hotline|contact|careline|whats?app)\b\s?(?:no)?\s?"
    r"[.:/&#(+\d|]",
    r"^\s*[tfm]\s?:",
    r"e-?ma[il1]{2}|\bwww\.|https?:|\w@\w|\.com\b|facebook|instagram",
    r"^\W*\+?\d{2,4}[\s-]\d{3,4}[\s-]?\d{3,5}\b",
    r"^\W*\+?0\d{8,10}\b(?!\s?-?\s?[a-z])",
)
COMPANY_NUMBER = _any(
    r"\b(?:co|company|roc|reg|business|brn|kvk|cin|siret|ssm)\b.{0,8}?(?:reg|no|n0|rfg|[:#]).{0,14}\d",
    r"^\W*\(?\s?(?:[a-z]{1,3}\s?)?\d{4,12}\s?[-\u2013]?\s?[a-z]{1,2}\s?\)?\W*$",
    r"^\W*\(\s?\d{4,12}\s?[-\u2013]?\s?[a-z0-9]?\s?\)\W*$",
)
TAX_NUMBER = _any(
    r"\b(?:gst|sst|vat|tax|ust|tva|iva|btw|abn|uen|gstin|service tax)\b.{0,12}?"
    r"(?:reg|no\b|no\.|id\b|number|nr|#|:|\d{6})",
    r"\bgst(?:id|no|reg)?\b.{0,4}\d{9,}",
    r"\bgst\s?(?:id|reg)",
)
HEADING = _any(
    r"tax\s?inv[o0]ice|simplified|payment receipt|^\W*invoice\W*$",
    r"^\W*(?:cash\s?(?:sales?|bill|receipt)?|(?:official\s)?receipt|inv[o0]ice|bill|guest\scheck|order)\W*$",
    r"^\W*(?:welcome|thank\s?you|copy|original|duplicate|reprint|customer copy|merchant copy)\b",
    r"^\W*page\b|\b(?:booking|purchase|sales|delivery) (?:order|note)\b",
    r"^\W*(?:factuur|rechnung|facture|factura|fattura|faktura|quittung)\b",
)
DETAILS = _any(
    r"\b(?:date|time|cashier|cash?ler|server|waiter|table|counter|terminal|receipt|invoice|inv|bill|doc|order|ref|trx|"
    r"txn|pos|staff|pax|salesperson|promoter|outlet|operator|member|customer|served|till|register|printed|datum|"
    r"tarikh|kasse)\b\s?(?:\w{0,6})\W{0,3}[#:;.=]",
    r"\b(?:bill|sold|ship|deliver)\s?to\b|\bhrs?\b|\bcashier\b|opening hours|shopping hours",
    r"\b\d{1,2}[:.]\d\d\s?(?:[ap]m\b|:\d\d)",
)

LEGAL = _any(
    r"\bs[dpn]n\W{0,2}\s?[bdp]h[dn](?!\w)\.?|\bsbn\W{0,2}bhd\b\.?|\bs/b\b|\b(?:bhd|berhad|plt)\b\.?|\b(?:pte|pvt)\W{0,2}\s?ltd\b\.?",
    r"\bpriv(?:ate)? limited\b|\b(?:limited|ltd|llc|llp|plc|gmbh(?: & co\.? ?kg)?|corporation)\b\.?",
    r"\binc\.|\bco\.\s?(?:\(m\)|ltd)",
    r"(?<=\s)(?:b\.?v|n\.?v|s\.?a\.?r\.?l|s\.?r\.?l|s\.?p\.?a)\b\.?|\bsp\.? z o\.? ?o\b\.?|& company\b",
    r"(?<=\s)(?:ag|kg|ab|oy|as|a/s|aps|sas|s\.a|inc|corp|co)\.?(?=\W*$|\s-\s)|(?<=\w)\s(?:co|corp)\.(?=\s|$)",
)
"""Legal forms. The short ones, which are words elsewhere, at a line's end only."""
TRADE_NAME = re.compile(
    r"\b(?:enterprises?|trading|company|brothers|holdings?|group|stores?|mart|restaurant|restoran|cafe|kopitiam|bistro|"
    r"bookstores?|pharmacy|farmasi|bakery|hardware|stationery|house|market|services?|marketing|industries|kedai|hotel|"
    r"clinic|klinik|salon|boutique|supermarket|pasaraya|bäckerei|apotheke|boulangerie|gasthaus|ristorante)\b"
)
TRADE = _words(
    "trading enterprise enterprises marketing stationery hardware restaurant restoran services service supplies",
    "distributor m malaysia and & group holdings industries industry sales supply management retail distribution",
    "foods food company co bistro cafe bar grill kitchen express",
)
"""Words that alone name no company: a line of only these goes on from the line above."""

STREET_WORDS = _words(
    "jalan jln jl lot lorong persiaran lebuh lebuhraya seksyen section floor flr level wisma plaza kompleks kawasan",
    "street road avenue ave blvd boulevard lane drive highway suite unit block blok blk building tingkat mall menara",
    "strasse straße weg platz rue calle via straat laan plein rd taman kampung bangunan",
)
PLACE_WORDS = _words(
    "bandar perindustrian bukit kuala lumpur selangor johor bahru baru penang pinang melaka perak pahang kedah",
    "kelantan terengganu sabah sarawak sembilan petaling jaya shah alam klang kelang ampang cheras kepong puchong",
    "darul ehsan makmur takzim naim iman malaysia negeri wilayah persekutuan labuan putrajaya perlis pulau",
    "ground first second third pusat medan desa batu singapore",
)
ADDRESS_WORDS = STREET_WORDS | PLACE_WORDS
_STREET_AT_HEAD = (
    r"rua|travessa|avenida|avda|alameda|estrada|pra[çc]a|largo|paseo|carrer|viale|corso|piazza|piazzale|vicolo|chemin|"
    r"quai|impasse|all[ée]e|route|ulica|ul\."
)
"""With a number only: elsewhere they are names of shops and other words."""
STREET = _any(
    rf"\b(?:{'|'.join(sorted(STREET_WORDS))})\b",
    r"^\W*n[o0]\W{0,2}\s?\d|^\W*\d{1,4}[a-z]?\s?[,\-/]\s?\w|^\W*[a-z]{0,2}\d{1,3}[-/]\d",
    r"(?:stra(?:ss|ß)e|straat|veien|vägen|gatan|gata|vej|gade|weg|gasse|allee|platz|katu|tie)\b \d",
    r"^\W*\d{1,5} [a-z]+ (?:st|rd|ave|blvd|dr|ln|way|terry)\b",
    rf"^\W*(?:\d{{1,4}},? (?:{_STREET_AT_HEAD})\s|(?:{_STREET_AT_HEAD})\s(?=.*\d))",
)
PLACE = _any(
    rf"\b(?:{'|'.join(sorted(PLACE_WORDS))})\b",
    r"\b\d{5}\b(?!\s?-?\s?[a-z]?\W*$)|\b\d{4} ?[a-z]{2}\b",
)
ADDRESS = _any(STREET.pattern, PLACE.pattern)
STREET_LIKE = re.compile(
    r"^(?!(?:page|seite|pagina|página|side|blad|strona|sivu|table|tisch|tafel|mesa|tavolo|bord|till|kass[ae]|caisse|caja)\b)"
    r"(?=.*[^\W\d_]{3})[^\W\d_]+[./]?(?:[ -][^\W\d_]+\.?){0,4},? \d{1,4}\s?[a-z]?$"
)
"""Weena 664 over 3012 CN Rotterdam: a street only by what stands under it."""
POSTAL = re.compile(r"\b\d{4,6}\b")
POSTAL_FIRST = re.compile(r"^\W*(?:[A-Z]{1,2}-)?(?:\d{4,6}|\d{3} \d{2}|\d{2}-\d{3})\b")

# Rows with amounts

TOTAL = _any(
    r"t[oa]ta[l1]|\btotaa?l|\btotale|\bsumme\b|\bgesamt|\bsumma\b|\bimporte\b|jumlah",
    r"(?:amount|amt) (?:due|payable)|balance due|\bto pay\b|\bte betalen|zu zahlen|à payer|a pagar",
    r"\bmontant\b|do zapłaty|\brazem\b|att betala|å betale|at betale",
    r"yhteensä|maksettava|fizetendő|végösszeg|celkem|k úhradě",
    r"nett? (?:amount|amt)|\bttl\b|\bnett?\W{0,3}(?:rm\W*)?$",
)
AMOUNT = re.compile(r"\b(?:amount|amt|amaun|bill)\b\W*(?:rm|\(rm\))?\W*$")
"""Where nothing is called a total."""
NOT_TOTAL = _any(
    r"qty|quan[ti]|\bitems?\b|item\(|saving|disc(?:ount)?\b|points?\b|\bpax\b|weight|\blines?\b",
    r"paid|tender|change|\bcash\b|received|bezahlt|deposit|reward|refund|credits?\b",
    r"(?:tax|gst|vat|sst)\W{0,3}(?:tota|amount|amt|payable)|tota[l1]\W{0,3}(?:tax|gst|vat|sst)\b(?! incl)",
    r"before|outstanding|previous|this month",
)
PAYABLE = _any(
    r"grand|nett?\b|final|rounded|payable|\bdue\b|after (?:round|adj|rnd)|amount|to pay",
    r"betalen|zahlen|payer|pagar|endbetrag|gesamtbetrag|zapłaty|betala|betale|fizetendő|maksettava|úhradě|ttc|documento",
)
PARTIAL = _any(
    r"sub\W{0,2}t|excl?|w/?o gst|without|untaxed|\bnetto\b|zwischen|exkl|\bht\b",
)
ROUNDING = re.compile(r"r[o0]unding|round(?:ed)? adj|\brnd\b|\badj")
CASH = _any(r"\bcash\b|tender|received|\bpaid\b|\bvisa\b|master|\bcard\b|amex|debit|\bbar\b|payment")
CHANGE = re.compile(r"\bc[hi]{1,2}an[gq]e\b|balance$|rückgeld|wisselgeld|kembali|\bbaki\b")
SUMMARY = re.compile(r"(?:gst|g5t|tax|vat|sst|mwst)\W{0,2}(?:summ?ary|analysis|summ|spec)|tax code|gst rate")
TAX = re.compile(r"\b(?:gst|vat|sst|(?:sales |service )?tax|mwst|ust|btw|iva|tva|moms|hst|pst|ppn|[ics]gst)\b")
NOT_TAX = _any(
    r"reg|no[.:]|\bid\b|inv[o0]ice|summ|excl|incl|with|number|tota[l1]\W{0,4}sales|analysis|code|before|rate|after",
    r"due",
)

ITEM_HEAD = _any(
    r"\b(?:description|descriptior|item|items|product|article|particulars|qty|quantity|u/?price|unit price|price|"
    r"amount|amt|disc|total|artikel|aantal|"
    r"prijs|menge|beschreibung|bezeichnung|einzelpreis|betrag|preis|désignation|quantité|"
    r"prix|montant|descripción|cantidad|precio|importe|rate)\b",
)

# Numbers and dates

CUSTOMER = _any(
    r"\b(?:bill(?:ed|ing)?|sold|ship(?:ped|ping)?|deliver(?:ed|y)?|invoice)\W{0,2}(?:to|address)\b|\battn\b",
    r"\bcustomer\b|\bclient\b|\bbuyer\b|rechnungsadresse|lieferadresse|\bkunde\b|klantadres|factuuradres",
    r"facturé à|\bguest\b",
)

_NO = r"(?:(?:number|num|no|nr|id)\b|n[°º]|nº|#)"
_BILL = r"fact(?:ure|ura|uur)|fattura|faktura|fatura|rechnungs?"
NUMBER = (
    (1.0, _any(
        rf"(?:tax\s?)?(?:inv[o0]ice|\binv)\W{{0,3}}{_NO}|invoice #",
        rf"(?:{_BILL})\W{{0,3}}(?:nummer|{_NO}|n\.|nro?\b|sorszáma)|számla\s?sorszáma?",
        r"laskun? ?(?:numero|nro)|fakturanr",
        rf"(?:num[eé]ro|number|n[°ºu]m?(?:ero)?\.?|nr\.?) (?:de |della |da )?(?:{_BILL})",
    )),
    (0.85, _any(
        r"(?:receipt|bill|doc(?:ument)?|slip|chit|check|booking|ticket|trans(?:action)?|trx|txn|bon|beleg|sales|cs|"
        rf"quittung)\W{{0,3}}{_NO}|^\W*(?:receipt|bill|txn|trx)\W{{0,2}}[#:]",
    )),
    (0.8, _any(rf"^\W*(?:tax ?)?(?:inv[o0]ice|{_BILL})\W{{0,3}}(?=\S*\d)")),
    (0.6, _any(rf"\border\W{{0,3}}{_NO}")),
)  # fmt: skip
"""How sure each is that what follows is the document's number."""

DATE_LABEL = _any(
    r"(?:inv[o0]ice|receipt|bill|factuur|rechnungs|issue|doc)\W{0,2}da|\bda[ti]e|datum|dt\b|tarikh|fecha|data\b",
    r"facture du|\ble \d|data wyst|\bkelt\b|päivä|\bden \d",
)
OTHER_DATE = _any(
    r"due|expir|valid|check.?(?:in|out)|deliver|order ?da|print|from|until|orderdatum|verval|zahlungsziel|fällig",
    r"échéance|prélèvement|livraison|płatno|sprzeda|vencim|scaden|förfall|esedékes",
    r"eräpäivä|lieferdatum|leistung|birth|period|start|end\b|best|return|before|effective|since|closed",
)
