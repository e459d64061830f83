"""Stands for ``numpy.f2py``, which ``from numpy import *`` imports; browsers have no Fortran compiler."""
