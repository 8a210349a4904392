/* SPDX-License-Identifier: Apache-2.0 */
/* The setters that say when a message is delivered (rocketmq/message.h). */
#include <inttypes.h>
#include <stdio.h>

#include "base/detail_out.h"
#include "client/message.h"
#include "codec/properties.h"

enum { DELAY_LEVEL_MAX = 18 };

/* Ten years: a broker has its own limit (timerMaxDelaySec, 3 days). */
#define DELAY_MAX_SEC INT64_C(315360000)
/* What is below were seconds, or a delay; what is above is no date of four digits. */
#define DELIVER_MIN_MS INT64_C(1000000000000)
#define DELIVER_MAX_MS INT64_C(253402300799999)

enum { LATER = RMQI_MESSAGE_DELAYED | RMQI_MESSAGE_TIMED };

/* --- When it is delivered ----------------------------------------------------------------------- */

/* Instead of what was said before, and of what tells that it is of an earlier delivery; 0: at once. */
static enum rmq_error put_delay(struct rmq_message *m, const char *name, int64_t value,
				enum rmqi_message_kind kind)
{
	static const char *const old[] = {RMQI_PROP_DELAY,
					  RMQI_PROP_TIMER_DELAY_SEC,
					  RMQI_PROP_TIMER_DELAY_MS,
					  RMQI_PROP_TIMER_DELIVER_MS,
					  RMQI_PROP_REAL_TOPIC,
					  RMQI_PROP_REAL_QID,
					  NULL};
	enum rmq_error err;
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, value);
	err = rmqi_message_replace(m, old, name, value != 0 ? text : NULL);
	if (err == RMQ_OK)
		m->kinds = (m->kinds & ~(unsigned)LATER) | (value != 0 ? kind : 0u);
	return err;
}

enum rmq_error rmq_message_set_delay_level(struct rmq_message *m, int level,
					   rmq_error_detail **detail)
{
	enum rmq_error err = rmqi_message_check_own(m, __func__, detail);

	if (err != RMQ_OK)
		return err;
	if (level < 0 || level > DELAY_LEVEL_MAX)
		return rmqi_detail_argument(detail, "%s: level is %d, allowed are 0..%d", __func__,
					    level, DELAY_LEVEL_MAX);
	return rmqi_message_changed(put_delay(m, RMQI_PROP_DELAY, level, RMQI_MESSAGE_DELAYED),
				    __func__, RMQI_PROP_DELAY, detail);
}

static enum rmq_error set_timed(struct rmq_message *m, const char *name, int64_t value,
				int64_t most, const char *function, const char *argument,
				rmq_error_detail **detail)
{
	enum rmq_error err = rmqi_message_check_own(m, function, detail);

	if (err != RMQ_OK)
		return err;
	if (value < 0 || value > most)
		return rmqi_detail_argument(detail,
					    "%s: %s is %" PRId64 ", allowed are 0..%" PRId64,
					    function, argument, value, most);
	return rmqi_message_changed(put_delay(m, name, value, RMQI_MESSAGE_TIMED), function, name,
				    detail);
}

enum rmq_error rmq_message_set_delay_time_sec(struct rmq_message *m, int64_t delay_sec,
					      rmq_error_detail **detail)
{
	return set_timed(m, RMQI_PROP_TIMER_DELAY_SEC, delay_sec, DELAY_MAX_SEC, __func__,
			 "delay_sec", detail);
}

enum rmq_error rmq_message_set_delay_time_ms(struct rmq_message *m, int64_t delay_ms,
					     rmq_error_detail **detail)
{
	return set_timed(m, RMQI_PROP_TIMER_DELAY_MS, delay_ms, DELAY_MAX_SEC * 1000, __func__,
			 "delay_ms", detail);
}

enum rmq_error rmq_message_set_deliver_time_ms(struct rmq_message *m, int64_t deliver_ms,
					       rmq_error_detail **detail)
{
	if (m && deliver_ms != 0 && (deliver_ms < DELIVER_MIN_MS || deliver_ms > DELIVER_MAX_MS))
		return rmqi_detail_argument(
			detail,
			"%s: deliver_ms is %" PRId64 ", allowed are 0 and %" PRId64 "..%" PRId64
			": milliseconds since 1970, not seconds and not a delay",
			__func__, deliver_ms, DELIVER_MIN_MS, DELIVER_MAX_MS);
	return set_timed(m, RMQI_PROP_TIMER_DELIVER_MS, deliver_ms, DELIVER_MAX_MS, __func__,
			 "deliver_ms", detail);
}
