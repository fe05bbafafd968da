"""What setup.cfg cannot say: docs/ is installed too, as the files of a package expressb2b_docs."""

from setuptools import find_packages, setup

setup(packages=[*find_packages(include=["expressb2b_*"]), "expressb2b_docs"])
