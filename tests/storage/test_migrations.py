"""One set of tables, one set of migrations, and both say the same on both databases."""

import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from databases import writing
from sqlalchemy import event, inspect

import storage
from storage.database import StorageUnusable, connect, exists, is_current, metadata, migrate


def described(engine):
    """Every table with its columns, keys and indexes, as the database tells it."""
    seen = inspect(engine)
    return {
        table: (
            [(c["name"], str(c["type"]), c["nullable"]) for c in seen.get_columns(table)],
            seen.get_pk_constraint(table)["constrained_columns"],
            sorted((i["name"], tuple(i["column_names"]), bool(i["unique"])) for i in seen.get_indexes(table)),
            sorted((u["name"], tuple(u["column_names"])) for u in seen.get_unique_constraints(table)),
        )
        for table in seen.get_table_names()
    }


def go(engine, to):
    config = Config()
    config.set_main_option("script_location", str(Path(storage.__file__).parent / "migrations"))
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        (command.downgrade if to == "base" else command.upgrade)(config, to)


def test_the_migrations_make_what_the_tables_say(database):
    with database.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata()) == []


def test_there_and_back_and_there_again(empty_url, join):
    engine = join(empty_url)
    assert not is_current(engine)
    migrate(engine)
    made = described(engine)
    assert is_current(engine)
    go(engine, "base")
    assert set(described(engine)) == {"alembic_version"}
    go(engine, "head")
    assert described(engine) == made


def test_migrating_twice_changes_nothing(database):
    said = []
    event.listen(database, "before_cursor_execute", lambda *args: said.append(args[2].split()[0].upper()))

    migrate(database)

    assert set(said) <= {"SELECT", "PRAGMA", "BEGIN"}, said


def test_two_processes_that_start_at_once_make_the_tables_once(empty_url, join):
    start = "import sys; from storage.database import connect, migrate; migrate(connect(sys.argv[1]))"
    started = [
        subprocess.Popen((sys.executable, "-c", start, empty_url), stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]

    assert [(one.communicate(timeout=30)[1], one.returncode) for one in started] == [("", 0)] * 2
    assert is_current(join(empty_url))


def test_a_fresh_sqlite_file_keeps_what_it_promised_through_a_power_cut(tmp_path, join):
    engine = join(f"sqlite:///{tmp_path / 'new.sqlite'}")
    migrate(engine)

    with writing(engine) as connection:
        told = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")}  # fmt: skip
    assert told == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}


def test_a_database_that_forgets_or_has_no_folder_is_refused_in_words(tmp_path):
    for url in ("sqlite://", "sqlite:///:memory:"):
        with pytest.raises(StorageUnusable, match="name a file"):
            connect(url)
    with pytest.raises(StorageUnusable, match="does not exist; create it"):
        connect(f"sqlite:///{tmp_path}/nowhere/lanekeeper.sqlite")


def test_a_file_that_is_no_database_is_refused_in_words(tmp_path, join):
    file = tmp_path / "letter.sqlite"
    file.write_text("Dear Sir or Madam, " * 400)

    with pytest.raises(StorageUnusable, match="not a database"):
        migrate(join(f"sqlite:///{file}"))


def test_a_server_that_is_not_there_is_told_in_words(tmp_path, join):
    with pytest.raises(StorageUnusable, match="the database does not answer"):
        migrate(join(f"postgresql+psycopg://nobody@/nothing?host={tmp_path}"))


def test_what_is_no_url_is_refused_in_words(tmp_path):
    with pytest.raises(StorageUnusable, match=r"not a database URL .* write sqlite:///"):
        connect("lanekeeper.sqlite")


def test_asking_whether_a_file_is_there_does_not_make_one(tmp_path):
    file = tmp_path / "new.sqlite"

    assert not exists(f"sqlite:///{file}")
    assert list(tmp_path.iterdir()) == []
