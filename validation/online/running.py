"""`simulate` of a teacher and a student: online learning in several numbers of dimensions."""

from __future__ import annotations

from typing import Any

import numpy as np

from dmft.errors import spelling
from dmft.models.checks import non_negative, positive
from dmft.models.learning_rules import checked_rule
from dmft.models.teacher_student import TeacherStudent, student_feedback
from validation.ensemble import checked_sizes
from validation.online.plan import Course, OnlinePlan
from validation.simulation import Simulation
from validation.static_running import simulated

_SIZES = (500,)
_LOOKS = 5


@spelling
def simulate_online(
    teacher_student: TeacherStudent,
    sizes: Any = None,
    *,
    rule: Any,
    rate: float,
    duration: float,
    label_noise: float = 0.0,
    times: Any = None,
    **runs: Any,
) -> Simulation:
    """Let students learn online, each from examples of its own, as `dmft.solve_online_learning` states it.

    Parameters
    ----------
    teacher_student : `dmft.TeacherStudent`; students begin with these overlaps exactly.
    sizes : numbers of input dimensions D; default 500.
    rule, rate, duration, label_noise : as of the theory.
    times : when it is looked at, steps per dimension, increasing to `duration`; default five times, doubling.
    runs : n_realizations, seed, executor, checkpoint, progress, as for networks.

    Returns
    -------
    Simulation : "error", "alignment" (cosine of read-out and feedback) and "student_size" (mean Q_kk), each over the
        dimension "time".

    Raises
    ------
    ValueError, TypeError : for arguments out of range, fewer dimensions than units.
    TooCostlyError : a ValueError, for what does not fit in memory or would take weeks.
    CheckpointError, OSError : as for networks.

    Cost
    ----
    K = M = 2, D = 500, 150 D examples: 0.4 s.
    """
    student_feedback(checked_rule(rule), teacher_student.units[0])
    end = positive("duration", duration)
    if times is None:
        looks = tuple(end / 2.0**i for i in range(_LOOKS - 1, -1, -1))
    else:
        given = np.atleast_1d(np.asarray(times, dtype=float))
        if given.ndim != 1 or not np.all(np.diff(given) > 0.0) or not 0.0 <= given[0] <= given[-1] <= end:
            raise ValueError(f"times must increase from 0 or more to at most duration = {end:g}, got {times!r}")
        looks = tuple(given.tolist())
    checked = checked_sizes(_SIZES if sizes is None else sizes)
    if min(checked) < sum(teacher_student.units):
        raise ValueError(f"sizes must be at least the {sum(teacher_student.units)} units, got {min(checked)}")
    plan = OnlinePlan(
        teacher_student,
        (Course(looks),),
        rule,
        positive("rate", rate),
        non_negative("label_noise", label_noise),
        looks,
    )
    return simulated(
        plan,
        checked,
        remedy="take fewer realizations, smaller sizes, or a shorter duration",
        **runs,
    )
