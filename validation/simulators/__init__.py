"""Networks of finite size: one stepper (`simulator`), and a file for each term of the couplings, drive and method.

A further term of the couplings is a class with `add(source, out)` and, where it bears on tangent vectors, `recombine`;
it says what it is called (`word`), whether it lives on an accelerator (`on_devices`), and the bytes that it takes.
"""
