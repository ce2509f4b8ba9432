"""The papers that the package reproduces: what they claim, by which calls, and which sections of the report show it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Paper:
    """A paper and where it is in the package.

    Attributes
    ----------
    key : of `dmft/references.bib`.
    claims : what is reproduced of it, a sentence each.
    calls : the calls that give it.
    sections : keys of the report's sections that set it beside networks.
    notebook : the notebook that goes through it.
    """

    key: str
    claims: tuple[str, ...]
    calls: tuple[str, ...]
    sections: tuple[str, ...]
    notebook: str


PAPERS = (
    Paper(
        "clark2024",
        (
            "Hebbian synapses slow the chaos of a random network, anti-Hebbian ones speed it up and make it oscillate.",
            "Halting the synapses in the middle of chaos freezes the state beyond a threshold strength.",
            "Beyond a line k_c(g) there are exponentially many stable fixed points.",
        ),
        ("solve_plastic(PlasticNetwork(g, k, p))", "solve_frozen(sol)", "fixed_points(net)", "plasticity_diagram()"),
        ("plastic",),
        "03_plastic_synapses",
    ),
    Paper(
        "clark2023",
        (
            "The chaos of a random network fills a small part of its dimensions, extensive in N, that grows with g.",
            "The dimension follows from the cross-covariances of pairs of units, of order 1/sqrt(N).",
        ),
        ("solve_two_site(sol)", "effective_dimension(sol)"),
        ("dimension",),
        "04_dimension_of_activity",
    ),
    Paper(
        "lippl2022",
        (
            "Gradient descent in gated linear networks ends in the predictor of least norm; the gates say of which.",
            "With a gate for each unit it is the norm of a group lasso, which silences units.",
        ),
        ("solve_implicit_bias(GatedLinear(gates), inputs, labels)",),
        ("implicit-bias",),
        "09_implicit_bias",
    ),
    Paper(
        "engelken2022",
        (
            "A common input to a balanced network is cancelled by the inhibition: the amplitude that suppresses chaos "
            "grows as the square root of the balance scale.",
            "Inputs of independent phases suppress it at amplitudes of order one, with a best frequency.",
        ),
        ("solve_periodic(BalancedNetwork(g, K, drive=Sinusoid(...)))", "critical_amplitude(net)", "drive_diagram()"),
        ("balanced",),
        "02_driven_networks",
    ),
    Paper(
        "clark2021",
        (
            "A global error vector, broadcast to vector units of nonnegative weights, is close to the gradient in all "
            "but the last hidden layer.",
            "Networks of vector units learn digits by it.",
        ),
        ("solve_alignment(LayeredNetwork(..., nonnegative=True), GlobalErrorVector())", "solve_kernel(net, c)"),
        ("learning-signals",),
        "10_learning_signals",
    ),
    Paper(
        "chung2021",
        (
            "Radius and dimension of manifolds of responses decide how many classes a linear read-out holds.",
            "Correlations between centres lower the capacity of clouds as they lie.",
        ),
        ("solve_manifolds(manifolds)", "solve_manifolds(clouds, labels=...)", "few_shot_error(a, b)"),
        ("manifolds",),
        "08_population_geometry",
    ),
    Paper(
        "ingrosso2019",
        (
            "Rows of a balanced network can be fitted to targets under Dale's law; above a load of one half they leave "
            "a residual of 1 - 1/(2 alpha).",
            "Fitted so, about half of the weights are zero.",
        ),
        ("solve_regression(Perceptron(excitatory), load)", "validation.train(BalancedTargets(...), size=N)"),
        ("capacity", "trained"),
        "11_trained_networks",
    ),
    Paper(
        "moskovitz2018",
        (
            "Feedback that has the signs of the weights keeps updates near the gradient, in each layer by one factor.",
            "Random feedback begins at right angles to it.",
        ),
        ("solve_alignment(LayeredNetwork(widths), SignFeedback('uniform'))",),
        ("learning-signals",),
        "10_learning_signals",
    ),
    Paper(
        "depasquale2018",
        (
            "All couplings of a network can be trained to carry the currents of a driven one, with fewer units than by "
            "training a read-out that is fed back.",
        ),
        ("validation.train(FullForce(generator, task), size=N)", "solve_targets(driven)"),
        ("trained",),
        "11_trained_networks",
    ),
    Paper(
        "rubin2017",
        (
            "Solutions at capacity are balanced if enough of the inputs are excitatory, and robust to output noise "
            "only if they are.",
            "A neuron with signed synapses reaches half of the capacity of unconstrained ones.",
        ),
        ("solve_capacity(Perceptron(excitatory))", "solve_robustness(Perceptron(...), load, to='output')"),
        ("capacity",),
        "07_balance_and_capacity",
    ),
)


def paper(key: str) -> Paper:
    """Return the paper of a key.

    Raises
    ------
    ValueError : if there is none.
    """
    for one in PAPERS:
        if one.key == key:
            return one
    raise ValueError(f"there is no paper {key!r} that is reproduced; there are {', '.join(p.key for p in PAPERS)}")
