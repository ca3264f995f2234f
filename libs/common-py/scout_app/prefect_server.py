"""The local Prefect server's application, with schedules that work beside SQLAlchemy 2.1.

Prefect 3.8's scheduler inserts flow runs in bulk with the key `state`, a hybrid property. SQLAlchemy 2.0 passed over
such keys; 2.1 refuses them unless the property says what to do in bulk (`hybrid_property.bulk_dml`). Told nothing, no
schedule would ever start a run, and nobody would hear of it.
"""

from fastapi import FastAPI
from prefect.server.api.server import create_app as create_prefect_app
from prefect.server.database import orm_models
from sqlalchemy.ext.hybrid import hybrid_property


def create_app() -> FastAPI:
    """For `uvicorn --factory`."""
    for mapper in orm_models.Base.registry.mappers:
        for attribute in mapper.all_orm_descriptors:
            if isinstance(attribute, hybrid_property) and attribute.bulk_dml_setter is None:
                attribute.bulk_dml_setter = _pass_over
    return create_prefect_app()


def _pass_over(cls: object, mapping: object, value: object) -> None:
    """As SQLAlchemy 2.0 did: the key is no column, and the row does without it."""
