/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn_hold.c - a connection that stands and is not used: what a peer sees of a process that hangs, or
 * of a network that is cut.
 *
 * Both directions wait: input in the socket, output in `out`. Reading and writing ask is_held where they begin.
 */
#include "net/conn_impl.h"

void rmqi_conn_hold(struct rmqi_conn *c, bool is_held)
{
	if (c->is_held == is_held)
		return;
	c->is_held = is_held;
	if (rmqi_conn_is_closing(c))
		return;
	rmqi_conn_want(c);
	if (is_held || !c->was_open)
		return;
	rmqi_conn_flush(c);
	/* What was read before, and not handled. */
	if (c->config.is_server)
		rmqi_conn_resume(c);
}
