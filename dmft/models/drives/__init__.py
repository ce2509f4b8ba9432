"""External inputs of a population.

A drive is private (an independent copy for each neuron, of the same law) or common (the same function of time for
all). Each knows what is asked of it: a private Gaussian drive its spectrum and its covariance, a common one its values
in time; a sinusoid with random phases is private but not Gaussian, and a theory conditions on its phase. Drives add.
"""

from dmft.models.drives.constant import Constant
from dmft.models.drives.drive import Drive, Sum
from dmft.models.drives.kinds import KINDS, checked_drive
from dmft.models.drives.of_time import OfTime
from dmft.models.drives.ornstein_uhlenbeck import OrnsteinUhlenbeck
from dmft.models.drives.sinusoid import Sinusoid
from dmft.models.drives.weighted import Weighted
from dmft.models.drives.white_noise import WhiteNoise

__all__ = [
    "KINDS",
    "Constant",
    "Drive",
    "OfTime",
    "OrnsteinUhlenbeck",
    "Sinusoid",
    "Sum",
    "Weighted",
    "WhiteNoise",
    "checked_drive",
]
