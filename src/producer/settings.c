/* SPDX-License-Identifier: Apache-2.0 */
#include "producer/settings.h"

#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "client/config.h"
#include "producer/producer.h"

static void use_faults(struct rmq_producer *p, int64_t value)
{
	rmqi_sender_use_faults(&p->sender, value != 0);
}

static void start_detector(struct rmq_producer *p, int64_t value)
{
	rmqi_client_set_detector(p->client, value != 0);
}

static void set_interval(struct rmq_producer *p, int64_t value)
{
	rmqi_client_set_detect_interval(p->client, value);
}

static void set_timeout(struct rmq_producer *p, int64_t value)
{
	rmqi_client_set_detect_timeout(p->client, value);
}

static const struct setting {
	enum rmqi_config_id id;
	void (*apply)(struct rmq_producer *p, int64_t value);
} settings[] = {
	{RMQI_CFG_sendLatencyFaultEnable, use_faults},
	{RMQI_CFG_startDetectorEnable, start_detector},
	{RMQI_CFG_detectInterval, set_interval},
	{RMQI_CFG_detectTimeout, set_timeout},
};

static const char *name_of(const struct setting *s)
{
	return rmqi_config_key_at((size_t)s->id)->name;
}

static const struct setting *find(const char *key)
{
	for (size_t i = 0; i < RMQI_COUNT(settings); i++)
		if (strcmp(name_of(&settings[i]), key) == 0)
			return &settings[i];
	return NULL;
}

static enum rmq_error refuse(const char *key, struct rmq_error_detail *detail)
{
	char names[256] = "";
	size_t len = 0;

	for (size_t i = 0; i < RMQI_COUNT(settings) && len < sizeof(names); i++)
		len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%s", i > 0 ? ", " : "",
					name_of(&settings[i]));
	return rmqi_detail_set(detail, RMQ_ERR_CONFIG, RMQ_ERROR_FATAL,
			       "%s cannot be set once the producer is made; what can: %s", key,
			       names);
}

enum rmq_error rmqi_producer_set(struct rmq_producer *p, const char *key, const char *value,
				 struct rmq_error_detail *detail)
{
	const struct setting *s = find(key);
	struct rmq_config *parsed;
	enum rmq_error err = rmqi_client_check_caller(p->client, detail);

	if (err != RMQ_OK)
		return err;
	if (!s)
		return refuse(key, detail);
	if (!rmqi_life_is_open(&p->life))
		return rmqi_detail_set(detail, RMQ_ERR_STATE, RMQ_ERROR_FATAL,
				       "the producer is closed");
	parsed = rmqi_config_new();
	if (!parsed)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	err = rmqi_config_set(parsed, key, value, detail);
	if (err == RMQ_OK)
		s->apply(p, rmqi_config_i64(parsed, s->id));
	rmqi_config_free(parsed);
	return err;
}
