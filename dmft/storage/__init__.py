"""Results in files: netCDF with the exact inputs, the versions and the date; nothing pickled, nothing evaluated."""

from dmft.storage.files import check_writable, write_whole
from dmft.storage.results import dataset, load, network_of, save

__all__ = ["check_writable", "dataset", "load", "network_of", "save", "write_whole"]
