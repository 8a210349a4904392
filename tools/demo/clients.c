/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "tools/demo/demo.h"

const char *const topic = "DemoOrders";
const char *const group_names[GROUPS] = {"demo-audit", "demo-billing"};
const char *const broker_names[BROKERS] = {"broker-a", "broker-b"};

static int broker_index(const char *name)
{
	return strcmp(name, broker_names[1]) == 0;
}

/* --- Listening ------------------------------------------------------------------ */

/* Billing refuses one order the first time that it comes. */
static bool is_refused(struct member *m, size_t number, const rmq_message *message)
{
	struct demo *d = m->demo;

	if (m->group != BILLING || number != d->refused)
		return false;
	if (rmq_message_reconsume_times(message) == 0) {
		atomic_store(&d->refused_us, now_us());
		return true;
	}
	atomic_store(&d->again_times, rmq_message_reconsume_times(message));
	atomic_store(&d->again_us, now_us());
	return false;
}

static void take_order(struct member *m, size_t number, const rmq_message *message)
{
	struct orders *o = &m->demo->orders;
	size_t len;
	const void *body = rmq_message_body(message, &len);
	int64_t now = now_us();

	if (orders_done(o, m->group, number, body, len) && m->group == BILLING)
		o->items[number].delivery_us = now - atomic_load(&o->items[number].sent_us);
	atomic_fetch_add(&m->done, 1);
	if (orders_all_done(o))
		atomic_store(&m->demo->last_us, now);
}

/* The listener of every member: a batch is one message (consumeMessageBatchMaxSize). */
static enum rmq_consume_status on_messages(rmq_push_consumer *c, const rmq_message *const *messages,
					   size_t count, rmq_consume_context *context, void *arg)
{
	struct member *m = arg;

	(void)c;
	for (size_t i = 0; i < count; i++) {
		size_t number = order_number(&m->demo->orders, rmq_message_keys(messages[i]));

		if (is_refused(m, number, messages[i])) {
			rmq_consume_context_set_delay_level(context, ONE_SECOND);
			return RMQ_RECONSUME_LATER;
		}
		take_order(m, number, messages[i]);
	}
	return RMQ_CONSUME_SUCCESS;
}

/* --- Sending -------------------------------------------------------------------- */

static rmq_message *make_message(struct demo *d, size_t number, rmq_error_detail **detail)
{
	const struct order *order = &d->orders.items[number];
	rmq_message *m = rmq_message_new(topic, order->text, order->len);
	char key[32];

	snprintf(key, sizeof(key), "order-%zu", number);
	if (rmq_message_set_keys(m, key, detail) != RMQ_OK ||
	    rmq_message_set_tag(m, order_tag(number), detail) != RMQ_OK) {
		rmq_message_free(m);
		return NULL;
	}
	return m;
}

static int send_order(struct demo *d, size_t number)
{
	struct order *order = &d->orders.items[number];
	rmq_error_detail *detail = NULL;
	rmq_send_result *result = NULL;
	rmq_message *m = make_message(d, number, &detail);
	enum rmq_error err = RMQ_ERR_NO_MEMORY;
	int64_t start = now_us();

	atomic_store(&order->sent_us, start);
	if (m)
		err = rmq_producer_send(d->producer, m, NULL, &result, &detail);
	rmq_message_free(m);
	if (err != RMQ_OK)
		return fail("send", detail);
	order->send_us = now_us() - start;
	atomic_fetch_add(&d->sent[broker_index(rmq_send_result_queue(result)->broker_name)]
				 [rmq_send_result_queue(result)->queue_id % QUEUES],
			 1);
	atomic_fetch_add(&d->all_sent, 1);
	rmq_send_result_free(result);
	return 0;
}

void *sender(void *arg)
{
	struct demo *d = arg;
	size_t at;

	while (!atomic_load(&d->failed) && (at = atomic_fetch_add(&d->next, 1)) < d->orders.count)
		if (send_order(d, at) != 0)
			atomic_store(&d->failed, true);
	return NULL;
}

/* --- Starting ------------------------------------------------------------------- */

int start_cluster(struct demo *d)
{
	rmq_mock_options *options = rmq_mock_options_new();
	rmq_error_detail *detail = NULL;
	int64_t start = now_us();
	int ok;

	ok = rmq_mock_options_set(options, "brokers", "2", &detail) == RMQ_OK &&
	     rmq_mock_cluster_new(options, &d->cluster, &detail) == RMQ_OK &&
	     rmq_mock_cluster_create_topic(d->cluster, topic, QUEUES, &detail) == RMQ_OK;
	rmq_mock_options_free(options);
	if (!ok)
		return fail("cluster", detail);
	printf("cluster     up in %.1f ms: name server %s,\n            broker-a %s, broker-b %s\n",
	       (double)(now_us() - start) / 1e3, rmq_mock_cluster_namesrv(d->cluster),
	       rmq_mock_cluster_broker_address(d->cluster, broker_names[0]),
	       rmq_mock_cluster_broker_address(d->cluster, broker_names[1]));
	return 0;
}

/* What went wrong, and that it is over: in a demo nobody should see a line. */
static void on_event(const rmq_event *event, void *arg)
{
	(void)arg;
	if (rmq_event_kind(event) != RMQ_EVENT_JOINED)
		printf("event       %s\n", rmq_event_text(event));
}

static int start_member(struct member *m, const rmq_config *config, rmq_error_detail **detail)
{
	return rmq_push_consumer_new(config, group_names[m->group], &m->consumer, detail) ==
		       RMQ_OK &&
	       rmq_push_consumer_subscribe(m->consumer, topic, m->expression, detail) == RMQ_OK &&
	       rmq_push_consumer_set_listener(m->consumer, on_messages, m, detail) == RMQ_OK &&
	       rmq_push_consumer_start(m->consumer, detail) == RMQ_OK;
}

/* Each queue has one reader in its group: before, orders of a queue that changes hands may come twice. */
static bool is_shared_out(void *arg)
{
	const struct demo *d = arg;
	size_t held = 0;

	for (int i = 0; i < MEMBERS; i++)
		held += rmq_push_consumer_queue_count(d->members[i].consumer);
	return held == (size_t)GROUPS * BROKERS * QUEUES;
}

int start_clients(struct demo *d)
{
	rmq_config *config = rmq_config_new();
	rmq_error_detail *detail = NULL;
	int ok;

	if (!config)
		return fail("configuration", NULL);
	rmq_config_set_event_fn(config, on_event, NULL);
	ok = rmq_config_set(config, "namesrvAddr", rmq_mock_cluster_namesrv(d->cluster), &detail) ==
		     RMQ_OK &&
	     rmq_config_set(config, "consumeFromWhere", "CONSUME_FROM_FIRST_OFFSET", &detail) ==
		     RMQ_OK &&
	     rmq_producer_new(config, "demo-shop", &d->producer, &detail) == RMQ_OK &&
	     rmq_producer_start(d->producer, &detail) == RMQ_OK;
	for (int i = 0; ok && i < MEMBERS; i++)
		ok = start_member(&d->members[i], config, &detail);
	for (int i = 0; ok && i < MEMBERS; i++)
		ok = rmq_push_consumer_wait_ready(d->members[i].consumer, -1, &detail) == RMQ_OK;
	rmq_config_free(config);
	if (!ok || !rmq_mock_cluster_run_until(d->cluster, is_shared_out, d, WAIT_S * 1000))
		return fail("clients", detail);
	for (int i = 0; i < MEMBERS; i++)
		printf("%-12s%s of group %s reads %s: %zu of %d queues\n", i == 0 ? "members" : "",
		       d->members[i].name, group_names[d->members[i].group],
		       d->members[i].group == AUDIT ? "every order" : "the tag paid",
		       rmq_push_consumer_queue_count(d->members[i].consumer), BROKERS * QUEUES);
	return 0;
}

/* --- While it runs, and after ---------------------------------------------------- */

void pause_audit(struct demo *d, bool is_paused)
{
	for (int i = 0; i < MEMBERS; i++) {
		rmq_push_consumer *c = d->members[i].consumer;
		rmq_error_detail *detail = NULL;

		if (d->members[i].group == AUDIT &&
		    (is_paused ? rmq_push_consumer_suspend(c, &detail)
			       : rmq_push_consumer_resume(c, &detail)) != RMQ_OK)
			fail("pause", detail);
	}
}

void close_members(struct demo *d)
{
	for (int i = 0; i < MEMBERS; i++) {
		rmq_error_detail *detail = NULL;

		if (rmq_push_consumer_close(d->members[i].consumer, -1, &detail) != RMQ_OK)
			fail("close", detail);
	}
}
