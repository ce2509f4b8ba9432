"""Dynamical mean-field theory of neural networks.

A frozen network states the physics; one verb per theory solves it; a frozen solution carries labelled arrays, its
residual and its status; observables are functions of solutions::

    net = dmft.RandomNetwork(g=1.8, nonlinearity=dmft.Tanh())
    sol = dmft.solve_stationary(net)
    dmft.lyapunov_exponent(sol)
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

# Public name -> module that defines it. Loaded on first use (PEP 562), so that `import dmft` stays cheap.
_HOMES = {
    "DMFTError": "errors",
    "NotConvergedError": "errors",
    "NotConvergedWarning": "errors",
    "AccuracyWarning": "errors",
    "TooCostlyError": "cost",
    "RandomNetwork": "models.named",
    "BalancedNetwork": "models.named",
    "PlasticNetwork": "models.named",
    "Network": "models.network",
    "Population": "models.network",
    "Leaky": "models.dynamics",
    "Map": "models.dynamics",
    "Couplings": "models.couplings",
    "Random": "models.couplings",
    "Mean": "models.couplings",
    "LowRank": "models.low_rank",
    "Hebbian": "models.couplings",
    "Sparse": "models.sparse",
    "estimate_blocks": "models.from_matrix",
    "BlockEstimate": "models.from_matrix",
    "spread_in_degree": "models.in_degree",
    "Perceptron": "models.perceptron",
    "Ball": "models.manifolds",
    "Ellipsoid": "models.manifolds",
    "PointCloud": "models.manifolds",
    "Manifolds": "models.manifolds",
    "Tanh": "models.nonlinearity",
    "Erf": "models.nonlinearity",
    "Linear": "models.nonlinearity",
    "ReLU": "models.nonlinearity",
    "ThresholdPower": "models.nonlinearity",
    "Symbolic": "models.symbolic",
    "Scaled": "models.scaled",
    "spread": "models.spread",
    "WhiteNoise": "models.drives",
    "OrnsteinUhlenbeck": "models.drives",
    "Sinusoid": "models.drives",
    "Constant": "models.drives",
    "OfTime": "models.drives",
    "Sum": "models.drives",
    "Status": "numerics.convergence",
    "Convergence": "numerics.convergence",
    "Anderson": "numerics.fixed_point",
    "Damped": "numerics.fixed_point",
    "Value": "numerics.value",
    "solve_stationary": "theories.stationary",
    "StationarySolution": "theories.stationary",
    "AtRest": "theories.stationary.methods",
    "EnergyOrbit": "theories.stationary.methods",
    "LagEquation": "theories.stationary.methods",
    "Balanced": "theories.stationary.methods",
    "Sampled": "theories.stationary.methods",
    "LowRankStates": "theories.stationary.low_rank.method",
    "Populations": "theories.stationary.populations.method",
    "DiscreteTime": "theories.stationary.discrete.method",
    "solve_nonstationary": "theories.nonstationary",
    "NonstationarySolution": "theories.nonstationary",
    "TwoTimeMarch": "theories.nonstationary.methods",
    "StepByStep": "theories.nonstationary.steps",
    "SampledPaths": "theories.nonstationary.methods",
    "LowRankMarch": "theories.nonstationary.low_rank_march",
    "solve_periodic": "theories.periodic",
    "PeriodicSolution": "theories.periodic",
    "critical_amplitude": "phases.critical_amplitude",
    "quasi_static_amplitude": "phases.critical_amplitude",
    "solve_plastic": "theories.stationary.plastic",
    "solve_frozen": "theories.frozen",
    "FrozenSolution": "theories.frozen",
    "freezing_point": "phases.freezing",
    "FreezingPoint": "phases.freezing",
    "freezing_threshold": "phases.freezing",
    "semi_freezing_threshold": "phases.freezing",
    "oscillation_frequency": "observables.plastic_oscillation",
    "fixed_points": "theories.fixed_points",
    "FixedPoints": "theories.fixed_points",
    "coexistence_threshold": "theories.fixed_points",
    "solve_two_site": "theories.two_site",
    "TwoSiteSolution": "theories.two_site",
    "energy": "observables.energy",
    "solve_capacity": "theories.capacity",
    "CapacitySolution": "theories.capacity",
    "solve_robustness": "theories.capacity",
    "RobustnessSolution": "theories.capacity",
    "solve_regression": "theories.capacity",
    "RegressionSolution": "theories.capacity",
    "feasibility": "theories.capacity",
    "separability": "theories.capacity",
    "solve_manifolds": "theories.manifolds",
    "ManifoldSolution": "theories.manifolds",
    "few_shot_error": "observables.few_shot",
    "FewShot": "observables.few_shot",
    "parallelism": "observables.abstraction",
    "ccgp": "observables.abstraction",
    "Abstraction": "observables.abstraction",
    "tangling": "observables.tangling",
    "participation_ratio": "observables.participation",
    "topology": "observables.topology",
    "Topology": "observables.topology",
    "landmarks": "observables.topology",
    "effective_dimension": "observables.dimension",
    "in_degree_correction": "observables.in_degree",
    "covariance_of": "observables.covariance",
    "covariance_blocks": "observables.covariance_blocks",
    "CovarianceBlocks": "observables.covariance_blocks",
    "NetworkCovariance": "observables.covariance",
    "lyapunov_exponent": "observables.lyapunov",
    "coupling_outliers": "observables.low_rank_outliers",
    "fixed_point_outliers": "observables.low_rank_outliers",
    "Outliers": "observables.low_rank_outliers",
    "power_spectrum": "observables.power_spectrum",
    "PowerSpectrum": "observables.power_spectrum",
    "correlation_time": "observables.correlation_time",
    "rate_distribution": "observables.rate_distribution",
    "RateDistribution": "observables.rate_distribution",
    "susceptibility": "observables.susceptibility",
    "Susceptibility": "observables.susceptibility",
    "jacobian_spectrum": "observables.jacobian",
    "JacobianSpectrum": "observables.jacobian",
    "PopulationsSpectrum": "observables.populations_jacobian",
    "phase_diagram": "phases.diagram",
    "critical_line": "phases.critical",
    "branches": "phases.branches",
    "Branches": "phases.branches",
    "Branch": "phases.branches",
    "response_manifold": "phases.response_manifold",
    "classify_phase": "phases.classify",
    "noise_diagram": "phases.noise_diagram",
    "drive_diagram": "phases.drive_diagram",
    "symmetry_diagram": "phases.symmetry_diagram",
    "low_rank_diagram": "phases.low_rank_diagram",
    "plasticity_diagram": "phases.plasticity_diagram",
    "structure_diagram": "phases.structure_diagram",
    "excitation_inhibition_diagram": "phases.excitation_inhibition_diagram",
    "save": "storage",
    "load": "storage",
    "cite": "citation",
    "bibtex": "citation",
}
_MODULES = (
    "numerics",
    "models",
    "theories",
    "observables",
    "phases",
    "sweeps",
    "plotting",
    "storage",
    "citation",
    "errors",
)

__all__ = [*sorted(_HOMES), "__version__"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(importlib.import_module(f"dmft.{_HOMES[name]}"), name)
    elif name in _MODULES:
        value = importlib.import_module(f"dmft.{name}")
    else:
        raise AttributeError(f"module 'dmft' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES, *_MODULES})
