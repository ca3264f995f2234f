"""The read side as one router: JSON under /api/v1, operation and pages at the root."""

from fastapi import APIRouter

from services.results_api import booths, events, health, jobs, matches, media, pages

router = APIRouter()
for part in (jobs, events, matches, booths, media, health, pages):
    router.include_router(part.router)
