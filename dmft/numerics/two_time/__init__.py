"""Correlation functions of two times: row march, tangent kernel, torus. Compiled modules, loaded when used.

The compiled code is kept between processes. Its stamp is the date of the module itself, not of what it calls in another
module: after an edit of `row`, `mean` or the averages in `numerics.gaussian`, remove the cached ``*.nbi`` files (or set
NUMBA_CACHE_DIR to a new directory), or the march goes on with the old code.
"""
