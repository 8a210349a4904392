/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/brokers.h"

#include "admin/cluster.h"
#include "base/detail.h"
#include "base/mem.h"
#include "codec/schema.h"

/* --- Who there is -------------------------------------------------------------------------------------- */

static void free_row(struct rmq_broker *b)
{
	rmqi_free(b->cluster);
	rmqi_free(b->name);
	rmqi_free(b->address);
	rmq_error_detail_free(b->detail);
	rmqi_properties_free(b->runtime);
}

void rmqi_brokers_free(struct rmq_brokers *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->count; i++)
		free_row(&l->rows[i]);
	rmqi_free(l);
}

static bool add_row(struct rmq_brokers *l, const struct rmqi_broker_data *b, size_t at)
{
	struct rmq_broker *row = &l->rows[l->count++];

	row->cluster = rmqi_strdup(b->cluster ? b->cluster : "");
	row->name = rmqi_strdup(b->broker_name);
	row->address = rmqi_strdup(b->addresses[at].address);
	row->id = b->addresses[at].id;
	return row->cluster && row->name && row->address;
}

/* One for each address; of masters alone: those with id 0. */
static struct rmq_brokers *brokers_new(const struct rmqi_cluster_info *info, bool of_masters)
{
	struct rmq_brokers *l;
	size_t count = 0;
	bool is_made = true;

	for (size_t i = 0; i < info->broker_count; i++)
		count += info->brokers[i].address_count;
	l = rmqi_calloc(1, sizeof(*l) + count * sizeof(l->rows[0]));
	for (size_t i = 0; l && is_made && i < info->broker_count; i++) {
		const struct rmqi_broker_data *b = &info->brokers[i];

		for (size_t k = 0; is_made && k < b->address_count; k++)
			if (!of_masters || b->addresses[k].id == 0)
				is_made = add_row(l, b, k);
	}
	if (is_made)
		return l;
	rmqi_brokers_free(l);
	return NULL;
}

static enum rmq_error list_brokers(struct rmq_admin *a, const char *cluster, bool of_masters,
				   int64_t deadline_us, struct rmq_brokers **out,
				   struct rmq_error_detail *detail)
{
	struct rmqi_cluster_info info = {0};
	enum rmq_error err = rmqi_client_check_caller(a->client, detail);

	if (err == RMQ_OK)
		err = rmqi_cluster_find(a->client, cluster, deadline_us, &info, detail);
	if (err != RMQ_OK)
		return err;
	*out = brokers_new(&info, of_masters);
	rmqi_cluster_info_deinit(&info);
	return *out ? RMQ_OK : rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
}

/* --- One question to each of them ---------------------------------------------------------------------- */

static enum rmq_error ask_rows(struct rmq_admin *a, struct rmq_brokers *l, int32_t code,
			       rmqi_answer_fn read, int64_t deadline_us,
			       struct rmq_error_detail *detail)
{
	struct rmqi_ask *asks = rmqi_calloc(l->count + 1, sizeof(*asks));
	enum rmq_error err;

	if (!asks)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	for (size_t i = 0; i < l->count; i++)
		asks[i] = (struct rmqi_ask){.address = l->rows[i].address,
					    .broker_name = l->rows[i].name,
					    .request = {.code = code},
					    .read = read,
					    .arg = &l->rows[i]};
	rmqi_asking(a->client, asks, l->count, deadline_us);
	for (size_t i = 0; i < l->count; i++)
		l->rows[i].error = asks[i].error;
	err = rmqi_asking_judge(asks, l->count, detail);
	for (size_t i = 0; i < l->count; i++)
		l->rows[i].detail = rmqi_ask_take_detail(&asks[i]);
	rmqi_asking_deinit(asks, l->count);
	rmqi_free(asks);
	return err;
}

static enum rmq_error hand_out(enum rmq_error err, struct rmq_brokers *made,
			       struct rmq_brokers **out)
{
	if (err == RMQ_OK)
		*out = made;
	else
		rmqi_brokers_free(made);
	return err;
}

static enum rmq_error read_runtime(void *arg, const struct rmqi_command *answer,
				   struct rmq_error_detail *detail)
{
	struct rmq_broker *row = arg;

	(void)detail;
	return rmqi_properties_read(answer->body, rmqi_pairs_decode_table, &row->runtime);
}

static enum rmq_error read_ha(void *arg, const struct rmqi_command *answer,
			      struct rmq_error_detail *detail)
{
	struct rmq_broker *row = arg;

	(void)detail;
	return rmqi_properties_read(answer->body, rmqi_pairs_decode_flat, &row->runtime);
}

static enum rmq_error ask_each(struct rmq_admin *a, const char *cluster, int32_t code,
			       rmqi_answer_fn read, const struct rmq_admin_options *options,
			       struct rmq_brokers **out, struct rmq_error_detail *detail)
{
	int64_t deadline_us = rmqi_admin_deadline(a, options);
	struct rmq_brokers *l = NULL;
	enum rmq_error err = list_brokers(a, cluster, false, deadline_us, &l, detail);

	if (err != RMQ_OK)
		return err;
	err = ask_rows(a, l, code, read, deadline_us, detail);
	return hand_out(err, l, out);
}

enum rmq_error rmqi_admin_brokers(struct rmq_admin *a, const char *cluster,
				  const struct rmq_admin_options *options, struct rmq_brokers **out,
				  struct rmq_error_detail *detail)
{
	return ask_each(a, cluster, RMQI_REQ_GET_BROKER_RUNTIME_INFO, read_runtime, options, out,
			detail);
}

enum rmq_error rmqi_admin_ha_status(struct rmq_admin *a, const char *cluster,
				    const struct rmq_admin_options *options,
				    struct rmq_brokers **out, struct rmq_error_detail *detail)
{
	return ask_each(a, cluster, RMQI_REQ_GET_BROKER_HA_STATUS, read_ha, options, out, detail);
}

/* Slaves delete what their masters do. */
enum rmq_error rmqi_admin_clean_expired_queues(struct rmq_admin *a, const char *cluster,
					       const struct rmq_admin_options *options,
					       struct rmq_brokers **out,
					       struct rmq_error_detail *detail)
{
	int64_t deadline_us = rmqi_admin_deadline(a, options);
	struct rmq_brokers *l = NULL;
	enum rmq_error err = list_brokers(a, cluster, true, deadline_us, &l, detail);

	if (err != RMQ_OK)
		return err;
	err = ask_rows(a, l, RMQI_REQ_CLEAN_EXPIRED_CONSUMEQUEUE, NULL, deadline_us, detail);
	return hand_out(err, l, out);
}
