"""Networks of finite size: one stepper (`simulator`), and a file for each term of the couplings, drive and method.

A further term of the couplings is a class registered in a file of its own (`terms`). Of those that are built in each
says what it is called (`word`), whether it lives on an accelerator (`on_devices`), and the bytes that it takes.
"""
