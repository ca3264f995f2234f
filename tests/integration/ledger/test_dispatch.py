"""What is published, fairly, and what was lost."""

from scout_common.ledger import dispatch
from scout_contracts.codec import UnitRef

from tests.integration.world import World


def world_ref(world: World, stage: str) -> UnitRef:
    ((job, key),) = world.rows("SELECT job_id::text, key FROM unit WHERE stage = :stage", stage=stage)
    return UnitRef(job_id=job, stage=stage, key=key)


class TestDispatch:
    def test_jobs_take_turns_within_the_window(self, world: World) -> None:
        first, second = world.start(catalogue="c-9"), world.start(catalogue="d-9")
        for ref in world.messages():
            world.run(ref)
        embedding = [ref.job_id for ref in world.messages(window=4) if ref.stage == "embedding"]
        assert sorted(embedding) == sorted([first, second, first, second])
        assert [ref for ref in world.messages(window=4) if ref.stage == "embedding"] == []

    def test_two_keepers_never_take_the_same_unit(self, world: World) -> None:
        world.start(catalogue="c-9")
        world.run(world.messages()[0])
        engine = world.resources.engine
        with engine.begin() as one, engine.begin() as two:
            mine = {unit.ref.key for unit in dispatch.next_units(one, {"embedding": 5})}
            yours = {unit.ref.key for unit in dispatch.next_units(two, {"embedding": 5})}
        assert (len(mine), len(yours)) == (5, 4)
        assert not mine & yours

    def test_messages_nobody_took_are_published_again(self, world: World) -> None:
        world.start()
        (ref,) = world.messages()
        assert dispatch.requeue_lost(world.resources.engine, lost_s=60) == 0
        world.execute("UPDATE unit SET published_at = published_at - interval '61 s' WHERE state = 'pending'")
        assert dispatch.requeue_lost(world.resources.engine, lost_s=60) == 1
        assert world.messages() == [ref]

    def test_a_long_queue_that_moves_has_lost_nothing(self, world: World) -> None:
        world.start(catalogue="c-9")
        world.run(world.messages()[0])
        first, last, *_ = [ref for ref in world.messages() if ref.stage == "embedding"]
        world.execute("UPDATE unit SET published_at = published_at - interval '70 s' WHERE stage = 'embedding'")
        world.execute("UPDATE unit SET published_at = NULL WHERE stage <> 'embedding'")
        world.run(first)
        assert dispatch.requeue_lost(world.resources.engine, lost_s=60) == 0
        world.execute("UPDATE unit SET published_at = published_at - interval '1 h' WHERE key = :key", key=last.key)
        assert dispatch.requeue_lost(world.resources.engine, lost_s=60) == 1  # others, published later, were taken
        world.execute("UPDATE unit SET started_at = started_at - interval '61 s' WHERE stage = 'embedding'")
        assert dispatch.requeue_lost(world.resources.engine, lost_s=60) == 7  # and now it stands still

    def test_a_bus_that_died_with_its_process_is_made_good_by_the_next_alone(self, world: World) -> None:
        world.start(catalogue="c-1")
        world.run(world.messages()[0])
        world.messages()
        taken = world.take(UnitRef(**{**vars(world_ref(world, "embedding")), "attempt": 0}))
        with dispatch.sole_bus(world.resources.engine) as lost:
            assert lost == 2
            with dispatch.sole_bus(world.resources.engine) as again:
                assert again == 0  # another process is alive: what is in flight may be its
        assert world.expire() == 1
        assert {ref.stage for ref in world.messages()} == {taken.stage, "keypoint_product"}

    def test_in_one_process_the_background_begins_when_nobody_waits_for_anything(self, world: World) -> None:
        def room() -> set[str]:
            with world.resources.engine.connect() as connection:
                return set(dispatch.room(connection, 10, workers=2))

        assert {"signs", "embedding"} <= room()
        job = world.start(catalogue="c-1", media=("m-1",))
        world.run(world.messages()[0])
        assert world.state(job) == "running"
        assert "embedding" in room() and "signs" not in room()
        world.execute("UPDATE unit SET state = 'waiting' WHERE state = 'pending'")  # a barrier that is about to open
        assert "signs" not in room()
        world.execute("UPDATE unit SET state = 'pending' WHERE state = 'waiting' AND stage <> 'sightings'")
        world.control.cancel(job)
        assert "signs" in room()

    def test_on_a_shared_bus_the_background_is_a_trickle_while_somebody_waits(self, world: World) -> None:
        def room() -> dict[str, int]:
            with world.resources.engine.connect() as connection:
                return dispatch.room(connection, 64)

        assert (room()["signs"], room()["region_text"]) == (64, 64)
        job = world.start(catalogue="c-1", media=("m-1",))
        assert (room()["signs"], room()["region_text"]) == (dispatch.TRICKLE, 64)
        world.control.cancel(job)
        assert room()["signs"] == 64
