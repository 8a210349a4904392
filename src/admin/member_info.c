/* SPDX-License-Identifier: Apache-2.0 */
/* member_info.c - what a member says of itself (ConsumerStatusSubCommand.java). */
#include "admin/groups.h"
#include "base/detail.h"
#include "base/mem.h"
#include "codec/codes.h"
#include "codec/json.h"
#include "codec/schema.h"

/* Queues as names of members become texts, so that it is JSON. */
static enum rmq_error read_info(void *arg, const struct rmqi_command *answer,
				struct rmq_error_detail *detail)
{
	struct rmqi_json *root;
	enum rmq_error err = rmqi_json_parse(answer->body, &root);

	(void)detail;
	if (err != RMQ_OK)
		return err;
	err = rmqi_json_dup_text(root, arg);
	rmqi_json_free(root);
	return err;
}

/* The text of the first broker that has one. */
static void take_first(char **texts, size_t count, char **out)
{
	for (size_t i = 0; i < count; i++) {
		if (texts[i] && !*out) {
			*out = texts[i];
			texts[i] = NULL;
		}
		rmqi_free(texts[i]);
	}
}

static enum rmq_error survey(struct rmqi_survey *s, struct rmq_admin *a, int64_t deadline_us,
			     char **out, struct rmq_error_detail *detail)
{
	char **texts = rmqi_calloc(s->count, sizeof(*texts));
	char *taken = NULL;
	enum rmq_error err;

	if (!texts)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	for (size_t i = 0; i < s->count; i++) {
		s->asks[i].read = read_info;
		s->asks[i].arg = &texts[i];
	}
	err = rmqi_survey_ask(s, a, deadline_us, detail);
	take_first(texts, s->count, &taken);
	rmqi_free(texts);
	if (err == RMQ_OK)
		*out = taken;
	return err;
}

enum rmq_error rmqi_admin_member_info(struct rmq_admin *a, const char *cluster, const char *group,
				      const char *client_id,
				      const struct rmq_admin_options *options, char **json,
				      struct rmq_error_detail *detail)
{
	struct rmqi_h_get_consumer_running_info h = {.consumerGroup = rmqi_str(group),
						     .clientId = rmqi_str(client_id)};
	struct rmqi_outgoing request = {.code = RMQI_REQ_GET_CONSUMER_RUNNING_INFO,
					.desc = &rmqi_desc_get_consumer_running_info,
					.header = &h};
	int64_t deadline_us = rmqi_admin_deadline(a, options);
	struct rmqi_survey s;
	enum rmq_error err = rmqi_survey_check(a, group, detail);

	if (err != RMQ_OK)
		return err;
	err = rmqi_survey_begin(&s, a, cluster, &request, deadline_us, detail);
	if (err == RMQ_OK)
		err = survey(&s, a, deadline_us, json, detail);
	rmqi_survey_deinit(&s);
	return err;
}
