"""Serve the job's flow to Prefect: `python -m scout_app.flow_server [--among-others]`, once the server answers.

--among-others: other runners may be at work on that server, so nothing is said of flow runs that are not ours.
"""

import os
import sys
import time

from scout_app.prefect_api import DEPLOYMENT, answers, crash_interrupted

PATIENCE_S = 120.0


def main() -> int:
    """Wait for the server, then serve the deployment until ended."""
    api_url = os.environ["PREFECT_API_URL"]
    deadline = time.monotonic() + PATIENCE_S
    while not answers(api_url):
        if time.monotonic() > deadline:
            sys.stderr.write(f"no Prefect server answers at {api_url}\n")
            return 1
        time.sleep(0.5)
    if "--among-others" not in sys.argv:
        crash_interrupted(api_url)
    from prefect import serve  # Prefect takes a second to import: not before it is needed

    from flows.match_job import match_job
    from flows.watch_folder import watch_folder

    name = DEPLOYMENT.partition("/")[2]
    deployments = (match_job.to_deployment(name), watch_folder.to_deployment(name))
    serve(*deployments, print_starting_message=False, pause_on_shutdown=False)  # type: ignore[arg-type]
    return 0


if __name__ == "__main__":
    sys.exit(main())
