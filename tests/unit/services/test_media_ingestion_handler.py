"""What media ingestion decides, without any media."""

import numpy as np
from scout_common.assets import Asset
from scout_contracts.events import VideosSearchRequest
from scout_vision.errors import BadMedia
from scout_vision.video import Keyframe

from services.media_ingestion.handler import Inputs, KeyframeRow, Medium, Poster, SegmentDone, handle

PICTURE = np.zeros((4, 6, 3), np.uint8)


def medium(kind="video", duration_s=700.0):
    return Medium(
        id="m", sha256="s", kind=kind, media_type="video/mp4", duration_s=duration_s, width=6, height=4, fps=25.0,
        codec="h264", captured_at=None, uri="/hall.mp4", name="hall.mp4", info={},
    )  # fmt: skip


def row(time_s, sha=None):
    asset = Asset(sha256=sha or f"{time_s}", media_type="image/jpeg", bytes=9)
    return KeyframeRow(medium_id="m", time_s=time_s, asset=asset, width=6, height=4, sharpness=1.0, shot=0)


def inputs(*, probe=None, stored=None, frames=()):
    return Inputs(
        probe=lambda: probe,
        stored=lambda: stored,
        keyframes=lambda start, end: iter(frames),
        keep=lambda frame: row(frame.time_s),
    )


def run(event, given):
    return list(handle(event, given))


SEARCH = VideosSearchRequest(uri="/hall.mp4", name="hall.mp4")
SEGMENT = VideosSearchRequest(uri="/hall.mp4", name="hall.mp4", medium_id="m", start_s=0.0, end_s=300.0)


def test_a_long_video_is_split_into_segments_and_joined_at_the_end():
    (batch,) = run(SEARCH, inputs(probe=(medium(), None)))
    segments = [child for child in batch.children if child.stage == "media_ingestion"]
    assert segments[0].event.start_s == 0.0
    assert segments[-1].event.end_s >= 700.0
    assert len(segments) >= 2
    (joining,) = [child for child in batch.children if child.stage == "sightings"]
    assert joining.state == "waiting"
    assert {child.scope for child in batch.children} == {"medium:m"}


def test_a_photo_is_its_own_keyframe_and_poster():
    (batch,) = run(SEARCH, inputs(probe=(medium("photo", 0.0), row(0.0, "photo"))))
    assert {child.stage for child in batch.children} == {"keypoint", "signs", "sightings"}
    assert [child.stage for child in batch.children if not child.blocking] == ["signs"]
    assert [r.asset.sha256 for r in batch.rows if isinstance(r, Poster)] == ["photo"]


def test_keyframes_go_out_in_chunks_while_the_video_is_still_being_read():
    frames = [Keyframe(float(t), PICTURE, 1.0, 0) for t in range(40)]
    batches = run(SEGMENT, inputs(frames=frames))
    children = [child for batch in batches for child in batch.children]
    sent = [frame for child in children if child.stage == "keypoint" for frame in child.event.frames]
    assert [time for time, _ in sent] == [float(t) for t in range(40)]
    assert len(batches) == 3
    assert [(c.event.start_s, c.event.end_s, c.blocking) for c in children if c.stage == "signs"] == [(0, 300, False)]
    assert isinstance(batches[-1].rows[-1], SegmentDone)


def test_damage_keeps_what_came_before_it_and_is_told():
    def damaged():
        yield Keyframe(1.0, PICTURE, 1.0, 0)
        raise BadMedia("the file is cut off at 1.2 s")

    (batch,) = run(SEGMENT, inputs(frames=damaged()))
    assert [frame[0] for frame in batch.children[0].event.frames] == [1.0]
    (issue,) = batch.issues
    assert issue.subject == "hall.mp4"
    assert "cut off" in issue.message
    assert batch.rows[-1].damage is not None


def test_a_segment_that_an_earlier_job_sampled_is_not_decoded_again():
    def forbidden():
        raise AssertionError("decoded again")
        yield

    (batch,) = run(SEGMENT, inputs(stored=[row(1.0), row(3.0)], frames=forbidden()))
    assert [frame[0] for frame in batch.children[0].event.frames] == [1.0, 3.0]
    assert not any(isinstance(r, SegmentDone) for r in batch.rows)
