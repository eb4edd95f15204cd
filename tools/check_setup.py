"""Say what this machine lacks to build ganglion, before a compiler or pip says it less clearly.

Run by the Makefile with the Python that the virtual environment will be made from; it must be readable by old ones.
"""

import os
import shutil
import sys
import sysconfig

NEEDED = (3, 11)


def missing():
    """Return one line for each thing that is missing: what must hold, what was found, what to do."""
    lines = []
    if sys.version_info < NEEDED:
        found = "%d.%d.%d" % sys.version_info[:3]
        lines.append(
            "ganglion needs Python 3.11 or later; %s is %s. Name a newer one: make PYTHON=python3.12 ..."
            % (sys.executable, found)
        )
        return lines
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        lines.append(
            "A virtual environment needs the modules venv and ensurepip; %s has not both. "
            "On Debian: apt-get install python3-venv" % sys.executable
        )
    header = os.path.join(sysconfig.get_path("include"), "Python.h")
    if not os.path.exists(header):
        lines.append(
            "Compiling the core needs Python's headers; there is no %s. "
            "On Debian: apt-get install python3-dev" % header
        )
    compilers = [os.environ.get("CXX", ""), "c++", "g++", "clang++"]
    if not any(name and shutil.which(name.split()[0]) for name in compilers):
        lines.append(
            "Compiling the core needs a C++20 compiler; none of c++, g++, clang++ is on the PATH. "
            "On Debian: apt-get install g++"
        )
    return lines


if __name__ == "__main__":
    complaints = missing()
    for complaint in complaints:
        sys.stderr.write(complaint + "\n")
    sys.exit(1 if complaints else 0)
