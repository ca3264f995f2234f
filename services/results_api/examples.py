"""One example of each thing, as the OpenAPI document shows it."""

STAGE = {
    "stage": "matcher",
    "title": "Matching",
    "total": 12,
    "waiting": 0,
    "pending": 3,
    "running": 2,
    "done": 7,
    "failed": 0,
    "eta_s": 14.2,
}
JOB = {
    "id": "0198a1c2-52aa-7cc0-9d6e-1f5f6f3a7b10",
    "title": "Sample hall",
    "state": "done",
    "incomplete": False,
    "show": "Sample Fair",
    "products": 30,
    "media": 5,
    "sightings": 61,
    "kept": 74,
    "failed_units": 0,
    "created_at": "2026-11-21T11:40:00Z",
    "finished_at": "2026-11-21T11:41:12Z",
}
PRODUCT = {
    "id": "5f7bfa2c-9c35-5b7f-8c8e-6f6f7f1f9a11",
    "sku": "CK-375",
    "title": "Choco Krave",
    "brand": "Krave",
    "category": "Cereals",
}
MEDIUM = {
    "id": "2f5a6f0e-0a0e-5d52-9a59-1d3a6b9d3c77",
    "name": "hall.mp4",
    "kind": "video",
    "captured_at": "2026-11-20T10:12:00Z",
    "url": "/api/v1/videos/2f5a6f0e-0a0e-5d52-9a59-1d3a6b9d3c77/media#t=12.5",
}
MATCH = {
    "id": "7a0d8f0e-3d0a-5a63-8a93-0c9b2f1e4d55",
    "job": "0198a1c2-52aa-7cc0-9d6e-1f5f6f3a7b10",
    "product": PRODUCT,
    "family": [],
    "medium": MEDIUM,
    "show": "Sample Fair",
    "start_s": 11.2,
    "end_s": 15.8,
    "best_s": 12.5,
    "probability": 0.97,
    "sibling_risk": 0.01,
    "state": "new",
    "facings": 2,
    "frames": 3,
    "frame": "/api/v1/assets/" + "0" * 64,
    "packshot": "/api/v1/assets/" + "1" * 64,
    "evidence": "/api/v1/matches/7a0d8f0e-3d0a-5a63-8a93-0c9b2f1e4d55/evidence",
    "proof": "/api/v1/matches/7a0d8f0e-3d0a-5a63-8a93-0c9b2f1e4d55/proof",
    "booth": {
        "id": "4d0c6a52-7c2e-5b0a-8f5e-6d1f2b3c4d5e",
        "number": "A12",
        "hall": "4",
        "company": "Kornhaus GmbH",
        "company_id": "0f8e7d6c-5b4a-5e3d-9c2b-1a0f9e8d7c6b",
        "confidence": 0.93,
        "how": "sign",
        "sign": {
            "frame": "/api/v1/assets/" + "2" * 64,
            "medium": "2f5a6f0e-0a0e-5d52-9a59-1d3a6b9d3c77",
            "time_s": 11.0,
            "text": "Kornhaus GmbH / Hall 4 A12",
            "quad": [[411, 20], [540, 18], [541, 60], [410, 62]],
            "frames": ["/api/v1/assets/" + "2" * 64],
        },
    },
    "label": {"text": "Choco Krave", "verdict": "agrees", "reasons": ["reads 'Choco Krave'"], "barcodes": []},
    "created_at": "2026-11-21T11:41:00Z",
}
BOOTH = {
    "id": "4d0c6a52-7c2e-5b0a-8f5e-6d1f2b3c4d5e",
    "number": "A12",
    "hall": "4",
    "show": "Sample Fair",
    "company": "Kornhaus GmbH",
    "company_id": "0f8e7d6c-5b4a-5e3d-9c2b-1a0f9e8d7c6b",
    "country": "Germany",
    "url": "https://kornhaus.example/",
    "listed": True,
    "sightings": 12,
}
EXPECTED = {
    "sightings": 61,
    "min_probability": 0.5,
    "by_chance": 0.4,
    "siblings": 1.1,
    "by_probability": 1.4,
    "text": "61 sightings at p >= 0.5; expected false: 0.4 by chance, 1.1 siblings; "
    "of the 61, 1.4 expected wrong by their own probabilities",
}
LISTED = {
    **PRODUCT,
    "price": 3.5,
    "currency": "EUR",
    "barcode": "4006381333931",
    "image": "/api/v1/assets/" + "1" * 64,
    "sightings": 9,
    "updated_at": "2026-11-21T11:40:00Z",
}
PICTURE = {
    "sha256": "1" * 64,
    "url": "/api/v1/assets/" + "1" * 64,
    "source": "images/ck-375.jpg",
    "width": 640,
    "height": 900,
    "warnings": [],
}
