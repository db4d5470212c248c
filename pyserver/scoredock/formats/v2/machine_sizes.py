"""Machines that managed online endpoints run on."""

from __future__ import annotations

MACHINE_SIZES = {
    "Standard_DS2_v2": "2 cores, 7 GiB",
    "Standard_DS3_v2": "4 cores, 14 GiB",
    "Standard_DS4_v2": "8 cores, 28 GiB",
    "Standard_DS5_v2": "16 cores, 56 GiB",
    "Standard_E2s_v3": "2 cores, 16 GiB",
    "Standard_E4s_v3": "4 cores, 32 GiB",
    "Standard_E8s_v3": "8 cores, 64 GiB",
    "Standard_F2s_v2": "2 cores, 4 GiB",
    "Standard_F4s_v2": "4 cores, 8 GiB",
    "Standard_F8s_v2": "8 cores, 16 GiB",
    "Standard_F16s_v2": "16 cores, 32 GiB",
    "Standard_NC4as_T4_v3": "4 cores, 28 GiB, one T4",
    "Standard_NC8as_T4_v3": "8 cores, 56 GiB, one T4",
    "Standard_NC24ads_A100_v4": "24 cores, 220 GiB, one A100",
}
"""Sizes of machines that managed online endpoints take, from the list of Azure; which of them a region has differs."""
