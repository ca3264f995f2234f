"""Why a page shows no sightings, and what the reader can do next."""

from dataclasses import dataclass

from services.results_api.schemas import Job


@dataclass(frozen=True)
class Emptiness:
    """The cause in one line, the next step in another; `action` is a link's text where a link is the step."""

    cause: str
    step: str
    action: str = ""
    link: str = ""
    command: str = ""


START = "scout job start --catalogue products.csv videos/*.mp4"


def why_empty(job: Job | None, *, asked: str, filtered: bool) -> Emptiness:
    """Told for the reader who expected sightings."""
    if job is None:
        return _no_job(asked)
    if filtered and job.sightings:
        hidden = f"{job.sightings} sighting{'s are' if job.sightings != 1 else ' is'} hidden by the filters."
        return Emptiness("Nothing fits these filters.", hidden, "Clear the filters", f"/?job={job.id}")
    if job.state in ("submitted", "running"):
        return _working(job)
    return _finished(job)


def _no_job(asked: str) -> Emptiness:
    if asked:
        return Emptiness(
            "There is no such job.", "It may have been removed, or the link is cut off.", "Newest job", "/"
        )
    return Emptiness("No job yet.", "Start one from a terminal; its sightings appear here.", command=START)


def _working(job: Job) -> Emptiness:
    busy = next((stage.title for stage in job.stages if stage.running or stage.pending), "Waiting for a worker")
    return Emptiness(
        "Still working: nothing sighted so far.", f"Now: {busy.lower()}. Sightings appear here medium by medium."
    )


def _finished(job: Job) -> Emptiness:
    if job.state == "cancelled":
        return Emptiness(
            "The job was cancelled before anything was sighted.",
            "Retry it to go on where it stopped.",
            command=f"scout job retry {job.id}",
        )
    if job.state == "failed" and job.picked_up_at is None:
        return Emptiness(
            "The job could not begin.",
            "The problem above says why; retry when it is mended.",
            command=f"scout job retry {job.id}",
        )
    if not job.products:
        return Emptiness(
            "The catalogue held no usable products.",
            "The list of problems above names each; correct it and start a new job.",
        )
    if not job.media:
        return Emptiness(
            "No video or photo could be used.",
            "The list of problems above names each file; start a new job with others.",
        )
    if job.state == "failed":
        return Emptiness(
            "The job failed before anything was sighted.",
            "The failures above say why; retry when they are mended.",
            command=f"scout job retry {job.id}",
        )
    threshold = job.expected_false.min_probability
    if job.kept:
        weaker = "1 weaker sighting was" if job.kept == 1 else f"{job.kept} weaker sightings were"
        return Emptiness(
            f"None of the {job.products} products was sighted at p >= {threshold:g}.",
            f"{weaker} kept: see for yourself.",
            "Show what is weaker",
            f"/?job={job.id}&all=1",
        )
    media = "One medium was" if job.media == 1 else f"{job.media} media were"
    return Emptiness(
        f"None of the {job.products} products was sighted at p >= {threshold:g}.",
        f"{media} searched to the end. A job with a lower minimum probability shows weaker claims.",
    )
