/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/namesrvs.h"

#include "admin/asking.h"
#include "admin/brokers.h"
#include "base/detail.h"
#include "base/mem.h"
#include "codec/codes.h"
#include "codec/schema.h"

/* --- One question to each of them ---------------------------------------------------------------------- */

void rmqi_namesrvs_free(struct rmq_namesrvs *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->count; i++) {
		rmqi_free(l->rows[i].address);
		rmq_error_detail_free(l->rows[i].detail);
		rmqi_properties_free(l->rows[i].config);
	}
	rmqi_free(l);
}

static struct rmq_namesrvs *namesrvs_new(const struct rmqi_client *c)
{
	struct rmq_namesrvs *l;
	size_t count = 0;

	while (rmqi_client_namesrv(c, count))
		count++;
	l = rmqi_calloc(1, sizeof(*l) + count * sizeof(l->rows[0]));
	if (!l)
		return NULL;
	l->count = count;
	for (size_t i = 0; i < count; i++) {
		l->rows[i].address = rmqi_strdup(rmqi_client_namesrv(c, i));
		l->rows[i].topics = -1;
		if (!l->rows[i].address) {
			rmqi_namesrvs_free(l);
			return NULL;
		}
	}
	return l;
}

static enum rmq_error ask_rows(struct rmq_admin *a, struct rmq_namesrvs *l,
			       const struct rmqi_outgoing *request, rmqi_answer_fn read,
			       int64_t deadline_us, bool all, struct rmq_error_detail *detail)
{
	struct rmqi_ask *asks = rmqi_calloc(l->count, sizeof(*asks));
	enum rmq_error err;

	if (!asks)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	for (size_t i = 0; i < l->count; i++)
		asks[i] = (struct rmqi_ask){.address = l->rows[i].address,
					    .broker_name = "name server",
					    .request = *request,
					    .read = read,
					    .arg = &l->rows[i]};
	rmqi_asking(a->client, asks, l->count, deadline_us);
	for (size_t i = 0; i < l->count; i++)
		l->rows[i].error = asks[i].error;
	err = all ? rmqi_asking_all(asks, l->count, detail)
		  : rmqi_asking_judge(asks, l->count, detail);
	for (size_t i = 0; i < l->count; i++)
		l->rows[i].detail = rmqi_ask_take_detail(&asks[i]);
	rmqi_asking_deinit(asks, l->count);
	rmqi_free(asks);
	return err;
}

/* Without `out` each of them must do it. */
static enum rmq_error ask_all(struct rmq_admin *a, const struct rmqi_outgoing *request,
			      rmqi_answer_fn read, const struct rmq_admin_options *options,
			      struct rmq_namesrvs **out, struct rmq_error_detail *detail)
{
	int64_t deadline_us = rmqi_admin_deadline(a, options);
	enum rmq_error err = rmqi_client_check_caller(a->client, detail);
	struct rmq_namesrvs *l;

	if (err != RMQ_OK)
		return err;
	l = namesrvs_new(a->client);
	if (!l)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	err = ask_rows(a, l, request, read, deadline_us, !out, detail);
	if (err == RMQ_OK && out)
		*out = l;
	else
		rmqi_namesrvs_free(l);
	return err;
}

/* --- Settings ------------------------------------------------------------------------------------------ */

static enum rmq_error read_config(void *arg, const struct rmqi_command *answer,
				  struct rmq_error_detail *detail)
{
	struct rmq_namesrv *row = arg;

	(void)detail;
	return rmqi_properties_read(answer->body, rmqi_pairs_decode_lines, &row->config);
}

enum rmq_error rmqi_admin_namesrvs(struct rmq_admin *a, const struct rmq_admin_options *options,
				   struct rmq_namesrvs **out, struct rmq_error_detail *detail)
{
	const struct rmqi_outgoing request = {.code = RMQI_REQ_GET_NAMESRV_CONFIG};

	return ask_all(a, &request, read_config, options, out, detail);
}

enum rmq_error rmqi_admin_set_namesrv_config(struct rmq_admin *a, const char *name,
					     const char *value,
					     const struct rmq_admin_options *options,
					     struct rmq_namesrvs **out,
					     struct rmq_error_detail *detail)
{
	struct rmqi_outgoing request = {.code = RMQI_REQ_UPDATE_NAMESRV_CONFIG, .body_count = 1};
	struct rmqi_cursor body;
	struct rmqi_buf line;
	enum rmq_error err;

	rmqi_buf_init(&line, RMQI_SETTING_MAX);
	err = rmqi_setting_write(name, value, &line);
	body = rmqi_buf_cursor(&line);
	request.body = &body;
	if (err == RMQ_OK)
		err = ask_all(a, &request, NULL, options, out, detail);
	else
		rmqi_detail_set(detail, err, 0, "%s", rmq_error_text(err));
	rmqi_buf_deinit(&line);
	return err;
}

/* --- Permission to write ------------------------------------------------------------------------------- */

static enum rmq_error read_wiped(void *arg, const struct rmqi_command *answer,
				 struct rmq_error_detail *detail)
{
	struct rmqi_h_wipe_write_perm_of_broker_response h = {0};
	struct rmq_namesrv *row = arg;
	enum rmq_error err =
		rmqi_header_decode(&rmqi_desc_wipe_write_perm_of_broker_response, answer, &h, NULL);

	(void)detail;
	row->topics = err == RMQ_OK ? h.wipeTopicCount : -1;
	return err;
}

static enum rmq_error read_added(void *arg, const struct rmqi_command *answer,
				 struct rmq_error_detail *detail)
{
	struct rmqi_h_add_write_perm_of_broker_response h = {0};
	struct rmq_namesrv *row = arg;
	enum rmq_error err =
		rmqi_header_decode(&rmqi_desc_add_write_perm_of_broker_response, answer, &h, NULL);

	(void)detail;
	row->topics = err == RMQ_OK ? h.addTopicCount : -1;
	return err;
}

enum rmq_error rmqi_admin_wipe_write_permission(struct rmq_admin *a, const char *broker_name,
						const struct rmq_admin_options *options,
						struct rmq_namesrvs **out,
						struct rmq_error_detail *detail)
{
	struct rmqi_h_wipe_write_perm_of_broker h = {.brokerName = rmqi_str(broker_name)};
	const struct rmqi_outgoing request = {.code = RMQI_REQ_WIPE_WRITE_PERM_OF_BROKER,
					      .desc = &rmqi_desc_wipe_write_perm_of_broker,
					      .header = &h};

	return ask_all(a, &request, read_wiped, options, out, detail);
}

enum rmq_error rmqi_admin_add_write_permission(struct rmq_admin *a, const char *broker_name,
					       const struct rmq_admin_options *options,
					       struct rmq_namesrvs **out,
					       struct rmq_error_detail *detail)
{
	struct rmqi_h_add_write_perm_of_broker h = {.brokerName = rmqi_str(broker_name)};
	const struct rmqi_outgoing request = {.code = RMQI_REQ_ADD_WRITE_PERM_OF_BROKER,
					      .desc = &rmqi_desc_add_write_perm_of_broker,
					      .header = &h};

	return ask_all(a, &request, read_added, options, out, detail);
}

/* --- What they keep for others --------------------------------------------------------------------------- */

enum rmq_error rmqi_admin_put_kv(struct rmq_admin *a, const char *space, const char *name,
				 const char *value, const struct rmq_admin_options *options,
				 struct rmq_namesrvs **out, struct rmq_error_detail *detail)
{
	struct rmqi_h_put_kv_config h = {.namespace = rmqi_str(space),
					 .key = rmqi_str(name),
					 .value = rmqi_str(value)};
	const struct rmqi_outgoing request = {
		.code = RMQI_REQ_PUT_KV_CONFIG, .desc = &rmqi_desc_put_kv_config, .header = &h};

	return ask_all(a, &request, NULL, options, out, detail);
}

enum rmq_error rmqi_admin_delete_kv(struct rmq_admin *a, const char *space, const char *name,
				    const struct rmq_admin_options *options,
				    struct rmq_namesrvs **out, struct rmq_error_detail *detail)
{
	struct rmqi_h_delete_kv_config h = {.namespace = rmqi_str(space), .key = rmqi_str(name)};
	const struct rmqi_outgoing request = {.code = RMQI_REQ_DELETE_KV_CONFIG,
					      .desc = &rmqi_desc_delete_kv_config,
					      .header = &h};

	return ask_all(a, &request, NULL, options, out, detail);
}

static enum rmq_error read_kv(void *arg, const struct rmqi_command *answer,
			      struct rmq_error_detail *detail)
{
	struct rmq_properties **out = arg;

	(void)detail;
	/* Of a namespace that is not there the answer has no body. */
	if (answer->code == RMQI_RESP_QUERY_NOT_FOUND)
		return rmqi_properties_read(rmqi_cursor("{}", 2), rmqi_pairs_decode_table, out);
	return rmqi_properties_read(answer->body, rmqi_pairs_decode_table, out);
}

enum rmq_error rmqi_admin_kv_pairs(struct rmq_admin *a, const char *space,
				   const struct rmq_admin_options *options,
				   struct rmq_properties **out, struct rmq_error_detail *detail)
{
	struct rmqi_h_get_kvlist_by_namespace h = {.namespace = rmqi_str(space)};
	const struct rmqi_namesrv_ask ask = {
		.request = {.code = RMQI_REQ_GET_KVLIST_BY_NAMESPACE,
			    .desc = &rmqi_desc_get_kvlist_by_namespace,
			    .header = &h},
		.also = RMQI_RESP_QUERY_NOT_FOUND,
		.read = read_kv,
		.arg = out,
	};
	enum rmq_error err = rmqi_client_check_caller(a->client, detail);

	if (err != RMQ_OK)
		return err;
	return rmqi_asking_namesrv(a->client, &ask, rmqi_admin_deadline(a, options), detail);
}
