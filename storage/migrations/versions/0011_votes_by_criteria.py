"""Blind votes are kept by the criteria that they were cast under; those so far were under the usual question."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "votes_by_criteria",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.String(), nullable=False),
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("criteria", sa.String(), nullable=False),
        sa.Column("example", sa.Integer(), nullable=False),
        sa.Column("left", sa.String(), nullable=False),
        sa.Column("right", sa.String(), nullable=False),
        sa.Column("preferred", sa.String(32), nullable=False),
        sa.Column("cast_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["owners.id"]),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("owner_id", "job_id", "criteria", "example", "left", "right"),
    )
    op.execute(
        'INSERT INTO votes_by_criteria (id, owner_id, job_id, criteria, example, "left", "right", preferred, cast_at) '
        'SELECT id, owner_id, job_id, \'\', example, "left", "right", preferred, cast_at FROM votes'
    )
    op.drop_table("votes")
    op.rename_table("votes_by_criteria", "votes")
