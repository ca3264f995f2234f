"""The score of booths, on a truth made by hand."""

from bench.stood import scored

TRUTH = {
    "photos": [{"file": "a.jpg", "booth": "A10"}],
    "clips": [
        {
            "video": "hall.mp4",
            "frames": [
                {"time_s": 1.0, "boxes": [{"product": "x", "booth": "A10", "share": 1.0}]},
                {"time_s": 9.0, "boxes": [{"product": "x", "booth": "B11", "share": 1.0}]},
            ],
        }
    ],
}


def sighting(media, start_s, end_s, number):
    booth = None if number is None else {"number": number}
    return {"sku": "x", "media": f"/m/{media}", "start_s": start_s, "end_s": end_s, "booth": booth}


def test_right_wrong_and_unnamed():
    found = [
        sighting("a.jpg", 0, 0, "A10"),
        sighting("hall.mp4", 0.5, 2.0, "A10"),
        sighting("hall.mp4", 8.0, 9.5, "A10"),
        sighting("hall.mp4", 8.0, 9.5, None),
    ]
    stood = scored({"sightings": found}, TRUTH)
    assert (stood.right, stood.wrong, stood.unnamed, stood.share) == (2, 1, 1, 0.5)
