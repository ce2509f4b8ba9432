"""Correlation functions of two times: row march, tangent kernel, torus. Compiled modules, loaded when used."""
