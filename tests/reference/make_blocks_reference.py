"""Makes blocks_reference.json: states and pairs of several populations by uniform grids and fast Fourier transforms.

c_a by the extrapolated iteration c <- (1 - tau_a^2 d^2)^{-1} (sum_b K_ab q_b(c_b) + s_a) on a periodic grid of lags,
diagonal in Fourier space, with m and c(0) going along; q_b(c) by a spline of degree 7 through 181 covariances, each the
average over mu ~ N(m, c) of <phi|mu>^2 on 601 x 481 trapezoidal nodes: no Hermite series. Then the sums of the sheet
(4.1) on the plain square grid of two frequencies, C(lag|mu) by averages over three normal numbers, with 201 frozen
fields.
`change` is the relative change when the step of the lags is doubled.

Run: python tests/reference/make_blocks_reference.py (twenty minutes of a core)
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
from scipy.interpolate import make_interp_spline

TARGET = Path(__file__).with_name("blocks_reference.json")
PHI = {
    "tanh": (np.tanh, lambda x: 1 / np.cosh(x) ** 2),
    "sigmoid2": (lambda x: (1 + np.tanh(2 * x)) / 2, lambda x: 1 / np.cosh(2 * x) ** 2),
    "sigmoid3": (lambda x: (1 + np.tanh(3 * x)) / 2, lambda x: 1.5 / np.cosh(3 * x) ** 2),
}
MODELS = {
    "S9": {
        "f": [0.6, 0.4],
        "G": [[40.0, 20.0], [30.0, 30.0]],
        "phi": ["sigmoid2", "sigmoid3"],
        "M": [[2.0, -4.0], [3.0, -3.0]],
        "h": [0.6, -0.1],
        "tau": [1.0, 0.5],
    },
    "thresholds": {
        "f": [0.5, 0.5],
        "G": [[9.0, 6.0], [7.0, 8.0]],
        "phi": ["tanh", "sigmoid2"],
        "M": [[0.5, -1.0], [1.0, -0.5]],
        "h": [0.2, 0.1],
        "s": [0.5, 0.2],
        "tau": [1.0, 1.5],
    },
}


def trapezoid(n, reach):
    z = np.linspace(-reach, reach, n)
    w = np.exp(-0.5 * z**2)
    return z, w / w.sum()


def q_table(phi, m, c0):
    """<phi phi> at covariances that are dense next to c0."""
    r = np.unique(np.concatenate([np.linspace(0.0, 0.8, 41), 1 - np.geomspace(0.2, 1e-8, 140), [1.0]]))
    y, wy = trapezoid(601, 8.5)
    z, wz = trapezoid(481, 8.5)
    out = []
    for part in r:
        mu = m + math.sqrt(c0 * part) * y
        given = phi(mu[:, None] + math.sqrt(c0 * (1 - part)) * z) @ wz
        out.append(wy @ given**2)
    return make_interp_spline(r * c0, out, k=7)


def state(model, dt, length):
    f, G, M = (np.array(model[k], float) for k in ("f", "G", "M"))
    h, tau = np.array(model["h"]), np.array(model["tau"])
    s = np.array(model.get("s", [0.0] * len(f)))
    K, A = G * f, M * f
    n = round(length / dt)
    lag = dt * np.minimum(np.arange(n), n - np.arange(n))
    # Exact in time for what the grid resolves.
    w = 2 * math.pi * np.fft.rfftfreq(n, dt)
    filters = 1 / (1 + np.outer(tau**2, w**2))
    z, wz = trapezoid(2401, 9.0)
    c = np.array(model.get("start", [15.0] * len(f)))[:, None] * (0.7 + 0.3 * np.exp(-lag / 2))
    m = h.copy()
    history = []
    for sweep in range(4000):
        tables = [q_table(PHI[p][0], m[a], c[a, 0]) for a, p in enumerate(model["phi"])]
        q = np.array([table(np.clip(c[a], 0, c[a, 0])) for a, table in enumerate(tables)])
        new = np.fft.irfft(filters * np.fft.rfft(K @ q + s[:, None]), n)
        rates = np.array([PHI[p][0](m[a] + math.sqrt(c[a, 0]) * z) @ wz for a, p in enumerate(model["phi"])])
        goal = h + A @ rates
        gap = max(np.max(abs(new - c)) / np.max(c), np.max(abs(goal - m)))
        history.append(gap)
        # Anderson's extrapolation over the last steps
        x, g = np.concatenate([c.ravel(), m]), np.concatenate([(new - c).ravel(), goal - m])
        if sweep == 0:
            xs: list = []
            gs: list = []
        xs, gs = [*xs[-7:], x], [*gs[-7:], g]
        step = 0.7 * g
        if len(xs) > 1:
            dx, dg = np.diff(np.array(xs), axis=0), np.diff(np.array(gs), axis=0)
            weights = np.linalg.lstsq(dg.T, g, rcond=1e-10)[0]
            step = 0.7 * g - (dx + 0.7 * dg).T @ weights
        x = x + step
        c, m = x[: c.size].reshape(c.shape), x[c.size :]
        if gap < 1e-11:
            break
    print("   state", sweep, gap, c[:, 0], c[:, n // 2], m, flush=True)
    return f, G, K, tau, lag, c, m


def pairs(model, dt, length, cut):
    f, G, K, tau, lag, c, m = state(model, dt, length)
    n, P = len(lag), len(f)
    frozen = c[:, n // 2]
    z, wz = trapezoid(121, 7.0)
    half = n // 2 + 1
    w = 2 * math.pi * np.fft.rfftfreq(n, dt)
    keep = w <= cut
    powers, d2, square = [], [], []
    moving_w, mean0 = [], []
    for a, name in enumerate(model["phi"]):
        phi, slope = PHI[name]
        width = c[a, 0] - frozen[a]
        y, wy = trapezoid(201, 7.5)
        given = np.empty((len(y), half))
        d = np.empty(len(y))
        # r = shared part; <phi|mu, shared>^2 averaged over the shared part. A spline in r does for all lags.
        r = np.unique(np.concatenate([np.linspace(0.0, 0.8, 61), 1 - np.geomspace(0.2, 1e-7, 70), [1.0]]))
        ratio = np.clip((c[a, :half] - frozen[a]) / width, 0, 1)
        for i, mu in enumerate(m[a] + math.sqrt(frozen[a]) * y):
            values = []
            for part in r:
                inner = phi(mu + math.sqrt(width * part) * z[:, None] + math.sqrt(width * (1 - part)) * z) @ wz
                values.append(wz @ inner**2)
            values = np.array(values) - values[0]
            given[i] = make_interp_spline(r, values, k=7)(ratio)
            d[i] = wz @ slope(mu + math.sqrt(width) * z)
        full = np.concatenate([given, given[:, -2:0:-1]], axis=1)
        spectra = np.fft.rfft(full, axis=1).real[:, keep] * dt
        both = np.concatenate([spectra[:, :0:-1], spectra], axis=1)
        powers.append((both * wy[:, None]).T @ both)
        d2.append(wy @ d**2)
        square.append(wy @ given[:, 0] ** 2)
        mean0.append(wy @ given[:, 0])
        x = np.fft.rfft(c[a] - frozen[a]).real[keep] * dt
        moving_w.append(np.concatenate([x[:0:-1], x]))
    w = np.concatenate([-w[keep][:0:-1], w[keep]])
    dw = w[1] - w[0]
    out = {"blocks_x": np.zeros((P, P)), "blocks_phi": np.zeros((P, P))}
    d2 = np.array(d2)
    F = 1 / (1 + 1j * np.outer(w, tau))
    for i in range(len(w)):
        s = F[i] * F * d2
        gam = np.linalg.solve(np.eye(P) - K * s[:, None, :], np.broadcast_to(G, (len(w), P, P)))
        power = np.array([p[i] for p in powers]).T
        own = np.array([x[i] * x for x in moving_w]).T
        for name, lam, direct in (
            ("blocks_phi", s[:, :, None] * gam, power),
            ("blocks_x", (F[i] * F)[:, :, None] * gam, d2 * own),
        ):
            first = lam * direct[:, None, :]
            psi = first + np.conj(np.swapaxes(first, 1, 2))
            psi += np.einsum("nac,nc,nbc->nab", lam, f * power, np.conj(lam))
            out[name] += psi.sum(axis=0).real * (dw / (2 * math.pi)) ** 2
    width = c[:, 0] - frozen
    for name, own, mean in (("blocks_phi", square, mean0), ("blocks_x", width**2, width)):
        out[name] = f[:, None] * out[name] * f + np.diag(f * np.array(own))
        out["dimension_" + name[7:]] = float((f @ np.array(mean)) ** 2 / out[name].sum())
        out[name] = out[name].tolist()
    return out | {"variance": c[:, 0].tolist(), "frozen": frozen.tolist(), "mean": m.tolist()}


if __name__ == "__main__":
    made = {}
    for name, model in MODELS.items():
        fine = pairs(model, 0.1, 160.0, 25.0)
        coarse = pairs(model, 0.2, 160.0, 14.0)
        change = max(abs(coarse[k] / fine[k] - 1) for k in ("dimension_x", "dimension_phi"))
        made[name] = {"model": model, "numbers": fine, "change": change}
        print(name, fine, change, flush=True)
    TARGET.write_text(json.dumps(made, indent=1) + "\n")
