"""`python -m flowbrush.hosts.headless`: what `run.py render` and `run.py demo` call in their environment."""

from .command import main

raise SystemExit(main())
