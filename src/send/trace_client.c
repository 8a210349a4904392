/* SPDX-License-Identifier: Apache-2.0 */
/* The client that a trace has of its own. */
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/mem.h"
#include "send/trace_impl.h"

enum { SEND_MS = 5000 };

static enum rmq_error fill_heartbeat(void *arg, struct rmqi_heartbeat *h)
{
	struct rmqi_trace *t = arg;

	h->producer_groups = rmqi_calloc(1, sizeof(*h->producer_groups));
	if (!h->producer_groups)
		return RMQ_ERR_NO_MEMORY;
	h->producer_groups[0] = rmqi_strdup(t->group);
	if (!h->producer_groups[0])
		return RMQ_ERR_NO_MEMORY;
	h->producer_count = 1;
	return RMQ_OK;
}

/* The owner's, but for what is the trace's own. */
static enum rmq_error configure(struct rmq_config *c, const struct rmqi_client *owner,
				struct rmq_error_detail *detail)
{
	const char *instance = strchr(rmqi_client_id(owner), '@');
	char name[200], timeout[16];
	enum rmq_error err;

	/* The owner's instance is in it, so that two producers of one group are told apart. */
	snprintf(name, sizeof(name), "PID_CLIENT_INNER_TRACE_PRODUCER_%s",
		 instance ? instance + 1 : "");
	snprintf(timeout, sizeof(timeout), "%d", SEND_MS);
	c->event_fn = NULL;
	c->send_hook_count = 0;
	err = rmqi_config_set(c, "instanceName", name, detail);
	if (err == RMQ_OK)
		err = rmqi_config_set(c, "enableTrace", "false", detail);
	if (err == RMQ_OK)
		err = rmqi_config_set(c, "sendMsgTimeout", timeout, detail);
	if (err == RMQ_OK)
		err = rmqi_config_set(c, "vipChannelEnabled", "false", detail);
	/* A chunk of records may be larger than the user's messages. */
	if (err == RMQ_OK)
		err = rmqi_config_set(c, "maxMessageSize", "4194304", detail);
	/* What reads traces may be older than the type that users chose. */
	if (err == RMQ_OK)
		err = rmqi_config_set(c, "compressType", "ZLIB", detail);
	return err;
}

static void init_timer(void *arg)
{
	struct rmqi_trace *t = arg;

	if (rmqi_timer_init(&t->timer, rmqi_loop_timers(rmqi_client_loop(t->client)),
			    rmqi_trace_on_timer) != RMQ_OK)
		t->timer.timers = NULL;
}

enum rmq_error rmqi_trace_make_client(struct rmqi_trace *t, const struct rmqi_client *owner,
				      struct rmq_error_detail *detail)
{
	struct rmqi_client_owner me = {
		.arg = t, .fill_heartbeat = fill_heartbeat, .producer_group = t->group};
	struct rmq_config *config = rmqi_config_dup(rmqi_client_config(owner));
	enum rmq_error err = config ? configure(config, owner, detail) : RMQ_ERR_NO_MEMORY;

	if (err == RMQ_OK)
		err = rmqi_client_new(config, &me, &t->client, detail);
	rmqi_config_free(config);
	if (err == RMQ_OK)
		err = rmqi_sender_init(&t->sender, t->client, t->group, "message trace");
	if (err == RMQ_OK)
		rmqi_loop_call(rmqi_client_loop(t->client), init_timer, t);
	return err != RMQ_OK || t->timer.timers ? err : RMQ_ERR_NO_MEMORY;
}
