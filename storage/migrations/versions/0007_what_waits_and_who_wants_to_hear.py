"""What waits, and who wants to hear of it when

What waited before is read from its run until that changes; the rest of the column fills by itself.
"""

import sqlalchemy as sa
from alembic import op

import storage.tables

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("run", sa.Column("waits", sa.Text(), nullable=True))
    only = sa.text("waiting > 0")
    op.create_index("run_waiting", "run", ["waiting"], sqlite_where=only, postgresql_where=only)
    op.create_table(
        "preference",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("digest_hour", sa.Integer(), nullable=True),
        sa.Column("quiet_from", sa.Integer(), nullable=True),
        sa.Column("quiet_to", sa.Integer(), nullable=True),
        sa.Column("digest_day", sa.Text(), nullable=False),
        sa.Column("set_at", storage.tables.Instant(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("person"),
    )


def downgrade() -> None:
    op.drop_table("preference")
    op.drop_index("run_waiting", "run")
    op.drop_column("run", "waits")
