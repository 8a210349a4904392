/* SPDX-License-Identifier: Apache-2.0 */
/*
 * body_write.h - objects that several JSON bodies have in common.
 *
 * Private to the body_*.c files.
 */
#ifndef RMQI_CODEC_BODY_WRITE_H
#define RMQI_CODEC_BODY_WRITE_H

#include "codec/body.h"
#include "codec/json.h"

/* MessageQueue.java; what is read is owned, also after a failure. */
void rmqi_body_write_queue(struct rmqi_jw *w, const struct rmqi_queue *q);
void rmqi_body_read_queue(const struct rmqi_json *value, struct rmqi_queue *q, enum rmq_error *err);
/* The same where it is the name of this member, which is the key of a Java map. */
void rmqi_body_read_queue_name(const struct rmqi_json *member, struct rmqi_queue *q,
			       enum rmq_error *err);
/* BrokerData.java; what is read is owned, also after a failure. `name` stands for a brokerName that is absent;
 * NULL: that is an error. */
void rmqi_body_read_broker(const struct rmqi_json *value, const char *name,
			   struct rmqi_broker_data *b, enum rmq_error *err);
void rmqi_body_deinit_broker(struct rmqi_broker_data *b);
/* By name; harmless for none. */
void rmqi_body_sort_brokers(struct rmqi_broker_data *brokers, size_t count);
/* SubscriptionData.java */
void rmqi_body_write_subscription(struct rmqi_jw *w, const struct rmqi_subscription *s);

#endif
