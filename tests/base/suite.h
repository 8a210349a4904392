/* SPDX-License-Identifier: Apache-2.0 */
/* suite.h - moved to tests/support/suite.h. */
#ifndef TESTS_BASE_SUITE_H
#define TESTS_BASE_SUITE_H

#include "tests/support/suite.h"

#endif
