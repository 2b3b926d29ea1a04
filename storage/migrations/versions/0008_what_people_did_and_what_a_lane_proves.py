"""What people did, the cases that drafts are held against, canaries, and what is replayed"""

import sqlalchemy as sa
from alembic import op

import storage.tables

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


_BY_KEY = ("effect", "tally", "claim", "mention")  # small rows that nearly every commit writes


def _lay_out(*, with_rowid: bool) -> None:
    """How SQLite keeps the rows: numbered, with an index beside them, or in the key's own tree."""
    if op.get_bind().dialect.name != "sqlite":
        return
    for table in _BY_KEY:
        with op.batch_alter_table(table, recreate="always", table_kwargs={"sqlite_with_rowid": with_rowid}):
            pass


def upgrade() -> None:
    op.drop_index("effect_due", table_name="effect")
    _lay_out(with_rowid=False)
    op.create_table(
        "canary",
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("flaw", sa.Text(), nullable=False),
        sa.Column("shown", storage.tables.Instant(), nullable=False),
        sa.Column("decided", storage.tables.Instant(), nullable=True),
        sa.Column("found", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("run"),
    )
    op.create_index("canary_lane", "canary", ["lane", "shown"], unique=False)
    op.create_table(
        "fact",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("tool", sa.Text(), nullable=False),
        sa.Column("ours", sa.Boolean(), nullable=False),
        sa.Column("at", storage.tables.Instant(), nullable=False),
        sa.Column("read", storage.tables.Instant(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("fact_at", "fact", ["at"], unique=False)
    op.create_index("fact_tool", "fact", ["tool", "at"], unique=False)
    op.create_table(
        "fact_about",
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("fact", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("ref", "fact"),
    )
    op.create_table(
        "reading",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("since", storage.tables.Instant(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("read_until", storage.tables.Instant(), nullable=True),
        sa.Column("facts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source", "identity", "purpose"),
    )
    op.create_table(
        "replay_case",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("added", storage.tables.Instant(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "replay_result",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("configuration", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("at", storage.tables.Instant(), nullable=False),
        sa.Column("passed", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("replay_result_lane", "replay_result", ["lane", "at"], unique=False)
    op.create_table(
        "run_figures",
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("finished", storage.tables.Instant(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run"),
    )
    op.create_index("run_figures_lane", "run_figures", ["lane", "finished"], unique=False)
    op.create_table(
        "shadow_case",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("configuration", sa.Text(), nullable=False),
        sa.Column("segment", sa.Text(), nullable=False),
        sa.Column("tool", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("fact", sa.Text(), nullable=False),
        sa.Column("at", storage.tables.Instant(), nullable=False),
        sa.Column("settled", storage.tables.Instant(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("suggested", sa.Text(), nullable=False),
        sa.Column("actual", sa.Text(), nullable=False),
        sa.Column("differences", sa.Text(), nullable=False),
        sa.Column("gap_minor", sa.BigInteger(), nullable=True),
        sa.Column("gap_currency", sa.Text(), nullable=False),
        sa.Column("chance", sa.Float(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("person_label", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("labelled", storage.tables.Instant(), nullable=True),
        sa.Column("asked", storage.tables.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("shadow_case_at", "shadow_case", ["lane", "at"], unique=False)
    op.create_index("shadow_case_run", "shadow_case", ["run"], unique=False)
    op.create_index("shadow_case_stratum", "shadow_case", ["lane", "segment", "configuration", "at"], unique=False)
    op.create_table(
        "silent_run",
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("configuration", sa.Text(), nullable=False),
        sa.Column("since", storage.tables.Instant(), nullable=False),
        sa.Column("finished", storage.tables.Instant(), nullable=True),
        sa.Column("drafts", sa.Text(), nullable=False),
        sa.Column("read", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run"),
    )
    op.create_index("silent_run_state", "silent_run", ["lane", "state", "since"], unique=False)
    op.create_index("silent_run_subject", "silent_run", ["lane", "subject", "since"], unique=False)


def downgrade() -> None:
    op.drop_index("silent_run_subject", table_name="silent_run")
    op.drop_index("silent_run_state", table_name="silent_run")
    op.drop_table("silent_run")
    op.drop_index("shadow_case_stratum", table_name="shadow_case")
    op.drop_index("shadow_case_run", table_name="shadow_case")
    op.drop_index("shadow_case_at", table_name="shadow_case")
    op.drop_table("shadow_case")
    op.drop_index("run_figures_lane", table_name="run_figures")
    op.drop_table("run_figures")
    op.drop_index("replay_result_lane", table_name="replay_result")
    op.drop_table("replay_result")
    op.drop_table("replay_case")
    op.drop_table("reading")
    op.drop_table("fact_about")
    op.drop_index("fact_tool", table_name="fact")
    op.drop_index("fact_at", table_name="fact")
    op.drop_table("fact")
    op.drop_index("canary_lane", table_name="canary")
    op.drop_table("canary")
    _lay_out(with_rowid=True)
    op.create_index("effect_due", "effect", ["due"], unique=False)
