"""`scout match` as a user runs it, on the small sample hall."""

import csv
import json
import re
import signal
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.acceptance.conftest import ROOT, clean_environment, scout


def test_what_is_claimed_is_there_and_what_is_there_is_claimed(sample: Path, result: dict[str, Any]) -> None:
    truth, family = truth_of(sample), families(sample)
    claims = {(Path(s["media"]).name, s["sku"]) for s in result["sightings"] if s["sku"]}
    wanted = {(medium, sku) for medium, shown in truth.items() for sku in shown.plain}
    wrong = {(medium, sku) for medium, sku in claims if sku not in truth[medium].plain | truth[medium].partly}
    strangers = {
        (medium, sku)
        for medium, sku in wrong
        if family[sku] not in {family[seen] for seen in truth[medium].plain | truth[medium].partly}
    }
    assert not strangers, "a product was claimed of which not even a sibling is in the picture"
    assert len(wrong) <= 0.2 * len(claims)
    assert len(claims & wanted) >= 0.5 * len(wanted)


def test_the_json_is_as_the_scorer_wants_it(sample: Path, result: dict[str, Any]) -> None:
    media = {str(path.resolve()) for path in (sample / "media").rglob("*") if path.is_file()}
    for sighting in result["sightings"]:
        assert sighting["media"] in media
        assert 0 <= sighting["start_s"] <= sighting["end_s"]
        assert 0.5 <= sighting["probability"] <= 1
    per_medium: dict[str, list[float]] = {}
    for candidate in result["candidates"]:
        per_medium.setdefault(candidate["media"], []).append(candidate["probability"])
    assert per_medium.keys() == media
    assert all(len(best) <= 5 and best == sorted(best, reverse=True) for best in per_medium.values())


def test_the_json_is_as_its_page_says(result: dict[str, Any]) -> None:
    page = (ROOT / "docs" / "results.md").read_text()
    told = set(re.findall(r"`(\w+)`", "".join(line.split("|")[1] for line in page.splitlines() if line[:3] == "| `")))
    members = result.keys() - {"stdout", "page"}  # these are the fixture's
    assert members | {name for sighting in result["sightings"] for name in sighting} | {"family"} == told
    ended = datetime.fromisoformat(result["ended_at"])
    assert timedelta() <= datetime.now(UTC) - ended < timedelta(hours=1)


def test_sightings_have_their_booths_and_none_a_wrong_one(sample: Path, result: dict[str, Any]) -> None:
    truth = booths_of(sample)
    claims = [(Path(s["media"]).name, s) for s in result["sightings"] if s["sku"]]
    named = [(name, s) for name, s in claims if s["booth"] is not None]
    wrong = [(name, s["sku"], s["booth"]) for name, s in named if s["booth"]["number"] not in truth[name, s["sku"]]]
    assert wrong == []
    assert len(named) >= 0.3 * len(claims)
    assert all(0.5 < s["booth"]["confidence"] < 1 and s["booth"]["company"] for _, s in named)
    assert all(s["booth"]["sign"]["frame"] for _, s in named if s["booth"]["how"] != "products")
    assert "Hall 4 " in result["stdout"]


def test_labels_are_read_and_agree_with_the_catalogue(result: dict[str, Any]) -> None:
    verdicts = [s["label"]["verdict"] for s in result["sightings"] if s["label"]]
    assert verdicts.count("agrees") >= 0.5 * len(result["sightings"])
    assert verdicts.count("contradicts") <= 0.05 * len(verdicts)
    assert "label agrees" in result["stdout"]


def test_the_end_says_what_to_expect(result: dict[str, Any]) -> None:
    assert re.search(
        r"\d+ sightings? at p >= 0.5; expected false: \d+\.\d by chance, \d+\.\d siblings", result["stdout"]
    )
    assert "Job done after" in result["stdout"]


def test_the_report_holds_an_evidence_picture_for_each_sighting(result: dict[str, Any]) -> None:
    assert result["page"].count("data:image/") == len(result["sightings"])
    assert not re.search(r'src="(?!data:)', result["page"])


def test_every_claim_has_its_proof_as_a_file(data_root: Path, result: dict[str, Any]) -> None:
    proofs = sorted((data_root / "proofs").glob("*.json"))
    assert len(proofs) == len(result["sightings"])
    assert all(proof.with_suffix(".jpg").exists() for proof in proofs)
    alone = scout("evidence", "verify", str(proofs[0]), "--data", str(data_root / "nothing"), SCOUT_PORT="9")
    assert alone.returncode == 0, alone.stdout + alone.stderr
    assert "The proof holds" in alone.stdout
    assert "not checked" in alone.stdout
    stored = scout("evidence", "verify", str(proofs[0]), "--data", str(data_root / "match"))
    assert stored.returncode == 0, stored.stdout + stored.stderr
    assert "as the stored sighting has it" in stored.stdout


def test_a_proof_with_other_words_does_not_hold(data_root: Path, result: dict[str, Any]) -> None:
    changed = data_root / "proofs" / "changed.txt"
    proof = json.loads(next((data_root / "proofs").glob("0001-*.json")).read_text())
    changed.write_text(json.dumps(proof | {"sku": "GOLD-1"}))
    said = scout("evidence", "verify", str(changed), "--data", str(data_root / "match"))
    assert said.returncode == 1
    assert "it says GOLD-1" in said.stdout
    assert proof["sku"] in said.stdout


def test_proofs_without_evidence_are_refused_at_once(sample: Path, data_root: Path) -> None:
    words = ["match", "--catalogue", str(sample / "catalogue" / "catalogue.csv"), str(sample / "media")]
    said = scout(*words, "--no-evidence", "--proofs", str(data_root / "p"), "--data", str(data_root / "match"))
    assert said.returncode == 1
    assert "--no-evidence" in said.stderr


def test_a_second_run_uses_what_the_first_computed(sample: Path, data_root: Path, result: dict[str, Any]) -> None:
    out = data_root / "again.json"
    words = ["match", "--catalogue", str(sample / "catalogue" / "catalogue.csv"), str(sample / "media")]
    assert scout(*words, "--data", str(data_root / "match"), "--json", str(out)).returncode == 0
    again = json.loads(out.read_text())
    assert rows(again) == rows(result)
    assert again["stages"]["keypoint"]["cpu_s"] < 0.5 * result["stages"]["keypoint"]["cpu_s"]


def test_ctrl_c_cancels_and_leaves_nothing(sample: Path, data_root: Path) -> None:
    words = ["match", "--catalogue", str(sample / "catalogue" / "catalogue.csv"), str(sample / "media")]
    process = subprocess.Popen(
        [sys.executable, "-m", "scout_app", *words, "--data", str(data_root / "interrupted")],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=clean_environment() | {"SCOUT_DRAIN_S": "1"},
        start_new_session=True,
    )
    assert process.stdout is not None
    next(line for line in process.stdout if "catalogue" in line)  # it has begun
    process.send_signal(signal.SIGINT)
    said = process.stdout.read()
    assert process.wait(20) == 130, said
    assert "Cancelled" in said
    assert "Traceback" not in said


def test_an_unknown_catalogue_is_one_line(data_root: Path, sample: Path) -> None:
    ended = scout("match", "-c", "nowhere.csv", str(sample / "media"), "--data", str(data_root / "unused"))
    assert ended.returncode == 1
    assert f"{Path.cwd() / 'nowhere.csv'}: there is no such file or folder" in " ".join(ended.stderr.split())
    assert "Traceback" not in ended.stderr
    assert not (data_root / "unused").exists()  # at once: no database was started for it


@dataclass(frozen=True)
class Truth:
    """Which products a medium shows plainly, and which of them too far, too turned or too hidden to be held to."""

    plain: set[str]
    partly: set[str]


def truth_of(sample: Path) -> dict[str, Truth]:
    """The truth per file name; a product counts as plainly shown from one second on."""
    told = {}
    for clip in json.loads((sample / "videos" / "truth.json").read_text())["clips"]:
        seen = {p["product"]: sum(end - start for start, end in p["visible"]) for p in clip["products"]}
        plain = {sku for sku, seconds in seen.items() if seconds >= 1}
        told[Path(clip["video"]).name] = Truth(plain, seen.keys() - plain)
    for photo in json.loads((sample / "products" / "truth.json").read_text())["photos"]:
        told[Path(photo["file"]).name] = Truth(set(photo["present"]), set(photo["do_not_score"]))
    return told


def booths_of(sample: Path) -> dict[tuple[str, str], set[str]]:
    """The booths where each medium shows each product."""
    told = json.loads((sample / "truth.json").read_text())
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for clip in told["clips"]:
        for frame in clip["frames"]:
            for box in frame["boxes"]:
                found[clip["video"], box["product"]].add(box["booth"])
    for photo in told["photos"]:
        for instance in photo["instances"]:
            found[photo["file"], instance["product"]].add(instance["booth"])
        for sku in photo["do_not_score"]:
            found[photo["file"], sku].add(photo["booth"])
    return found


def families(sample: Path) -> dict[str, str]:
    """The family of each sku: packs of one artwork."""
    with (sample / "catalogue" / "catalogue.csv").open(newline="") as file:
        return {row["sku"]: row["family"] for row in csv.DictReader(file)}


def rows(result: dict[str, Any]) -> list[tuple[Any, ...]]:
    return sorted(
        (s["media"], s["sku"] or "", round(s["start_s"], 3), round(s["end_s"], 3), round(s["probability"], 4))
        for s in result["sightings"]
    )
