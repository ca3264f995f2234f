"""One example of each thing, as the OpenAPI document shows it."""

JOB = "0198a1c2-52aa-7cc0-9d6e-1f5f6f3a7b10"
READING = {
    "media_type": "image/png",
    "kind": "label",
    "text": "Choco Krave\n375 g\nEUR 3.49",
    "markdown": "Choco Krave\n375 g\nEUR 3.49",
    "pages": [
        {
            "number": 1,
            "width": 480,
            "height": 320,
            "source": "ocr",
            "words": [
                {
                    "text": "Choco",
                    "confidence": 0.991,
                    "quad": [[24, 30], [131, 30], [131, 62], [24, 62]],
                    "line": 0,
                    "block": 0,
                    "engine": "rapidocr",
                }
            ],
        }
    ],
    "fields": [
        {
            "name": "price",
            "value": "3.49",
            "confidence": 0.93,
            "rule": "amount beside a currency",
            "page": 1,
            "box": [24, 150, 160, 182],
            "engine": "rapidocr",
            "raw": "EUR 3.49",
            "doubts": [],
        }
    ],
    "barcodes": [],
    "languages": ["en"],
    "engines": {"rapidocr": "3.10"},
    "quality": [{"blur": 0.97, "glare": 1.0, "resolution": 1.0, "score": 0.97, "advice": ""}],
    "warnings": [],
}
FILE = {"position": 0, "name": "label.png", "sha256": "1" * 64, "media_type": "image/png", "bytes": 18230, "url": None}
