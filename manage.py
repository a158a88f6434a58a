#!/usr/bin/env python3
"""Django's command line. The demo is prepared here, because it needs its secrets before the settings load."""

import os
import sys
from pathlib import Path

from django.core.management import execute_from_command_line

from marathon_site.demo_environment import prepare

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marathon_site.settings")
    if sys.argv[1:2] == ["demo"]:
        prepare(Path(__file__).resolve().parent, os.environ)
    execute_from_command_line(sys.argv)
