"""Which jobs were fired"""

import sqlalchemy as sa
from alembic import op

import storage.tables

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "firing",
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("due", storage.tables.Instant(), nullable=False),
        sa.Column("fired", storage.tables.Instant(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("looked_after", sa.Boolean(), nullable=False),
        sa.Column("started", storage.tables.Instant(), nullable=True),
        sa.Column("finished", storage.tables.Instant(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("job", "period"),
    )
    with op.batch_alter_table("firing", schema=None) as batch_op:
        batch_op.create_index("firing_job_due", ["job", "due"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("firing", schema=None) as batch_op:
        batch_op.drop_index("firing_job_due")

    op.drop_table("firing")
