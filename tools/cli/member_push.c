/* SPDX-License-Identifier: Apache-2.0 */
/*
 * member_push.c - -G with a push consumer, so with retries, dead letters and locks as a service has them. One
 * listener at a time, as stdout is one.
 */
#include <poll.h>

#include "tools/cli/client.h"
#include "tools/cli/complain.h"
#include "tools/cli/member.h"
#include "tools/cli/stop.h"

enum { CLOSE_MS = 10000, LOOK_MS = 5, STOP_MS = 100 };

/* Until somebody closes it, and a moment more: the one listener that there is does not return before, so nothing
 * behind the last message that is wanted is handed to it. */
static void hold(rmq_push_consumer *c)
{
	while (rmq_push_consumer_suspend(c, NULL) != RMQ_ERR_STATE)
		poll(NULL, 0, LOOK_MS);
	poll(NULL, 0, STOP_MS);
}

/* So many of the first ones were written. */
static size_t print_all(struct member *m, rmq_push_consumer *c, const rmq_message *const *messages,
			size_t count)
{
	size_t done = 0;

	while (done < count && !member_has_enough(m) && member_print(m, messages[done]))
		done++;
	if (done < count || member_has_enough(m))
		hold(c);
	return done;
}

static enum rmq_consume_status consume(rmq_push_consumer *c, const rmq_message *const *messages,
				       size_t count, rmq_consume_context *context, void *arg)
{
	struct member *m = arg;
	size_t done = print_all(m, c, messages, count);

	if (!done || m->ack != ACK_SUCCESS)
		return RMQ_RECONSUME_LATER;
	if (done < count)
		rmq_consume_context_set_ack_index(context, (int)done - 1);
	return RMQ_CONSUME_SUCCESS;
}

static enum rmq_orderly_status consume_orderly(rmq_push_consumer *c,
					       const rmq_message *const *messages, size_t count,
					       rmq_orderly_context *context, void *arg)
{
	struct member *m = arg;
	bool is_done = print_all(m, c, messages, count) == count;

	(void)context;
	return is_done && m->ack == ACK_SUCCESS ? RMQ_ORDERLY_SUCCESS
						: RMQ_SUSPEND_CURRENT_QUEUE_A_MOMENT;
}

static enum rmq_error subscribe(const struct member *m, rmq_push_consumer *c, rmq_error_detail **detail)
{
	const char *filter = args_text(m->args, OPTION_filter), *sql = args_text(m->args, OPTION_sql);
	enum rmq_error err = RMQ_OK;

	for (size_t i = 0; i < m->topic_count && err == RMQ_OK; i++)
		err = sql ? rmq_push_consumer_subscribe_sql(c, m->topics[i], sql, detail)
			  : rmq_push_consumer_subscribe(c, m->topics[i], filter, detail);
	return err;
}

static int configure(const struct member *m, rmq_config *config)
{
	bool is_single = m->limit || args_has(m->args, OPTION_orderly);
	int status = client_set(config, "consumeThreadMax", "1");

	if (status == CLI_OK && !is_single)
		status = client_set(config, "consumeMessageBatchMaxSize", "32");
	return status;
}

static int start(struct member *m, rmq_push_consumer *c)
{
	rmq_error_detail *detail = NULL;
	enum rmq_error err = subscribe(m, c, &detail);

	if (err == RMQ_OK && args_has(m->args, OPTION_orderly))
		err = rmq_push_consumer_set_orderly_listener(c, consume_orderly, m, &detail);
	else if (err == RMQ_OK)
		err = rmq_push_consumer_set_listener(c, consume, m, &detail);
	if (err == RMQ_OK)
		err = rmq_push_consumer_start(c, &detail);
	return err == RMQ_OK ? CLI_OK : complain_of(m->group, err, detail);
}

static enum rmq_error wait_ready(void *client, int64_t timeout_ms, rmq_error_detail **detail)
{
	return rmq_push_consumer_wait_ready(client, timeout_ms, detail);
}

static char *statistics(void *client)
{
	char *json = NULL;

	return rmq_push_consumer_statistics(client, &json, NULL) == RMQ_OK ? json : NULL;
}

static int end(const struct member *m, rmq_push_consumer *c)
{
	rmq_error_detail *detail = NULL;
	enum rmq_error err;

	(void)!rmq_push_consumer_suspend(c, NULL);
	err = rmq_push_consumer_close(c, CLOSE_MS, &detail);
	return err == RMQ_OK ? CLI_OK : complain_of(m->group, err, detail);
}

int member_push(struct member *m, rmq_config *config)
{
	rmq_push_consumer *c = NULL;
	rmq_error_detail *detail = NULL;
	enum rmq_error err;
	int status = configure(m, config), ended;

	if (status != CLI_OK)
		return status;
	err = rmq_push_consumer_new(config, m->group, &c, &detail);
	if (err != RMQ_OK)
		return complain_of(m->group, err, detail);
	status = start(m, c);
	if (status == CLI_OK) {
		tally_start(m->args, &m->tally, "printed", statistics, c);
		status = member_wait(m, wait_ready, c);
		if (status == CLI_OK)
			stop_wait(-1);
		ended = end(m, c);
		tally_end();
		status = status == CLI_OK ? ended : status;
	}
	rmq_push_consumer_free(c);
	return status;
}
