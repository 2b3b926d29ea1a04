"""Who stands in for whom"""

import sqlalchemy as sa
from alembic import op

import storage.tables

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stand_in",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("stand_in", sa.Text(), nullable=False),
        sa.Column("since", storage.tables.Instant(), nullable=False),
        sa.Column("until", storage.tables.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("person"),
    )
    op.create_index("stand_in_by", "stand_in", ["stand_in", "until"])


def downgrade() -> None:
    op.drop_index("stand_in_by", "stand_in")
    op.drop_table("stand_in")
