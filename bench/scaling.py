"""What a day's load needs, from what units cost: `python -m bench.scaling read DATA` and `... plan COSTS`.

read: the costs of the jobs in a data folder that nobody uses, as JSON. plan: the tables of docs/scaling.md.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.unit_costs import WHOLE, Costs, read_costs

DAY_S = 86_400.0
INDEX_SHARE = 2.0
"""Database bytes to row bytes: indexes, dead rows and half-full pages. An assumption."""


@dataclass(frozen=True, kw_only=True)
class Load:
    """A day. busy: the part of the cores' time that is spent on units. megabits: of a second of video.

    Keyframes and sightings come as densely as in the video that was measured.
    """

    hours: float
    products: float
    busy: float = 0.6
    megabits: float = 6.0

    def wholes(self, costs: Costs) -> dict[str, float]:
        """How many of each whole a day brings."""
        times = self.hours / costs.counts["video_h"]
        return {name: times * count for name, count in costs.counts.items()} | {"product": self.products}


def cost_rows(costs: Costs) -> Iterator[str]:
    """A line per stage: what it costs per whole."""
    yield "| stage | units | CPU s a unit | wall s a unit | CPU s |"
    yield "|---|---|---|---|---|"
    for stage, cost in costs.stages.items():
        per = f"{costs.cpu_s_per(stage):.3g} a {WHOLE[stage].replace('video_h', 'hour of video')}"
        yield f"| `{stage}` | {cost['units']} | {cost['cpu_s'] / cost['units']:.3g} | {cost['wall_s']:.3g} | {per} |"


def plan_rows(costs: Costs, load: Load) -> Iterator[str]:
    """Cores by stage, then storage, database and messages a day."""
    wholes = load.wholes(costs)
    yield f"| {load.hours:,.0f} hours of video and {load.products:,.0f} products a day | |"
    yield "|---|---|"
    total = 0.0
    for stage in costs.stages:
        seconds = costs.cpu_s_per(stage) * wholes[WHOLE[stage]]
        total += seconds
        yield f"| cores for `{stage}` | {seconds / DAY_S / load.busy:,.1f} |"
    yield f"| **cores in all**, {load.busy:.0%} busy | **{total / DAY_S / load.busy:,.0f}** |"
    yield from _storage(costs, load, wholes)


def _storage(costs: Costs, load: Load, wholes: dict[str, float]) -> Iterator[str]:
    units = sum(costs.units_per(whole) * count for whole, count in wholes.items())
    rows = sum(costs.table_bytes[whole] * count for whole, count in wholes.items())
    blobs = {whole: costs.blob_bytes[whole] * count for whole, count in wholes.items()}
    media = load.hours * 3600 * load.megabits * 1e6 / 8
    yield f"| keyframes | {wholes['keyframe']:,.0f} |"
    yield f"| units of work = messages | {units:,.0f}, {units / DAY_S:,.0f} a second |"
    ledger = costs.table_bytes["unit"] * units * INDEX_SHARE
    yield f"| ledger rows, kept until their job is deleted | {ledger / 1e9:,.1f} GB |"
    yield f"| other rows | {rows * INDEX_SHARE / 1e9:,.1f} GB |"
    yield f"| media in, at {load.megabits:g} Mbit/s | {media / 1e12:,.1f} TB, {media * 8 / DAY_S / 1e9:,.1f} Gbit/s |"
    names = {
        "keyframe": "keyframes and their features",
        "video_h": "strips",
        "product": "products",
        "sighting": "evidence",
    }
    for whole, name in names.items():
        yield f"| blobs: {name} | {blobs[whole] / 1e12:,.2f} TB |"
    index = costs.index_bytes_per_product
    yield f"| voting index of 3,000 products, each matcher process | {index * 3_000 / 1e9:,.2f} GB |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("read").add_argument("data", type=Path)
    plan = commands.add_parser("plan")
    plan.add_argument("costs", type=Path)
    plan.add_argument("--hours", type=float, default=10_000)
    plan.add_argument("--products", type=float, default=1_000_000)
    given = parser.parse_args()
    if given.command == "read":
        print(json.dumps(_read(given.data), indent=1))
        return
    costs = Costs(**json.loads(given.costs.read_text("utf-8")))
    load = Load(hours=given.hours, products=given.products)
    print("\n".join([*cost_rows(costs), "", *plan_rows(costs, load)]))


def _read(data: Path) -> dict[str, object]:
    from scout_app import bootstrap, folder
    from scout_common.db import make_engine

    settings = bootstrap.read_settings(data_dir=data)
    with folder.hold(data, command="bench.scaling"), bootstrap.database(settings) as opened:
        engine = make_engine(opened.database_url)
        with engine.connect() as connection:
            costs = read_costs(connection, settings.blob_dir)
        engine.dispose()
    return costs.as_json()


if __name__ == "__main__":
    main()
