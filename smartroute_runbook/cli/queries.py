"""The command for other queries than the dashboard's: translate."""

from __future__ import annotations

from pathlib import Path

import click

from .options import as_json_option, out, show, show_view


@click.command(short_help="Translate Athena SQL to Redshift SQL, or refuse and say why.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE_OR_FOLDER...")
@click.option(
    "--schema", required=True, metavar="FILE|glue:DATABASE", help="Columns by database.table (YAML, JSON), or Glue's."
)
@click.option("--improve", multiple=True, metavar="RULE", help="Take the better answer of a rule (recorded).")
@click.option(
    "--out", "folder", type=click.Path(path_type=Path), help="Write NAME.sql for Redshift and report.html here."
)
@click.option(
    "--summary", is_flag=True, help="Only how many run, are rewritten, or wait, grouped by reason and effort."
)
@as_json_option
def translate(
    files: tuple[Path, ...], schema: str, improve: tuple[str, ...], folder: Path | None, summary: bool, as_json: bool
) -> int:
    """Translate Athena SQL to Redshift SQL with the same results, or refuse and say why.

    One query a file; of a folder, every .sql file below it; of an export (.json, .yaml of Athena, Glue, Grafana,
    Superset, Metabase or dbt), every query in it. Ends with 0 when every query is translated, else with 1.
    The rules are in docs/translate.md.
    """
    from smartroute_runbook.measure.glue_schema import read_schema
    from smartroute_runbook.record.queries import write_report
    from smartroute_runbook.translate import overview, translate_files, week_of, write_files
    from smartroute_runbook.translate.files import REPORT, check_targets, remember_made

    translations = translate_files(files, read_schema(str(schema)), improve=frozenset(improve))
    if folder is not None:
        check_targets([REPORT], folder)
        written = write_files(translations, folder, files)
        write_report(translations, folder / REPORT)
        remember_made(written, folder)
    if as_json:
        out(week_of(translations).as_json() if summary else [one.as_json() for one in translations])
    else:
        for one in translations if not summary else ():
            show(one)
        if len(translations) > 1 or summary:
            show_view(overview(tuple(translations)))
            show_view(week_of(translations).view())
    if folder is not None:
        click.echo(f"Written to {folder}; read {folder / 'report.html'}", err=True)
    return 0 if all(one.sql is not None for one in translations) else 1


COMMANDS = (translate,)
