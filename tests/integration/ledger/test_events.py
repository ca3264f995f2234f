"""What observers are told."""

from scout_common.ledger.events import tell_progress

from tests.integration.world import World


class TestProgress:
    def test_only_the_newest_progress_is_kept(self, world: World) -> None:
        job = world.start()
        for _ in range(3):
            with world.resources.engine.begin() as connection:
                tell_progress(connection, job)
        assert world.ask("SELECT count(*) FROM job_event WHERE type = 'job.progress'") == 1
        world.run(world.messages()[0])
        with world.resources.engine.begin() as connection:
            tell_progress(connection, job)
        ((data,),) = world.rows("SELECT data FROM job_event WHERE type = 'job.progress'")
        assert data["stages"]["catalog"] == {"done": 1}

    def test_an_ended_job_has_no_more_progress(self, world: World) -> None:
        job = world.start()
        world.run_all()
        with world.resources.engine.begin() as connection:
            tell_progress(connection, job)
        assert world.rows("SELECT type FROM job_event ORDER BY id") == [("job.started",), ("job.completed",)]
