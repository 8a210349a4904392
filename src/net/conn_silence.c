/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn_silence.c - a peer that is gone without a word.
 *
 * TCP gives a connection up when what was sent is not acknowledged
 * (RMQI_STREAM_DEAD_MS). A peer that hangs acknowledges, and so does a box between
 * that has forgotten the connection's other half: then every call would cost its own
 * timeout, for ever. So calls that ended by timeout are counted as long as no byte comes
 * (conn.h has the numbers). A call during which something came does not count: the
 * peer lives and that one answer is late. Nor does one that was never sent.
 *
 * A long poll counts like any other call. A peer that lives answers it before its
 * timeout, and answers the heartbeats between in any case.
 */
#include <inttypes.h>
#include <sys/socket.h>

#include "net/conn_impl.h"

void rmqi_conn_heard(struct rmqi_conn *c)
{
	atomic_store_explicit(&c->heard_us, rmqi_clock_us(c->env->clock), memory_order_relaxed);
	rmqi_conn_touch(c);
}

static int64_t heard_us(const struct rmqi_conn *c)
{
	return atomic_load_explicit(&c->heard_us, memory_order_relaxed);
}

/* @locks: mu held */
static bool may_be_gone(const struct rmqi_conn *c)
{
	int64_t silent_us = rmqi_clock_us(c->env->clock) - c->silent_since_us;

	return c->silent_calls >= RMQI_CONN_SILENT_CALLS && heard_us(c) <= c->silent_since_us &&
	       silent_us >= (int64_t)RMQI_CONN_SILENT_MS * 1000;
}

bool rmqi_conn_note_timeout(struct rmqi_conn *c, const struct rmqi_call *call)
{
	if (c->config.is_server || call->phase != RMQ_PHASE_WAIT || heard_us(c) > call->start_us)
		return false;
	if (c->silent_calls == 0 || heard_us(c) > c->silent_since_us) {
		c->silent_calls = 0;
		c->silent_since_us = call->start_us;
	}
	if (call->start_us < c->silent_since_us)
		c->silent_since_us = call->start_us;
	c->silent_calls++;
	return may_be_gone(c);
}

/* After a pause of this process the answers may be there, and nobody has read them yet. */
static bool has_input(const struct rmqi_conn *c)
{
	char byte;

	return c->fd >= 0 && recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

void rmqi_conn_check_silence(struct rmqi_conn *c)
{
	unsigned calls;
	int64_t since;
	bool must_close;

	if (rmqi_conn_is_closing(c) || !c->stream)
		return;
	rmqi_mutex_lock(&c->mu);
	must_close = may_be_gone(c);
	calls = c->silent_calls;
	since = c->silent_since_us;
	rmqi_mutex_unlock(&c->mu);
	if (!must_close || has_input(c))
		return;
	rmqi_conn_close_why(c, RMQ_ERR_CONNECTION_LOST,
			    "%s left %u calls without an answer, and sent nothing for %" PRId64
			    " ms",
			    c->address, calls, (rmqi_clock_us(c->env->clock) - since) / 1000);
}
