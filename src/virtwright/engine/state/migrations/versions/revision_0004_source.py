"""Sources of stacks. Of rows that are there none is known: the next apply tells it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("stack", sa.Column("source", sa.Text()))
