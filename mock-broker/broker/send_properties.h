/* SPDX-License-Identifier: Apache-2.0 */
/*
 * send_properties.h - what a broker looks for in the properties of a message
 * that is sent, and the text that it stores (SendMessageProcessor.java,
 * HookUtils.java). One pass to read; in the usual case one copy to write.
 *
 * Thread: any.
 */
#ifndef MB_BROKER_SEND_PROPERTIES_H
#define MB_BROKER_SEND_PROPERTIES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

struct mb_send_properties {
	struct rmqi_str uniq_key;
	struct rmqi_str keys;
	struct rmqi_str tags;
	struct rmqi_str timer_sec, timer_ms, timer_at; /* TIMER_DELAY_SEC, _DELAY_MS, _DELIVER_MS */
	struct rmqi_str priority;                      /* _SYS_MSG_PRIORITY_ */
	struct rmqi_str lite_topic;                    /* __LITE_TOPIC */
	int32_t delay_level;                           /* 0: none */
	bool has_delay;                                /* DELAY, whatever it says */
	bool must_wait;                                /* WAIT is absent or true */
	bool is_transaction;                           /* TRAN_MSG=true */
	bool is_timer;                                 /* one of timer_sec, _ms, _at is there */
	bool is_sharded;                               /* __SHARDINGKEY */
	bool has_timer_out;                            /* TIMER_OUT_MS */
	bool has_inner_num;                            /* INNER_NUM without being an inner batch */
	bool has_old_stamp; /* one of the properties that the broker sets or drops */
	bool has_old_delay; /* DELAY, REAL_TOPIC or REAL_QID */
	bool has_uniq_key;
	bool is_ascii; /* all of the text */
};

/* The text itself; or, when bytes of it are no UTF-8, a copy in `buf` with U+FFFD in the place of each
 * malformed part: Java's header is a string. */
struct rmqi_str mb_send_properties_utf8(struct rmqi_str text, struct rmqi_buf *buf);
void mb_send_properties_read(struct rmqi_str text, struct mb_send_properties *out);
/* The text to store, into the reset `out`: that of the client without what the broker sets, then
 * UNIQ_KEY if it was missing, then `stamp`. `drop_delay`: without DELAY, REAL_TOPIC, REAL_QID. */
void mb_send_properties_write(const struct mb_send_properties *p, struct rmqi_str text,
			      const struct rmqi_buf *stamp, bool drop_delay, struct rmqi_buf *out);

#endif
