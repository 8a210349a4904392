/* SPDX-License-Identifier: Apache-2.0 */
/* broker_config.c - settings of one broker. */
#include <string.h>

#include "admin/brokers.h"
#include "admin/cluster.h"
#include "base/detail.h"
#include "base/mem.h"
#include "client/question.h"
#include "codec/codes.h"
#include "codec/schema.h"

/* NULL: nobody knows that name, or it has no master. */
static const char *master_of(const struct rmqi_cluster_info *info, const char *broker)
{
	for (size_t i = 0; i < info->broker_count; i++)
		if (strcmp(info->brokers[i].broker_name, broker) == 0)
			return rmqi_broker_data_master(&info->brokers[i]);
	return NULL;
}

static enum rmq_error copy(const char *address, char **out, struct rmq_error_detail *detail)
{
	*out = rmqi_strdup(address);
	return *out ? RMQ_OK : rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
}

enum rmq_error rmqi_admin_find_broker(struct rmq_admin *a, const char *broker, int64_t deadline_us,
				      char **address, struct rmq_error_detail *detail)
{
	struct rmqi_cluster_info info = {0};
	const char *found;
	enum rmq_error err = rmqi_client_check_caller(a->client, detail);

	if (err != RMQ_OK)
		return err;
	if (strchr(broker, ':'))
		return copy(broker, address, detail);
	err = rmqi_cluster_find(a->client, NULL, deadline_us, &info, detail);
	if (err != RMQ_OK)
		return err;
	found = master_of(&info, broker);
	if (found)
		err = copy(found, address, detail);
	else
		err = rmqi_detail_set(detail, RMQ_ERR_NOT_FOUND, RMQ_ERROR_RETRIABLE,
				      "the name server knows no master of broker %s", broker);
	rmqi_cluster_info_deinit(&info);
	return err;
}

static enum rmq_error ask_config(struct rmq_admin *a, const char *address, int64_t deadline_us,
				 struct rmq_properties **out, struct rmq_error_detail *detail)
{
	struct rmqi_outgoing request = {.code = RMQI_REQ_GET_BROKER_CONFIG};
	struct rmqi_response response;
	enum rmq_error err;

	rmqi_response_init(&response);
	err = rmqi_client_ask(a->client, address, &request, deadline_us, RMQI_RESP_SUCCESS,
			      &response, detail);
	if (err == RMQ_OK) {
		err = rmqi_properties_read(response.command.body, rmqi_pairs_decode_lines, out);
		if (err != RMQ_OK)
			rmqi_detail_set(detail, err, 0, "the settings of %s cannot be read: %s",
					address, rmq_error_text(err));
	}
	rmqi_response_deinit(&response);
	return err;
}

enum rmq_error rmqi_admin_broker_config(struct rmq_admin *a, const char *broker,
					const struct rmq_admin_options *options,
					struct rmq_properties **out,
					struct rmq_error_detail *detail)
{
	int64_t deadline_us = rmqi_admin_deadline(a, options);
	char *address = NULL;
	enum rmq_error err = rmqi_admin_find_broker(a, broker, deadline_us, &address, detail);

	if (err == RMQ_OK)
		err = ask_config(a, address, deadline_us, out, detail);
	rmqi_free(address);
	return err;
}

/* --- Setting ------------------------------------------------------------------------------------------- */

static bool is_of_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '.' || c == '-';
}

const char *rmqi_setting_problem(const char *name, const char *value)
{
	if (name[0] == '\0')
		return "the name is empty";
	for (const char *c = name; *c; c++)
		if (!is_of_name(*c))
			return "the name holds something else than [a-zA-Z0-9_.-]";
	for (const char *c = value; *c; c++)
		if (*c < ' ' || *c > '~')
			return "the value holds something else than printable ASCII";
	return strlen(name) + strlen(value) < RMQI_SETTING_MAX / 4 ? NULL : "it is too long";
}

enum rmq_error rmqi_setting_write(const char *name, const char *value, struct rmqi_buf *out)
{
	rmqi_buf_add_text(out, name);
	rmqi_buf_add_text(out, "=");
	for (const char *c = value; *c; c++) {
		/* Blanks in front would be passed over. */
		if (*c == '\\' || (*c == ' ' && c == value))
			rmqi_buf_add_text(out, "\\");
		rmqi_buf_add(out, c, 1);
	}
	rmqi_buf_add_text(out, "\n");
	return rmqi_buf_status(out);
}

static enum rmq_error tell(struct rmq_admin *a, const char *address, const struct rmqi_buf *line,
			   int64_t deadline_us, struct rmq_error_detail *detail)
{
	struct rmqi_cursor body = rmqi_buf_cursor(line);
	struct rmqi_outgoing request = {
		.code = RMQI_REQ_UPDATE_BROKER_CONFIG, .body = &body, .body_count = 1};
	struct rmqi_response response;
	enum rmq_error err;

	rmqi_response_init(&response);
	err = rmqi_client_ask(a->client, address, &request, deadline_us, RMQI_RESP_SUCCESS,
			      &response, detail);
	rmqi_response_deinit(&response);
	return err;
}

enum rmq_error rmqi_admin_set_broker_config(struct rmq_admin *a, const char *broker,
					    const char *name, const char *value,
					    const struct rmq_admin_options *options,
					    struct rmq_error_detail *detail)
{
	int64_t deadline_us = rmqi_admin_deadline(a, options);
	struct rmqi_buf line;
	char *address = NULL;
	enum rmq_error err = rmqi_admin_find_broker(a, broker, deadline_us, &address, detail);

	if (err != RMQ_OK)
		return err;
	rmqi_buf_init(&line, RMQI_SETTING_MAX);
	err = rmqi_setting_write(name, value, &line);
	if (err == RMQ_OK)
		err = tell(a, address, &line, deadline_us, detail);
	else
		rmqi_detail_set(detail, err, 0, "%s", rmq_error_text(err));
	rmqi_buf_deinit(&line);
	rmqi_free(address);
	return err;
}
