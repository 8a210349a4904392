/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/admin.h"

#include "base/detail.h"
#include "base/mem.h"
#include "client/client.h"

enum {
	DEFAULT_TIMEOUT_MS = 6000, /* MQAdminImpl.timeoutMillis */
	LONGEST_MS = 24 * 3600 * 1000
};

enum rmq_error rmqi_admin_new(const struct rmq_config *config, struct rmq_admin **out,
			      struct rmq_error_detail *detail)
{
	struct rmqi_client_owner owner = {0};
	struct rmq_admin *a = rmqi_calloc(1, sizeof(*a));
	enum rmq_error err;

	if (!a)
		return rmqi_detail_set(detail, RMQ_ERR_NO_MEMORY, 0, "out of memory");
	err = rmqi_client_new(config, &owner, &a->client, detail);
	if (err == RMQ_OK)
		err = rmqi_client_start(a->client, detail);
	if (err == RMQ_OK)
		*out = a;
	else
		rmqi_admin_free(a);
	return err;
}

bool rmqi_admin_is_inherited(const struct rmq_admin *a)
{
	return rmqi_client_is_inherited(a->client);
}

void rmqi_admin_free(struct rmq_admin *a)
{
	if (!a || (a->client && rmqi_client_check_caller(a->client, NULL) != RMQ_OK))
		return;
	rmqi_client_free(a->client);
	rmqi_free(a);
}

int64_t rmqi_admin_deadline(const struct rmq_admin *a, const struct rmq_admin_options *options)
{
	int64_t ms = options && options->timeout_ms >= 0 ? options->timeout_ms : DEFAULT_TIMEOUT_MS;

	return rmqi_clock_deadline(rmqi_client_clock(a->client), ms < LONGEST_MS ? ms : LONGEST_MS);
}
