/* SPDX-License-Identifier: Apache-2.0 */
/*
 * waiting.h - requests that go on later than they came.
 *
 * A request is copied, since its bytes are the connection's, and waits on the clock of the loop, in real time as
 * the client that sent it. It counts in what its connection may have open (serverInFlightMax). Those whose connection
 * closes are forgotten, as a request is that a broker has not read yet.
 *
 * Thread: loop.
 */
#ifndef MB_WAITING_H
#define MB_WAITING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/macros.h"
#include "net/conn.h"
#include "net/loop.h"

struct mb_request;

/* Bytes of all that wait at a node; what comes beyond does not wait. */
enum { MB_WAITING_BYTES_MAX = 256 * 1024 * 1024 };

struct mb_waiting {
	struct rmqi_loop *loop;
	struct rmqi_list requests; /* struct waiter */
	size_t bytes;
	/* The request goes on behind its ticket's stage; all of it is borrowed. */
	void (*go_on)(void *arg, struct mb_request *r);
	void *arg;
};

void mb_waiting_init(struct mb_waiting *w, struct rmqi_loop *loop,
		     void (*go_on)(void *arg, struct mb_request *r), void *arg);
/* False: it cannot be kept (no memory, too many bytes); it should go on now. */
bool mb_waiting_add(struct mb_waiting *w, const struct mb_request *r, int64_t ms) RMQI_MUST_USE;
/* The connection has closed. */
void mb_waiting_forget(struct mb_waiting *w, const struct rmqi_conn *c);

#endif
