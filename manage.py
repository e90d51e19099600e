#!/usr/bin/env python
"""Django's command line."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mnistsite.settings")
    try:
        from mnistsite.settings import env

        if env.problems and sys.argv[1:2] != ["check"]:  # which tells of them itself
            sys.exit(env.report())
        if sys.argv[1:] == ["serve"]:  # gunicorn sets Django up; twice would take twice as long
            from mnistsite.server.start import serve

            serve()
        from mnistsite.management.line import run

        run(sys.argv)
    except KeyboardInterrupt:
        sys.stderr.write("Stopped by SIGINT.\n")
        sys.exit(130)
