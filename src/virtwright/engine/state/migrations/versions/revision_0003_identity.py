"""Identities of stacks. Rows that are there have none: theirs is derived from their ``uid``."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("stack", sa.Column("identity", sa.Text()))
