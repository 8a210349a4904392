/* SPDX-License-Identifier: Apache-2.0 */
#include "producer/producer.h"

#include "base/detail.h"
#include "base/mem.h"
#include "client/callbacks.h"
#include "client/group.h"
#include "send/sync.h"

enum { CLOSE_TIMEOUT_MS = 5000 };

/* Every producer announces its group; the broker asks it about transactions by that. */
static enum rmq_error fill_heartbeat(void *arg, struct rmqi_heartbeat *h)
{
	struct rmq_producer *p = arg;

	h->producer_groups = rmqi_calloc(1, sizeof(*h->producer_groups));
	if (!h->producer_groups)
		return RMQ_ERR_NO_MEMORY;
	h->producer_groups[0] = rmqi_strdup(p->group);
	if (!h->producer_groups[0])
		return RMQ_ERR_NO_MEMORY;
	h->producer_count = 1;
	return RMQ_OK;
}

static enum rmq_error start_sender(struct rmq_producer *p, struct rmq_error_detail *detail)
{
	enum rmq_error err = rmqi_sender_init(&p->sender, p->client, p->group, "producer");

	return err == RMQ_OK ? RMQ_OK : rmqi_detail_set(detail, err, 0, "out of memory");
}

enum rmq_error rmqi_producer_new(const struct rmq_config *config, const char *group,
				 struct rmq_producer **out, struct rmq_error_detail *detail)
{
	struct rmqi_client_owner owner = {.fill_heartbeat = fill_heartbeat};
	enum rmq_error err = rmqi_group_check("producerGroup", group, "DEFAULT_PRODUCER", detail);
	struct rmq_producer *p;

	if (err != RMQ_OK)
		return err;
	p = rmqi_calloc(1, sizeof(*p));
	if (p)
		p->group = rmqi_strdup(group);
	if (!p || !p->group) {
		rmqi_free(p);
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	}
	rmqi_life_init(&p->life, config->env);
	owner.arg = p;
	owner.producer_group = p->group;
	err = rmqi_client_new(config, &owner, &p->client, detail);
	if (err == RMQ_OK)
		err = start_sender(p, detail);
	if (err != RMQ_OK) {
		rmqi_producer_free(p);
		return err;
	}
	*out = p;
	return RMQ_OK;
}

enum rmq_error rmqi_producer_start(struct rmq_producer *p, struct rmq_error_detail *detail)
{
	enum rmq_error err;

	if (!rmqi_life_move(&p->life, RMQI_LIFE_CREATED, RMQI_LIFE_STARTING))
		return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL, "%s",
				       rmqi_life_is_open(&p->life) ? "started before"
								   : "closed before");
	/* It fails only when it was started or closed before, which nobody does but us. */
	err = rmqi_client_start(p->client, detail);
	rmqi_life_move(&p->life, RMQI_LIFE_STARTING, RMQI_LIFE_RUNNING);
	return err;
}

enum rmq_error rmqi_producer_send(struct rmq_producer *p, const struct rmq_message *m,
				  int64_t timeout_ms, struct rmq_send_result **result,
				  struct rmq_error_detail *detail)
{
	struct rmqi_send_how how = {.timeout_ms = timeout_ms};

	return rmqi_send_sync(&p->sender, m, &how, result, detail);
}

enum rmq_error rmqi_producer_close(struct rmq_producer *p, int64_t timeout_ms,
				   struct rmq_error_detail *detail)
{
	int64_t deadline_us = rmqi_clock_deadline(rmqi_client_clock(p->client),
						  timeout_ms < 0 ? CLOSE_TIMEOUT_MS : timeout_ms);
	enum rmqi_life_state before;

	if (rmqi_life_take_close(&p->life, deadline_us, &before)) {
		rmqi_sender_stop(&p->sender);
	} else if (before == RMQI_LIFE_STARTING) {
		return rmqi_detail_set(detail, RMQ_ERR_TIMEOUT, 0,
				       "another thread is still starting it");
	}
	/* Says goodbye, then cancels what is under way, so that the sends end. */
	rmqi_client_close(p->client, deadline_us);
	if (!rmqi_sender_drain(&p->sender, deadline_us))
		return rmqi_detail_set(detail, RMQ_ERR_TIMEOUT, 0,
				       "%zu sends had not returned in time",
				       rmqi_sender_under_way(&p->sender));
	if (!rmqi_client_end_callbacks(p->client, deadline_us))
		return rmqi_detail_set(detail, RMQ_ERR_TIMEOUT, 0,
				       "a callback had not returned in time");
	/* A close that had no time for the sends leaves this to a later one. */
	rmqi_life_move(&p->life, RMQI_LIFE_CLOSING, RMQI_LIFE_CLOSED);
	return RMQ_OK;
}

void rmqi_producer_free(struct rmq_producer *p)
{
	if (!p)
		return;
	if (p->sender.client) {
		enum rmq_error err = rmqi_producer_close(p, -1, NULL);

		if (err != RMQ_OK)
			RMQI_LOG(rmqi_client_log(p->client), RMQ_LOG_ERROR,
				 "a producer is freed while a send or a callback runs");
	}
	rmqi_client_free(p->client);
	rmqi_life_deinit(&p->life);
	rmqi_sender_deinit(&p->sender);
	rmqi_free(p->group);
	rmqi_free(p);
}
