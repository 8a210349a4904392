# SPDX-License-Identifier: Apache-2.0
"""python -m rmq_mock is rmq-mock."""

from . import main

main()
