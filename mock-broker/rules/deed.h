/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deed.h - what a fault does at its stage: answers, answers nothing, closes.
 *
 * Thread: loop.
 */
#ifndef MB_RULES_DEED_H
#define MB_RULES_DEED_H

#include "mock-broker/faults.h"
#include "mock-broker/rules/fault.h"
#include "mock-broker/rules/incoming.h"
#include "mock-broker/rules/shot.h"

enum mb_deed {
	MB_DEED_GO_ON, /* to the next stage, maybe with another answer */
	MB_DEED_END,   /* the request ends here; it was answered, or never will be */
	MB_DEED_NONE   /* a handler left it alone */
};

/* Anything but a handler's. */
enum mb_deed mb_deed_do(struct mb_shots *shots, const struct rmq_mock_fault *f,
			struct mb_passage *p);
enum mb_deed mb_deed_handle(const struct rmq_mock_fault *f, struct mb_passage *p,
			    const struct rmq_mock_incoming *in);

#endif
