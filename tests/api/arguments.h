/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arguments.h - what the tests of wrong arguments share: how a call that is refused must look.
 */
#ifndef TESTS_API_ARGUMENTS_H
#define TESTS_API_ARGUMENTS_H

#include "tests/api/api.h"

#define INVALID(call) ck_assert_int_eq(call, RMQ_ERR_INVALID_ARGUMENT)

/* The same with a detail, which must tell something. */
#define INVALID_TOLD(call)                                                          \
	do {                                                                        \
		rmq_error_detail *d = NULL;                                         \
		enum rmq_error e = call;                                            \
		rmq_error_detail_free(api_failed(e, RMQ_ERR_INVALID_ARGUMENT, &d)); \
	} while (0)

/* A call in a state that does not allow it. */
#define STATE_TOLD(call)                                                 \
	do {                                                             \
		rmq_error_detail *d = NULL;                              \
		enum rmq_error e = call;                                 \
		rmq_error_detail_free(api_failed(e, RMQ_ERR_STATE, &d)); \
	} while (0)

#endif
