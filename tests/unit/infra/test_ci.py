"""What runs by itself: every test, those of learned models included."""

from pathlib import Path

import yaml

ROOT = Path(__file__).parents[3]


def test_ci_runs_what_make_test_leaves_out() -> None:
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())["jobs"]
    runs = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    assert "bash .ci/run" in runs
    assert "make test-learned" in runs
    assert "\ntest-learned:\n" in (ROOT / "Makefile").read_text()
