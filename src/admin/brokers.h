/* SPDX-License-Identifier: Apache-2.0 */
/*
 * brokers.h - the inside of rocketmq/admin_broker.h, first part: brokers (ClusterListSubCommand,
 * BrokerStatusSubCommand, GetBrokerConfigCommand, UpdateBrokerConfigSubCommand, CleanExpiredCQSubCommand).
 *
 * Thread: any, but not the loop.
 */
#ifndef RMQI_ADMIN_BROKERS_H
#define RMQI_ADMIN_BROKERS_H

#include <rocketmq/admin_broker.h>

#include "admin/admin.h"
#include "admin/properties.h"
#include "base/buf.h"

struct rmq_broker {
	char *cluster; /* owned, as the next two */
	char *name;
	char *address;
	int64_t id;
	enum rmq_error error;
	struct rmq_error_detail *detail; /* owned; NULL: memory was out for it */
	struct rmq_properties *runtime;  /* owned; NULL: it did not say */
};

struct rmq_brokers {
	size_t count;
	struct rmq_broker rows[];
};

enum rmq_error rmqi_admin_brokers(struct rmq_admin *a, const char *cluster,
				  const struct rmq_admin_options *options, struct rmq_brokers **out,
				  struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_admin_ha_status(struct rmq_admin *a, const char *cluster,
				    const struct rmq_admin_options *options,
				    struct rmq_brokers **out,
				    struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_admin_clean_expired_queues(struct rmq_admin *a, const char *cluster,
					       const struct rmq_admin_options *options,
					       struct rmq_brokers **out,
					       struct rmq_error_detail *detail) RMQI_MUST_USE;
void rmqi_brokers_free(struct rmq_brokers *l);

/* broker_config.c. The address that a broker is asked at, owned; RMQ_ERR_NOT_FOUND: nobody knows that name. */
enum rmq_error rmqi_admin_find_broker(struct rmq_admin *a, const char *broker, int64_t deadline_us,
				      char **address,
				      struct rmq_error_detail *detail) RMQI_MUST_USE;
enum rmq_error rmqi_admin_broker_config(struct rmq_admin *a, const char *broker,
					const struct rmq_admin_options *options,
					struct rmq_properties **out,
					struct rmq_error_detail *detail) RMQI_MUST_USE;
/* Name and value are legal (rmqi_setting_problem). */
enum rmq_error rmqi_admin_set_broker_config(struct rmq_admin *a, const char *broker,
					    const char *name, const char *value,
					    const struct rmq_admin_options *options,
					    struct rmq_error_detail *detail) RMQI_MUST_USE;
/* The line of a setting as java.util.Properties reads it. RMQ_ERR_NO_MEMORY, RMQ_ERR_TOO_LARGE. */
enum { RMQI_SETTING_MAX = 64 * 1024 };
enum rmq_error rmqi_setting_write(const char *name, const char *value,
				  struct rmqi_buf *out) RMQI_MUST_USE;
/* What is wrong with it, as the end of a sentence; NULL: nothing. */
const char *rmqi_setting_problem(const char *name, const char *value);

#endif
