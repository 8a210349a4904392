/* SPDX-License-Identifier: Apache-2.0 */
/*
 * member_pop.c - -G --pop: receives, and acknowledges each message that was written.
 */
#include <string.h>

#include "tools/cli/complain.h"
#include "tools/cli/member.h"
#include "tools/cli/stop.h"
#include "tools/cli/values.h"

enum {
	CLOSE_MS = 5000,
	POP_MAX = 32,
	LOOK_MS = 1000,   /* a signal is noticed between two receives */
	LATER_MS = 10000, /* --ack later: the first delay of a push consumer */
	AGAIN_MS = 1000
};

static enum rmq_error subscribe(const struct member *m, rmq_simple_consumer *c,
				rmq_error_detail **detail)
{
	const char *filter = args_text(m->args, OPTION_filter), *sql = args_text(m->args, OPTION_sql);
	enum rmq_error err = RMQ_OK;

	if (args_has(m->args, OPTION_orderly))
		err = rmq_simple_consumer_set_orderly(c, true, detail);
	for (size_t i = 0; i < m->topic_count && err == RMQ_OK; i++)
		err = sql ? rmq_simple_consumer_subscribe_sql(c, m->topics[i], sql, detail)
			  : rmq_simple_consumer_subscribe(c, m->topics[i], filter, detail);
	return err;
}

static void settle(const struct member *m, rmq_simple_consumer *c, const rmq_message *message)
{
	rmq_error_detail *detail = NULL;
	enum rmq_error err = RMQ_OK;

	if (m->ack == ACK_SUCCESS)
		err = rmq_simple_consumer_ack(c, message, &detail);
	else if (m->ack == ACK_LATER)
		err = rmq_simple_consumer_change_invisible(c, message, LATER_MS, &detail);
	if (err != RMQ_OK)
		warn("%s: %s", rmq_message_id(message), cause_of(err, detail));
	rmq_error_detail_free(detail);
}

/* What is over is received again: nothing is lost by not acknowledging it. */
static void take(struct member *m, rmq_simple_consumer *c, const rmq_messages *list)
{
	const rmq_message *message;

	for (size_t i = 0; (message = rmq_messages_at(list, i)); i++) {
		if (!member_print(m, message))
			return;
		settle(m, c, message);
	}
}

static int receive(struct member *m, rmq_simple_consumer *c)
{
	uint64_t left = m->limit ? m->limit - m->tally.messages : POP_MAX;
	rmq_error_detail *detail = NULL;
	rmq_messages *list = NULL;
	enum rmq_error err = rmq_simple_consumer_receive(
		c, left < POP_MAX ? (int)left : POP_MAX,
		args_duration(m->args, OPTION_invisible, -1), LOOK_MS, &list, &detail);

	if (err == RMQ_OK) {
		take(m, c, list);
		rmq_messages_free(list);
		return CLI_OK;
	}
	if (status_of(err) != CLI_UNREACHABLE && !(rmq_error_detail_flags(detail) & RMQ_ERROR_RETRIABLE))
		return complain_of(m->group, err, detail);
	rmq_error_detail_free(detail); /* an event has told it */
	stop_wait(AGAIN_MS);
	return CLI_OK;
}

static enum rmq_error wait_ready(void *client, int64_t timeout_ms, rmq_error_detail **detail)
{
	return rmq_simple_consumer_wait_ready(client, timeout_ms, detail);
}

static char *statistics(void *client)
{
	char *json = NULL;

	return rmq_simple_consumer_statistics(client, &json, NULL) == RMQ_OK ? json : NULL;
}

static int run(struct member *m, rmq_simple_consumer *c)
{
	int status;

	tally_start(m->args, &m->tally, "printed", statistics, c);
	status = member_wait(m, wait_ready, c);
	while (status == CLI_OK && !stop_wanted())
		status = receive(m, c);
	tally_end();
	/* What was popped and not acknowledged is as --ack says. */
	(void)!rmq_simple_consumer_close(c, CLOSE_MS, NULL);
	return status;
}

int member_pop(struct member *m, rmq_config *config)
{
	rmq_simple_consumer *c = NULL;
	rmq_error_detail *detail = NULL;
	enum rmq_error err = rmq_simple_consumer_new(config, m->group, &c, &detail);
	int status;

	if (err == RMQ_OK)
		err = subscribe(m, c, &detail);
	if (err == RMQ_OK)
		err = rmq_simple_consumer_start(c, &detail);
	status = err == RMQ_OK ? run(m, c) : complain_of(m->group, err, detail);
	rmq_simple_consumer_free(c);
	return status;
}
