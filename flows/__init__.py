"""The job as a Prefect flow."""
