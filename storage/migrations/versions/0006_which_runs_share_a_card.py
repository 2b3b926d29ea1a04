"""Which runs share a card"""

import sqlalchemy as sa
from alembic import op

import storage.tables

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "batch",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("tool", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("opened", storage.tables.Instant(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("ts", sa.Text(), nullable=False),
        sa.Column("reminded_step", sa.Integer(), nullable=False),
        sa.Column("reminded_at", storage.tables.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("batch", schema=None) as batch_op:
        batch_op.create_index("batch_kind", ["lane", "tool", "audience", "opened"], unique=False)
    op.create_table(
        "batch_line",
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("nth", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("run"),
    )
    with op.batch_alter_table("batch_line", schema=None) as batch_op:
        batch_op.create_index("batch_line_batch", ["batch", "nth"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("batch_line", schema=None) as batch_op:
        batch_op.drop_index("batch_line_batch")

    op.drop_table("batch_line")
    with op.batch_alter_table("batch", schema=None) as batch_op:
        batch_op.drop_index("batch_kind")

    op.drop_table("batch")
