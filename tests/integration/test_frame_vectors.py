"""Vectors of keyframes in pgvector: found by their best region, filtered by job and medium, models apart."""

from uuid import UUID

import numpy as np
import pytest
from scout_common.frame_vectors import (
    FrameVectors,
    copy_frame_vectors,
    ensure_frame_index,
    known_frames,
    nearest_frames,
    stored_frame,
)
from scout_vision.learned.regions import regions
from sqlalchemy import Connection, Engine, text

MODEL, OTHER, DIM = "onnx.made:0123456789ab", "onnx.other:0123456789ab", 32
GRID = regions(1280, 720)
JOB, VIDEOS = UUID(int=7), (UUID(int=1), UUID(int=2))


def made(number: int) -> FrameVectors:
    vectors = np.random.default_rng(number).normal(size=(len(GRID), DIM)).astype(np.float32)
    return FrameVectors(
        image_sha256=f"{number:064x}",
        regions=GRID,
        vectors=vectors / np.linalg.norm(vectors, axis=1, keepdims=True),
    )


def prepare(connection: Connection) -> None:
    """Sixty frames of two videos, of which a job has searched the second."""
    for video in VIDEOS:
        connection.execute(
            text("""INSERT INTO medium (id, sha256, kind, media_type, duration_s, width, height)
                    VALUES (:id, :sha, 'video', 'video/mp4', 60, 10, 10)"""),
            {"id": video, "sha": str(video)},
        )
    connection.execute(text("INSERT INTO job (id, title, spec) VALUES (:id, 'j', '{}')"), {"id": JOB})
    connection.execute(
        text("INSERT INTO job_medium (job_id, medium_id, scope, uri, name) VALUES (:job, :medium, 's', 'u', 'n')"),
        {"job": JOB, "medium": VIDEOS[1]},
    )
    for number in range(60):
        connection.execute(
            text("""INSERT INTO keyframe (medium_id, sampler, time_ms, time_s, image_sha256, width, height, sharpness,
                                          shot)
                    VALUES (:medium, 's', :ms, :ms / 1000.0, :image, 1280, 720, 1, 0)"""),
            {"medium": VIDEOS[number % 2], "ms": number, "image": f"{number:064x}"},
        )
    assert copy_frame_vectors(connection, (made(number) for number in range(60)), MODEL) == 60 * len(GRID)


@pytest.mark.parametrize("indexed", [False, True])
def test_frames_are_found_by_their_best_region(engine: Engine, indexed: bool) -> None:
    with engine.begin() as connection:
        prepare(connection)
        if indexed:
            ensure_frame_index(connection, MODEL, DIM)
            connection.execute(text("SET LOCAL enable_seqscan = off"))
            connection.execute(text("SET LOCAL enable_sort = off"))
        wanted = made(31).vectors[9]
        found = nearest_frames(connection, MODEL, wanted, 5)
        assert found[0].image_sha256 == f"{31:064x}"
        assert found[0].similarity == pytest.approx(1, abs=1e-2)
        assert tuple(vars(found[0].region).values()) == pytest.approx(tuple(vars(GRID[9]).values()))
        assert len({frame.image_sha256 for frame in found}) == 5
        in_job = nearest_frames(connection, MODEL, wanted, 5, job=str(JOB))
        assert in_job[0] == found[0] and all(int(f.image_sha256, 16) % 2 for f in in_job)
        elsewhere = nearest_frames(connection, MODEL, wanted, 5, medium=str(VIDEOS[0]))
        assert not any(int(f.image_sha256, 16) % 2 for f in elsewhere)
        assert nearest_frames(connection, OTHER, wanted, 5) == []


def test_frames_are_stored_once_and_read_again(engine: Engine) -> None:
    with engine.begin() as connection:
        assert copy_frame_vectors(connection, [made(1), made(2)], MODEL) == 2 * len(GRID)
        assert copy_frame_vectors(connection, [made(2)], MODEL) == 0
        assert copy_frame_vectors(connection, [made(2)], OTHER) == len(GRID)
        names = [f"{number:064x}" for number in range(4)]
        assert known_frames(connection, MODEL, names) == set(names[1:3])
        assert known_frames(connection, OTHER, names) == {names[2]}
        again = stored_frame(connection, MODEL, names[1])
        assert again is not None
        assert np.allclose(again.vectors, made(1).vectors, atol=1e-3)
        assert len(again.regions) == len(GRID)
        assert stored_frame(connection, MODEL, names[3]) is None
