"""``hall10086 db upgrade``: bring both databases to this version's schema."""

from __future__ import annotations

from pathlib import Path

import click


@click.group("db")
def command() -> None:
    """The databases: the hall's own store and the sql back office."""


@command.command("upgrade")
@click.option("--settings", "file", type=click.Path(path_type=Path), help="Settings file. [hall.toml]")
@click.option("--database", help="URL of the hall's store.")
@click.option("--business-database", help="URL of the sql back office.")
def upgrade(file: Path | None, database: str | None, business_database: str | None) -> None:
    """Upgrade the store and, where the business is sql, its database."""
    from boss.sql import upgrade as upgrade_business
    from server.files import keep_private
    from server.settings import override, read_settings
    from server.shipped import settings_file
    from server.values import SettingsError
    from store import upgrade as upgrade_store

    try:
        settings = override(
            read_settings(settings_file(file)), database=database, business_database=business_database
        )
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    for url in (settings.database, settings.business_url):
        keep_private(url)
    upgrade_store(settings.database)
    click.echo("store: up to date")
    if settings.business == "sql" and settings.business_url:
        upgrade_business(settings.business_url, settings.business_key)
        click.echo("business: up to date")
