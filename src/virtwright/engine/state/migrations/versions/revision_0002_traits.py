"""Traits of resources: what few of them have, as one JSON object."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("resource", sa.Column("traits", sa.Text()))
