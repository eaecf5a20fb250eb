"""``python -m smartroute_runbook``: the console script."""

from smartroute_runbook.cli import main

if __name__ == "__main__":
    main()
