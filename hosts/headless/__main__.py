"""`python -m flowbrush.hosts.headless`, which `run.py render` and `run.py demo` start in their environment."""

from .command import main

raise SystemExit(main())
