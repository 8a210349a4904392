/* SPDX-License-Identifier: Apache-2.0 */
#include "base/detail.h"
#include "client/callbacks.h"
#include "producer/producer.h"

enum {
	GOODBYE_PART = 4, /* of the time of a close is left for its goodbye */
	GOODBYE_MOST_US = 500 * 1000
};

enum rmq_error rmqi_producer_flush(struct rmq_producer *p, int64_t timeout_ms,
				   struct rmq_error_detail *detail)
{
	enum rmq_error err = rmqi_client_check_caller(p->client, detail);
	size_t left = 0;

	if (err != RMQ_OK)
		return err;
	if (rmqi_life_state(&p->life) < RMQI_LIFE_RUNNING)
		return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
				       "the producer is not started");
	rmqi_autobatch_flush(p->autobatch);
	err = rmqi_flight_flush(p->sender.flight,
				rmqi_clock_deadline(rmqi_client_clock(p->client), timeout_ms),
				&left);
	if (err == RMQ_ERR_TIMEOUT)
		return rmqi_detail_set(detail, err, RMQ_ERROR_RETRIABLE,
				       "%zu messages are not complete%s", left,
				       rmqi_client_in_callback(p->client)
					       ? ", and a callback does not wait for them"
					       : "");
	return err == RMQ_OK ? RMQ_OK : rmqi_detail_set(detail, err, 0, "out of memory");
}

enum rmq_error rmqi_producer_set_room(struct rmq_producer *p, struct rmqi_room room,
				      struct rmq_error_detail *detail)
{
	enum rmq_error err = rmqi_client_check_caller(p->client, detail);

	if (err != RMQ_OK)
		return err;
	/* Who sends one-way only has no thread yet to be told on. */
	if (room.fn)
		err = rmqi_client_need_callbacks(p->client);
	if (err != RMQ_OK)
		return rmqi_detail_set(detail, err, 0, "no thread for callbacks: %s",
				       rmq_error_text(err));
	rmqi_flight_set_room(p->sender.flight, room);
	return RMQ_OK;
}

void rmqi_producer_finish_sends(struct rmq_producer *p, int64_t deadline_us)
{
	int64_t left_us = deadline_us - rmqi_clock_us(rmqi_client_clock(p->client));
	int64_t goodbye_us = left_us / GOODBYE_PART;

	rmqi_autobatch_stop(p->autobatch);
	rmqi_sender_refuse(&p->sender);
	if (goodbye_us > GOODBYE_MOST_US)
		goodbye_us = GOODBYE_MOST_US;
	if (rmqi_client_is_running(p->client) && left_us > 0)
		(void)rmqi_sender_drain(&p->sender, deadline_us - goodbye_us);
	rmqi_sender_stop(&p->sender);
}

enum rmq_error rmqi_producer_tell_undelivered(struct rmq_producer *p,
					      struct rmq_error_detail *detail)
{
	size_t count = rmqi_losses_count(&p->sender.losses);

	if (count == 0)
		return RMQ_OK;
	return rmqi_detail_set(detail, RMQ_ERR_CANCELLED, 0,
			       "closed, but %zu messages were not delivered "
			       "(rmq_producer_undelivered names them)",
			       count);
}
