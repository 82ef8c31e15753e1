"""Make the virtual environment, and see to what Debian's python3 and gcc come without: Python's C headers.

Standard library only. As root on a Debian the headers are installed; anybody else is told the one command.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path


def main() -> None:
    """Prepare the environment named on the command line."""
    target = Path(sys.argv[1])
    if not (Path(sysconfig.get_path("include")) / "Python.h").exists():
        install_headers()
    if not (target / "bin" / "python").exists():
        venv.EnvBuilder(with_pip=True).create(target)


def install_headers() -> None:
    """Install python3-dev where we may, else end with the sentence that says how."""
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-dev"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        sys.exit(f"Python's C headers are missing; install them and try again (Debian: sudo apt-get install {package})")
    print(f"installing {package} for Python's C headers")
    subprocess.run(["apt-get", "update", "-qq"], check=True)
    subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", package], check=True)


if __name__ == "__main__":
    main()
