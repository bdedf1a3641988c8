"""The order of the queue; tags, notes and archive of runs; sweeps."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sweeps",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("owner_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["owners.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.add_column("jobs", sa.Column("turn", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("jobs", sa.Column("tags", sa.String(), nullable=False, server_default=","))
    op.add_column("jobs", sa.Column("notes", sa.String(), nullable=False, server_default=""))
    op.add_column("jobs", sa.Column("archived_at", sa.DateTime(), nullable=True))
    op.add_column("jobs", sa.Column("sweep_id", sa.String(), nullable=True))
    op.execute("UPDATE jobs SET turn = rowid")  # in the order in which they were asked for
    op.drop_index("jobs_in_turn", "jobs")
    op.create_index("jobs_in_turn", "jobs", ["state", "kind", "turn"])
    op.create_index("jobs_by_turn", "jobs", ["turn"])
    op.create_index("jobs_by_kind", "jobs", ["kind", "created_at", "id"])
    op.create_index("jobs_counted", "jobs", ["owner_id", "trash_id", "kind", "archived_at", "state"])
    op.create_index("jobs_of_sweep", "jobs", ["sweep_id"])
