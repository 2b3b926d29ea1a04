"""What people said of drafts, and which run is about which subject"""

import sqlalchemy as sa
from alembic import op

import storage.tables

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "precedent",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("at", storage.tables.Instant(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("precedent_about", "precedent", ["lane", "about", "at"])
    op.create_index("run_subject", "run", ["lane", "subject", "started"])


def downgrade() -> None:
    op.drop_index("run_subject", "run")
    op.drop_table("precedent")
