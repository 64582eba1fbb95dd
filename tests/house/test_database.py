"""The tests' database is the one the run asked for, complete, and clean again after each test."""

from __future__ import annotations

import os

import pytest


def test_every_migration_is_written_and_applied(db: None) -> None:
    from django.core.management import call_command

    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
    call_command("migrate", "--check", verbosity=0)


def test_the_run_uses_the_database_it_asked_for(db: None) -> None:
    from django.db import connection

    vendor = {"sqlite": "sqlite", "postgres": "postgresql"}[os.environ["SHUIHENG_TEST_DATABASE"]]
    assert connection.vendor == vendor


@pytest.mark.parametrize("turn", ["first", "second"])
def test_what_a_test_writes_is_undone(db: None, turn: str) -> None:
    from shuiheng.mechanisms.registry.models import WaterUser

    assert not WaterUser.objects.filter(number="U-HOUSE").exists()
    WaterUser.objects.create(number="U-HOUSE", name="某厂", kind="enterprise", use="U2")


@pytest.mark.postgres
def test_a_test_can_have_a_postgresql_database_of_its_own(postgres_address: str) -> None:
    import psycopg

    folder = postgres_address.partition("?host=")[2]
    name = postgres_address.partition("@/")[2].partition("?")[0]
    with psycopg.connect(host=folder, user="postgres", dbname=name) as connection:
        query = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        assert connection.execute(query).fetchone() == (0,)
